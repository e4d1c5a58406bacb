// Something that will be there, for whoever needs it: a pool that starts, a worker that registers.

import Synchronization

/// A value that comes once, or never will.
final class Readiness<Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct State: Sendable {
        var decision: Result<Value, any Error>?
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The first decision counts.
    func decide(_ result: Result<Value, any Error>) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.decision == nil else { return [] }
            state.decision = result
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    /// The value is there no more, or will not come.
    func end(with error: any Error) {
        decide(.failure(error))
        state.withLock { $0.decision = .failure(error) }
    }

    /// The value, when it is there.
    ///
    /// - Throws: what keeps it from coming; `CancellationError`.
    func value() async throws -> Value {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                let decision = state.withLock { state -> Result<Value, any Error>? in
                    if let decision = state.decision { return decision }
                    // The handler may have run before there was somebody to tell.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[number] = waiter
                    return nil
                }
                if let decision { waiter.resume(with: decision) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
            waiter?.resume(throwing: CancellationError())
        }
    }
}
