// A pthread mutex. `Synchronization.Mutex` would do, but ThreadSanitizer does not see it and
// reports races that are none; what we hand between threads is worth a checker to be believed.

internal import CZeroMQ

/// A mutual exclusion that does not nest. Hold it for a few instructions; never across an `await`.
// Unchecked because the mutex is a raw pointer. It is on the heap since it must not move.
package final class Lock: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let error = pthread_mutex_init(mutex, nil)
        precondition(error == 0, "a mutex needs no resources that could run out")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    @inlinable
    package func withLock<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    @usableFromInline
    func lock() { pthread_mutex_lock(mutex) }

    @usableFromInline
    func unlock() { pthread_mutex_unlock(mutex) }
}
