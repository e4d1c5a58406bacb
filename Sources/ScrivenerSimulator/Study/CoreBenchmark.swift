// What the orchestrator's machine costs by itself: one session of a million tasks with three million
// dependencies, executed by workers that answer at once, without network, disk or clock. What it
// takes is the machine's own time and memory.

import ScrivenerCore
import ScrivenerModel

/// Drives a machine as fast as it goes.
package struct CoreBenchmark {
    package struct Shape: Sendable {
        package var tasks = 1_000_000
        package var dependenciesPerTask = 3
        /// A task depends on others that come at most so far before it.
        package var reach = 10_000
        package var types = 16
        package var workers = 8
        package var slotsPerWorker: Int32 = 125
        /// How many results come in one event.
        package var resultsPerEvent = 1

        package init() {}
    }

    /// What was measured.
    package struct Report: Sendable {
        package var tasks: Int
        package var edges: Int
        package var events: Int
        /// Seconds from the submission to the reply, and from there to the end.
        package var submitSeconds: Double
        package var runSeconds: Double
        /// Resident bytes that the session took when all its tasks but the last had ended.
        package var bytes: Int

        package var nanosecondsPerEvent: Double { runSeconds * 1e9 / Double(events) }
        package var nanosecondsPerTask: Double { runSeconds * 1e9 / Double(tasks) }
        package var bytesPerTask: Double { Double(bytes) / Double(tasks) }
    }

    private let shape: Shape
    private var core: OrchestratorCore
    private var outcome = Outcome()
    private var now = Instant.zero
    private var waiting: [[EndedAttempt]]
    private var epochs: [Int64]

    package init(_ shape: Shape) {
        self.shape = shape
        core = OrchestratorCore(journalID: "benchmark", incarnation: 1, seed: 1)
        waiting = Array(repeating: [], count: shape.workers)
        epochs = Array(repeating: 0, count: shape.workers)
    }

    /// - Parameters:
    ///   - seconds: a clock.
    ///   - residentBytes: what the process takes now.
    package mutating func run(seconds: () -> Double, residentBytes: () -> Int) -> Report {
        for worker in 0..<shape.workers { register(worker) }
        let plan = Self.plan(shape)
        let edges = plan.tasks.dependencies.count
        let bytesBefore = residentBytes()
        let start = seconds()
        handle(.submit(plan, ReplyToken(1)))
        let submitted = seconds()
        var events = 0
        var ended = 0
        var bytes = 0
        while ended < shape.tasks {
            for worker in 0..<shape.workers where !waiting[worker].isEmpty {
                let count = min(shape.resultsPerEvent, waiting[worker].count)
                let results = Array(waiting[worker].suffix(count))
                waiting[worker].removeLast(count)
                ended += count
                if ended == shape.tasks { bytes = residentBytes() - bytesBefore }
                now = now.advanced(by: TimeSpan(nanoseconds: 1_000))
                handle(.results(ConnectionID(UInt64(worker)), epoch: epochs[worker], results))
                events += 1
            }
        }
        return Report(
            tasks: shape.tasks, edges: edges, events: events, submitSeconds: submitted - start,
            runSeconds: seconds() - submitted, bytes: bytes)
    }

    private mutating func handle(_ event: OrchestratorEvent) {
        core.handle(
            event, at: Moment(instant: now, wall: WallTime(millisecondsSince1970: 0)),
            into: &outcome)
        for effect in outcome.effects {
            switch effect {
            case .dispatch(let connection, _, let orders):
                for order in orders {
                    waiting[Int(connection.rawValue)].append(
                        EndedAttempt(
                            attempt: order.attempt, runTime: .milliseconds(1), failure: nil,
                            record: ResultHandle(
                                row: 1, offset: 0, payloadLength: 200, annexLength: 0)))
                }
            case .send(let connection, .welcome(let welcome)):
                epochs[Int(connection.rawValue)] = welcome.epoch
            case .send, .reply, .progress: continue
            }
        }
        outcome.removeAll()
    }

    private mutating func register(_ worker: Int) {
        let capabilities = (0..<shape.types).map { "type\($0)" }
        handle(
            .register(
                ConnectionID(UInt64(worker)),
                WorkerRegistration(
                    workerID: "w\(worker)", incarnation: 1, host: "", processID: 1,
                    softwareVersion: "",
                    agents: [
                        AgentOffer(
                            name: "all", capabilities: capabilities, slots: shape.slotsPerWorker)
                    ])))
        handle(.welcomed(ConnectionID(UInt64(worker))))
    }

    private static func plan(_ shape: Shape) -> CompiledPlan {
        var random = SeededGenerator(seed: 7)
        var columns = TaskColumns()
        let retry = CompiledRetry()
        columns.classes = (0..<shape.types).map {
            TaskClass(taskType: "type\($0)", timeout: .seconds(60), retry: retry)
        }
        for task in 0..<shape.tasks {
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
            sessionID: "benchmark", query: "",
            config: OrchestrationConfig(
                maxConcurrentTasks: 100_000), timeout: nil, tasks: columns)
    }
}
