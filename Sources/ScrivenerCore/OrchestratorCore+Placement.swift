// Which instance takes a task: eligible, with room, admitted by its circuit breaker, and the best of
// these. What an attempt's end says about its instance is noted here as well.
//
// Some functions are `mutating` that change nothing: called from one that does, the others would be
// lent a copy of the whole machine.

import ScrivenerModel

/// Where an attempt goes, and what it takes there.
struct Place {
    var instance: Int32
    var resources: [ReservedResource]
}

extension OrchestratorCore {
    /// Where a task of a demand goes; `nil` when there is no place for now.
    ///
    /// Who failed at it before takes it only when nobody else can, and so does an instance that
    /// says that it is not at its best.
    @inline(always)
    mutating func place(_ start: TaskStart, demand: Int32, at now: Instant) -> Place? {
        if registry.open.count == 1, let only = onlyPlace(start, demand) { return only }
        return bestPlace(start, demand: demand, at: now)
    }

    /// Where a task goes when one instance of the whole pool has a slot free, nothing speaks against
    /// it and nothing but the slot is taken there: the most common case of all. `nil` when the
    /// choice has to be looked at.
    @inline(always)
    private mutating func onlyPlace(_ start: TaskStart, _ demand: Int32) -> Place? {
        let only = registry.open[0]
        let instance = Int(only)
        guard start.failedAt == nil, registry.instances[instance].demandSet.contains(demand),
            registry.instances[instance].hasRoom(for: start.slots),
            registry.workers[Int(registry.instances[instance].worker)].resources.isEmpty,
            registry.demands[Int(demand)].resources.isEmpty,
            registry.eligible[Int(demand)].standIns.isEmpty, registry.degradedCount == 0,
            circuits.unsettledCount == 0, configuration.agentLimits.isEmpty,
            configuration.placement != .roundRobin, !(start.mayPrefetch && mayPrefetch)
        else { return nil }
        return Place(instance: only, resources: [])
    }

    private mutating func bestPlace(
        _ start: TaskStart, demand: Int32, at now: Instant
    ) -> Place? {
        let eligible = service(of: demand, at: now)
        if start.failedAt != nil || registry.degradedCount > 0,
            let better = choose(start, demand, among: eligible, at: now, elsewhere: true)
        {
            return better
        }
        if let any = choose(start, demand, among: eligible, at: now) {
            return any
        }
        guard room.kept.isEmpty || !keepsWanted(demand),
            let last = lastResort(demand, slots: start.slots, at: now),
            let resources = reservation(start, demand, on: last)
        else { return nil }
        circuits.reprieve(circuit(of: last), at: now)
        return Place(instance: last, resources: resources)
    }

    /// A place for a second attempt, on another worker and in a slot that is free.
    mutating func placeHedge(
        _ start: TaskStart, demand: Int32, elsewhereThan worker: Int32, at now: Instant
    ) -> Place? {
        var others: [Int32] = []
        for instance in service(of: demand, at: now)
        where registry.instances[Int(instance)].worker != worker
            && registry.instances[Int(instance)].hasRoom(for: start.slots)
            && admission(of: instance, at: now) == .yes
        {
            others.append(instance)
        }
        return choose(start, demand, among: others, at: now)
    }

    /// The instances that a demand is served by: those that are wanted, unless none of them is in
    /// service; then the best of those that may stand in.
    @inline(always)
    func service(of demand: Int32, at now: Instant) -> [Int32] {
        if registry.eligible[Int(demand)].standIns.isEmpty
            || isInService(registry.eligible[Int(demand)].wanted, at: now)
            || (!room.kept.isEmpty && keepsWanted(demand))
        {
            return registry.eligible[Int(demand)].wanted
        }
        let eligible = registry.eligible[Int(demand)]
        var index = 0
        while index < eligible.standIns.count {
            let rank = eligible.standIns[index].rank
            let same = eligible.standIns[index...].prefix { $0.rank == rank }.map(\.instance)
            if isInService(same, at: now) { return same }
            index += same.count
        }
        return eligible.all
    }

    /// Whether any of them is admitted, or is only waited for.
    @inline(always)
    private func isInService(_ instances: [Int32], at now: Instant) -> Bool {
        if circuits.unsettledCount == 0 { return !instances.isEmpty }
        return instances.contains {
            if case .no = admission(of: $0, at: now) { false } else { true }
        }
    }

    /// Looks at the instances one by one, without a closure: one that sees the machine would copy
    /// it for each candidate. So does a call of a function that does not change it, where one that
    /// changes it calls; hence those that are called with every event are inlined.
    private mutating func choose(
        _ start: TaskStart, _ demand: Int32, among eligible: [Int32], at now: Instant,
        elsewhere: Bool = false
    ) -> Place? {
        guard !eligible.isEmpty else { return nil }
        let mayPrefetch = start.mayPrefetch && mayPrefetch
        // In a pool that is nearly full, draws would mostly hit instances that are.
        if eligible.count > InstanceChoice.lookedAt, !mayPrefetch,
            registry.open.count <= InstanceChoice.lookedAt,
            configuration.placement != .roundRobin,
            registry.eligible[Int(demand)].standIns.isEmpty
        {
            return chooseOpen(start, demand, elsewhere: elsewhere, at: now)
        }
        while choices.count <= demand { choices.append(InstanceChoice(configuration.placement)) }
        var number = 0
        while let round = choices[Int(demand)].round(
            number, among: eligible.count, random: &random)
        {
            var best = BestCandidate(round, configuration.placement)
            for look in 0..<round.looks where best.isOpen {
                let place = round.place(look, among: eligible.count)
                let instance = eligible[place]
                // Most of those that are looked at are full.
                let isFull = !registry.instances[Int(instance)].hasRoom(for: start.slots)
                if isFull, !mayPrefetch { continue }
                if elsewhere, !isElsewhere(instance, start) { continue }
                let seen = candidate(
                    instance, start, demand, mayPrefetch: mayPrefetch, at: now)
                if seen.takes { offer(seen, instance, at: place, to: &best, start, at: now) }
            }
            if let place = best.place {
                choices[Int(demand)].note(place)
                let instance = eligible[place]
                return reservation(start, demand, on: instance).map {
                    Place(instance: instance, resources: $0)
                }
            }
            number += 1
        }
        return nil
    }

    /// The best of the few instances that have a slot free and satisfy the demand.
    private mutating func chooseOpen(
        _ start: TaskStart, _ demand: Int32, elsewhere: Bool, at now: Instant
    ) -> Place? {
        let looks = registry.open.count
        let round = InstanceChoice.Round(start: 0, distance: 1, looks: looks, takesFirst: false)
        var best = BestCandidate(round, configuration.placement)
        for place in 0..<looks {
            let instance = registry.open[place]
            guard registry.instances[Int(instance)].demandSet.contains(demand),
                registry.instances[Int(instance)].hasRoom(for: start.slots),
                !elsewhere || isElsewhere(instance, start)
            else { continue }
            let seen = candidate(instance, start, demand, mayPrefetch: false, at: now)
            if seen.takes { offer(seen, instance, at: place, to: &best, start, at: now) }
        }
        guard let place = best.place else { return nil }
        let instance = registry.open[place]
        return reservation(start, demand, on: instance).map {
            Place(instance: instance, resources: $0)
        }
    }

    /// Whether an instance is at its best, and has not failed at the task.
    @inline(always)
    private func isElsewhere(_ instance: Int32, _ start: TaskStart) -> Bool {
        circuit(of: instance) != start.failedAt
            && registry.instances[Int(instance)].health == .ready
    }

    @inline(always)
    mutating func reservation(
        _ start: TaskStart, _ demand: Int32, on instance: Int32
    ) -> [ReservedResource]? {
        let worker = registry.instances[Int(instance)].worker
        if let fits = registry.fitsSlotsAlone(demand, worker: worker) { return fits ? [] : nil }
        return reservation(ofResources: start.kind, demand, worker: worker)
    }

    @inline(never)
    private mutating func reservation(
        ofResources kind: Int32, _ demand: Int32, worker: Int32
    ) -> [ReservedResource]? {
        registry.reservation(
            demand, memory: performance.peakMemoryMebibytes(kind: kind), worker: worker)
    }

    /// What of an instance decides whether it can take a task at all.
    @inline(always)
    private mutating func candidate(
        _ number: Int32, _ start: TaskStart, _ demand: Int32, mayPrefetch: Bool, at now: Instant
    ) -> Candidate {
        let index = Int(number)
        let slots = registry.instances[index].slots
        var candidate = Candidate(
            used: registry.instances[index].used + start.slots - 1, slots: slots,
            admission: admission(of: number, at: now))
        if mayPrefetch, candidate.used >= slots {
            candidate.limit = slots + prefetch(start.kind, on: number, at: now)
        }
        guard candidate.takes, !isAtLimit(agent: registry.instances[index].agent),
            reservation(start, demand, on: number) != nil
        else {
            candidate.limit = 0
            return candidate
        }
        return candidate
    }

    /// Offers a candidate. What is expected of an instance is only worked out where there are two
    /// to choose from.
    @inline(always)
    private mutating func offer(
        _ seen: Candidate, _ instance: Int32, at place: Int, to best: inout BestCandidate,
        _ start: TaskStart, at now: Instant
    ) {
        var seen = seen
        if configuration.placement == .performanceAware {
            if best.place == nil {
                best.isRated = false
            } else {
                rate(&seen, instance, start, at: now)
                if !best.isRated { rate(&best.candidate, best.instance, start, at: now) }
                best.isRated = true
            }
        }
        best.offer(seen, of: instance, at: place)
    }

    private mutating func rate(
        _ candidate: inout Candidate, _ instance: Int32, _ start: TaskStart, at now: Instant
    ) {
        let row = registry.instances[Int(instance)].row
        candidate.expected = performance.expected(
            kind: start.kind, stated: start.stated, row: row, at: now)
        candidate.errorPermille = performance.errorPermille(row: row, at: now)
    }

    @inline(always)
    func isAtLimit(agent: Int32) -> Bool {
        guard !configuration.agentLimits.isEmpty,
            let limit = configuration.agentLimits[registry.agentNames[Int(agent)]]
        else { return false }
        return registry.runningByAgent[Int(agent)] >= limit
    }

    /// How many slots' worth of attempts an instance may be given beyond its slots: as many as keep
    /// it busy while its results travel and new attempts come, twice over. None where that is
    /// little beside the run time: whoever waits on a worker waits there for long.
    func prefetch(_ kind: Int32, on instance: Int32, at now: Instant) -> Int32 {
        let index = Int(instance)
        guard configuration.maximumPrefetchPerSlot > 0, circuits.unsettledCount == 0,
            let roundTrip = registry.workers[Int(registry.instances[index].worker)].roundTrip,
            roundTrip.nanoseconds > 0, performance.durations.types[Int(kind)].count > 0
        else { return 0 }
        let expected = performance.expected(
            kind: kind, stated: nil, row: registry.instances[index].row, at: now)
        let runTime = max(1, expected.nanoseconds)
        guard Self.isWorthHiding(roundTrip.nanoseconds, runTime: runTime) else { return 0 }
        let perSlot = min(
            2 * roundTrip.nanoseconds / runTime + 1, Int64(configuration.maximumPrefetchPerSlot))
        return registry.instances[index].slots * Int32(perSlot)
    }

    /// Whether anything may be prefetched anywhere, by bounds: without a look at any instance.
    @inline(always)
    var mayPrefetch: Bool {
        mutating get {
            guard configuration.maximumPrefetchPerSlot > 0, circuits.unsettledCount == 0 else {
                return false
            }
            return Self.isWorthHiding(
                registry.longestRoundTrip.nanoseconds,
                runTime: performance.shortestRunTime.nanoseconds)
        }
    }

    /// A round trip that is a small part of the run time is not. In nanoseconds.
    @inline(always)
    private static func isWorthHiding(_ roundTrip: Int64, runTime: Int64) -> Bool {
        roundTrip > runTime / 4
    }

    /// An instance that can take a task of the demand now: for `Invariants`.
    func able(_ demand: Int32, slots: Int32, at now: Instant) -> Int32? {
        guard !registry.demands[Int(demand)].runsAlone else { return nil }
        return service(of: demand, at: now).first {
            let instance = registry.instances[Int($0)]
            return instance.hasRoom(for: slots) && !isAtLimit(agent: instance.agent)
                && [.yes, .probe].contains(admission(of: $0, at: now))
        }
    }

    /// The instance whose breaker is let through because all others are ejected too: the last
    /// eligible one is never ejected.
    func lastResort(_ demand: Int32, slots: Int32, at now: Instant) -> Int32? {
        guard circuits.unsettledCount > 0 else { return nil }
        let eligible = registry.eligible[Int(demand)].all
        let place = InstanceChoice.lastResort(among: eligible.count) {
            let instance = registry.instances[Int(eligible[$0])]
            return Candidate(
                used: instance.used + slots - 1, slots: instance.offer.slots,
                limit: isAtLimit(agent: instance.agent) ? 0 : instance.offer.slots,
                admission: admission(of: eligible[$0], at: now))
        }
        return place.map { eligible[$0] }
    }

    // MARK: Circuit breakers

    @inline(always)
    func circuit(of instance: Int32) -> CircuitBreakers.Key {
        CircuitBreakers.Key(
            worker: registry.instances[Int(instance)].worker,
            agent: registry.instances[Int(instance)].agent)
    }

    @inline(always)
    func admission(of instance: Int32, at now: Instant) -> CircuitBreaker.Admission {
        circuits.unsettledCount == 0 ? .yes : circuits.admits(circuit(of: instance), at: now)
    }

    /// Notes what the end of an attempt says about the agent on its worker.
    @inline(always)
    mutating func judge(
        _ attempt: AttemptReference, by key: CircuitBreakers.Key, demand: Int32,
        _ outcome: CircuitBreaker.Outcome, at now: Instant
    ) {
        let mayOpen = outcome == .failure && hasAlternative(to: key, for: demand, at: now)
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
        registry.eligible[Int(demand)].all.contains { other in
            circuit(of: other) != key && registry.instances[Int(other)].offer.slots > 0
                && admission(of: other, at: now) == .yes
        }
    }

    /// The ejection of an agent on a worker is over, or was ended before: its tasks look again.
    mutating func endEjection(worker: Int32, agent: Int32) {
        guard let instance = registry.instance(worker: worker, agent: agent) else { return }
        wakeDemands(of: instance)
    }

    /// A worker's instances leave: those that stay may be the last, and are ejected no longer; and
    /// where none of those that are wanted stays, others may stand in.
    mutating func wakeDemands(ofWorker worker: Int32) {
        for instance in registry.workers[Int(worker)].instances { wakeDemands(of: instance) }
    }
}
