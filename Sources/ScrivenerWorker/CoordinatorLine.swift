// The worker's line to its coordinator: in the clear, or encrypted by keys that may change on both sides. It dials
// again when the machine doubts the connection, and of its own accord when keys have changed, when the coordinator
// asks to be dialled otherwise, and when it has turned the worker away and may know it after an enrolment.

import Logging
import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

/// The worker's end of the connection, and what it had no room for. Confined to the loop's thread.
final class CoordinatorLine {
    private let endpoint: String
    private let maximumMessageBytes: Int
    private let context: Context
    private let poller: Poller
    private let logger: Logger
    /// Absent where connections are in the clear.
    private let credentials: WorkerCredentials?
    private let enrolment: Enrolment?
    private(set) var socket: Socket?
    private var monitor: SocketMonitor?
    /// Messages that the socket had no room for, in order.
    private var unsent: [[UInt8]] = []
    /// When the log may be told again that nobody lets the worker in.
    private var complainAt = Instant.zero

    private static let complaintInterval = TimeSpan.seconds(30)

    init(
        to endpoint: String, credentials: WorkerCredentials?, maximumMessageBytes: Int,
        in context: Context, poller: Poller, logger: Logger
    ) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.maximumMessageBytes = maximumMessageBytes
        self.context = context
        self.poller = poller
        self.logger = logger
        enrolment = credentials.map {
            Enrolment($0, in: context, poller: poller, logger: logger)
        }
    }

    // MARK: Dialling

    /// Dials, or enrols first and dials when that is done.
    func open(at now: Instant) throws {
        // What was not sent belongs to the registration that ended with its socket.
        unsent.removeAll()
        guard let credentials else { return dialled(try Socket(toCoordinator: endpoint, self)) }
        guard credentials.isListed else {
            try enrolment?.begin(at: now)
            return
        }
        dialled(try Socket(toCoordinator: credentials.trust.line.endpoint, self))
    }

    private func dialled(_ socket: Socket) {
        poller.add(socket, for: .readable)
        self.socket = socket
    }

    fileprivate func prepare(_ socket: Socket) throws {
        try socket.set(.maximumMessageSize, Int64(maximumMessageBytes))
        guard let credentials else { return }
        try socket.secure(as: credentials.pair, for: credentials.trust.line.key)
        let monitor = try SocketMonitor(of: socket)
        poller.add(monitor.socket)
        self.monitor = monitor
    }

    fileprivate var openContext: Context { context }

    private func hangUp() {
        if let monitor {
            poller.remove(monitor.socket)
            monitor.close()
        }
        monitor = nil
        if let socket {
            poller.remove(socket)
            socket.close()
        }
        socket = nil
    }

    func close() {
        hangUp()
        enrolment?.close()
    }

    /// Dials anew, since nobody has answered.
    func reopen(at now: Instant) throws {
        // A worker that is not let in cannot be answered either.
        guard credentials?.isListed ?? true else { return }
        credentials?.fail(at: now)
        try dialAnew(at: now)
    }

    private func dialAnew(at now: Instant) throws {
        hangUp()
        try open(at: now)
    }

    // MARK: Keys

    /// When `attend` has something to do, whatever comes.
    var nextDue: Instant? {
        guard let credentials else { return nil }
        return min(credentials.nextLook, enrolment?.nextDue ?? .distantFuture)
    }

    /// Looks what has become of the connection and of the files of keys.
    ///
    /// - Returns: whether the line has dialled anew, and nobody there knows of a registration.
    func attend(at now: Instant, isReloading: Bool = false) throws -> Bool {
        guard let credentials, let enrolment else { return false }
        try takeEvents(at: now)
        let changes = credentials.look(at: now, isForced: isReloading)
        if changes.contains(.token) { try enrolment.restart(at: now) }
        var hasDialled = false
        if try enrolment.attend(at: now) {
            credentials.isListed = true
            hasDialled = socket == nil
        }
        if changes.contains(.line) { hasDialled = true }
        if hasDialled { try dialAnew(at: now) }
        return hasDialled && socket != nil
    }

    /// The coordinator has taken the worker on.
    ///
    /// - Returns: whether the line has dialled anew, as the coordinator wishes.
    func welcomed(_ redial: Redial?, at now: Instant) throws -> Bool {
        guard credentials?.welcomed(redial, at: now) == true else { return false }
        try dialAnew(at: now)
        return true
    }

    private func takeEvents(at now: Instant) throws {
        while let event = try monitor?.next() {
            switch event {
            case .handshakeSucceeded: complainAt = .zero
            case .handshakeRefused:
                try turnedAway(at: now)
                return
            case .handshakeBroken, .handshakeMisspoken:
                complain(
                    "the coordinator does not shake hands; is the key in --coordinator-key its own?",
                    at: now)
            case .accepted, .disconnected: break
            }
        }
    }

    /// The coordinator does not know the worker's key, or not any more.
    private func turnedAway(at now: Instant) throws {
        guard let credentials, credentials.isReplica else {
            return complain(
                "the coordinator does not know this worker's key; scrivener keys add-worker lists one",
                at: now)
        }
        credentials.isListed = false
        hangUp()
        try enrolment?.begin(at: now)
    }

    private func complain(_ text: Logger.Message, at now: Instant) {
        guard complainAt <= now else { return }
        complainAt = now.advanced(by: Self.complaintInterval)
        logger.error(
            text, metadata: ["endpoint": "\(credentials?.trust.line.endpoint ?? endpoint)"])
    }

    // MARK: Sending

    /// Without a connection there is no registration, and what was to be said in it is dropped.
    func send(_ bytes: [UInt8]) throws {
        guard let socket else { return }
        guard unsent.isEmpty else {
            unsent.append(bytes)
            return
        }
        do throws(ZeroMQError) {
            try socket.send(bytes.span.bytes)
        } catch {
            guard error.code == .wouldBlock else { throw error }
            unsent.append(bytes)
            poller.add(socket, for: [.readable, .writable])
        }
    }

    func flush() throws {
        guard !unsent.isEmpty, let socket else { return }
        var sent = 0
        for bytes in unsent {
            do throws(ZeroMQError) {
                try socket.send(bytes.span.bytes)
                sent += 1
            } catch {
                guard error.code == .wouldBlock else { throw error }
                break
            }
        }
        unsent.removeFirst(sent)
        if unsent.isEmpty { poller.add(socket, for: .readable) }
    }
}

extension Socket {
    /// A connection to a coordinator, made in the background and again whenever it breaks: patient with a
    /// coordinator that restarts, quick to notice that a connection is dead.
    ///
    /// - Throws: `ZeroMQError`.
    fileprivate convenience init(toCoordinator endpoint: String, _ line: CoordinatorLine) throws {
        try self.init(.dealer, in: line.openContext)
        try set(.linger, .milliseconds(500))
        try set(.ipv6, true)
        try set(.sendHighWaterMark, 10_000)
        try set(.receiveHighWaterMark, 10_000)
        try set(.handshakeInterval, .seconds(5))
        try set(.connectTimeout, .seconds(5))
        // No pings: heartbeats are sent anyway, and what TCP does not bring over for so long breaks the
        // connection. With pings bare libzmq needs half as much again to hear 10,000 idle workers.
        try set(.tcpMaximumRetransmission, .seconds(2))
        try set(.reconnectInterval, .milliseconds(100))
        try set(.reconnectIntervalMaximum, .seconds(1))
        try line.prepare(self)
        try connect(endpoint)
    }
}
