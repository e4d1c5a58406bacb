// One number that says which ready task of a session goes first: user priority, then the work that
// hangs on the task, then its type's weight, then age, and nobody waits for ever.
//
// The number is a virtual deadline, as in earliest-deadline-first queues and in the aging of
// multilevel schedulers: the instant at which the task became ready plus the patience that it is
// expected to have. Time alone then turns a low priority into a high one, without touching a task.
// The parts are sized so that they can never outweigh the part before them:
//
//     key      = ready + patience
//     patience = step × (10 − priority)        priority 1…10, 10 is the most urgent
//              + step × (1 − remaining/longest), quantised to 4,096 levels, less than one step
//              + a sixteenth of a level × (15 − weight), less than one level

import ScrivenerModel

/// How much waiting time a step of priority is worth, within one session.
struct PriorityScale: Sendable, Equatable {
    static var priorities: ClosedRange<Int> { 1...10 }
    static var weights: ClosedRange<Int> { 0...15 }
    private static let levels: Int64 = 4_096

    /// What one step of priority is worth.
    let step: TimeSpan
    /// The longest remaining path that is told apart; longer ones count as this.
    let longest: TimeSpan
    /// What a level of the path is worth, and a step of the type's weight.
    private let levelWidth: Int64
    private let weightWidth: Int64

    init(step: TimeSpan, longest: TimeSpan) {
        let least = Self.levels * 16
        self.step = TimeSpan(nanoseconds: min(max(step.nanoseconds, least), Int64.max / 32))
        self.longest = TimeSpan(
            nanoseconds: min(max(longest.nanoseconds, 1), Int64.max / (2 * Self.levels)))
        levelWidth = self.step.nanoseconds / Self.levels
        weightWidth = levelWidth / 16
    }

    /// A scale for a session by its longest path: rank outweighs age while the session runs as long
    /// as it would on its own, four times over; at least a minute a step, at most six hours.
    init(fitting longest: TimeSpan) {
        let (grown, overflow) = longest.nanoseconds.multipliedReportingOverflow(by: 4)
        let step = overflow ? Int64.max : grown
        let bounds = (TimeSpan.seconds(60).nanoseconds, TimeSpan.seconds(21_600).nanoseconds)
        self.init(
            step: TimeSpan(nanoseconds: min(max(step, bounds.0), bounds.1)), longest: longest)
    }

    /// The bound on being overtaken: nothing that becomes ready later than this after a task goes
    /// before it, whatever its priority, path and type.
    ///
    /// Proof. `patience` lies in [0, 10 × step): at most 9 steps for the priority, and less than
    /// one for the rest. So ready(x) ≤ key(x) < ready(x) + 10 × step. If ready(y) ≥ ready(x) + 10 ×
    /// step, then key(x) < ready(y) ≤ key(y), and x goes first. A task of priority p is overtaken
    /// by what becomes ready within (11 − p) × step: put its own priority in place of the 9.
    var horizon: TimeSpan { TimeSpan(nanoseconds: step.nanoseconds * 10) }

    /// A task's key. The smaller goes first.
    ///
    /// - Parameters:
    ///   - ready: when the task became ready; the same when its priority or rank changes later, so
    ///     that what it has waited is not lost.
    ///   - priority: 1…10; what lies outside counts as the nearest.
    ///   - remaining: the longest path from the task to an end of the graph, in time.
    ///   - weight: the task type's, 0…15, 15 first; what lies outside counts as the nearest.
    @inline(always)
    func key(
        ready: Instant, priority: Int, remaining: TimeSpan, weight: Int
    ) -> PriorityKey {
        let priority = min(max(priority, Self.priorities.lowerBound), Self.priorities.upperBound)
        let weight = min(max(weight, Self.weights.lowerBound), Self.weights.upperBound)
        let path = min(max(remaining.nanoseconds, 0), longest.nanoseconds)
        let level = (Self.levels - 1) * (longest.nanoseconds - path) / longest.nanoseconds
        let patience =
            step.nanoseconds * Int64(Self.priorities.upperBound - priority)
            + levelWidth * level
            + weightWidth * Int64(Self.weights.upperBound - weight)
        return PriorityKey(ready.advanced(by: TimeSpan(nanoseconds: patience)))
    }
}

/// A virtual deadline as an unsigned number: the smaller goes first.
struct PriorityKey: Sendable, Hashable, Comparable {
    var rawValue: UInt64

    init(_ deadline: Instant) {
        // Turns the sign bit over, so that unsigned order is the order of instants.
        rawValue = UInt64(bitPattern: deadline.nanoseconds) ^ (1 << 63)
    }

    /// The virtual deadline, for explanations.
    var deadline: Instant { Instant(nanoseconds: Int64(bitPattern: rawValue ^ (1 << 63))) }

    static func < (left: PriorityKey, right: PriorityKey) -> Bool {
        left.rawValue < right.rawValue
    }
}
