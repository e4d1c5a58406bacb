// The ROUTER socket that workers connect to. Sends never block: a peer that is gone is unroutable,
// one that does not read gets a bounded queue of its own, so that it costs its neighbours nothing.

import ScrivenerCore
import ScrivenerModel
import ScrivenerWire
import ZeroMQ

/// The coordinator's socket. Confined to the loop's thread.
final class WorkerSocket {
    let endpoint: String
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
    }

    /// Something that came from a worker.
    enum Arrival {
        case message(ConnectionID, WorkerMessage)
        /// The message `results`, where there is nothing but payloads in it.
        case plainResults(ConnectionID, PlainResults)
        case unreadable(ConnectionID, WireError)
        /// Frames that no worker of ours sends.
        case stray
    }

    /// How sending went.
    enum Delivery: Equatable {
        case sent
        /// Nobody is at the other end.
        case unroutable
        /// The peer has not read for so long that it is given up.
        case overflowed
    }

    init(
        binding endpoint: String, in context: Context, poller: Poller, limits: WireLimits
    ) throws(ZeroMQError) {
        let socket = try Socket(.router, in: context)
        try socket.set(.linger, .milliseconds(500))
        try socket.set(.ipv6, true)
        try socket.set(.routerMandatory, true)
        try socket.set(.sendHighWaterMark, 10_000)
        try socket.set(.receiveHighWaterMark, 10_000)
        try socket.set(.maximumMessageSize, Int64(limits.messageBytes))
        try socket.set(.handshakeInterval, .seconds(5))
        // No pings of ours: with each of them libzmq looks for a timer among those of all connections,
        // which is most of what 10,000 workers cost. Workers ping, and leases tell who is gone; that a
        // host has vanished is found by TCP, which frees the connection.
        try socket.set(.tcpKeepalive, true)
        try socket.set(.tcpKeepaliveIdle, 10)
        try socket.set(.tcpKeepaliveInterval, 5)
        try socket.set(.tcpKeepaliveCount, 3)
        try socket.set(.tcpMaximumRetransmission, .seconds(25))
        self.endpoint = try socket.bind(endpoint)
        self.socket = socket
        self.poller = poller
        self.limits = limits
        poller.add(socket, for: .readable)
    }

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
            return .stray
        }
        guard message.count == 2, let connection = sender else { return .stray }
        return message.withSpan(ofFrame: 1) { bytes in
            traffic.receivedMessages += 1
            traffic.receivedBytes += Int64(bytes.byteCount)
            return read(bytes, from: connection)
        } ?? .stray
    }

    private func read(_ bytes: RawSpan, from connection: ConnectionID) -> Arrival {
        if let results = WireCodec.plainResults(bytes, limits: limits) {
            return .plainResults(connection, results)
        }
        do throws(WireError) {
            return .message(connection, try WireCodec.decode(worker: bytes, limits: limits))
        } catch {
            return .unreadable(connection, error)
        }
    }

    /// Routing ids are ours: five bytes that libzmq made. A peer that chose one is no worker.
    private var sender: ConnectionID? {
        message.withFrame(0) { frame -> ConnectionID? in
            guard frame.count == 5, frame[0] == 0 else { return nil }
            return ConnectionID(frame.dropFirst().reduce(0) { $0 << 8 | UInt64($1) })
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
