// Where tasks and sessions are. `status` and `session_state` are two things:
//
// - `status` says what the orchestrator still owes a session: has it begun, is it over, and how.
// - `session_state` says what the session is doing, in the words of research, while it is open; and
//   once it is over, how complete its answer is. It follows from the types of the running tasks.

/// Where a task is.
///
/// The legal moves are in `TaskLifecycle` in `ScrivenerCore`; more states may be added.
public enum TaskStatus: String, Sendable, Codable, CaseIterable {
    /// Dependencies have not ended yet.
    case waiting
    /// Could run; nothing has taken it yet. `explain` says why.
    case ready
    /// Could run, and is held back on purpose: its session is paused.
    case held
    /// An attempt has been dispatched.
    case running
    /// An attempt failed; the next is due later.
    case backingOff = "backing_off"
    /// Cancellation was asked for; the agent has not yet been seen to stop.
    case cancelling
    case completed
    case failed
    case cancelled
    /// Never ran, because something that it depends on did not complete.
    case skipped
    /// May or may not have been executed, and is not to be executed twice.
    case lost

    public var isTerminal: Bool {
        switch self {
        case .waiting, .ready, .held, .running, .backingOff, .cancelling: false
        case .completed, .failed, .cancelled, .skipped, .lost: true
        }
    }
}

/// What the orchestrator still owes a session.
public enum SessionStatus: String, Sendable, Codable, CaseIterable {
    /// Accepted; nothing has been dispatched.
    case pending
    case inProgress = "in_progress"
    /// Cancellation was asked for; some agents have not yet been seen to stop.
    case cancelling
    /// Over, with all or part of its results.
    case completed
    /// Over, with nothing to show.
    case failed
    case cancelled

    public var isTerminal: Bool {
        switch self {
        case .pending, .inProgress, .cancelling: false
        case .completed, .failed, .cancelled: true
        }
    }
}

/// What a session is doing, or how complete it ended.
public enum SessionState: String, Sendable, Codable, CaseIterable {
    case initializing, planning, researching, analyzing, drafting, reviewing, paused
    /// Every task completed.
    case completed
    /// Some tasks completed, some did not.
    case partial
    /// No task without dependants completed.
    case failed
    case cancelled

    public var isTerminal: Bool {
        switch self {
        case .initializing, .planning, .researching, .analyzing, .drafting, .reviewing, .paused:
            false
        case .completed, .partial, .failed, .cancelled: true
        }
    }
}

/// A change of status or state, and when it was.
public struct Transition<State: Sendable & Codable & Equatable>: Sendable, Codable, Equatable {
    public var to: State
    public var at: WallTime

    public init(to: State, at: WallTime) {
        self.to = to
        self.at = at
    }
}
