// What the orchestrator's machine costs by itself: one session of a million tasks with three million
// dependencies, executed by workers that answer at once, without network, disk or clock. What it
// takes is the machine's own time and memory.

import DequeModule
import ScrivenerCore
import ScrivenerModel

/// Drives a machine as fast as it goes.
package struct CoreBenchmark {
    package struct Shape: Sendable {
        /// Of all sessions together.
        package var tasks = 1_000_000
        package var sessions = 1
        package var dependenciesPerTask = 3
        /// A task depends on others that come at most so far before it.
        package var reach = 10_000
        /// As many kinds of demand.
        package var types = 16
        package var workers = 8
        package var slotsPerWorker: Int32 = 125
        /// A worker's slots and the types are shared among so many agents.
        package var agentsPerWorker = 1
        /// How many results come in one event.
        package var resultsPerEvent = 1

        package init() {}
    }

    /// What was measured.
    package struct Report: Sendable {
        package var tasks: Int
        package var edges: Int
        package var events: Int
        /// Seconds from the submission to the reply, from there to the last event, and that one's:
        /// it ends the session and writes its archive.
        package var submitSeconds: Double
        package var runSeconds: Double
        package var endSeconds: Double
        /// Resident bytes that the session took when all its tasks but the last had ended.
        package var bytes: Int

        package var nanosecondsPerEvent: Double { runSeconds * 1e9 / Double(events) }
        package var nanosecondsPerTask: Double { runSeconds * 1e9 / Double(tasks) }
        package var bytesPerTask: Double { Double(bytes) / Double(tasks) }
    }

    private static let runTime = TimeSpan.milliseconds(1)

    private let shape: Shape
    /// From one event to the next: such that full workers take as long as they say.
    private let pace: TimeSpan
    private var core: OrchestratorCore
    private var outcome = Outcome()
    private var now = Instant.zero
    /// What each worker holds, in the order in which it was given: each takes its turn, so that all
    /// of them take as long as they say.
    private var waiting: [Deque<AttemptReference>]
    private var epochs: [Int64]
    /// What comes in the next event: one list for all, so that the driver's own lists are no part of
    /// what is measured.
    private var results: [EndedAttempt] = []

    package init(_ shape: Shape) {
        self.shape = shape
        let slots = Int64(shape.workers) * Int64(shape.slotsPerWorker)
        pace = TimeSpan(
            nanoseconds: max(
                1, Self.runTime.nanoseconds * Int64(shape.resultsPerEvent) / max(1, slots)))
        core = OrchestratorCore(journalID: "benchmark", incarnation: 1, seed: 1)
        waiting = Array(repeating: [], count: shape.workers)
        epochs = []
    }

    /// - Parameters:
    ///   - seconds: a clock.
    ///   - residentBytes: what the process takes now.
    package mutating func run(seconds: () -> Double, residentBytes: () -> Int) -> Report {
        for worker in 0..<shape.workers { register(worker) }
        let plans = (0..<shape.sessions).map { Self.plan(shape, number: $0) }
        let edges = plans.reduce(0) { $0 + $1.tasks.dependencies.count }
        let tasks = plans.reduce(0) { $0 + $1.tasks.count }
        let bytesBefore = residentBytes()
        let start = seconds()
        for plan in plans { handle(.submit(plan, ReplyToken(1))) }
        let submitted = seconds()
        var events = 0
        var ended = 0
        var bytes = 0
        var lastBegan = submitted
        while ended < tasks {
            for worker in 0..<shape.workers where !waiting[worker].isEmpty {
                let count = min(shape.resultsPerEvent, waiting[worker].count)
                take(count, of: worker)
                ended += count
                if ended == tasks {
                    bytes = residentBytes() - bytesBefore
                    lastBegan = seconds()
                }
                now = now.advanced(by: pace)
                handle(.results(ConnectionID(UInt64(worker)), epoch: epochs[worker], results))
                events += 1
            }
        }
        return Report(
            tasks: tasks, edges: edges, events: events, submitSeconds: submitted - start,
            runSeconds: lastBegan - submitted, endSeconds: seconds() - lastBegan, bytes: bytes)
    }

    /// The attempts that a worker was given first have ended.
    private mutating func take(_ count: Int, of worker: Int) {
        if results.count != count {
            let any = AttemptReference(session: 0, task: 0, attempt: 0)
            results = Array(repeating: Self.ended(any), count: count)
        }
        for place in 0..<count { results[place].attempt = waiting[worker].removeFirst() }
    }

    private mutating func handle(_ event: OrchestratorEvent) {
        core.handle(
            event, at: Moment(instant: now, wall: WallTime(millisecondsSince1970: 0)),
            into: &outcome)
        Self.hand(&outcome, to: &waiting)
        if epochs.count < shape.workers { learnEpochs() }
        outcome.removeAll()
    }

    /// - Parameter outcome: not changed, but lent, so that it is not copied.
    private static func hand(
        _ outcome: inout Outcome, to waiting: inout [Deque<AttemptReference>]
    ) {
        outcome.forEachOrder { connection, order in
            waiting[Int(connection.rawValue)].append(order.attempt)
        }
    }

    /// Of workers that are being registered.
    private mutating func learnEpochs() {
        for case .send(_, .welcome(let welcome)) in outcome.effects {
            epochs.append(welcome.epoch)
        }
    }

    private static func ended(_ attempt: AttemptReference) -> EndedAttempt {
        EndedAttempt(
            attempt: attempt, runTime: runTime, failure: nil,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 200, annexLength: 0))
    }

    private mutating func register(_ worker: Int) {
        let agents = (0..<shape.agentsPerWorker).map { agent in
            AgentOffer(
                name: "agent\(agent)",
                capabilities: (0..<shape.types).filter { $0 % shape.agentsPerWorker == agent }
                    .map { "type\($0)" },
                slots: max(1, shape.slotsPerWorker / Int32(shape.agentsPerWorker)))
        }
        handle(
            .register(
                ConnectionID(UInt64(worker)),
                WorkerRegistration(
                    workerID: "w\(worker)", incarnation: 1, host: "", processID: 1,
                    softwareVersion: "",
                    agents: agents)))
        handle(.welcomed(ConnectionID(UInt64(worker))))
    }

    private static func plan(_ shape: Shape, number: Int) -> CompiledPlan {
        var random = SeededGenerator(seed: UInt64(7 + number))
        var columns = TaskColumns()
        let retry = CompiledRetry()
        columns.classes = (0..<shape.types).map {
            TaskClass(taskType: "type\($0)", timeout: .seconds(60), retry: retry)
        }
        for task in 0..<(shape.tasks / shape.sessions) {
            columns.ids.append("t\(task)")
            columns.classOf.append(Int32.random(in: 0..<Int32(shape.types), using: &random))
            var row: Set<Int32> = []
            while row.count < min(shape.dependenciesPerTask, task) {
                row.insert(
                    Int32.random(
                        in: Int32(max(0, task - shape.reach))..<Int32(task), using: &random))
            }
            columns.dependencies.append(contentsOf: row.sorted())
            columns.dependencyEnds.append(Int32(columns.dependencies.count))
            columns.specifications.append(
                SpecificationSlice(offset: 0, descriptionLength: 0, parametersLength: 0))
        }
        return CompiledPlan(
            sessionID: "benchmark \(number)", query: "",
            config: OrchestrationConfig(maxConcurrentTasks: 100_000), timeout: nil, tasks: columns)
    }
}
