// Runs seeds in order, with the fault that the environment names, until one breaks a rule. Every
// seed is said before it runs: a trap cannot say it afterwards. With `trace` it tells
// all that happens as well.

import MutationSwitch
import ScrivenerSimulator

@main
enum Driver {
    /// A run with more events than this is stuck. An ordinary one has some thousands.
    static let maximumEvents = 200_000
    /// One event that never ends has to be found as well. An ordinary run takes milliseconds.
    static let maximumSeconds: Int32 = 15

    static func main() {
        let range = CommandLine.arguments.dropFirst().prefix(2).compactMap { UInt64($0) }
        guard range.count == 2, range[0] <= range[1] else {
            scrivener_say("usage: Driver FIRST LAST [trace]\n")
            return
        }
        let isTraced = CommandLine.arguments.last == "trace"
        var digest: UInt64 = 0
        for seed in range[0]...range[1] {
            scrivener_say("seed \(seed)\n")
            scrivener_bound(maximumSeconds)
            var options = SimulationOptions(seed: seed)
            options.maximumEvents = maximumEvents
            let report = Simulation.run(options, isTraced: isTraced)
            for line in report.trace { scrivener_say("    \(line)\n") }
            if let first = report.violations.first {
                let text = first.text.split(separator: "\n").joined(separator: " ")
                scrivener_say("killed \(first.rule.rawValue) \(text)\n")
                return
            }
            digest = digest &* 0x9E37_79B9_7F4A_7C15 &+ report.digest
        }
        scrivener_say("survived \(digest)\n")
    }
}
