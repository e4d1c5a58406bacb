// The pools of a coordinator: a scaler for each, and which demands and workers concern which. Empty, and
// without any cost, where no pools are configured.

import ScrivenerModel

/// The pools that are scaled.
struct PoolScaling: Sendable {
    /// A pool that can take what a demand asks for, and how well it fits.
    struct Match: Sendable, Equatable {
        var pool: Int
        var rank: Int32
    }

    private(set) var scalers: [PoolScaler]
    /// What the replicas of each pool offer, by their specification.
    private let offers: [[AgentOffer]]
    /// Per worker's number: the place of its pool; -1 where it is of none that is scaled.
    private var pools: [Int16] = []
    /// Per demand: the pools whose specification satisfies it.
    private var matches: [[Match]] = []
    /// Until then replicas may be there that have not registered yet.
    var settledAt = Instant.zero

    init(_ specifications: [PoolSpecification]) {
        scalers = specifications.map(PoolScaler.init)
        offers = specifications.map { specification in
            specification.agents.map {
                AgentOffer(
                    name: $0, capabilities: specification.capabilities,
                    tags: specification.tags, slots: Int32(clamping: specification.slots))
            }
        }
    }

    var isEmpty: Bool { scalers.isEmpty }

    // MARK: Whom it concerns

    /// Learns which pools the workers that have come since are of.
    mutating func learn(workers: [WorkerState]) {
        for worker in workers[pools.count...] {
            let pool = WorkerName(worker.id)?.pool
            let place = scalers.firstIndex { $0.specification.name == pool }
            pools.append(place.map { Int16($0) } ?? -1)
        }
    }

    mutating func learn(demands: [Demand]) {
        for demand in demands[matches.count...] { matches.append(matches(of: demand)) }
    }

    /// The pool that a worker is a replica of.
    func pool(ofWorker worker: Int32) -> Int? {
        let place = Int(pools[Int(worker)])
        return place < 0 ? nil : place
    }

    /// Pools whose specification satisfies a demand.
    func matches(ofDemand demand: Int32) -> [Match] { matches[Int(demand)] }

    /// The same, of a demand that nobody has a number for.
    func matches(of demand: Demand) -> [Match] {
        scalers.indices.compactMap { pool in
            guard suffices(scalers[pool].specification.resources, for: demand) else { return nil }
            let ranks = offers[pool].compactMap(demand.rank)
            return ranks.min().map { Match(pool: pool, rank: $0) }
        }
    }

    /// Memory that is not specified is the host's, and not known.
    private func suffices(_ resources: [ResourceAmount], for demand: Demand) -> Bool {
        demand.resources.allSatisfy { wanted in
            if let offered = resources.first(where: { $0.name == wanted.name }) {
                return offered.amount >= wanted.amount
            }
            return wanted.name == ResourceAmount.memoryName
        }
    }

    /// The pool that satisfies a demand best and has replicas to start; `nil` where it has as many
    /// as it should, so that no more of them will help.
    func pool(startingFor demand: Demand) -> PoolScaler? {
        let fitting = matches(of: demand).min { $0.rank < $1.rank }.map { scalers[$0.pool] }
        guard let fitting else { return nil }
        let connected = fitting.replicas.connected
        return connected == 0 || connected < fitting.desired ? fitting : nil
    }

    // MARK: Deciding

    mutating func update(_ survey: PoolSurvey, at now: Instant) {
        for pool in scalers.indices {
            scalers[pool].update(
                survey.demands[pool], survey.replicas[pool], isSettling: now < settledAt,
                at: now)
        }
    }
}
