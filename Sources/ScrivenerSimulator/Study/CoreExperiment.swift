// The real `OrchestratorCore` with a problem to schedule: workers that never fail, a network and a
// disk that take no time. An attempt takes exactly its task's run time on its worker.

import HeapModule
import ScrivenerCore
import ScrivenerModel

/// A pool that works through one session after another, and learns.
struct CoreExperiment {
    /// The one agent of every worker: what differs is the types of its tasks.
    private static let agent = "workflow"
    private static let forever = TimeSpan.seconds(315_360_000)

    private struct Running: Comparable {
        var end: Instant
        /// Of the dispatch: what was sent first ends first.
        var order: Int
        var attempt: AttemptReference
        var connection: ConnectionID
        var epoch: Int64
        var runTime: TimeSpan

        static func < (left: Running, right: Running) -> Bool {
            (left.end, left.order) < (right.end, right.order)
        }

        static func == (left: Running, right: Running) -> Bool { left.order == right.order }
    }

    private var core: OrchestratorCore
    private var outcome = Outcome()
    private var now = Instant.zero
    private var running = Heap<Running>()
    /// Attempts so far.
    private(set) var dispatched = 0
    private var sessions = 0
    private let pool: SchedulingProblem.Pool
    private var problem: SchedulingProblem

    /// - Parameter problem: whose pool and types it is. Nothing is submitted yet.
    init(for problem: SchedulingProblem, seed: UInt64) {
        var configuration = CoreConfiguration()
        // Nobody sends heartbeats, and nobody is missed.
        configuration.lease = Self.forever
        core = OrchestratorCore(
            configuration: configuration, journalID: "study", incarnation: 1, seed: seed)
        pool = problem.pool
        self.problem = problem
        for worker in pool.speeds.indices { register(worker) }
    }

    private mutating func register(_ worker: Int) {
        let offer = AgentOffer(
            name: Self.agent, capabilities: problem.typeNames, slots: Int32(pool.slotsEach))
        let registration = WorkerRegistration(
            workerID: "w\(worker + 1)", incarnation: 1, host: "w\(worker + 1)", processID: 1,
            softwareVersion: "1", agents: [offer])
        handle(.register(ConnectionID(UInt64(worker)), registration))
        handle(.welcomed(ConnectionID(UInt64(worker))))
    }

    /// Submits a problem and waits for its end.
    ///
    /// - Parameter statesRunTimes: whether the plan says how long each task takes.
    /// - Returns: the makespan, in nanoseconds.
    mutating func run(_ problem: SchedulingProblem, statesRunTimes: Bool) -> Int64 {
        precondition(problem.pool == pool, "a problem for another pool")
        self.problem = problem
        sessions += 1
        let began = now
        let config = OrchestrationConfig(
            maxConcurrentTasks: 100_000, taskTimeoutSeconds: 100_000, maxRetryAttempts: 0)
        let plan = ResearchPlan(
            query: "study", tasks: tasks(statesRunTimes: statesRunTimes), config: config)
        let compiled = PlanCompiler.compile(plan, sessionID: "s\(sessions)", defaults: config)
        var hasEnded = handle(.submit(compiled.plan, ReplyToken(0)))
        while !hasEnded { hasEnded = step() }
        precondition(running.isEmpty, "a session has ended before its attempts")
        return now.since(began).nanoseconds
    }

    private func tasks(statesRunTimes: Bool) -> [ResearchTask] {
        problem.types.indices.map { task in
            var described = ResearchTask(
                taskID: "t\(task)", taskType: problem.typeNames[problem.types[task]],
                dependencies: problem.dependencies[task].map { "t\($0)" },
                assignedAgent: Self.agent)
            if statesRunTimes {
                described.expectedSeconds =
                    TimeSpan(nanoseconds: problem.runTimes[task]).seconds
            }
            return described
        }
    }

    /// - Returns: whether a session has ended.
    private mutating func step() -> Bool {
        let due = core.nextDeadline ?? .distantFuture
        guard let next = running.min, next.end <= due else {
            precondition(due < now.advanced(by: Self.forever), "the core stands still")
            now = max(now, due)
            return handle(.tick)
        }
        running.removeMin()
        now = next.end
        let ended = EndedAttempt(
            attempt: next.attempt, runTime: next.runTime, failure: nil,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 0, annexLength: 0))
        return handle(.results(next.connection, epoch: next.epoch, [ended]))
    }

    @discardableResult
    private mutating func handle(_ event: OrchestratorEvent) -> Bool {
        let wall = WallTime(millisecondsSince1970: now.nanoseconds / 1_000_000)
        core.handle(event, at: Moment(instant: now, wall: wall), into: &outcome)
        for effect in outcome.effects {
            guard case .dispatch(let connection, let epoch, let orders) = effect else { continue }
            for order in orders { begin(order.attempt, on: connection, epoch: epoch) }
        }
        let hasEnded = !outcome.archives.isEmpty
        outcome.removeAll()
        return hasEnded
    }

    private mutating func begin(
        _ attempt: AttemptReference, on connection: ConnectionID, epoch: Int64
    ) {
        dispatched += 1
        let runTime = TimeSpan(
            nanoseconds: problem.runTime(
                of: Int(attempt.task), on: Int(connection.rawValue)))
        running.insert(
            Running(
                end: now.advanced(by: runTime), order: dispatched, attempt: attempt,
                connection: connection, epoch: epoch, runTime: runTime))
    }
}
