// The workers of a cluster that somebody has described, in place of those that a seed draws.

import ScrivenerCore
package import ScrivenerModel

/// A pool and how many of its replicas there are.
package struct SimulatedPool: Sendable, Equatable {
    package var specification: PoolSpecification
    package var replicas: Int
    /// The agents of each, with what each of them can do.
    package var offers: [AgentOffer]

    package init(specification: PoolSpecification, replicas: Int, offers: [AgentOffer]) {
        self.specification = specification
        self.replicas = replicas
        self.offers = offers
    }
}

/// The words of the plans that are submitted.
struct Vocabulary {
    var types = ["planning", "web_search", "analysis", "drafting", "review"]
    var agent = "all"
    var tags = ["big", "near"]

    init() {}

    /// Those that mean something to the pools.
    init(of pools: [SimulatedPool]) {
        guard !pools.isEmpty else { return }
        let offers = pools.flatMap(\.offers)
        let names = offers.flatMap { $0.capabilities.isEmpty ? [$0.name] : $0.capabilities }
        types = names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        agent = offers.first?.name ?? agent
        tags = pools.flatMap(\.specification.tags).reduce(into: []) {
            if !$0.contains($1) { $0.append($1) }
        }
    }
}

extension Scenario {
    mutating func add(_ pools: [SimulatedPool], _ random: inout SeededGenerator) {
        configuration.pools = pools.map(\.specification)
        for pool in pools {
            for number in 0..<pool.replicas {
                workers.append(
                    WorkerBlueprint(
                        name: "\(pool.specification.name)/\(number + 1)", offers: pool.offers,
                        resources: pool.specification.resources.sorted(), speed: 1,
                        clockOffset: random.span(milliseconds: 0...1_000_000)))
            }
        }
    }
}
