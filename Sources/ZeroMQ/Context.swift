// A libzmq context: the input/output threads that all sockets of a process share. Sockets keep
// their context alive, so that it ends after the last of them and its end never waits for one.

internal import CZeroMQ

/// The sockets' common ground. Safe to share between threads.
///
/// Guarantees: the context is terminated when the last reference to it goes, its sockets' own
/// references included. That may block for as long as the longest `linger` of a closed socket;
/// a new socket's linger is zero, so that by default it does not block.
// Unchecked because the handle is a raw pointer; libzmq makes every call on a context thread-safe.
package final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - ioThreads: About one for each gigabyte a second of traffic; 0 is enough for inproc.
    ///   - maximumSockets: How many sockets may be open at once.
    /// - Throws: `ZeroMQError` with `invalidArgument` or `resourceExhausted`.
    package init(ioThreads: Int = 1, maximumSockets: Int = 1023) throws(ZeroMQError) {
        guard let threads = Int32(exactly: ioThreads), let sockets = Int32(exactly: maximumSockets)
        else { throw ZeroMQError(.invalidArgument, .openContext) }
        guard let handle = zmq_ctx_new() else {
            throw ZeroMQError(errno: zmq_errno(), .openContext)
        }
        self.handle = handle
        try set(ZMQ_IO_THREADS, threads)
        try set(ZMQ_MAX_SOCKETS, sockets)
        // The default linger of libzmq is for ever: a peer that is gone would keep us from ending.
        try set(ZMQ_BLOCKY, 0)
    }

    deinit {
        _ = ErrorNumber.of { zmq_ctx_term(handle) }
    }

    /// Ends all use of the context, from any thread, at once and for good: each call on one of its
    /// sockets that is waiting or is made later throws `terminated`. The threads that own the
    /// sockets still have to close them.
    package func shutdown() {
        _ = ErrorNumber.of { zmq_ctx_shutdown(handle) }
    }

    private func set(_ option: Int32, _ value: Int32) throws(ZeroMQError) {
        let failure = ErrorNumber.of { zmq_ctx_set(handle, option, value) }
        guard failure == ErrorNumber.none else { throw ZeroMQError(errno: failure, .openContext) }
    }
}
