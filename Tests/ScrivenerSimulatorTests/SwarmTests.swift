// Seeds with all kinds of faults, in a debug build: a few hundred of what `scrivener simulate` runs
// by the thousand.

import ScrivenerModel
import ScrivenerSimulator
import Testing

/// What a failing seed says of itself.
func told(_ report: SimulationReport) -> Comment {
    let first = report.violations.first.map { "\($0.rule.rawValue): \($0.text)" } ?? "nothing"
    let story = report.story.joined(separator: "\n")
    return "seed \(report.seed) with \(report.faults): \(first)\n\(story)"
}

@Suite struct SwarmTests {
    /// Whatever happens, every promise holds, and in fair weather all ends.
    @Test(arguments: 0..<20) func promisesHold(run: UInt64) {
        for seed in (run * 15 + 1)...(run * 15 + 15) {
            let report = Simulation.run(SimulationOptions(seed: seed))
            #expect(report.violations.isEmpty, told(report))
        }
    }

    /// Nothing goes wrong, and nothing takes longer than it has to.
    @Test func fairWeather() {
        for seed in UInt64(1)...25 {
            var options = SimulationOptions(seed: seed)
            options.faults = .none
            let report = Simulation.run(options)
            #expect(report.violations.isEmpty, told(report))
            #expect(report.attemptCount > 0 && report.sessionCount > 0)
            #expect(report.virtualTime < .seconds(400))
        }
    }

    /// The swarm is one: some seeds have many faults, some none, and each fault has its seeds.
    @Test func seedsDiffer() {
        var seeds: [FaultKind: Int] = [:]
        var counts: Set<Int> = []
        for seed in UInt64(1)...120 {
            let report = Simulation.run(SimulationOptions(seed: seed))
            counts.insert(report.faults.count)
            for fault in report.faults { seeds[fault, default: 0] += 1 }
        }
        #expect(Set(seeds.keys) == Set(FaultKind.allCases))
        #expect(counts.contains(0) && (counts.max() ?? 0) > 8)
    }

    /// Messages go through their bytes, and arrive as they were sent.
    @Test func throughTheWire() {
        for seed in UInt64(1)...20 {
            var options = SimulationOptions(seed: seed)
            options.throughWire = true
            let report = Simulation.run(options)
            #expect(report.violations.isEmpty, told(report))
        }
    }
}
