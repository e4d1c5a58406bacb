// `scrivener bench noop`, `latency`, `chain`, `fan`, `dag`, `sessions`, `payload`: what a pool of real
// processes does, beside what the machine itself can do in the same run.

import ArgumentParser
import FoundationEssentials
import ScrivenerClient
import ScrivenerModel
import ScrivenerSimulator

struct BenchNoopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "noop",
        abstract: "Measure independent tasks that do nothing, from submission to last commit.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks there are.")
    var tasks = 1_000_000

    @Option(help: "How many of them a plan has.")
    var plan = 100_000

    func validate() throws {
        guard (1...10_000_000).contains(tasks), (1...100_000).contains(plan) else {
            throw ValidationError("--tasks is 1…10,000,000, --plan 1…100,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks, plan) = (options, tasks, plan)
        try await options.measure("noop", "\(tasks) tasks in plans of \(plan)") { limits in
            var run = BenchRun()
            let echo = try await limits.echo(
                workers: options.workers, messages: min(tasks, 500_000), bytes: options.bytes,
                outstanding: 1_000)
            let rate = try await Self.rate(tasks, plan, options, in: &run)
            run.note("echo through bare libzmq", "messages/s", echo)
            run.note("noop ÷ echo", "", rate / echo)
            return run
        }
    }

    /// Tasks a second.
    static func rate(
        _ tasks: Int, _ plan: Int, _ options: BenchOptions, in run: inout BenchRun
    ) async throws -> Double {
        let plans = BenchPlan.cut(tasks, plan, options)
        return try await BenchShape.rate(plans, tasks: tasks, options, "noop", in: &run)
    }
}

/// Plans that are submitted, and the pool's rate with them.
enum BenchShape {
    static func rate(
        _ plans: [PlanDocument], tasks: Int, _ options: BenchOptions, _ name: String,
        in run: inout BenchRun
    ) async throws -> Double {
        let start = run
        let (result, rate) = try await BenchPool.with(options.shape) { pool in
            var run = start
            let seconds = try await pool.noteUse(tasks: tasks, in: &run) {
                try await pool.time(plans)
            }
            run.note(name, "tasks/s", Double(tasks) / seconds)
            return (run, Double(tasks) / seconds)
        }
        run = result
        return rate
    }
}

struct BenchLatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Measure one task at a time, from the client's call to its result.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks there are.")
    var tasks = 2_000

    func validate() throws {
        guard (1...1_000_000).contains(tasks) else {
            throw ValidationError("--tasks is 1…1,000,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks) = (options, tasks)
        try await options.measure("latency", "\(tasks) sessions of one task") { limits in
            let bare = try await BareLatency(limits, options)
            return try await BenchPool.with(options.shape) { pool in
                var run = BenchRun()
                let plan = BenchPlan.independent(1, parameterBytes: options.bytes)
                for _ in 0..<min(100, tasks) { try await Self.once(plan, pool.client) }
                var times: [Double] = []
                for _ in 0..<tasks {
                    let began = ContinuousClock.now
                    try await Self.once(plan, pool.client)
                    times.append((ContinuousClock.now - began) / .seconds(1))
                }
                times.sort()
                let middle = times[times.count / 2]
                run.note("p50", "ms", middle * 1_000)
                run.note("p99", "ms", times[times.count * 99 / 100] * 1_000)
                run.note("p99.9", "ms", times[times.count * 999 / 1_000] * 1_000)
                bare.note(in: &run, p50: middle)
                return run
            }
        }
    }

    /// Submits, and is answered when the session has ended.
    private static func once(_ plan: PlanDocument, _ client: APIClient) async throws {
        try BenchPool.check(
            await client.submit(plan, waitingSeconds: BenchPool.waitSeconds).value)
    }
}

struct BenchChainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chain", abstract: "Measure tasks each of which depends on the one before.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks there are.")
    var tasks = 1_000

    func validate() throws {
        guard (1...100_000).contains(tasks) else {
            throw ValidationError("--tasks is 1…100,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks) = (options, tasks)
        try await options.measure("chain", "\(tasks) tasks") { limits in
            let bare = try await BareLatency(limits, options)
            var run = BenchRun()
            let rate = try await BenchShape.rate(
                [BenchPlan.chain(tasks, parameterBytes: options.bytes)], tasks: tasks, options,
                "chain", in: &run)
            bare.note(in: &run, p50: 1 / rate)
            return run
        }
    }
}

struct BenchFanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fan",
        abstract: "Measure a task, many that depend on it, and one that depends on these.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks there are.")
    var tasks = 10_000

    func validate() throws {
        // The last one has all but two of the others as its inputs, of which a message holds 65,536.
        guard (3...65_000).contains(tasks) else {
            throw ValidationError("--tasks is 3…65,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks) = (options, tasks)
        try await options.measure("fan", "\(tasks) tasks") { _ in
            try await BesideNoop.measure(
                [BenchPlan.fan(tasks, parameterBytes: options.bytes)], tasks: tasks, options, "fan")
        }
    }
}

struct BenchDAGCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag", abstract: "Measure a recorded workflow whose tasks do nothing.")

    @OptionGroup var options: BenchOptions

    @Option(
        help: ArgumentHelp(
            "The workflow: JSON, or gzipped JSON, as Benchmarks/dags/README.md tells.",
            valueName: "file"))
    var dag: String

    mutating func run() async throws {
        let options = options
        let graph = try SimulateCommand.workflow(at: dag)
        var plan = BenchPlan(tasks: graph.tasks.count, taskBytes: options.bytes + 64)
        for task in graph.tasks {
            plan.add(
                task.id, parameterBytes: options.bytes, dependencies: task.dependencies)
        }
        let (document, count) = (plan.document, graph.tasks.count)
        try await options.measure("dag", "\(graph.name): \(count) tasks") { _ in
            try await BesideNoop.measure([document], tasks: count, options, "dag")
        }
    }
}

struct BenchSessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Measure many small sessions.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many sessions there are.")
    var sessions = 10_000

    @Option(help: "How many tasks each of them has.")
    var tasks = 5

    @Option(help: "How many clients submit at the same time.")
    var clients = 64

    func validate() throws {
        guard (1...1_000_000).contains(sessions), (1...1_000).contains(tasks),
            (1...1_000).contains(clients)
        else {
            throw ValidationError("--sessions is 1…1,000,000, --tasks 1…1,000, --clients 1…1,000.")
        }
    }

    mutating func run() async throws {
        let (options, sessions, tasks, clients) = (options, sessions, tasks, clients)
        try await options.measure(
            "sessions", "\(sessions) sessions of \(tasks) tasks from \(clients) clients"
        ) { _ in
            let all = sessions * tasks
            let noop = try await BesideNoop.rate(all, options)
            let plan = BenchPlan.independent(tasks, parameterBytes: options.bytes)
            return try await BenchPool.with(options.shape) { pool in
                var run = BenchRun()
                let seconds = try await pool.noteUse(tasks: all, in: &run) {
                    try await pool.time(plan, times: sessions, clients: clients)
                }
                let rate = Double(all) / seconds
                run.note("sessions", "tasks/s", rate)
                run.note("noop", "tasks/s", noop)
                run.note("sessions ÷ noop", "", rate / noop)
                return run
            }
        }
    }
}

struct BenchPayloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payload",
        abstract: "Measure tasks with parameters and results of 1 KiB to 1 MiB.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many bytes all parameters of a size have together.")
    var total = 64 << 20

    func validate() throws {
        guard (1 << 20...1 << 30).contains(total) else {
            throw ValidationError("--total is 1,048,576…1,073,741,824.")
        }
    }

    mutating func run() async throws {
        let (options, total) = (options, total)
        try await options.measure("payload", "\(total) bytes of each size") { limits in
            var run = BenchRun()
            for kibibytes in [1, 16, 256, 1_000] {
                var sized = options
                sized.bytes = kibibytes << 10
                let tasks = max(1, total / sized.bytes)
                var own = BenchRun()
                let rate = try await BenchNoopCommand.rate(tasks, tasks, sized, in: &own)
                let echo = try await limits.echo(
                    workers: options.workers, messages: tasks, bytes: sized.bytes,
                    outstanding: min(tasks, 64))
                run.note("\(kibibytes) KiB", "tasks/s", rate)
                run.note(
                    "\(kibibytes) KiB each way", "MiB/s", rate * Double(kibibytes) / 1_024)
                run.note("\(kibibytes) KiB ÷ echo", "", rate / echo)
            }
            return run
        }
    }
}

/// What a round trip and two syncs take: less no task can, whose start and end are durable.
private struct BareLatency: Sendable {
    private let roundTrip: Double
    private let sync: Double
    private let isDurable: Bool

    init(_ limits: MachineLimits, _ options: BenchOptions) async throws {
        roundTrip = try await limits.roundTrip(messages: 5_000, bytes: options.bytes).p50 ?? 0
        sync = try await limits.sync(records: 500, bytes: options.bytes, group: 1).p50 ?? 0
        isDurable = options.durability == "full"
    }

    /// - Parameter p50: seconds.
    func note(in run: inout BenchRun, p50: Double) {
        let bare = roundTrip + (isDurable ? 2 * sync : 0)
        run.note("each", "ms", p50 * 1_000)
        run.note("round trip through bare libzmq", "ms", roundTrip * 1_000)
        run.note("sync", "ms", sync * 1_000)
        run.note(isDurable ? "each ÷ (round trip + 2 × sync)" : "each ÷ round trip", "", p50 / bare)
    }
}

/// Other shapes are held against as many independent tasks.
private enum BesideNoop {
    static func measure(
        _ plans: [PlanDocument], tasks: Int, _ options: BenchOptions, _ name: String
    ) async throws -> BenchRun {
        let noop = try await rate(tasks, options)
        var run = BenchRun()
        let rate = try await BenchShape.rate(plans, tasks: tasks, options, name, in: &run)
        run.note("noop", "tasks/s", noop)
        run.note("\(name) ÷ noop", "", rate / noop)
        return run
    }

    static func rate(_ tasks: Int, _ options: BenchOptions) async throws -> Double {
        var run = BenchRun()
        return try await BenchNoopCommand.rate(tasks, 100_000, options, in: &run)
    }
}

extension BenchPool {
    /// Submits a plan so many times, from several clients, each of which waits for the end of one session
    /// before it submits the next.
    ///
    /// - Returns: the seconds that it took.
    func time(_ plan: PlanDocument, times: Int, clients: Int) async throws -> Double {
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    for _ in stride(from: client, to: times, by: clients) {
                        try Self.check(
                            await self.client.submit(plan, waitingSeconds: Self.waitSeconds).value)
                    }
                }
            }
            try await group.waitForAll()
        }
        return (ContinuousClock.now - began) / .seconds(1)
    }
}
