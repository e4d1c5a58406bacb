// What the machine has to be told once. `docs/configuration.md` lists it.

package import ScrivenerModel

/// The orchestrator's own settings.
package struct CoreConfiguration: Sendable, Equatable {
    /// How long a worker may be silent before its tasks are given to others.
    package var lease = TimeSpan.seconds(5)
    package var heartbeatInterval = TimeSpan.seconds(1)
    /// How long a restarted coordinator waits for a worker that it knew.
    package var reattachGrace = TimeSpan.seconds(15)
    package var maximumResultBytes: Int64 = 1 << 20
    package var maximumOpenSessions = 100_000
    /// How many ended sessions' ids are remembered against a submission that races their end.
    package var rememberedIDs = 10_000
    package var maximumDispatchesPerMessage = 64
    package var placement = PlacementStrategy.performanceAware

    package init() {}
}

/// Which of several instances that can take a task gets it.
package enum PlacementStrategy: String, Sendable, CaseIterable {
    /// The smallest share of slots in use.
    case leastLoaded = "least_loaded"
    /// Where it is expected to be done first, by what was learned of run times and failures.
    ///
    /// What was learned is live state: a coordinator that starts again learns anew.
    case performanceAware = "performance_aware"
    /// In turn.
    case roundRobin = "round_robin"
}
