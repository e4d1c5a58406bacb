// The order in which ready tasks of one session start.

import ScrivenerModel

/// A ready task with its key: the smaller goes first, and among equals the earlier in the plan.
struct TaskPriority: Comparable, Sendable {
    var key: PriorityKey
    var task: Int32
    /// Milliseconds of the journal's clock at which it became ready, cut to 32 bits; it is kept so
    /// that what a task has waited counts when its key is made anew.
    var readyAt: UInt32

    @inline(always)
    static func < (left: TaskPriority, right: TaskPriority) -> Bool {
        let (mine, others) = (left.key.rawValue, right.key.rawValue)
        return mine == others ? left.task < right.task : mine < others
    }
}

extension TaskPriority {
    /// - Parameter now: not earlier than the instant at which the task became ready.
    init(task: Int32, ready: Instant, key: PriorityKey) {
        self.key = key
        self.task = task
        readyAt = UInt32(truncatingIfNeeded: ready.nanoseconds / 1_000_000)
    }

    /// When the task became ready, to the millisecond: the latest such instant that is not after
    /// the given one.
    func ready(asOf now: Instant) -> Instant {
        let milliseconds = now.nanoseconds / 1_000_000
        let age = UInt32(truncatingIfNeeded: milliseconds) &- readyAt
        return Instant(nanoseconds: (milliseconds - Int64(age)) * 1_000_000)
    }

    /// For how long the task has been ready, to the millisecond.
    ///
    /// - Parameter now: not earlier than the instant at which the task became ready.
    @inline(always)
    func wait(at now: Instant) -> TimeSpan {
        .milliseconds(
            Int64(UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000) &- readyAt))
    }
}
