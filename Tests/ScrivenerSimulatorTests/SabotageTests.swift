// The checkers bite: each defect of the surroundings is found, and by the rule that it breaks.

import ScrivenerModel
import ScrivenerSimulator
import Testing

@Suite struct SabotageTests {
    @Test(arguments: Sabotage.allCases) func everyDefectIsFound(kind: Sabotage) {
        for seed in UInt64(1)...1_000 {
            var options = SimulationOptions(seed: seed)
            options.sabotage = kind
            options.maximumEvents = 20_000
            let report = Simulation.run(options)
            guard let first = report.violations.first else { continue }
            #expect(Self.rules(for: kind).contains(first.rule), told(report))
            #expect(!report.story.isEmpty)
            #expect(report.story.contains { $0.contains("VIOLATION") })
            return
        }
        Issue.record("nobody noticed \(kind)")
    }

    private static func rules(for kind: Sabotage) -> [Rule] {
        switch kind {
        case .effectsBeforeCommit: [.outputCommit]
        case .noTimers: [.detection, .liveness, .service]
        case .lostBatch: [.durability]
        case .lostAcknowledgements, .lostDispatches: [.liveness]
        case .repeatedDispatch: [.overlap, .dispatch, .handBack]
        case .wrongInputs: [.dispatch]
        case .falseProof: [.cancelProof]
        case .inventedAttempt: [.dispatch, .overlap]
        case .longerTimeout: [.dispatch]
        case .lostCancellations: [.cancelProof, .liveness]
        }
    }
}
