// `scrivener bench curve`: what encrypted connections between coordinator and workers cost.

import ArgumentParser

struct BenchCurveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve",
        abstract:
            "Measure independent tasks with keys between coordinator and workers, and without.")

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks there are.")
    var tasks = 500_000

    @Option(help: "How many of them a plan has.")
    var plan = 100_000

    func validate() throws {
        guard (1...10_000_000).contains(tasks), (1...100_000).contains(plan) else {
            throw ValidationError("--tasks is 1…10,000,000, --plan 1…100,000.")
        }
    }

    mutating func run() async throws {
        let (options, tasks, plan) = (options, tasks, plan)
        try await options.measure("curve", "\(tasks) tasks in plans of \(plan)") { _ in
            var run = BenchRun()
            let clear = try await Self.rate(tasks, plan, options, usesKeys: false, in: &run)
            let encrypted = try await Self.rate(tasks, plan, options, usesKeys: true, in: &run)
            run.note("with keys ÷ without", "", encrypted / clear)
            return run
        }
    }

    /// Tasks a second.
    private static func rate(
        _ tasks: Int, _ plan: Int, _ options: BenchOptions, usesKeys: Bool,
        in run: inout BenchRun
    ) async throws -> Double {
        var shape = options.shape
        shape.usesKeys = usesKeys
        let plans = BenchPlan.cut(tasks, plan, options)
        let (own, rate) = try await BenchPool.with(shape) { pool in
            var own = BenchRun()
            let seconds = try await pool.noteUse(tasks: tasks, in: &own) {
                try await pool.time(plans)
            }
            return (own, Double(tasks) / seconds)
        }
        let name = usesKeys ? "with keys" : "without"
        run.note(name, "tasks/s", rate)
        for figure in own.figures where figure.unit == "µs" {
            run.note("\(name), \(figure.name)", figure.unit, figure.value)
        }
        return rate
    }
}
