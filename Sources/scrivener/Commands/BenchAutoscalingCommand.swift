// `scrivener bench autoscaling`: how well pools that grow and shrink keep the target wait, and what that
// costs, in virtual time. `docs/autoscaling.md` tells the rest.

import ArgumentParser
import ScrivenerSimulator

struct BenchAutoscalingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoscaling",
        abstract: "Compare pools that grow and shrink with fixed ones, in virtual time.",
        discussion: """
            The coordinator's machine under bursts, ramps and a sawtooth of ten times the load, with \
            replicas that take 10 s to start and a target wait of 30 s, beside fixed pools and a \
            simple threshold. Prints a table in Markdown. The same seeds give the same table.
            """)

    @Option(help: "How many seeds: each has sessions and run times of its own.")
    var seeds = 10

    func validate() throws {
        guard (1...1_000).contains(seeds) else { throw ValidationError("--seeds is 1…1,000.") }
    }

    mutating func run() async throws {
        let cases = AutoscalingLoad.allCases.flatMap { load in
            AutoscalingStudy.Policy.allCases.flatMap { policy in
                (1...seeds).map { (load, policy, UInt64($0)) }
            }
        }
        let rows = await withTaskGroup(of: AutoscalingStudy.Row.self) { group in
            for one in cases {
                group.addTask { AutoscalingStudy().run(one.0, one.1, seed: one.2) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let sorted = rows.sorted { $0.seed < $1.seed }
        StandardStream.output.write(AutoscalingReport(sorted).markdown)
    }
}
