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
