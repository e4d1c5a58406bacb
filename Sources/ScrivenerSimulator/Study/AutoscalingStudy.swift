// How well the coordinator's autoscaling keeps the target wait, and what that costs: the real
// `OrchestratorCore` in virtual time, with replicas that take their time to start, beside pools of a fixed
// size and a rule that people write first.

import ScrivenerCore
package import ScrivenerModel

/// Closed loops of a core, a load and whoever starts and stops replicas. Everything follows from the seed.
package struct AutoscalingStudy: Sendable {
    /// Who decides how many replicas there are.
    package enum Policy: String, Sendable, CaseIterable {
        /// What the coordinator desires.
        case desired
        /// As many as the mean of the load keeps busy, from the beginning.
        case fixedMean = "fixed, mean"
        /// As many as its peak keeps busy, from the beginning.
        case fixedPeak = "fixed, peak"
        /// Half as many more when there are more tasks waiting than slots, one less when nothing waits and
        /// one is idle; once in a start time.
        case threshold
    }

    /// One run.
    package struct Row: Sendable, Equatable {
        package var load: AutoscalingLoad
        package var policy: Policy
        package var seed: UInt64
        package var tasks: Int
        /// The share of tasks that began within the target wait after they had become ready, 0…1.
        package var served: Double
        /// Of 100 tasks, 99 waited no longer.
        package var wait99: TimeSpan
        package var longestWait: TimeSpan
        /// From the decision to start a replica until it is gone, its start included, of all replicas: over
        /// the slot-seconds that tasks ran, divided by the slots of a replica.
        package var cost: Double
        package var mostReplicas: Int
        package var starts: Int
    }

    package var specification = PoolSpecification(
        name: "research", minimum: 0, maximum: 60, slots: 4, agents: ["research"],
        capabilities: AutoscalingArrival.types.map(\.0))
    /// How many slots the least load keeps busy.
    package var baseSlots = 8.0

    package init() {}

    package func run(_ load: AutoscalingLoad, _ policy: Policy, seed: UInt64) -> Row {
        var random = SeededGenerator(seed: seed &* 7_919 &+ 17)
        let arrivals = AutoscalingArrival.all(of: load, base: baseSlots, random: &random)
        var experiment = AutoscalingExperiment(
            specification, policy: policy, arrivals: arrivals, initial: initial(load, policy),
            seed: seed)
        let tally = experiment.run()
        let waits = tally.waits.sorted()
        let served = waits.count { $0 <= specification.targetQueueWait }
        return Row(
            load: load, policy: policy, seed: seed, tasks: waits.count,
            served: Double(served) / Double(max(1, waits.count)),
            wait99: waits.isEmpty ? .zero : waits[waits.count * 99 / 100],
            longestWait: waits.last ?? .zero,
            cost: tally.replicaSeconds * Double(specification.slots) / tally.busySeconds,
            mostReplicas: tally.mostReplicas, starts: tally.starts)
    }

    private func initial(_ load: AutoscalingLoad, _ policy: Policy) -> Int {
        let factor: Double
        switch policy {
        case .desired, .threshold: return specification.minimum
        case .fixedMean: factor = load.meanFactor
        case .fixedPeak: factor = AutoscalingLoad.peak
        }
        return Int((factor * baseSlots / Double(specification.slots)).rounded(.up))
    }
}
