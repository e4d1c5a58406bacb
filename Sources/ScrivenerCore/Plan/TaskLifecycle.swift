// The life of a task: its states, with what belongs to each, and the one table of legal moves. The
// diagram in `docs/architecture.md` is generated from this table (`TaskLifecycleDiagram`), and a
// test holds the two together.

package import ScrivenerModel

/// The attempts at a task that workers hold: one, or two while it is hedged. Places in the graph's
/// list of executions.
package struct LiveAttempts: Sendable, Equatable {
    package var first: Int32
    /// -1 when there is none.
    package var hedge: Int32

    package init(_ first: Int32, hedge: Int32 = -1) {
        self.first = first
        self.hedge = hedge
    }

    package var isHedged: Bool { hedge >= 0 }

    package func contains(_ execution: Int32) -> Bool {
        execution >= 0 && (first == execution || hedge == execution)
    }

    /// What is left when one of them has ended; `nil` when nothing is.
    package func without(_ execution: Int32) -> LiveAttempts? {
        if hedge == execution { return LiveAttempts(first) }
        return first == execution && isHedged ? LiveAttempts(hedge) : nil
    }
}

/// Why a task that could run is held back.
package enum HoldReason: UInt8, Sendable, Equatable {
    case sessionPaused = 1
}

/// Where a task is.
package enum TaskLifecycle: Sendable, Equatable {
    /// Some dependencies have not ended. → `ready`, `skipped`, `cancelled`
    case waiting(on: Int32)
    /// Nothing has taken it yet. → `running`, `held`, `cancelled`, `failed`, `completed` (with a result of
    /// another session)
    case ready
    /// Could run and must not, for now. → `ready`, `cancelled`, `failed`
    case held(HoldReason)
    /// Attempts were dispatched. → `completed`, `failed`, `lost`, `backingOff`, `ready`,
    /// `cancelling`, or `running` with an attempt more or less
    case running(LiveAttempts)
    /// The next attempt is due later. → `ready`, `cancelled`, `failed`
    case backingOff(until: Instant)
    /// Its agents were told to stop. → `cancelled`, `completed` (it was faster), `failed`, `lost`,
    /// or `cancelling` with an attempt less
    case cancelling(LiveAttempts)
    case completed(execution: Int32)
    case failed
    case cancelled
    case skipped
    /// Perhaps executed, and not to be executed twice.
    case lost
}

/// What can happen to a task.
package enum TaskMove: Sendable, Equatable {
    /// One more dependency has ended in a way that the task can live with.
    case dependencyEnded
    /// A dependency did not complete, and the task does not go on without it.
    case dependencyFailed
    /// Enough dependencies have completed, and the others are not waited for.
    case joinClosed
    case dispatch(execution: Int32)
    /// A second attempt beside the one that runs.
    case hedge(execution: Int32)
    /// One of two attempts ended, and the other decides.
    case absorb(execution: Int32)
    case complete(execution: Int32)
    /// Its result was taken over from a session that this one runs again.
    case reuse(execution: Int32)
    case fail
    /// It is executed no more: processes of workers died under it.
    case quarantine
    /// The outcome is uncertain, and the task must not be executed twice.
    case lose
    /// A retry was granted.
    case backOff(until: Instant)
    case backOffEnded
    /// The attempt does not count.
    case requeue
    case hold(HoldReason)
    case release
    case cancel
    /// The agent was seen to stop, or can no longer be running.
    case stopped
}

extension TaskLifecycle {
    /// The state after a move, or `nil` when the move is not legal here. Inlined, because the move is
    /// mostly known where it is asked for.
    @inline(always)
    package func after(_ move: TaskMove) -> TaskLifecycle? {
        switch (self, move) {
        case (.waiting(let count), .dependencyEnded): count > 1 ? .waiting(on: count - 1) : .ready
        case (.waiting, .dependencyFailed): .skipped
        case (.waiting, .joinClosed): .ready
        case (.waiting, .cancel), (.ready, .cancel), (.held, .cancel), (.backingOff, .cancel):
            .cancelled
        case (.ready, .dispatch(let execution)): .running(LiveAttempts(execution))
        case (.ready, .reuse(let execution)): .completed(execution: execution)
        case (.ready, .hold(let reason)): .held(reason)
        case (.held, .release): .ready
        case (.running(let live), .hedge(let execution)) where !live.isHedged:
            .running(LiveAttempts(live.first, hedge: execution))
        case (.running(let live), .absorb(let execution)): live.without(execution).map(Self.running)
        case (.running(let live), .complete(let execution)) where live.contains(execution):
            .completed(execution: execution)
        case (.running, .fail): .failed
        case (.ready, .quarantine), (.held, .quarantine), (.backingOff, .quarantine): .failed
        case (.running, .lose), (.cancelling, .lose): .lost
        case (.running, .backOff(let until)): .backingOff(until: until)
        case (.running, .requeue): .ready
        case (.running(let live), .cancel): .cancelling(live)
        case (.backingOff, .backOffEnded): .ready
        case (.cancelling(let live), .absorb(let execution)):
            live.without(execution).map(Self.cancelling)
        // The agent finished before it heard of the cancellation: what it did counts.
        case (.cancelling(let live), .complete(let execution)) where live.contains(execution):
            .completed(execution: execution)
        case (.cancelling, .fail): .failed
        case (.cancelling, .stopped): .cancelled
        default: nil
        }
    }

    @inline(always)
    package var status: TaskStatus {
        switch self {
        case .waiting: .waiting
        case .ready: .ready
        case .held: .held
        case .running: .running
        case .backingOff: .backingOff
        case .cancelling: .cancelling
        case .completed: .completed
        case .failed: .failed
        case .cancelled: .cancelled
        case .skipped: .skipped
        case .lost: .lost
        }
    }

    /// The attempts that workers hold, if any do.
    @inline(always)
    var live: LiveAttempts? {
        switch self {
        case .running(let live), .cancelling(let live): live
        default: nil
        }
    }
}

/// Writes the table of moves as a Mermaid state diagram, for the documentation.
package enum TaskLifecycleDiagram {
    private static let states: [TaskLifecycle] = [
        .waiting(on: 2), .waiting(on: 1), .ready, .held(.sessionPaused),
        .running(LiveAttempts(0, hedge: 1)), .running(LiveAttempts(0)),
        .backingOff(until: .zero), .cancelling(LiveAttempts(0)), .completed(execution: 0), .failed,
        .cancelled, .skipped, .lost,
    ]

    private static let moves: [(TaskMove, String)] = [
        (.dependencyEnded, "last dependency ended"),
        (.dependencyFailed, "a dependency failed"),
        (.joinClosed, "enough dependencies completed"), (.dispatch(execution: 0), "dispatched"),
        (.reuse(execution: 0), "result taken over"),
        (.complete(execution: 0), "completed"), (.fail, "failed for good"),
        (.quarantine, "its worker died under it once more"),
        (.lose, "outcome uncertain, at most once"),
        (.backOff(until: .zero), "retry granted"), (.backOffEnded, "backoff over"),
        (.requeue, "worker lost, or handed back"), (.hold(.sessionPaused), "session paused"),
        (.release, "session resumed"), (.cancel, "cancel"), (.stopped, "seen to stop"),
    ]

    package static var mermaid: String {
        var lines = ["stateDiagram-v2"]
        for state in states {
            for (move, label) in moves {
                guard let next = state.after(move), next.status != state.status else { continue }
                let line = "    \(state.status.rawValue) --> \(next.status.rawValue): \(label)"
                if !lines.contains(line) { lines.append(line) }
            }
        }
        return lines.joined(separator: "\n")
    }
}
