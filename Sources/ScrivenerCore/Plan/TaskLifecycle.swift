// The life of a task: its states, with what belongs to each, and the one table of legal moves. The
// diagram in `docs/architecture.md` is generated from this table (`TaskLifecycleDiagram`), and a
// test holds the two together.

package import ScrivenerModel

/// Where a task is.
package enum TaskLifecycle: Sendable, Equatable {
    /// Some dependencies have not ended. → `ready`, `skipped`, `cancelled`
    case waiting(on: Int32)
    /// Nothing has taken it yet. → `running`, `cancelled`
    case ready
    /// An attempt was dispatched. → `completed`, `failed`, `backingOff`, `ready`, `cancelling`
    case running(execution: Int32)
    /// The next attempt is due later. → `ready`, `cancelled`
    case backingOff(until: Instant)
    /// Its agent was told to stop. → `cancelled`, `completed` (it was faster), `failed`
    case cancelling(execution: Int32)
    case completed(execution: Int32)
    case failed
    case cancelled
    case skipped
}

/// What can happen to a task.
package enum TaskMove: Sendable, Equatable {
    /// One more dependency has ended in a way that the task can live with.
    case dependencyEnded
    /// A dependency did not complete, and the task does not go on without it.
    case dependencyFailed
    case dispatch(execution: Int32)
    case complete
    case fail
    /// A retry was granted.
    case backOff(until: Instant)
    case backOffEnded
    /// The attempt does not count.
    case requeue
    case cancel
    /// The agent was seen to stop, or can no longer be running.
    case stopped
}

extension TaskLifecycle {
    /// The state after a move, or `nil` when the move is not legal here.
    package func after(_ move: TaskMove) -> TaskLifecycle? {
        switch (self, move) {
        case (.waiting(let count), .dependencyEnded): count > 1 ? .waiting(on: count - 1) : .ready
        case (.waiting, .dependencyFailed): .skipped
        case (.waiting, .cancel), (.ready, .cancel), (.backingOff, .cancel): .cancelled
        case (.ready, .dispatch(let execution)): .running(execution: execution)
        case (.running(let execution), .complete): .completed(execution: execution)
        case (.running, .fail): .failed
        case (.running, .backOff(let until)): .backingOff(until: until)
        case (.running, .requeue): .ready
        case (.running(let execution), .cancel): .cancelling(execution: execution)
        case (.backingOff, .backOffEnded): .ready
        // The agent finished before it heard of the cancellation: what it did counts.
        case (.cancelling(let execution), .complete): .completed(execution: execution)
        case (.cancelling, .fail): .failed
        case (.cancelling, .stopped): .cancelled
        default: nil
        }
    }

    package var status: TaskStatus {
        switch self {
        case .waiting: .waiting
        case .ready: .ready
        case .running: .running
        case .backingOff: .backingOff
        case .cancelling: .cancelling
        case .completed: .completed
        case .failed: .failed
        case .cancelled: .cancelled
        case .skipped: .skipped
        }
    }

    /// The attempt that a worker holds, if one does.
    var liveExecution: Int32? {
        switch self {
        case .running(let execution), .cancelling(let execution): execution
        default: nil
        }
    }
}

/// Writes the table of moves as a Mermaid state diagram, for the documentation.
package enum TaskLifecycleDiagram {
    private static let states: [TaskLifecycle] = [
        .waiting(on: 2), .waiting(on: 1), .ready, .running(execution: 0),
        .backingOff(until: .zero), .cancelling(execution: 0), .completed(execution: 0), .failed,
        .cancelled, .skipped,
    ]

    private static let moves: [(TaskMove, String)] = [
        (.dependencyEnded, "last dependency ended"),
        (.dependencyFailed, "a dependency failed"), (.dispatch(execution: 0), "dispatched"),
        (.complete, "completed"), (.fail, "failed for good"),
        (.backOff(until: .zero), "retry granted"), (.backOffEnded, "backoff over"),
        (.requeue, "worker lost, or handed back"), (.cancel, "cancel"),
        (.stopped, "seen to stop"),
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
