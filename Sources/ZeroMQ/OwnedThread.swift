// A thread of our own for work that blocks: Swift's cooperative pool has as many threads as the
// machine has cores, and one that waits in `zmq_poll` would be missing for everybody else.

internal import CZeroMQ

package enum OwnedThread {
    /// Runs `body` on a new thread, and waits, without blocking, for its end.
    ///
    /// Guarantees: `body` runs once, from start to end on that thread, and what it made is gone by
    /// the return of `run`. Cancelling the task does not stop it: tell `body` to end by a
    /// `Mailbox`, and do so on cancellation.
    ///
    /// - Parameter name: For debuggers; Linux keeps the first 15 bytes.
    /// - Throws: What `body` throws, or `ZeroMQError` with `resourceExhausted` if no thread is
    ///   to be had; `body` did not run then.
    package static func run<Output: Sendable>(
        named name: String, _ body: sending @escaping () throws -> Output
    ) async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            let work = Work {
                name.withCString { czmq_thread_name($0) }
                continuation.resume(with: Result(catching: body))
            }
            if let error = work.start() { continuation.resume(throwing: error) }
        }
    }
}

/// What a thread is to do, on its way through the C function that starts threads.
private final class Work {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    /// - Returns: Why there is no thread; `body` runs if and only if this is nil.
    func start() -> ZeroMQError? {
        // The thread takes this reference over, if there is a thread.
        let reference = Unmanaged.passRetained(self)
        let failure = czmq_thread_start(
            { argument in
                if let argument {
                    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, reference.toOpaque())
        guard failure != 0 else { return nil }
        reference.release()
        // The system says "try again" here; nobody would wait for a thread as for a socket.
        return ZeroMQError(.resourceExhausted, .startThread)
    }
}
