// Tasks that need only some of their dependencies: how many they have, until when they wait for the
// others, and with which they went on. Few tasks are of this kind, so they have a table of their own
// instead of a column.

import ScrivenerModel

/// The joins of one session.
struct JoinTable: Sendable {
    private struct OpenJoin: Sendable {
        var completed: Int32
        /// When it closes: set once there are enough.
        var closesAt: Instant?
    }

    private var open: [Int32: OpenJoin] = [:]
    private var closed: [Int32: [Int32]] = [:]
    /// Those that have had enough since somebody last asked.
    private(set) var newlyMet: [Int32] = []

    // MARK: Reading

    /// How many dependencies of a waiting task have completed.
    func completed(of task: Int32) -> Int32 { open[task]?.completed ?? 0 }

    /// When a waiting task goes on without the others; `nil` while it has not enough.
    func closing(of task: Int32) -> Instant? { open[task]?.closesAt }

    /// The dependencies with which a task went on before all had ended.
    func taken(by task: Int32) -> [Int32]? { closed.isEmpty ? nil : closed[task] }

    /// Waiting tasks that have enough, in order.
    var met: [Int32] { open.filter { $0.value.closesAt != nil }.keys.sorted() }

    // MARK: Changing

    mutating func open(
        _ task: Int32, completed: Int32, rule: CompiledJoin, at now: Instant
    ) {
        open[task] = OpenJoin(completed: completed)
        if completed >= rule.atLeast { meet(task, closesAt: now.advanced(by: rule.within)) }
    }

    /// One more dependency has completed.
    mutating func count(_ task: Int32, rule: CompiledJoin, at now: Instant) {
        open[task, default: OpenJoin(completed: 0)].completed += 1
        guard let join = open[task], join.completed >= rule.atLeast, join.closesAt == nil else {
            return
        }
        meet(task, closesAt: now.advanced(by: rule.within))
    }

    private mutating func meet(_ task: Int32, closesAt: Instant) {
        open[task]?.closesAt = closesAt
        newlyMet.append(task)
    }

    mutating func close(_ task: Int32, taken: [Int32]) { closed[task] = taken }

    /// The task no longer waits.
    mutating func forget(_ task: Int32) {
        if !open.isEmpty { open[task] = nil }
    }

    mutating func takeNewlyMet() -> [Int32] {
        defer { newlyMet.removeAll(keepingCapacity: true) }
        return newlyMet
    }
}
