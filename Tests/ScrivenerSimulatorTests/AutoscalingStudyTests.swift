// The bar of autoscaling, held by the real core in virtual time.

import ScrivenerModel
import Testing

@testable import ScrivenerSimulator

@Suite struct AutoscalingStudyTests {
    private let study = AutoscalingStudy()

    /// Tenfold bursts of 120 s, replicas that take 10 s to start, a target wait of 30 s.
    @Test(
        "95 % of tasks begin within the target wait, for 1.3 times the ideal at most",
        arguments: AutoscalingLoad.allCases, UInt64(1)...4)
    func bar(load: AutoscalingLoad, seed: UInt64) {
        #expect(study.specification.startTime == .seconds(10))
        #expect(study.specification.targetQueueWait == .seconds(30))
        let row = study.run(load, .desired, seed: seed)
        #expect(row.tasks > 1_000)
        #expect(row.served >= 0.95, "\(row)")
        #expect(row.cost <= 1.3, "\(row)")
    }

    /// The bar says something: neither a fixed pool nor the simple rule passes it.
    @Test func `neither a fixed pool nor a simple threshold does both`() {
        for policy in [
            AutoscalingStudy.Policy.fixedMean, .fixedPeak, .threshold,
        ] {
            let row = study.run(.bursts, policy, seed: 1)
            #expect(row.served < 0.95 || row.cost > 1.3, "\(row)")
        }
    }

    @Test func `the same seed gives the same row`() {
        #expect(
            study.run(.bursts, .desired, seed: 7) == study.run(.bursts, .desired, seed: 7))
        #expect(
            study.run(.bursts, .desired, seed: 7) != study.run(.bursts, .desired, seed: 8))
    }

    @Test func `the load is what it is said to be`() {
        #expect(AutoscalingLoad.bursts.factor(at: 239) == 1)
        #expect(AutoscalingLoad.bursts.factor(at: 241) == 10)
        #expect(AutoscalingLoad.bursts.factor(at: 361) == 1)
        #expect(AutoscalingLoad.ramps.factor(at: 270) == 5.5)
        #expect(AutoscalingLoad.ramps.factor(at: 630) == 5.5)
        #expect(AutoscalingLoad.sawtooth.factor(at: 120) == 5.5)
        #expect(AutoscalingLoad.sawtooth.factor(at: 240) == 1)
        // Seven teeth, and half of one.
        #expect(abs(AutoscalingLoad.sawtooth.meanFactor - (7 * 5.5 + 0.5 * 3.25) / 7.5) < 0.05)
    }

    @Test func `a report has a line for each load and policy that was run`() {
        let row = study.run(.sawtooth, .fixedPeak, seed: 1)
        let lines = AutoscalingReport([row]).markdown.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[2].hasPrefix("| sawtooth | fixed, peak | "))
    }
}
