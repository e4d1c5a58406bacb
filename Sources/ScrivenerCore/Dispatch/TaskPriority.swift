// The order in which ready tasks of one session start.

/// A ready task with its key: the smaller goes first.
///
/// The key is the task's place in the plan, which every dependency precedes in spirit if not in
/// number; learned durations and user priorities will make it a virtual deadline.
struct TaskPriority: Comparable, Sendable {
    var key: UInt64
    var task: Int32

    init(task: Int32) {
        self.key = UInt64(UInt32(bitPattern: task))
        self.task = task
    }

    static func < (left: TaskPriority, right: TaskPriority) -> Bool {
        (left.key, left.task) < (right.key, right.task)
    }
}
