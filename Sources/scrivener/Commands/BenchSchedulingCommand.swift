// `scrivener bench scheduling`: makespans of recorded workflows under the real order and placement,
// beside simpler rules and schedules that know everything. `docs/scheduling.md` tells the rest.

import ArgumentParser
import FoundationEssentials
import ScrivenerSimulator

struct BenchSchedulingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduling",
        abstract: "Compare makespans of recorded workflows, in virtual time.",
        discussion: """
            Prints a table in Markdown: medians of makespan over that of the best schedule that is \
            known. The same seeds give the same table. Takes minutes for all of it.
            """)

    @Argument(help: "Workflows, as Benchmarks/dags/README.md tells.")
    var dags: [String]

    @Option(help: "How many seeds: each has run times of its own.")
    var seeds = 20

    @Option(name: .customLong("slots"), help: "Slots of all four workers. May be given often.")
    var slots: [Int] = [8, 32, 128]

    func validate() throws {
        guard (1...1_000).contains(seeds), slots.allSatisfy({ $0 > 0 && $0 % 4 == 0 }) else {
            throw ValidationError("--seeds is 1…1,000, --slots a multiple of 4.")
        }
    }

    mutating func run() async throws {
        let graphs = try dags.map(SimulateCommand.workflow)
        let cases = graphs.flatMap { graph in
            slots.flatMap { slots in (1...seeds).map { (graph, slots, UInt64($0)) } }
        }
        let rows = await withTaskGroup(of: (Int, SchedulingStudy.Row).self) { group in
            for (index, one) in cases.enumerated() {
                group.addTask { (index, SchedulingStudy().run(one.0, slots: one.1, seed: one.2)) }
            }
            var rows: [(Int, SchedulingStudy.Row)] = []
            for await row in group { rows.append(row) }
            return rows.sorted { $0.0 < $1.0 }.map(\.1)
        }
        StandardStream.output.write(SchedulingReport(rows).markdown)
    }
}
