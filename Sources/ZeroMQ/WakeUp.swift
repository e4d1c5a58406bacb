// How other threads wake one that waits in a `Poller`: a file descriptor (an eventfd on Linux)
// beside the sockets that it polls.

internal import CZeroMQ

/// A flag that any thread may raise, and that one poller sees.
///
/// Guarantees: a signal raised before or during a poller's wait ends that wait. Signals do not
/// count: many before a wait end it once.
package final class WakeUp: Sendable {
    private let reader: Int32
    private let writer: Int32

    /// - Throws: `resourceExhausted` when out of file descriptors.
    package init() throws(ZeroMQError) {
        var ends = czmq_wakeup(reader: -1, writer: -1)
        let failure = czmq_wakeup_open(&ends)
        guard failure == 0 else { throw ZeroMQError(errno: failure, .openWakeUp) }
        reader = ends.reader
        writer = ends.writer
    }

    deinit { czmq_wakeup_close(ends) }

    /// Wakes the poller, now or at its next wait. From any thread; a system call.
    package func signal() { czmq_wakeup_signal(ends) }

    /// Lowers the flag. A `Poller` does this itself when it reports the wake-up.
    ///
    /// - Returns: How many times `signal` was called since the last `clear`.
    @discardableResult
    package func clear() -> UInt64 { czmq_wakeup_clear(ends) }

    var fileDescriptor: Int32 { reader }

    private var ends: czmq_wakeup { czmq_wakeup(reader: reader, writer: writer) }
}
