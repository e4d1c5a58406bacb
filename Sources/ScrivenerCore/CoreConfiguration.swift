// What the machine has to be told once. `docs/configuration.md` lists it.

package import ScrivenerModel

/// The orchestrator's own settings.
package struct CoreConfiguration: Sendable, Equatable {
    /// How long a worker may be silent before its tasks are given to others. One that has been
    /// silent for half of it is suspected, and gets nothing new.
    package var lease = TimeSpan.seconds(5)
    /// How often a worker heartbeats, where there are few and the lease is not very short.
    package var heartbeatInterval = TimeSpan.seconds(1)
    /// So many heartbeats a second are asked of all workers together: where there are more of these,
    /// each heartbeats less often, but never so seldom that it would be suspected.
    package var heartbeatsPerSecond = 2_500
    /// How long a restarted coordinator waits for a worker that it knew.
    package var reattachGrace = TimeSpan.seconds(15)
    package var maximumResultBytes: Int64 = 1 << 20
    package var maximumOpenSessions = 100_000
    /// How many ended sessions' ids are remembered against a submission that races their end.
    package var rememberedIDs = 10_000
    package var maximumDispatchesPerMessage = 64
    package var placement = PlacementStrategy.performanceAware
    /// In which order the ready tasks of a session start.
    package var ordering = TaskOrdering.criticalPath
    /// How many attempts may run at once in the whole pool.
    package var maximumRunningAttempts = Int.max
    /// How many attempts of an agent may run at once in the whole pool, by its name.
    package var agentLimits: [String: Int] = [:]
    /// 0…15 by task type, 15 first: decides between tasks that are equal otherwise. Types that are
    /// not named weigh `defaultTypeWeight`.
    package var typeWeights = CoreConfiguration.researchWeights
    package var hedging = HedgingRule()
    /// How long a task that takes more than a slot waits for others to leave room, before a worker is
    /// kept free for it.
    package var roomPatience = TimeSpan.seconds(5)
    /// For how long an agent on a worker that keeps failing is left alone: the first time, and at
    /// most. It doubles each time.
    package var firstEjection = TimeSpan.seconds(30)
    package var longestEjection = TimeSpan.seconds(300)
    /// How many more attempts than it has slots an instance may be given, at most, for each slot.
    package var maximumPrefetchPerSlot: Int32 = 16
    /// After so many deaths of workers' processes under it a task runs alone on a worker, and is
    /// executed no more when that one dies too; 0 lets every task run again for ever.
    package var poisonDeaths = 2
    /// How often what instances did, and what was learned of them, is kept.
    package var metricsInterval = TimeSpan.seconds(60)
    /// How many such records are remembered: a day of them.
    package var rememberedSamples = 1_440
    /// The pools of workers for which it is worked out how many replicas there should be.
    package var pools: [PoolSpecification] = []

    package init() {}

    /// How often each of so many workers heartbeats: the less often, the more there are (as in Nomad,
    /// whose `max_heartbeats_per_second` does the same), but three times a lease, so that one that
    /// TCP brings late loses nobody, and three times in what a restarted coordinator waits: workers
    /// learn by a heartbeat's answer that they have to register.
    func heartbeatInterval(of workers: Int) -> TimeSpan {
        let fair = TimeSpan(
            nanoseconds: Int64(workers) * 1_000_000_000 / Int64(max(1, heartbeatsPerSecond)))
        let longest = TimeSpan(
            nanoseconds: min(lease.nanoseconds, reattachGrace.nanoseconds) / 3)
        return min(max(heartbeatInterval, fair), longest)
    }

    static let defaultTypeWeight = 5

    /// Research goes from questions to answers: what others wait for goes first.
    package static let researchWeights = [
        "planning": 10, "web_search": 8, "academic_search": 8, "content_extraction": 7,
        "content_analysis": 6, "analysis": 6, "synthesis": 5, "drafting": 4, "writing": 4,
        "citation": 3, "quality_review": 2,
    ]
}

/// Which of several instances that can take a task gets it.
package enum PlacementStrategy: String, Sendable, CaseIterable {
    /// The smallest share of slots in use.
    case leastLoaded = "least_loaded"
    /// Where it is expected to be done first, by what was learned of run times and failures.
    case performanceAware = "performance_aware"
    /// In turn.
    case roundRobin = "round_robin"
}

/// In which order the ready tasks of a session start, after their priority.
package enum TaskOrdering: String, Sendable, CaseIterable {
    /// The longest remaining path first, then the type's weight, then age.
    case criticalPath = "critical_path"
    /// In the order in which they became ready.
    case fifo
}

/// When a slow task gets a second attempt beside the first.
package struct HedgingRule: Sendable, Equatable {
    /// Hedges of a thousand attempts, at most; 0 turns hedging off.
    package var budgetPermille = 50

    package init() {}
}
