// How the tasks of a scenario are to be executed, and what its workers have beside slots: each seed
// uses some of it.

import ScrivenerCore
import ScrivenerModel

/// Which kinds of rules a seed's plans use.
struct PolicyMix {
    let hasJoins: Bool
    let hasPriorities: Bool
    let hasOnce: Bool
    let hasHedges: Bool
    let hasExclusive: Bool
    let hasTags: Bool
    let hasResources: Bool
    let hasFallbacks: Bool
    let hasRetries: Bool
    let hasStatedTimes: Bool
    let hasProgressTimeouts: Bool

    init(_ random: inout SeededGenerator) {
        hasJoins = random.chance(0.4)
        hasPriorities = random.chance(0.4)
        hasOnce = random.chance(0.3)
        hasHedges = random.chance(0.4)
        hasExclusive = random.chance(0.2)
        hasTags = random.chance(0.25)
        hasResources = random.chance(0.3)
        hasFallbacks = random.chance(0.3)
        hasRetries = random.chance(0.3)
        hasStatedTimes = random.chance(0.3)
        hasProgressTimeouts = random.chance(0.2)
    }

    func apply(
        to task: inout ResearchTask, types: [TaskKind], tags: [String],
        _ random: inout SeededGenerator
    ) {
        let many = task.dependencies.count
        if hasJoins, many > 1, random.chance(0.7) {
            task.needs = JoinRule(
                atLeast: random.within(1...many),
                withinSeconds: random.chance(0.5) ? Double(random.within(1...3_000)) / 1_000 : nil,
                rest: random.chance(0.5) ? .cancel : .finish)
        }
        if hasPriorities { task.priority = random.within(1...10) }
        if hasOnce, random.chance(0.4) { task.delivery = .atMostOnce }
        if hasHedges { task.idempotent = random.chance(0.8) }
        if hasExclusive { task.exclusive = random.chance(0.3) }
        if hasTags, random.chance(0.3) { task.tags = random.pick(tags).map { [$0] } ?? [] }
        if hasTags, random.chance(0.2) { task.requires = [random.pick(types)?.name ?? "work"] }
        if hasResources, random.chance(0.4) {
            task.resources.append(ResourceAmount(name: "gpu", amount: Int64(random.within(1...2))))
        }
        if hasResources, random.chance(0.3) {
            task.resources.append(
                ResourceAmount(
                    name: ResourceAmount.slotsName, amount: Int64(random.within(1...3))))
        }
        task.resources.sort()
        if hasFallbacks, random.chance(0.4) {
            task.fallbackAgents = [random.pick(types)?.name ?? "work", "all"]
        }
        if hasRetries {
            task.retry = RetryRule(
                maxRetryAttempts: random.within(0...3),
                delaySeconds: Double(random.within(0...500)) / 1_000,
                factor: Double(random.within(1...4)), maxDelaySeconds: 2)
        }
        if hasStatedTimes, random.chance(0.6) {
            task.expectedSeconds = Double(random.within(1...5_000)) / 1_000
        }
        if hasProgressTimeouts { task.progressTimeoutSeconds = Double(random.within(3...6)) }
    }
}

extension Scenario {
    /// Settings of the coordinator, as somebody might choose them.
    static func configuration(_ random: inout SeededGenerator) -> CoreConfiguration {
        var configuration = CoreConfiguration()
        configuration.metricsInterval = .seconds(Double(random.within(1...8)))
        configuration.rememberedSamples = 4
        if random.chance(0.15) { configuration.maximumRunningAttempts = random.within(1...4) }
        if random.chance(0.15) { configuration.agentLimits["all"] = random.within(1...3) }
        if random.chance(0.15) { configuration.ordering = .fifo }
        if random.chance(0.3) {
            configuration.placement =
                random.pick(PlacementStrategy.allCases) ?? .performanceAware
        }
        if random.chance(0.2) { configuration.maximumPrefetchPerSlot = 0 }
        // Hedges are rare by their budget; here they are to be seen.
        configuration.hedging.budgetPermille = random.pick([0, 50, 500, 1_000]) ?? 50
        return configuration
    }

    /// What a worker has, and says of itself.
    static func equip(_ worker: inout WorkerBlueprint, _ random: inout SeededGenerator) {
        if random.chance(0.6) {
            worker.resources.append(
                ResourceAmount(name: "gpu", amount: Int64(random.within(1...3))))
        }
        if random.chance(0.3) {
            worker.resources.append(
                ResourceAmount(name: ResourceAmount.memoryName, amount: 1_024))
        }
        worker.resources.sort()
        for index in worker.offers.indices {
            worker.offers[index].tags = Vocabulary().tags.filter { _ in random.chance(0.5) }
        }
    }
}
