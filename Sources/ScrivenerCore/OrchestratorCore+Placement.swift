// Which instance takes a task: eligible, with a free slot, admitted by its circuit breaker, and the
// best of these. What an attempt's end says about its instance is noted here as well.

import ScrivenerModel

extension OrchestratorCore {
    /// The instance that takes a task of a demand; `nil` when there is none for now.
    ///
    /// - Parameters:
    ///   - kind: the number of the task's type.
    ///   - avoided: who failed at it before. Takes it only when nobody else can.
    mutating func place(
        _ demand: Int32, kind: Int32, avoiding avoided: CircuitBreakers.Key?, at now: Instant
    ) -> Int32? {
        if let avoided,
            let other = choose(demand, kind: kind, at: now, where: { $0 != avoided })
        {
            return other
        }
        if let any = choose(demand, kind: kind, at: now, where: { _ in true }) { return any }
        guard let last = lastResort(demand, at: now) else { return nil }
        circuits.reprieve(circuit(of: last), at: now)
        return last
    }

    private mutating func choose(
        _ demand: Int32, kind: Int32, at now: Instant,
        where isWanted: (CircuitBreakers.Key) -> Bool
    ) -> Int32? {
        while choices.count <= demand { choices.append(InstanceChoice(configuration.placement)) }
        let eligible = registry.eligible[Int(demand)]
        var (choice, random) = (choices[Int(demand)], random)
        let place = choice.choose(among: eligible.count, random: &random) { place in
            var candidate = candidate(eligible[place], kind: kind, at: now)
            if !isWanted(circuit(of: eligible[place])) { candidate.limit = 0 }
            return candidate
        }
        choices[Int(demand)] = choice
        self.random = random
        return place.map { eligible[$0] }
    }

    private func candidate(_ number: Int32, kind: Int32, at now: Instant) -> Candidate {
        let instance = registry.instances[Int(number)]
        var candidate = Candidate(
            used: instance.used, slots: instance.offer.slots,
            admission: admission(of: number, at: now))
        guard candidate.takes, configuration.placement == .performanceAware else {
            return candidate
        }
        candidate.expected = performance.expected(kind: kind, row: instance.row, at: now)
        candidate.errorPermille = performance.errorPermille(row: instance.row, at: now)
        return candidate
    }

    /// An instance that can take a task of the demand now: for `Invariants`.
    func able(_ demand: Int32, at now: Instant) -> Int32? {
        registry.eligible[Int(demand)].first {
            registry.instances[Int($0)].hasFreeSlot
                && [.yes, .probe].contains(admission(of: $0, at: now))
        }
    }

    /// The instance whose breaker is let through because all others are ejected too: the last
    /// eligible one is never ejected.
    func lastResort(_ demand: Int32, at now: Instant) -> Int32? {
        guard circuits.unsettledCount > 0 else { return nil }
        let eligible = registry.eligible[Int(demand)]
        let place = InstanceChoice.lastResort(among: eligible.count) {
            let instance = registry.instances[Int(eligible[$0])]
            return Candidate(
                used: instance.used, slots: instance.offer.slots,
                admission: admission(of: eligible[$0], at: now))
        }
        return place.map { eligible[$0] }
    }

    // MARK: Circuit breakers

    func circuit(of instance: Int32) -> CircuitBreakers.Key {
        let instance = registry.instances[Int(instance)]
        return CircuitBreakers.Key(worker: instance.worker, agent: instance.agent)
    }

    func admission(of instance: Int32, at now: Instant) -> CircuitBreaker.Admission {
        circuits.admits(circuit(of: instance), at: now)
    }

    /// Notes what the end of an attempt says about the agent on its worker.
    mutating func judge(
        _ attempt: AttemptReference, by key: CircuitBreakers.Key, demand: Demand,
        _ outcome: CircuitBreaker.Outcome, at now: Instant
    ) {
        var mayOpen = false
        if outcome == .failure {
            // New to a coordinator that has read this attempt back from its journal.
            let number = registry.number(of: demand)
            mayOpen = hasAlternative(to: key, for: number, at: now)
        }
        if let until = circuits.record(outcome, of: attempt, by: key, at: now, mayOpen: mayOpen) {
            timers.add(.circuit(worker: key.worker, agent: key.agent), at: until)
        }
        guard circuits.wantsSweep else { return }
        circuits.sweep(at: now) { [registry] in
            registry.workers[Int($0)].phase != .absent
        }
    }

    /// Whether the work of a demand can go on without an agent on a worker. One that is only being
    /// tried does not count.
    private func hasAlternative(
        to key: CircuitBreakers.Key, for demand: Int32, at now: Instant
    ) -> Bool {
        registry.eligible[Int(demand)].contains { other in
            circuit(of: other) != key && registry.instances[Int(other)].offer.slots > 0
                && admission(of: other, at: now) == .yes
        }
    }

    /// The ejection of an agent on a worker is over, or was ended before: its tasks look again.
    mutating func endEjection(worker: Int32, agent: Int32) {
        guard let instance = registry.instance(worker: worker, agent: agent) else { return }
        for demand in registry.instances[Int(instance)].demands { dispatcher.wake(demand) }
    }

    /// A worker's instances leave: those that stay may be the last, and are ejected no longer.
    mutating func wakeDemands(of worker: Int32) {
        guard circuits.unsettledCount > 0 else { return }
        for instance in registry.workers[Int(worker)].instances {
            for demand in registry.instances[Int(instance)].demands { dispatcher.wake(demand) }
        }
    }
}
