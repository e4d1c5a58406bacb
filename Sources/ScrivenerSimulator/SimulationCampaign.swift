// Many seeds on all cores. Seeds are independent; they are dealt out in runs of some hundred, and
// told of in order whatever order they ended in.

package import ScrivenerModel

/// A range of seeds to run.
package struct SimulationCampaign: Sendable {
    package var seeds: ClosedRange<UInt64>
    /// What each seed runs with; its own seed is replaced.
    package var options: SimulationOptions
    /// How many seeds run at once.
    package var width: Int

    package init(seeds: ClosedRange<UInt64>, options: SimulationOptions, width: Int) {
        self.seeds = seeds
        self.options = options
        self.width = max(1, width)
    }

    /// What came of it, all told.
    package struct Summary: Sendable {
        package var seedCount = 0
        package var eventCount = 0
        package var attemptCount = 0
        package var sessionCount = 0
        /// Explanations that were put to the test and hold, by reason.
        package var explanations: [Explanation.Reason: Int] = [:]
        /// Reports of the seeds that broke a rule, in order.
        package var failures: [SimulationReport] = []

        mutating func add(_ other: Summary) {
            seedCount += other.seedCount
            eventCount += other.eventCount
            attemptCount += other.attemptCount
            sessionCount += other.sessionCount
            explanations.merge(other.explanations, uniquingKeysWith: +)
            failures += other.failures
        }
    }

    private static let seedsPerRun: UInt64 = 250

    /// Runs all of them.
    ///
    /// - Parameter progress: called now and then with what is known so far.
    package func run(progress: (Summary) -> Void = { _ in }) async -> Summary {
        var total = Summary()
        await withTaskGroup(of: Summary.self) { group in
            var next: UInt64? = seeds.lowerBound
            func deal() {
                guard let first = next else { return }
                let last = min(seeds.upperBound, first.addingSaturating(Self.seedsPerRun - 1))
                next = last < seeds.upperBound ? last + 1 : nil
                group.addTask { Self.run(first...last, options) }
            }
            for _ in 0..<width { deal() }
            while let summary = await group.next() {
                total.add(summary)
                progress(total)
                deal()
            }
        }
        total.failures.sort { $0.seed < $1.seed }
        return total
    }

    private static func run(
        _ seeds: ClosedRange<UInt64>, _ options: SimulationOptions
    ) -> Summary {
        var summary = Summary()
        for seed in seeds {
            var options = options
            options.seed = seed
            let report = Simulation.run(options)
            summary.seedCount += 1
            summary.eventCount += report.eventCount
            summary.attemptCount += report.attemptCount
            summary.sessionCount += report.sessionCount
            summary.explanations.merge(report.explanations, uniquingKeysWith: +)
            if !report.violations.isEmpty { summary.failures.append(report) }
        }
        return summary
    }
}

extension UInt64 {
    fileprivate func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
