// The sockets that workers connect to: one, and a second one while the coordinator's key is being changed.
//
// While there is a next key, the second socket has it, and workers that register on the first are told to dial
// there. When the next key has taken the present one's place, the first socket is opened anew with it, those on the
// second are told to come back, and the second is closed after a while. So the configured port is the one that counts
// whenever no change is under way.

import Logging
import ScrivenerCore
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerWire
import ZeroMQ

/// Where workers connect. Confined to the loop's thread.
final class WorkerSockets {
    struct Endpoints {
        var main: String
        /// Used while the key is being changed.
        var second: String
    }

    let gate: WorkerGate
    /// Where the system has picked a port, that one is kept.
    private var endpoints: Endpoints
    private let context: Context
    private let poller: Poller
    private let limits: WireLimits
    private let logger: Logger
    private let authentication: AuthenticationHandler?
    private var keys: CoordinatorKeys?
    private var main: WorkerSocket?
    private var second: WorkerSocket?
    /// When the second is closed, once the key has been changed.
    private var closeSecondAt: Instant?
    /// When to try again to open what could not be opened: a port is given up some time after its socket.
    private var retryAt: Instant?
    private var isPolled = true
    private var isSecondsTurn = false
    private var openedCount: UInt64 = 0
    private var closedTraffic = WorkerSocket.Traffic()

    /// How long workers have to come back to the first socket.
    private static let retirement = TimeSpan.seconds(60)
    private static let retryInterval = TimeSpan.milliseconds(200)
    private static let connectionsPerTurn = 256

    /// - Parameter keys: absent where connections are neither encrypted nor authenticated.
    init(
        _ endpoints: Endpoints, keys: CoordinatorKeys?, in context: Context, poller: Poller,
        limits: WireLimits, logger: Logger
    ) throws {
        self.endpoints = endpoints
        self.keys = keys
        self.context = context
        self.poller = poller
        self.limits = limits
        self.logger = logger
        gate = WorkerGate(keys?.access)
        // Before the sockets: without it libzmq would take any key.
        authentication = try keys.map { _ in try AuthenticationHandler(in: context) }
        if let authentication { poller.add(authentication.socket) }
        let main = try open(endpoints.main, keys?.current)
        self.main = main
        if endpoints.main.hasSuffix(":*") { self.endpoints.main = main.endpoint }
        if let next = keys?.next { second = try open(endpoints.second, next) }
    }

    /// Where the first of them listens.
    var endpoint: String { main?.endpoint ?? endpoints.main }

    var traffic: WorkerSocket.Traffic {
        sockets.reduce(closedTraffic) { $0 + $1.traffic }
    }

    var hasWaiting: Bool {
        main?.hasWaiting == true || second?.hasWaiting == true
    }

    func close() {
        for socket in sockets { socket.close() }
        if let authentication {
            poller.remove(authentication.socket)
            authentication.close()
        }
    }

    private var sockets: [WorkerSocket] { [main, second].compactMap(\.self) }

    private func open(_ endpoint: String, _ pair: CurveKeyPair?) throws(ZeroMQError)
        -> WorkerSocket
    {
        let socket = try WorkerSocket(
            binding: endpoint, number: openedCount, keys: pair, gate: gate, in: context,
            poller: poller, limits: limits)
        openedCount += 1
        socket.setPolled(isPolled)
        return socket
    }

    // MARK: In

    /// Answers those who want to connect.
    ///
    /// - Parameter prepare: called before each of the answers.
    func answerConnections(_ prepare: () -> Void) throws(ZeroMQError) {
        try authentication?.answer(atMost: Self.connectionsPerTurn) { request in
            prepare()
            return gate.answer(request)
        }
    }

    /// Whether what arrives ends the poller's wait.
    func setPolled(_ isPolled: Bool) {
        guard isPolled != self.isPolled else { return }
        self.isPolled = isPolled
        for socket in sockets { socket.setPolled(isPolled) }
    }

    /// The next message, or `nil` when there is none.
    func receive() throws(ZeroMQError) -> WorkerSocket.Arrival? {
        guard let second else { return try main?.receive() }
        isSecondsTurn.toggle()
        let first = isSecondsTurn ? second : main ?? second
        let other = isSecondsTurn ? main : second
        if let arrival = try first.receive() { return arrival }
        return try other?.receive()
    }

    /// By which the last message came, if that was one of this connection.
    func line(of connection: ConnectionID) -> PeerConnection? { socket(of: connection)?.line }

    // MARK: Out

    func send(
        _ bytes: [UInt8], to connection: ConnectionID
    ) throws(ZeroMQError) -> WorkerSocket.Delivery {
        guard let socket = socket(of: connection) else { return .unroutable }
        return try socket.send(bytes, to: connection)
    }

    private func socket(of connection: ConnectionID) -> WorkerSocket? {
        if let main, main.owns(connection) { return main }
        if let second, second.owns(connection) { return second }
        return nil
    }

    /// Tries again what peers had no room for.
    ///
    /// - Returns: the peers that are gone.
    func flush() throws(ZeroMQError) -> [ConnectionID] {
        guard hasWaiting else { return [] }
        var gone: [ConnectionID] = []
        for socket in sockets { gone += try socket.flush() }
        return gone
    }

    // MARK: Another key

    /// How a worker on a connection is to dial from now on, if not as it has.
    func redial(for connection: ConnectionID) -> Redial? {
        guard let keys else { return nil }
        let isOnSecond = second?.owns(connection) == true
        if let next = keys.next {
            guard !isOnSecond, let port = second?.port else { return nil }
            return Redial(key: next.publicKey.bytes, port: port)
        }
        return isOnSecond && main != nil ? Redial(key: keys.current.publicKey.bytes, port: 0) : nil
    }

    /// Takes on what is in the key folder now.
    ///
    /// - Returns: those who may not be heard any more, and those who have to register again, to be told of another
    ///   key.
    func change(
        to new: CoordinatorKeys, _ access: WorkerAccess, at now: Instant
    ) -> (revoked: [WorkerAdmission.Peer], moved: [ConnectionID]) {
        guard let old = keys else { return ([], []) }
        keys = new
        let revoked = gate.change(to: access)
        if new.current.publicKey != old.current.publicKey {
            logger.notice("the coordinator has another key")
            close(&main)
            if second?.key != new.current.publicKey { close(&second) }
            closeSecondAt = second.map { _ in now.advanced(by: Self.retirement) }
        }
        if let next = new.next, second?.key != next.publicKey {
            logger.notice("the coordinator's next key is introduced to its workers")
            close(&second)
            closeSecondAt = nil
        }
        if new.next == nil, closeSecondAt == nil { close(&second) }
        openMissing(at: now)
        let hasChanged =
            new.current.publicKey != old.current.publicKey
            || new.next?.publicKey != old.next?.publicKey
        guard hasChanged else { return (revoked, []) }
        let moved = gate.admitted { redial(for: $0) != nil }
        return (revoked, moved)
    }

    private func close(_ socket: inout WorkerSocket?) {
        guard let open = socket else { return }
        closedTraffic = closedTraffic + open.traffic
        for connection in gate.admitted(where: open.owns) { gate.forget(connection) }
        open.close()
        socket = nil
    }

    private func openMissing(at now: Instant) {
        let isRetry = retryAt != nil
        retryAt = nil
        guard let keys else { return }
        do throws(ZeroMQError) {
            if main == nil { main = try open(endpoints.main, keys.current) }
            if let next = keys.next, second == nil { second = try open(endpoints.second, next) }
        } catch {
            retryAt = now.advanced(by: Self.retryInterval)
            // Told once: it may be somebody else's port, and stay so.
            guard !isRetry else { return }
            logger.warning(
                "an endpoint for workers cannot be opened yet", metadata: ["error": "\(error)"])
        }
    }

    var nextDue: Instant? {
        let due = min(
            gate.nextDue ?? .distantFuture, retryAt ?? .distantFuture,
            closeSecondAt ?? .distantFuture)
        return due == .distantFuture ? nil : due
    }

    /// Does what is due.
    ///
    /// - Returns: those who have to register again, to be told of another key.
    func attend(at now: Instant) -> [ConnectionID] {
        gate.hangUpDue(at: now)
        if let closeSecondAt, closeSecondAt <= now {
            self.closeSecondAt = nil
            close(&second)
        }
        guard let retryAt, retryAt <= now else { return [] }
        openMissing(at: now)
        return self.retryAt == nil ? gate.admitted { redial(for: $0) != nil } : []
    }
}
