// The end of a session, for whoever submitted it and wants to be answered when it is over.

package import ScrivenerModel
import Synchronization

/// A session that will end, or be looked at as it is when it has taken too long. Fulfilled once, by
/// whoever knows; one may wait.
package final class PendingEnd: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<ResearchSession, Never>)
        case fulfilled(ResearchSession)
    }

    /// For how long, in seconds, the end is waited for.
    package let patience: Int
    private let state = Mutex(State.open)

    package init(patience: Int) { self.patience = patience }

    /// The first call counts.
    package func fulfil(_ session: ResearchSession) {
        let waiter = state.withLock { state -> CheckedContinuation<ResearchSession, Never>? in
            switch state {
            case .open:
                state = .fulfilled(session)
                return nil
            case .awaited(let waiter):
                state = .fulfilled(session)
                return waiter
            case .fulfilled: return nil
            }
        }
        waiter?.resume(returning: session)
    }

    /// The session when it has ended, or as it is after the patience; as it was accepted where the task is
    /// cancelled, because whoever asked has gone.
    ///
    /// - Precondition: nobody else waits.
    package func session(accepted: ResearchSession) async -> ResearchSession {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> ResearchSession? in
                    switch state {
                    case .open:
                        state = .awaited(continuation)
                        return nil
                    case .awaited: preconditionFailure("two wait for the same end")
                    case .fulfilled(let session): return session
                    }
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            fulfil(accepted)
        }
    }
}
