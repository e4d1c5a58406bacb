// One attempt at a task, as its session's graph keeps it.

import ScrivenerModel

/// One attempt at a task. `ExecutionColumn` keeps it in fewer bytes.
package struct Execution: Sendable, Equatable {
    var attempt: Int32
    var worker: Int32
    var agent: Int32
    /// The attempt before this one at the same task, or -1.
    var previous: Int32
    var dispatchedAt: WallTime
    var runTime = TimeSpan.zero
    /// The result, where the attempt left one.
    var record: ResultHandle?
    /// `dispatchedAt` while it runs; a wall clock that was set back does not show.
    var endedAt: WallTime
    var outcome: AttemptOutcome?
    /// Whether another attempt was begun beside it.
    var isHedged = false

    init(attempt: Int32, worker: Int32, agent: Int32, previous: Int32, dispatchedAt: WallTime) {
        self.attempt = attempt
        self.worker = worker
        self.agent = agent
        self.previous = previous
        self.dispatchedAt = dispatchedAt
        endedAt = dispatchedAt
    }

    /// Whether another attempt began while this one ran.
    func overlaps(_ later: Execution) -> Bool { isHedged && later.attempt == attempt + 1 }
}
