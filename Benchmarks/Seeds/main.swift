// scrivener-seeds: what `scrivener simulate --seeds` does, for `scripts/test`, which so needs no release
// build of all that is in the command line beside it.
//
//     scrivener-seeds FIRST LAST
//
// Prints one line, and one for each seed that broke a promise, which `scrivener simulate --seed` tells
// in full. Exits with 1 then, and with 64 where the arguments make no sense.

import Foundation
import ScrivenerSimulator

let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
guard CommandLine.arguments.count == 3, numbers.count == 2, numbers[0] <= numbers[1] else {
    FileHandle.standardError.write(Data("usage: scrivener-seeds FIRST LAST\n".utf8))
    exit(64)
}

let summary = await SimulationCampaign(
    seeds: numbers[0]...numbers[1], options: SimulationOptions(seed: 0),
    width: ProcessInfo.processInfo.activeProcessorCount
).run()
let explanations = summary.explanations.values.reduce(0, +)
print(
    "\(summary.seedCount) seeds, \(summary.failures.count) of them failing; \(summary.eventCount) "
        + "events, \(summary.attemptCount) attempts, \(explanations) explanations put to the test")
for report in summary.failures {
    let broken = report.violations.first.map { "\($0.rule.rawValue): \($0.text)" } ?? "nothing"
    print("seed \(report.seed) breaks the rule of \(broken)")
}
exit(summary.failures.isEmpty ? 0 : 1)
