// A value that one side changes and the other waits for: how tests wait for conditions instead of
// sleeping.

import Synchronization

/// A value whose changes can be awaited.
final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        /// Counts changes, so that none is missed between looking and waiting.
        var revision: UInt64 = 0
        var lastWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    func change(_ change: @Sendable (inout Value) -> Void) {
        let waiters = state.withLock { state in
            change(&state.value)
            state.revision += 1
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until `find` finds something in the value, and returns it.
    ///
    /// - Throws: what `find` throws, and `CancellationError`.
    func first<Found: Sendable>(
        _ find: @Sendable (Value) throws -> Found?
    ) async throws -> Found {
        while true {
            let (value, revision) = state.withLock { ($0.value, $0.revision) }
            if let found = try find(value) { return found }
            try await waitForChange(since: revision)
        }
    }

    private func waitForChange(since revision: UInt64) async throws {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                let hasChanged = state.withLock { state in
                    guard state.revision == revision, !Task.isCancelled else { return true }
                    state.waiters[number] = waiter
                    return false
                }
                if hasChanged { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
            waiter?.resume(throwing: CancellationError())
        }
        try Task.checkCancellation()
    }
}
