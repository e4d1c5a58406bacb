// What becomes of a socket's connections. libzmq dials, shakes hands and hangs up in the background and tells
// nobody, but for a monitor: a socket of its own that speaks of another.

internal import CZeroMQ
internal import Synchronization

/// Hears what happens to the connections of a socket. Belongs to the socket's thread.
///
/// The caller owes: `close()` before the socket's own `close()`.
package final class SocketMonitor {
    package enum Event: Sendable, Equatable {
        /// Somebody has connected, and is to shake hands now. With the descriptor of the connection.
        case accepted(descriptor: Int32)
        /// A connection is over.
        case disconnected(descriptor: Int32)
        case handshakeSucceeded
        /// The other end has closed the connection, or was silent, while hands were shaken.
        case handshakeBroken
        /// The other end spoke something else than we do.
        case handshakeMisspoken
        /// A handler did not take the connection on: with the status of its answer, such as 400.
        case handshakeRefused(status: Int32)
    }

    /// For a `Poller`: readable when something has happened.
    package let socket: Socket
    private let monitored: Socket
    private let message = Message(maximumFrameCount: 2)

    /// Names no two monitors alike.
    private static let count = Atomic<Int>(0)

    private static let events =
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

    package init(of monitored: Socket) throws(ZeroMQError) {
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        let endpoint = "inproc://monitor.\(number)"
        let handle = try monitored.open(for: .setOption)
        let failure = endpoint.withCString { text in
            ErrorNumber.of { zmq_socket_monitor(handle, text, Int32(Self.events)) }
        }
        guard failure == ErrorNumber.none else { throw ZeroMQError(errno: failure, .openSocket) }
        socket = try Socket(.pair, in: monitored.context)
        self.monitored = monitored
        // libzmq waits for room, and holds a lock meanwhile that `close()` needs.
        try socket.set(.receiveHighWaterMark, 0)
        try socket.connect(endpoint)
    }

    /// The next thing that has happened, or `nil` when there is none.
    package func next() throws(ZeroMQError) -> Event? {
        while try socket.receive(into: message) {
            // A number of 16 bits and one of 32, in the machine's own order.
            let read = message.withFrame(0) { bytes -> (UInt16, Int32)? in
                guard bytes.count == 6 else { return nil }
                return (
                    bytes.loadUnaligned(as: UInt16.self),
                    bytes.loadUnaligned(fromByteOffset: 2, as: Int32.self)
                )
            }
            if let (event, value) = read ?? nil, let event = Self.event(event, value) {
                return event
            }
        }
        return nil
    }

    private static func event(_ code: UInt16, _ value: Int32) -> Event? {
        switch Int32(code) {
        case ZMQ_EVENT_ACCEPTED: .accepted(descriptor: value)
        case ZMQ_EVENT_DISCONNECTED: .disconnected(descriptor: value)
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: .handshakeBroken
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: .handshakeMisspoken
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .handshakeRefused(status: value)
        default: nil
        }
    }

    package func close() {
        if let handle = try? monitored.open(for: .setOption) {
            _ = ErrorNumber.of { zmq_socket_monitor(handle, nil, 0) }
        }
        socket.close()
    }
}

@available(*, unavailable)
extension SocketMonitor: Sendable {}
