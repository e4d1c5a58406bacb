// Who can execute what: the workers, their agent instances, and for each demand the instances that
// satisfy it. Lookups by string happen when a worker registers or a task becomes ready, not when it
// is dispatched or completes.
//
// An instance is in the lists while its worker takes work and the agent itself is well: whatever is
// in a list may be given a task, if it has room and its circuit breaker admits it.

import ScrivenerModel

/// The workers and their agent instances.
struct EnhancedAgentRegistry: Sendable {
    private(set) var workers: [WorkerState] = []
    private(set) var instances: [AgentInstance] = []
    private(set) var agentNames: [String] = []
    /// Attempts that run, by agent.
    private(set) var runningByAgent: [Int] = []
    /// Attempts that workers hold, all told.
    private(set) var runningCount = 0
    /// How many of them wait on their worker for a slot.
    private(set) var prefetchedCount = 0
    /// The instances that take work and have a slot free, in no particular order.
    private(set) var open: [Int32] = []
    /// No worker's round trip is longer; `settleRoundTrips` makes it exact.
    private(set) var longestRoundTrip = TimeSpan.zero
    /// How many listed instances say that they are not at their best.
    private(set) var degradedCount = 0
    /// What has been asked for so far, by number.
    private(set) var demands: [Demand] = []
    /// Per demand.
    private(set) var eligible: [EligibleInstances] = []
    private var vacantInstances: [Int32] = []
    private var workerNumbers: [String: Int32] = [:]
    private var agentNumbers: [String: Int32] = [:]
    private var demandNumbers: [Demand: Int32] = [:]
    private var connections = ConnectionTable()
    private(set) var dispatches: Int64 = 0
    /// So many of them are from before this coordinator was started: in which order is not known.
    var recoveredDispatches: Int64 = 0

    // MARK: Names

    func workerNumber(_ id: String) -> Int32? { workerNumbers[id] }
    func agentNumber(_ name: String) -> Int32? { agentNumbers[name] }
    @inline(always)
    func worker(on connection: ConnectionID) -> Int32? { connections[connection] }
    /// How many workers there are to be heard from.
    var connectionCount: Int { connections.count }

    mutating func learnWorker(number: Int32, id: String) {
        precondition(Int(number) == workers.count, "worker numbers must be handed out in order")
        workers.append(WorkerState(number: number, id: id, phase: .absent))
        workerNumbers[id] = number
    }

    mutating func learnAgent(number: Int32, name: String) {
        precondition(Int(number) == agentNames.count, "agent numbers must be handed out in order")
        agentNames.append(name)
        runningByAgent.append(0)
        agentNumbers[name] = number
    }

    /// The number of a demand; new ones get the instances that satisfy them.
    mutating func number(of demand: Demand) -> Int32 {
        if let number = demandNumbers[demand] { return number }
        let number = Int32(demands.count)
        demands.append(demand)
        demandNumbers[demand] = number
        eligible.append(EligibleInstances())
        for instance in workers.flatMap(\.instances) where instances[Int(instance)].isListed {
            enter(instance, into: number)
        }
        return number
    }

    func known(_ demand: Demand) -> Int32? { demandNumbers[demand] }

    // MARK: Workers

    mutating func connect(
        _ number: Int32, _ registration: WorkerRegistration, connection: ConnectionID,
        epoch: Int64, agents: [Int32], rows: [Int32], at now: Moment
    ) {
        retire(number)
        workers[Int(number)].phase = .connected(connection, epoch: epoch)
        workers[Int(number)].registration = registration
        workers[Int(number)].incarnation = registration.incarnation
        workers[Int(number)].registrationNumber = registration.registrationNumber
        workers[Int(number)].numbering = DispatchNumbering(epoch: epoch, base: dispatches)
        workers[Int(number)].reviewed = []
        workers[Int(number)].reviewedAt = Instant(nanoseconds: .min)
        workers[Int(number)].resources = registration.resources.map {
            WorkerResource(name: $0.name, total: min(max(0, $0.amount), WorkerResource.most))
        }
        connections[connection] = number
        for (index, offer) in registration.agents.enumerated() {
            let said = registration.health.last { $0.agentIndex == Int32(index) }
            var instance = AgentInstance(
                worker: number, agentIndex: Int32(index), agent: agents[index],
                row: rows[index], offer: offer, health: said?.state ?? .ready,
                at: now.instant)
            instance.healthMessage = said?.message ?? ""
            workers[Int(number)].instances.append(place(instance))
        }
        list(number)
    }

    /// Counts the agents whose names nobody has yet.
    ///
    /// - Returns: whether the worker may bring them.
    mutating func takeNewAgents(_ offers: [AgentOffer], of number: Int32) -> Bool {
        let count = workers[Int(number)].newAgents + offers.count { agentNumbers[$0.name] == nil }
        guard count <= WorkerState.mostNewAgents else { return false }
        workers[Int(number)].newAgents = count
        return true
    }

    /// Takes a worker's instances out of service and forgets its connection.
    mutating func retire(_ number: Int32) {
        unlist(number)
        let worker = workers[Int(number)]
        if let connection = worker.connection { connections[connection.id] = nil }
        vacantInstances.append(contentsOf: worker.instances)
        workers[Int(number)].instances = []
        workers[Int(number)].resources = []
        workers[Int(number)].isKept = false
    }

    mutating func markAbsent(_ number: Int32) {
        retire(number)
        workers[Int(number)].phase = .absent
    }

    mutating func markAwaited(_ number: Int32, until deadline: Instant) {
        workers[Int(number)].phase = .awaited
        workers[Int(number)].leaseUntil = deadline
    }

    mutating func markOutOfReach(_ number: Int32) {
        retire(number)
        workers[Int(number)].phase = .awaited
    }

    mutating func markDraining(_ number: Int32) {
        guard let connection = workers[Int(number)].connection else { return }
        unlist(number)
        workers[Int(number)].phase = .draining(connection.id, epoch: connection.epoch)
    }

    mutating func markSuspect(_ number: Int32) {
        guard case .connected(let connection, let epoch) = workers[Int(number)].phase else {
            return
        }
        unlist(number)
        workers[Int(number)].phase = .suspect(connection, epoch: epoch)
    }

    mutating func clearSuspicion(of number: Int32) {
        guard case .suspect(let connection, let epoch) = workers[Int(number)].phase else { return }
        workers[Int(number)].phase = .connected(connection, epoch: epoch)
        list(number)
    }

    // MARK: Keeping free

    /// From now on its instances stand in no list.
    mutating func keepFree(_ number: Int32) {
        unlist(number)
        workers[Int(number)].isKept = true
    }

    mutating func endKeepingFree(_ number: Int32) {
        guard workers[Int(number)].isKept else { return }
        workers[Int(number)].isKept = false
        if workers[Int(number)].takesWork { list(number) }
    }

    mutating func renewLease(_ number: Int32, until deadline: Instant, at now: Instant) {
        workers[Int(number)].leaseUntil = deadline
        workers[Int(number)].lastHeartbeat = now
    }

    mutating func watchLease(_ number: Int32, at due: Instant?) {
        workers[Int(number)].leaseWatchedAt = due
    }

    /// What the worker has held since the last review, in order; `nil` when that is too short ago.
    mutating func review(
        _ number: Int32, every interval: TimeSpan, at now: Instant
    ) -> [AttemptReference]? {
        guard workers[Int(number)].reviewedAt.advanced(by: interval) <= now else { return nil }
        let before = workers[Int(number)].reviewed
        let held = workers[Int(number)].held
        workers[Int(number)].reviewed = Set(held.keys)
        workers[Int(number)].reviewedAt = now
        return before.filter(held.contains).sorted()
    }

    mutating func note(_ heartbeat: WorkerHeartbeat, of number: Int32) {
        workers[Int(number)].memoryBytes = heartbeat.memoryBytes
        workers[Int(number)].processorLoadPermille = heartbeat.processorLoadPermille
    }

    /// Smoothed over the last eight or so.
    @inline(always)
    mutating func noteRoundTrip(_ span: TimeSpan, of number: Int32) {
        let sample = max(0, span.nanoseconds)
        var smoothed = TimeSpan(nanoseconds: sample)
        let last = workers[Int(number)].roundTrip
        if let old = last?.nanoseconds {
            smoothed = TimeSpan(nanoseconds: old + (sample - old) / 8)
        }
        workers[Int(number)].roundTrip = smoothed
        longestRoundTrip = max(longestRoundTrip, smoothed)
    }

    mutating func settleRoundTrips() {
        longestRoundTrip = workers.reduce(.zero) { max($0, $1.roundTrip ?? .zero) }
    }

    /// - Returns: whether the agent has come into service, or left it.
    mutating func setHealth(
        _ state: AgentHealth.State, _ message: String, of instance: Int32
    ) -> Bool {
        guard
            instances[Int(instance)].health != state
                || instances[Int(instance)].healthMessage != message
        else { return false }
        let old = instances[Int(instance)]
        let worker = workers[Int(old.worker)]
        unlist(instance: instance)
        if old.health == .failed { instances[Int(instance)].wasRepaired = true }
        instances[Int(instance)].health = state
        instances[Int(instance)].healthMessage = message
        if worker.takesWork { list(instance: instance) }
        return old.isAble != instances[Int(instance)].isAble || old.health != state
    }

    // MARK: Attempts

    /// Notes that a worker was given an attempt, and what it takes there. Without an instance (its
    /// worker has not come back) it takes nothing.
    mutating func hold(
        _ attempt: AttemptReference, worker: Int32, agent: Int32, instance: Int32?, slots: Int32,
        resources: [ReservedResource] = [], expected: TimeSpan = .zero, at now: Instant
    ) {
        dispatches += 1
        var held = AssignedAttempt(
            agent: agent, slots: slots, dispatchedAt: now, expected: expected, order: dispatches)
        if let instance {
            change(instance) {
                held.isPrefetched = !$0.hasRoom(for: slots)
                $0.take(slots)
            }
        }
        if held.isPrefetched { prefetchedCount += 1 }
        workers[Int(worker)].held.set(held, for: attempt)
        if !resources.isEmpty { reserve(resources, for: attempt, worker: worker) }
        runningByAgent[Int(agent)] += 1
        runningCount += 1
    }

    /// The number of a dispatch to a worker that ends with what was given out last.
    @inline(always)
    func dispatchNumber(of worker: Int32) -> Int64 {
        dispatches - (workers[Int(worker)].numbering?.base ?? dispatches)
    }

    /// Gives what a worker holds its place again: its instances are new, and so are its resources.
    mutating func reclaim(
        _ attempt: AttemptReference, worker: Int32, instance: Int32,
        resources: [ReservedResource]
    ) {
        guard let held = workers[Int(worker)].held[attempt] else { return }
        change(instance) { $0.take(held.slots) }
        reserve(resources, for: attempt, worker: worker)
    }

    private mutating func reserve(
        _ resources: [ReservedResource], for attempt: AttemptReference, worker: Int32
    ) {
        workers[Int(worker)].held.setResources(resources, of: attempt)
        for reserved in resources
        where workers[Int(worker)].resources.indices.contains(Int(reserved.place)) {
            workers[Int(worker)].resources[Int(reserved.place)].used += reserved.amount
        }
    }

    /// Changes what decides whether an instance has a slot free, and lists it accordingly.
    @inline(always)
    private mutating func change(_ instance: Int32, _ body: (inout AgentInstance) -> Void) {
        body(&instances[Int(instance)])
        let place = instances[Int(instance)].openPlace
        guard instances[Int(instance)].isOpen != (place >= 0) else { return }
        if place < 0 {
            instances[Int(instance)].openPlace = Int32(open.count)
            open.append(instance)
        } else {
            instances[Int(instance)].openPlace = -1
            let last = open.removeLast()
            guard last != instance else { return }
            open[Int(place)] = last
            instances[Int(last)].openPlace = place
        }
    }

    /// The attempt is over on its worker.
    ///
    /// - Returns: what it was, and its instance if any; `nil` when the worker did not hold it.
    mutating func letGo(
        _ attempt: AttemptReference, worker: Int32, at now: Instant
    ) -> (held: AssignedAttempt, instance: Int32?)? {
        if !workers[Int(worker)].resources.isEmpty { giveBackResources(of: attempt, worker) }
        guard let held = workers[Int(worker)].held.remove(attempt) else { return nil }
        runningByAgent[Int(held.agent)] -= 1
        runningCount -= 1
        if held.isPrefetched { prefetchedCount -= 1 }
        let instance = instance(worker: worker, agent: held.agent)
        if let instance { change(instance) { $0.giveBack(held.slots, at: now) } }
        return (held, instance)
    }

    private mutating func giveBackResources(of attempt: AttemptReference, _ worker: Int32) {
        // Without an instance nothing was taken of what its worker has now.
        let agent = held(attempt, worker: worker)?.agent
        guard let agent, instance(worker: worker, agent: agent) != nil else { return }
        for reserved in workers[Int(worker)].held.resources(of: attempt)
        where workers[Int(worker)].resources.indices.contains(Int(reserved.place)) {
            workers[Int(worker)].resources[Int(reserved.place)].used -= reserved.amount
        }
    }

    /// The attempt is over for its task; its worker has still to say so.
    mutating func linger(_ attempt: AttemptReference, worker: Int32) {
        workers[Int(worker)].held.modify(attempt) { $0.isLingering = true }
    }

    /// What a worker holds of an attempt will be asked for soon, or is about to be noted.
    @inline(always)
    mutating func anticipate(_ attempt: AttemptReference, worker: Int32) {
        workers[Int(worker)].held.anticipate(attempt)
    }

    mutating func noteRecall(_ attempt: AttemptReference, worker: Int32) {
        workers[Int(worker)].held.modify(attempt) { $0.isRecalled = true }
    }

    // MARK: Eligibility

    private mutating func enter(_ instance: Int32, into demand: Int32) {
        guard let rank = rank(of: instance, for: demands[Int(demand)]) else { return }
        eligible[Int(demand)].add(instance, rank: rank)
        instances[Int(instance)].satisfy(demand)
    }

    private mutating func list(_ number: Int32) {
        for instance in workers[Int(number)].instances { list(instance: instance) }
    }

    private mutating func list(instance: Int32) {
        guard !instances[Int(instance)].isListed, instances[Int(instance)].isAble,
            !workers[Int(instances[Int(instance)].worker)].isKept
        else { return }
        change(instance) { $0.isListed = true }
        if instances[Int(instance)].health == .degraded { degradedCount += 1 }
        for demand in demands.indices { enter(instance, into: Int32(demand)) }
    }

    private mutating func unlist(_ number: Int32) {
        for instance in workers[Int(number)].instances { unlist(instance: instance) }
    }

    private mutating func unlist(instance: Int32) {
        guard instances[Int(instance)].isListed else { return }
        if instances[Int(instance)].health == .degraded { degradedCount -= 1 }
        for demand in instances[Int(instance)].demands { eligible[Int(demand)].remove(instance) }
        instances[Int(instance)].satisfyNothing()
        change(instance) { $0.isListed = false }
    }

    private mutating func place(_ instance: AgentInstance) -> Int32 {
        if let vacant = vacantInstances.popLast() {
            instances[Int(vacant)] = instance
            return vacant
        }
        instances.append(instance)
        return Int32(instances.count - 1)
    }
}
