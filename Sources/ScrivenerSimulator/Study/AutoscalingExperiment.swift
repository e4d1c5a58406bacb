// One closed loop of the autoscaling study: the real `OrchestratorCore`, workers that never fail, a network
// and a disk that take no time, and a supervisor that looks at the pool once a second, starts replicas and
// has others leave, as `scrivener cluster up` does.

import HeapModule
import ScrivenerCore
import ScrivenerModel

/// A core, its replicas and what comes to it.
struct AutoscalingExperiment {
    /// What was measured.
    struct Tally {
        var waits: [TimeSpan] = []
        var busySeconds = 0.0
        var replicaSeconds = 0.0
        var mostReplicas = 0
        var starts = 0
    }

    private static let forever = TimeSpan.seconds(315_360_000)
    private static let interval = TimeSpan.seconds(1)

    private enum Occurrence {
        case arrival(Int)
        /// A replica takes work from now on.
        case started(Int)
        case ended(Running)
        /// The supervisor looks.
        case look
    }

    private struct Running {
        var attempt: AttemptReference
        var replica: Int
        var epoch: Int64
        var runTime: TimeSpan
    }

    private struct Due: Comparable {
        var at: Instant
        /// Of what is due at once, the earlier made comes first.
        var order: Int
        var occurrence: Occurrence

        static func < (left: Due, right: Due) -> Bool {
            (left.at, left.order) < (right.at, right.order)
        }

        static func == (left: Due, right: Due) -> Bool { left.order == right.order }
    }

    /// A replica from the decision to start it on.
    private struct Replica {
        var decidedAt: Instant
        var epoch: Int64 = 0
        var running = 0
        var state = State.starting

        enum State { case starting, serving, leaving, gone }
    }

    private let specification: PoolSpecification
    private let policy: AutoscalingStudy.Policy
    private let arrivals: [AutoscalingArrival]
    private var core: OrchestratorCore
    private var outcome = Outcome()
    private var now = Instant.zero
    private var due = Heap<Due>()
    private var order = 0
    /// A replica's place is its connection.
    private var replicas: [Replica] = []
    /// By session: when its tasks became ready, and how many of those that the last one needs are open.
    private var ready: [[Instant]]
    private var open: [Int]
    private var ended = 0
    private var tally = Tally()
    /// For the threshold: when it last changed something.
    private var changedAt = Instant(nanoseconds: .min)

    /// - Parameter initial: how many replicas serve from the beginning.
    init(
        _ specification: PoolSpecification, policy: AutoscalingStudy.Policy,
        arrivals: [AutoscalingArrival], initial: Int, seed: UInt64
    ) {
        self.specification = specification
        self.policy = policy
        self.arrivals = arrivals
        ready = arrivals.map { arrival in arrival.runTimes.map { _ in arrival.at } }
        open = arrivals.map { $0.runTimes.count - 1 }
        var configuration = CoreConfiguration()
        configuration.pools = [specification]
        // Nobody sends heartbeats, and nobody is missed.
        configuration.lease = Self.forever
        core = OrchestratorCore(
            configuration: configuration, journalID: "study", incarnation: 1, seed: seed)
        handle(.recovered)
        for _ in 0..<initial { start(after: .zero) }
        for place in arrivals.indices { add(.arrival(place), at: arrivals[place].at) }
        add(.look, at: now)
    }

    private mutating func add(_ occurrence: Occurrence, at instant: Instant) {
        order += 1
        due.insert(Due(at: instant, order: order, occurrence: occurrence))
    }

    // MARK: Running

    /// Until all that came is done.
    mutating func run() -> Tally {
        let all = arrivals.count * AutoscalingArrival.types.count
        while ended < all { step() }
        for place in replicas.indices where replicas[place].state != .gone { count(place) }
        return tally
    }

    private mutating func step() {
        let deadline = core.nextDeadline ?? .distantFuture
        guard let next = due.min, next.at <= deadline else {
            now = max(now, deadline)
            return handle(.tick)
        }
        due.removeMin()
        now = next.at
        switch next.occurrence {
        case .arrival(let place): submit(place)
        case .started(let replica): register(replica)
        case .ended(let running): end(running)
        case .look:
            look()
            add(.look, at: now.advanced(by: Self.interval))
        }
    }

    private mutating func submit(_ place: Int) {
        let config = OrchestrationConfig(
            maxConcurrentTasks: 100, taskTimeoutSeconds: 100_000, maxRetryAttempts: 0)
        let types = AutoscalingArrival.types
        let tasks = types.indices.map { task in
            ResearchTask(
                taskID: "t\(task)", taskType: types[task].0,
                dependencies: task == types.count - 1 ? (0..<task).map { "t\($0)" } : [])
        }
        let plan = ResearchPlan(query: "study", tasks: tasks, config: config)
        let compiled = PlanCompiler.compile(plan, sessionID: "s\(place)", defaults: config)
        handle(.submit(compiled.plan, ReplyToken(0)))
    }

    private mutating func end(_ running: Running) {
        ended += 1
        replicas[running.replica].running -= 1
        tally.busySeconds += running.runTime.seconds
        let session = Int(running.attempt.session) - 1
        let last = AutoscalingArrival.types.count - 1
        if Int(running.attempt.task) != last {
            open[session] -= 1
            if open[session] == 0 { ready[session][last] = now }
        }
        let result = EndedAttempt(
            attempt: running.attempt, runTime: running.runTime, failure: nil,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 0, annexLength: 0))
        handle(.results(connection(running.replica), epoch: running.epoch, [result]))
        leaveIfIdle(running.replica)
    }

    private func connection(_ replica: Int) -> ConnectionID { ConnectionID(UInt64(replica)) }

    private mutating func handle(_ event: OrchestratorEvent) {
        let wall = WallTime(millisecondsSince1970: now.nanoseconds / 1_000_000)
        core.handle(event, at: Moment(instant: now, wall: wall), into: &outcome)
        let effects = outcome.effects
        outcome.removeAll()
        for effect in effects { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: OrchestratorEffect) {
        switch effect {
        case .send(let connection, .welcome(let welcome)):
            replicas[Int(connection.rawValue)].epoch = welcome.epoch
            handle(.welcomed(connection))
        case .send(let connection, .drain(let epoch)):
            handle(.draining(connection, epoch: epoch))
            replicas[Int(connection.rawValue)].state = .leaving
            leaveIfIdle(Int(connection.rawValue))
        case .dispatch(let connection, let epoch, let orders):
            for order in orders {
                begin(order.attempt, on: Int(connection.rawValue), epoch: epoch)
            }
        case .reply(_, .workerPools(let pools)):
            if let pool = pools.first { act(on: pool) }
        default: return
        }
    }

    private mutating func begin(_ attempt: AttemptReference, on replica: Int, epoch: Int64) {
        // Sessions are numbered from 1, in the order in which they come.
        let (session, task) = (Int(attempt.session) - 1, Int(attempt.task))
        tally.waits.append(now.since(ready[session][task]))
        replicas[replica].running += 1
        let runTime = arrivals[session].runTimes[task]
        add(
            .ended(
                Running(attempt: attempt, replica: replica, epoch: epoch, runTime: runTime)),
            at: now.advanced(by: runTime))
    }

    // MARK: Replicas

    private mutating func start(after span: TimeSpan) {
        add(.started(replicas.count), at: now.advanced(by: span))
        replicas.append(Replica(decidedAt: now))
        tally.starts += 1
        let present = replicas.count { $0.state != .gone }
        tally.mostReplicas = max(tally.mostReplicas, present)
    }

    private mutating func register(_ replica: Int) {
        replicas[replica].state = .serving
        let id = "\(specification.name)/r\(replica)"
        let offers = specification.agents.map {
            AgentOffer(
                name: $0, capabilities: specification.capabilities,
                slots: Int32(specification.slots))
        }
        let registration = WorkerRegistration(
            workerID: id, pool: specification.name, incarnation: 1, host: id, processID: 1,
            softwareVersion: "1", agents: offers)
        handle(.register(connection(replica), registration))
    }

    private mutating func leaveIfIdle(_ replica: Int) {
        guard replicas[replica].state == .leaving, replicas[replica].running == 0 else { return }
        replicas[replica].state = .gone
        count(replica)
        handle(.goodbye(connection(replica), epoch: replicas[replica].epoch))
    }

    private mutating func count(_ replica: Int) {
        tally.replicaSeconds += now.since(replicas[replica].decidedAt).seconds
    }

    // MARK: The supervisor

    private mutating func look() { handle(.query(.workerPools, ReplyToken(1))) }

    private mutating func act(on pool: WorkerPoolRecord) {
        let present = replicas.count { $0.state == .starting || $0.state == .serving }
        switch policy {
        case .fixedMean, .fixedPeak: return
        case .desired:
            for _ in 0..<max(0, pool.desired - present) { start(after: specification.startTime) }
            for id in pool.mayLeave { handle(.drainWorker(id: id, ReplyToken(2))) }
        case .threshold:
            guard changedAt.advanced(by: specification.startTime) <= now else { return }
            if pool.queued > present * specification.slots {
                for _ in 0..<max(1, present / 2) { start(after: specification.startTime) }
                changedAt = now
            } else if pool.queued == 0, let idle = idleReplica {
                handle(
                    .drainWorker(id: "\(specification.name)/r\(idle)", ReplyToken(2)))
                changedAt = now
            }
        }
    }

    private var idleReplica: Int? {
        replicas.lastIndex { $0.state == .serving && $0.running == 0 }
    }
}
