// Who can execute what: the workers, their agent instances, and for each demand the instances that
// satisfy it. Lookups by string happen when a worker registers or a task becomes ready, not when it
// is dispatched or completes.

import ScrivenerModel

/// The workers and their agent instances.
struct EnhancedAgentRegistry: Sendable {
    private(set) var workers: [WorkerState] = []
    private(set) var instances: [AgentInstance] = []
    private(set) var agentNames: [String] = []
    /// What has been asked for so far, by number.
    private(set) var demands: [Demand] = []
    /// Per demand, the instances of workers that take work, in order of registration.
    private(set) var eligible: [[Int32]] = []
    private var vacantInstances: [Int32] = []
    private var workerNumbers: [String: Int32] = [:]
    private var agentNumbers: [String: Int32] = [:]
    private var demandNumbers: [Demand: Int32] = [:]
    private var connections: [ConnectionID: Int32] = [:]

    // MARK: Names

    func workerNumber(_ id: String) -> Int32? { workerNumbers[id] }
    func agentNumber(_ name: String) -> Int32? { agentNumbers[name] }
    func worker(on connection: ConnectionID) -> Int32? { connections[connection] }

    mutating func learnWorker(number: Int32, id: String) {
        precondition(Int(number) == workers.count, "worker numbers must be handed out in order")
        workers.append(WorkerState(number: number, id: id, phase: .absent))
        workerNumbers[id] = number
    }

    mutating func learnAgent(number: Int32, name: String) {
        precondition(Int(number) == agentNames.count, "agent numbers must be handed out in order")
        agentNames.append(name)
        agentNumbers[name] = number
    }

    /// The number of a demand; new ones get the instances that satisfy them.
    mutating func number(of demand: Demand) -> Int32 {
        if let number = demandNumbers[demand] { return number }
        let number = Int32(demands.count)
        demands.append(demand)
        demandNumbers[demand] = number
        let able = workers.filter(\.takesWork).flatMap(\.instances).filter {
            instances[Int($0)].satisfies(demand)
        }
        eligible.append(able)
        for instance in able { instances[Int(instance)].demands.append(number) }
        return number
    }

    // MARK: Workers

    mutating func connect(
        _ number: Int32, _ registration: WorkerRegistration, connection: ConnectionID,
        epoch: Int64, agents: [Int32], rows: [Int32]
    ) {
        retire(number)
        workers[Int(number)].phase = .connected(connection, epoch: epoch)
        workers[Int(number)].registration = registration
        workers[Int(number)].incarnation = registration.incarnation
        workers[Int(number)].registrationNumber = registration.registrationNumber
        workers[Int(number)].reviewed = []
        workers[Int(number)].reviewedAt = Instant(nanoseconds: .min)
        connections[connection] = number
        for (index, offer) in registration.agents.enumerated() {
            let instance = AgentInstance(
                worker: number, agentIndex: Int32(index), agent: agents[index],
                row: rows[index], offer: offer)
            workers[Int(number)].instances.append(place(instance))
        }
        makeEligible(number)
    }

    /// Takes a worker's instances out of service and forgets its connection.
    mutating func retire(_ number: Int32) {
        makeIneligible(number)
        let worker = workers[Int(number)]
        if let connection = worker.connection { connections[connection.id] = nil }
        vacantInstances.append(contentsOf: worker.instances)
        workers[Int(number)].instances = []
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
        makeIneligible(number)
        workers[Int(number)].phase = .draining(connection.id, epoch: connection.epoch)
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
        let worker = workers[Int(number)]
        guard worker.reviewedAt.advanced(by: interval) <= now else { return nil }
        workers[Int(number)].reviewed = worker.held
        workers[Int(number)].reviewedAt = now
        return worker.reviewed.intersection(worker.held).sorted()
    }

    mutating func note(_ heartbeat: WorkerHeartbeat, of number: Int32) {
        workers[Int(number)].memoryBytes = heartbeat.memoryBytes
    }

    // MARK: Attempts

    mutating func hold(_ attempt: AttemptReference, worker: Int32) {
        workers[Int(worker)].held.insert(attempt)
    }

    /// - Returns: whether the worker held it.
    mutating func letGo(_ attempt: AttemptReference, worker: Int32) -> Bool {
        workers[Int(worker)].held.remove(attempt) != nil
    }

    mutating func takeSlot(_ instance: Int32) { instances[Int(instance)].take() }

    /// Puts a demand behind the others that the instance satisfies: they take turns.
    mutating func noteServed(_ demand: Int32, by instance: Int32) {
        instances[Int(instance)].demands.removeAll { $0 == demand }
        instances[Int(instance)].demands.append(demand)
    }

    mutating func giveBackSlot(_ instance: Int32, _ outcome: AttemptOutcome) {
        instances[Int(instance)].giveBack()
        instances[Int(instance)].count(outcome)
    }

    /// The instance of a worker that has an agent, if it is registered.
    func instance(worker: Int32, agent: Int32) -> Int32? {
        workers[Int(worker)].instances.first { instances[Int($0)].agent == agent }
    }

    // MARK: Eligibility

    private mutating func makeEligible(_ number: Int32) {
        for instance in workers[Int(number)].instances {
            for demand in demands.indices
            where instances[Int(instance)].satisfies(demands[demand]) {
                eligible[demand].append(instance)
                instances[Int(instance)].demands.append(Int32(demand))
            }
        }
    }

    private mutating func makeIneligible(_ number: Int32) {
        let gone = Set(workers[Int(number)].instances)
        guard !gone.isEmpty else { return }
        for demand in eligible.indices { eligible[demand].removeAll(where: gone.contains) }
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
