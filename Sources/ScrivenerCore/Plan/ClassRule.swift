// What is asked of a task's class with every attempt, in one row: the class itself is large, and the
// numbers of its type and its demand are its session's to know.

import ScrivenerModel

/// A class of a session's tasks, as dispatching sees it.
struct ClassRule: Sendable {
    /// The number of its type in `LearnedPerformance`.
    let kind: Int32
    /// The number of its demand in the registry.
    let demand: Int32
    let slots: Int32
    /// The weight of its type.
    let weight: UInt8
    let traits: Traits
    let timeout: TimeSpan
    let progressTimeout: TimeSpan

    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8

        static let isExclusive = Traits(rawValue: 1)
        static let isAtMostOnce = Traits(rawValue: 2)
        /// Nothing else may run on its worker.
        static let runsAlone = Traits(rawValue: 4)
        /// A second attempt may run beside one.
        static let mayHedge = Traits(rawValue: 8)
        /// It may wait on its worker for a slot.
        static let mayPrefetch = Traits(rawValue: 16)
        /// It takes one slot and nothing else, of a worker that others may use.
        static let takesOneSlot = Traits(rawValue: 32)
    }

    init(_ taskClass: TaskClass, kind: Int32, demand: Int32, weight: Int) {
        self.kind = kind
        self.demand = demand
        self.weight = UInt8(clamping: weight)
        slots = taskClass.slots
        timeout = taskClass.timeout
        progressTimeout = taskClass.progressTimeout
        var traits: Traits = []
        if taskClass.isExclusive { traits.insert(.isExclusive) }
        if taskClass.delivery == .atMostOnce { traits.insert(.isAtMostOnce) }
        if taskClass.runsAlone { traits.insert(.runsAlone) }
        let isRepeatable = traits.isEmpty
        let takesOneSlot = taskClass.slots == 1 && taskClass.resources.isEmpty
        if isRepeatable, taskClass.isIdempotent { traits.insert(.mayHedge) }
        if isRepeatable, takesOneSlot { traits.insert(.mayPrefetch) }
        if takesOneSlot, !taskClass.runsAlone { traits.insert(.takesOneSlot) }
        self.traits = traits
    }
}
