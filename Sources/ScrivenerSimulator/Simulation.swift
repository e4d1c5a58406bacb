// Runs seeds. A seed stands for one run, byte for byte: the same options give the same events, the
// same effects and the same digest, in any process.

import ScrivenerCore
package import ScrivenerModel

/// What to run.
package struct SimulationOptions: Sendable {
    package var seed: UInt64
    package var workload = Workload.mixed
    /// The workers that there are; each seed draws its own where there are none.
    package var pools: [SimulatedPool] = []
    package var faults = FaultSelection.swarm
    /// Whether messages go through bytes and back. Slower, and checks the codec.
    package var throughWire = false
    /// A defect that the checkers have to find.
    package var sabotage: Sabotage?
    /// Whether the wall clock stays where it is when it should jump. Must give the same digest.
    package var ignoresWallClockJumps = false
    /// How often an explanation is put to the test, by turn of the coordinator.
    package var probeRate = 0.01
    /// A run with more events than this is stuck.
    package var maximumEvents = 1_000_000

    package init(seed: UInt64) { self.seed = seed }
}

/// What came of a run.
package struct SimulationReport: Sendable {
    package var seed: UInt64
    /// Of all facts and effects, in order.
    package var digest: UInt64
    package var eventCount: Int
    package var attemptCount: Int
    package var sessionCount: Int
    package var virtualTime: TimeSpan
    /// Explanations that were put to the test and hold, by reason.
    package var explanations: [Explanation.Reason: Int]
    package var faults: [FaultKind]
    package var violations: [Violation]
    /// The last events that concern the first violation; empty when there is none.
    package var story: [String]
    /// Everything that happened; empty unless it was asked for.
    package var trace: [String]
}

/// Runs worlds.
package enum Simulation {
    /// Runs one seed. When a rule is broken, runs it again to tell the story.
    package static func run(
        _ options: SimulationOptions, isTraced: Bool = false
    ) -> SimulationReport {
        let world = World(options, isTracing: isTraced)
        world.run()
        var report = world.report
        if isTraced { report.trace = world.tracer.lines.map(\.rendered) }
        guard let first = world.violations.first else { return report }
        var teller = world
        if !isTraced {
            teller = World(options, isTracing: true)
            teller.run()
        }
        report.story = teller.tracer.story(of: first.subject)
        return report
    }
}

extension World {
    var report: SimulationReport {
        SimulationReport(
            seed: options.seed, digest: digest.value, eventCount: eventCount,
            attemptCount: runs.count, sessionCount: committed.sessions.count,
            virtualTime: now.since(.zero), explanations: probed,
            faults: scenario.faults.map(\.kind),
            violations: violations, story: [], trace: [])
    }
}
