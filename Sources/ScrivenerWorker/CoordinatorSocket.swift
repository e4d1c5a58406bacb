// How a worker dials its coordinator: patient with a coordinator that restarts, quick to notice that a
// connection is dead.

import ZeroMQ

extension Socket {
    /// A connection to a coordinator, made in the background and again whenever it breaks.
    ///
    /// - Throws: `ZeroMQError`.
    convenience init(
        toCoordinator endpoint: String, maximumMessageBytes: Int, in context: Context
    ) throws {
        try self.init(.dealer, in: context)
        try set(.linger, .milliseconds(500))
        try set(.ipv6, true)
        try set(.sendHighWaterMark, 10_000)
        try set(.receiveHighWaterMark, 10_000)
        try set(.maximumMessageSize, Int64(maximumMessageBytes))
        try set(.handshakeInterval, .seconds(5))
        try set(.connectTimeout, .seconds(5))
        try set(.heartbeatInterval, .seconds(1))
        try set(.heartbeatTimeout, .seconds(3))
        try set(.reconnectInterval, .milliseconds(100))
        try set(.reconnectIntervalMaximum, .seconds(1))
        try connect(endpoint)
    }
}

/// The worker's end of the connection, and what it had no room for. Confined to the loop's thread.
final class CoordinatorLine {
    private let endpoint: String
    private let maximumMessageBytes: Int
    private let context: Context
    private let poller: Poller
    private(set) var socket: Socket?
    /// Messages that the socket had no room for, in order.
    private var unsent: [[UInt8]] = []

    init(to endpoint: String, maximumMessageBytes: Int, in context: Context, poller: Poller) {
        self.endpoint = endpoint
        self.maximumMessageBytes = maximumMessageBytes
        self.context = context
        self.poller = poller
    }

    func open() throws {
        let socket = try Socket(
            toCoordinator: endpoint, maximumMessageBytes: maximumMessageBytes, in: context)
        poller.add(socket, for: .readable)
        // What was not sent belongs to the registration that ended with its socket.
        unsent.removeAll()
        self.socket = socket
    }

    func close() {
        guard let socket else { return }
        poller.remove(socket)
        socket.close()
        self.socket = nil
    }

    func reopen() throws {
        close()
        try open()
    }

    func send(_ bytes: [UInt8]) throws {
        guard unsent.isEmpty, let socket else {
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
