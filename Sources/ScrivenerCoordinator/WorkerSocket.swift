// A ROUTER socket that workers connect to. Sends never block: a peer that is gone is unroutable,
// one that does not read gets a bounded queue of its own, so that it costs its neighbours nothing.

import ScrivenerCore
import ScrivenerModel
import ScrivenerWire
import ZeroMQ

/// One of the coordinator's sockets for workers. Confined to the loop's thread.
final class WorkerSocket {
    let endpoint: String
    /// The coordinator's key there; absent where connections are in the clear.
    let key: CurvePublicKey?
    /// Its connections are told from those of other sockets by it.
    private let number: UInt64
    private let gate: WorkerGate
    private let socket: Socket
    private let poller: Poller
    private let message = Message(maximumFrameCount: 3)
    private let limits: WireLimits
    private var isPolled = true
    private(set) var traffic = Traffic()
    /// Messages that a peer had no room for, in order.
    private var waiting: [ConnectionID: [[UInt8]]] = [:]

    /// How many messages may wait for one peer before it is given up.
    private static let maximumWaiting = 10_000

    /// What went over the socket, without envelopes.
    struct Traffic {
        var receivedMessages: Int64 = 0
        var receivedBytes: Int64 = 0
        var sentMessages: Int64 = 0
        var sentBytes: Int64 = 0

        static func + (left: Traffic, right: Traffic) -> Traffic {
            Traffic(
                receivedMessages: left.receivedMessages + right.receivedMessages,
                receivedBytes: left.receivedBytes + right.receivedBytes,
                sentMessages: left.sentMessages + right.sentMessages,
                sentBytes: left.sentBytes + right.sentBytes)
        }
    }

    /// Something that came from a worker.
    enum Arrival {
        case message(ConnectionID, WorkerMessage)
        /// The message `results`, where there is nothing but payloads in it.
        case plainResults(ConnectionID, PlainResults)
        case unreadable(ConnectionID, WireError, PeerConnection?)
        /// Whoever sent it has a good key, and has to register first.
        case unintroduced(ConnectionID)
        /// Whoever sent it may not be heard.
        case unwanted(ConnectionID, code: ErrorCode, reason: String, PeerConnection?)
        /// Of somebody who was sent away.
        case ignored
        /// Of a peer that no worker of ours is: it has chosen its routing id.
        case stray(PeerConnection?)
    }

    /// How sending went.
    enum Delivery: Equatable {
        case sent
        /// Nobody is at the other end.
        case unroutable
        /// The peer has not read for so long that it is given up.
        case overflowed
    }

    /// - Parameters:
    ///   - number: of no other socket of this coordinator.
    ///   - keys: absent where connections are in the clear. Otherwise the context has a handler already.
    init(
        binding endpoint: String, number: UInt64, keys: CurveKeyPair?, gate: WorkerGate,
        in context: Context, poller: Poller, limits: WireLimits
    ) throws(ZeroMQError) {
        let socket = try Socket(.router, in: context)
        try socket.set(.linger, .milliseconds(500))
        try socket.set(.ipv6, true)
        try socket.set(.routerMandatory, true)
        try socket.set(.sendHighWaterMark, 10_000)
        // Of each connection, while the loop waits for the disk: 2 GiB with messages at their largest, by default. Then
        // the worker keeps what it has to say.
        try socket.set(.receiveHighWaterMark, 256)
        try socket.set(.maximumMessageSize, Int64(limits.messageBytes))
        try socket.set(.handshakeInterval, .seconds(5))
        // No pings of ours: with each of them libzmq looks for a timer among those of all connections,
        // which is most of what 10,000 workers cost. Leases tell who is gone; that a host has vanished
        // is found by TCP, which frees the connection.
        try socket.set(.tcpKeepalive, true)
        try socket.set(.tcpKeepaliveIdle, 10)
        try socket.set(.tcpKeepaliveInterval, 5)
        try socket.set(.tcpKeepaliveCount, 3)
        try socket.set(.tcpMaximumRetransmission, .seconds(25))
        if let keys { try Self.secure(socket, keys) }
        self.endpoint = try socket.bind(endpoint)
        self.socket = socket
        self.number = number
        self.gate = gate
        key = keys?.publicKey
        self.poller = poller
        self.limits = limits
        poller.add(socket, for: .readable)
    }

    /// All of it before `bind`: a connection is taken on as the options are at that time.
    private static func secure(_ socket: Socket, _ keys: CurveKeyPair) throws(ZeroMQError) {
        try socket.set(.curveServer, true)
        try socket.set(.curveSecretKey, keys.secretKey)
        try socket.set(.zapDomain, WorkerGate.domain)
        try socket.set(.zapEnforceDomain, true)
    }

    /// Of TCP.
    var port: Int32? { PeerConnection.port(of: endpoint) }

    func owns(_ connection: ConnectionID) -> Bool { connection.rawValue >> 32 == number }

    func close() {
        poller.remove(socket)
        socket.close()
    }

    // MARK: In

    /// Whether what arrives ends the poller's wait.
    func setPolled(_ isPolled: Bool) {
        guard isPolled != self.isPolled else { return }
        self.isPolled = isPolled
        if isPolled { poller.add(socket, for: .readable) } else { poller.remove(socket) }
    }

    /// The next message, or `nil` when there is none.
    func receive() throws(ZeroMQError) -> Arrival? {
        do throws(ZeroMQError) {
            guard try socket.receive(into: message) else { return nil }
        } catch {
            guard error.code == .tooManyFrames else { throw error }
            return takeStray()
        }
        guard message.count == 2, let connection = sender else { return takeStray() }
        guard gate.admits(connection, message) else { return takeStranger(connection) }
        return take(connection)
    }

    /// By which the last message came.
    var line: PeerConnection? { message.connection(ofFrame: 1, acceptedOn: endpoint) }

    private func take(_ connection: ConnectionID) -> Arrival {
        message.withSpan(ofFrame: 1) { bytes in
            traffic.receivedMessages += 1
            traffic.receivedBytes += Int64(bytes.byteCount)
            return read(bytes, from: connection)
        } ?? .ignored
    }

    private func read(_ bytes: RawSpan, from connection: ConnectionID) -> Arrival {
        if let results = WireCodec.plainResults(bytes, limits: limits) {
            return .plainResults(connection, results)
        }
        do throws(WireError) {
            let message = try WireCodec.decode(worker: bytes, limits: limits)
            if case .register(let registration) = message,
                let owner = gate.workerID(on: connection), owner != registration.workerID
            {
                return unwanted(connection, keyOf: owner)
            }
            return .message(connection, message)
        } catch {
            return .unreadable(connection, error, line)
        }
    }

    /// Frames that no worker of ours sends are a fault of whoever sent them.
    private func takeStray() -> Arrival {
        guard let connection = sender else { return .stray(line) }
        guard !gate.isExpelled(connection) else { return .ignored }
        return .unreadable(connection, .malformed, line)
    }

    /// Whoever is not admitted has to register first, under the name that goes with the key.
    private func takeStranger(_ connection: ConnectionID) -> Arrival {
        guard !gate.isExpelled(connection) else { return .ignored }
        guard let (key, workerID) = gate.identify(message) else {
            return .unwanted(
                connection, code: .accessRevoked,
                reason: "the key of this connection is not on the coordinator's list any more",
                line)
        }
        let arrival = take(connection)
        switch arrival {
        case .message(_, .register(let registration)):
            guard registration.workerID == workerID else {
                return unwanted(connection, keyOf: workerID)
            }
            gate.admit(
                WorkerAdmission.Peer(
                    connection: connection, workerID: workerID, key: key,
                    line: line))
            return arrival
        case .message, .plainResults: return .unintroduced(connection)
        default: return arrival
        }
    }

    private func unwanted(
        _ connection: ConnectionID, keyOf workerID: String
    ) -> Arrival {
        .unwanted(
            connection, code: .accessDenied,
            reason: "the key of this connection is that of worker \(workerID) only",
            line)
    }

    /// Routing ids are five bytes that libzmq made. One of another form was chosen by the peer, which is no worker
    /// then. (One of this form may have been as well, by a peer of another make.)
    private var sender: ConnectionID? {
        message.withFrame(0) { frame -> ConnectionID? in
            guard frame.count == 5, frame[0] == 0 else { return nil }
            return ConnectionID(frame.dropFirst().reduce(number) { $0 << 8 | UInt64($1) })
        } ?? nil
    }

    // MARK: Out

    func send(_ bytes: [UInt8], to connection: ConnectionID) throws(ZeroMQError) -> Delivery {
        if waiting[connection] != nil { return wait(bytes, connection) }
        do throws(ZeroMQError) {
            try transmit(bytes, to: connection)
            return .sent
        } catch {
            switch error.code {
            case .unroutable: return .unroutable
            case .wouldBlock: return wait(bytes, connection)
            default: throw error
            }
        }
    }

    /// Tries again what peers had no room for.
    ///
    /// - Returns: the peers that are gone.
    func flush() throws(ZeroMQError) -> [ConnectionID] {
        guard !waiting.isEmpty else { return [] }
        var gone: [ConnectionID] = []
        for connection in waiting.keys.sorted() {
            if try flush(connection) == .unroutable { gone.append(connection) }
        }
        return gone
    }

    /// Whether something waits for a peer that has no room.
    var hasWaiting: Bool { !waiting.isEmpty }

    private func flush(_ connection: ConnectionID) throws(ZeroMQError) -> Delivery {
        let messages = waiting[connection] ?? []
        for (index, bytes) in messages.enumerated() {
            do throws(ZeroMQError) {
                try transmit(bytes, to: connection)
            } catch {
                switch error.code {
                case .unroutable:
                    waiting[connection] = nil
                    return .unroutable
                case .wouldBlock:
                    waiting[connection] = Array(messages[index...])
                    return .sent
                default: throw error
                }
            }
        }
        waiting[connection] = nil
        return .sent
    }

    private func wait(_ bytes: [UInt8], _ connection: ConnectionID) -> Delivery {
        guard waiting[connection, default: []].count < Self.maximumWaiting else {
            waiting[connection] = nil
            return .overflowed
        }
        waiting[connection, default: []].append(bytes)
        return .sent
    }

    private func transmit(_ bytes: [UInt8], to connection: ConnectionID) throws(ZeroMQError) {
        let id = connection.rawValue
        let routing: [UInt8] = [
            0, UInt8(truncatingIfNeeded: id >> 24), UInt8(truncatingIfNeeded: id >> 16),
            UInt8(truncatingIfNeeded: id >> 8), UInt8(truncatingIfNeeded: id),
        ]
        try socket.send(routing.span.bytes, bytes.span.bytes)
        traffic.sentMessages += 1
        traffic.sentBytes += Int64(bytes.count)
    }
}
