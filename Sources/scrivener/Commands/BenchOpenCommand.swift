// `scrivener bench open` and `backlog`: what tasks cost that are open, in memory and in time.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct BenchOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Measure the coordinator's memory with open tasks, and after their end.")

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
        try await options.measure(
            "open", "\(tasks) tasks that nobody can execute, in plans of \(plan)",
            of: "\(options.bytes) bytes of parameters each; \(options.survives)"
        ) { _ in
            var shape = options.shape
            shape.workers = 0
            return try await BenchPool.with(shape) { pool in
                try await Self.measure(pool, BenchPlan.cut(tasks, plan, options), tasks)
            }
        }
    }

    private static func measure(
        _ pool: BenchPool, _ plans: [PlanDocument], _ tasks: Int
    ) async throws -> BenchRun {
        var run = BenchRun()
        // What the first request of its kind brings into memory is no task's.
        let first = try await pool.client.submit(BenchPlan.independent(1, parameterBytes: 200))
        _ = try await pool.client.cancel(first.value.sessionID)
        let empty = try await pool.settledUse()
        var sessions: [String] = []
        for plan in plans { sessions.append(try await pool.client.submit(plan).value.sessionID) }
        let open = try await pool.settledUse()
        let recovery = try await pool.restartCoordinator()
        let restarted = try await pool.settledUse()
        for session in sessions { _ = try await pool.client.cancel(session) }
        for session in sessions {
            while try await pool.client.session(session).value.endedAt == nil {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let ended = try await pool.settledUse()

        func perTask(_ use: ProcessUse) -> Double {
            Double(use.residentBytes - empty.residentBytes) / Double(tasks)
        }
        run.note("open: memory", "bytes a task", perTask(open))
        run.note("open, after a restart: memory", "bytes a task", perTask(restarted))
        run.note("all ended: memory", "bytes a task", perTask(ended))
        run.note(
            "submission: processor time", "µs a task",
            (open.processorSeconds - empty.processorSeconds) * 1e6 / Double(tasks))
        run.note("restart, until it serves", "ms", recovery * 1_000)
        run.note(
            "end: processor time", "µs a task",
            (ended.processorSeconds - restarted.processorSeconds) * 1e6 / Double(tasks))
        let peaks = [
            ("no task", empty), ("open", open), ("open, after a restart", restarted),
            ("all ended", ended),
        ]
        for (name, use) in peaks {
            run.note("\(name): memory in all", "MiB", Double(use.residentBytes) / Double(1 << 20))
            run.note("\(name): most memory", "MiB", Double(use.peakBytes) / Double(1 << 20))
        }
        return run
    }
}

struct BenchBacklogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backlog",
        abstract: "Measure what a task costs when many are open, beside a hundredth of them.",
        discussion: """
            All tasks are submitted before the workers start, so that all are open at once. Beside \
            it a hundredth of them, a hundred times over or at least until 200,000 tasks were \
            executed.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks are open at once.")
    var tasks = 1_000_000

    @Option(help: "How many of them a plan has.")
    var plan = 100_000

    /// Of the hundredth, so many tasks altogether are enough.
    private static let enoughTasks = 200_000

    func validate() throws {
        guard (100...10_000_000).contains(tasks), (1...100_000).contains(plan) else {
            throw ValidationError("--tasks is 100…10,000,000, --plan 1…100,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks, plan) = (options, tasks, plan)
        let few = tasks / 100
        let rounds = max(1, min(tasks, Self.enoughTasks) / few)
        try await options.measure("backlog", "\(tasks) open tasks, and \(few) \(rounds) times") {
            _ in
            var run = BenchRun()
            let small = try await Self.cost(
                BenchPlan.cut(few, plan, options), tasks: few, rounds: rounds, options)
            let large = try await Self.cost(
                BenchPlan.cut(tasks, plan, options), tasks: tasks, rounds: 1, options)
            run.note("coordinator, few open: processor time a task", "µs", small.microseconds)
            run.note("coordinator, many open: processor time a task", "µs", large.microseconds)
            // Processor time is counted in hundredths of a second: of few tasks nothing may be seen.
            if small.microseconds > 0 {
                run.note("many open ÷ few open", "", large.microseconds / small.microseconds)
            }
            run.note("many open", "tasks/s", large.rate)
            run.note("coordinator, few open: most memory", "MiB", small.peakMebibytes)
            run.note("coordinator, many open: most memory", "MiB", large.peakMebibytes)
            return run
        }
    }

    /// What tasks came to that were all open when the first was executed.
    private struct Cost: Sendable {
        /// Of the coordinator's processor time a task, from the first byte of its plan to its commit.
        var microseconds: Double
        /// Tasks a second, from when the workers were there or the plan was sent.
        var rate: Double
        var peakMebibytes: Double
    }

    private static func cost(
        _ plans: [PlanDocument], tasks: Int, rounds: Int, _ options: BenchOptions
    ) async throws -> Cost {
        var shape = options.shape
        shape.beginsWithWorkers = false
        return try await BenchPool.with(shape) { pool in
            let before = try pool.coordinatorUse
            var sessions: [String] = []
            for plan in plans {
                sessions.append(try await pool.client.submit(plan).value.sessionID)
            }
            try await pool.startWorkers()
            let began = ContinuousClock.now
            for session in sessions { try await pool.end(of: session) }
            for _ in 1..<rounds { _ = try await pool.time(plans) }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            let after = try pool.coordinatorUse
            let all = Double(tasks * rounds)
            return Cost(
                microseconds: (after.processorSeconds - before.processorSeconds) * 1e6 / all,
                rate: all / seconds, peakMebibytes: Double(after.peakBytes) / Double(1 << 20))
        }
    }
}

extension BenchPool {
    private static let settlingInterval = Duration.milliseconds(500)
    /// The longest that is waited for it to settle.
    private static let settlingLooks = 60

    /// What the coordinator has taken when it has come to rest: memory that is given back takes a
    /// moment, and so does what is done when nothing else is.
    func settledUse() async throws -> ProcessUse {
        var last = try coordinatorUse
        for _ in 0..<Self.settlingLooks {
            try await Task.sleep(for: Self.settlingInterval)
            let now = try coordinatorUse
            // A tick of the kernel's clock is nothing.
            if now.residentBytes == last.residentBytes,
                now.processorSeconds - last.processorSeconds < 0.02
            {
                return now
            }
            last = now
        }
        return last
    }
}

extension BenchPlan {
    /// Independent tasks, in plans of so many at most.
    static func cut(_ tasks: Int, _ plan: Int, _ options: BenchOptions) -> [PlanDocument] {
        let size = min(plan, mostTasks(of: options.bytes))
        return stride(from: 0, to: tasks, by: size).map { first in
            independent(min(size, tasks - first), parameterBytes: options.bytes)
        }
    }
}
