// The study's rows as a table for people, and what they come to.

import ScrivenerModel

/// What a study has found.
package struct SchedulingReport: Sendable {
    package let rows: [SchedulingStudy.Row]

    /// - Parameter rows: of any graphs, numbers of slots and seeds.
    package init(_ rows: [SchedulingStudy.Row]) { self.rows = rows }

    /// A workflow on so many slots.
    private struct Case: Hashable {
        var graph: String
        var slots: Int
    }

    private var cases: [Case] {
        var cases: [Case] = []
        for row in rows where !cases.contains(Case(graph: row.graph, slots: row.slots)) {
            cases.append(Case(graph: row.graph, slots: row.slots))
        }
        return cases
    }

    private func rows(of one: Case) -> [SchedulingStudy.Row] {
        rows.filter { $0.graph == one.graph && $0.slots == one.slots }
    }

    // MARK: Figures

    /// Over all rows: how much longer a policy takes than the best schedule that is known.
    package func meanRatio(_ policy: SchedulingStudy.Policy) -> Double {
        Statistics.geometricMean(rows.map { $0.ratio(policy) })
    }

    /// Over all rows: a policy beside another.
    package func meanRatio(
        _ policy: SchedulingStudy.Policy, to other: SchedulingStudy.Policy
    ) -> Double {
        Statistics.geometricMean(rows.map { $0.ratio(policy) / $0.ratio(other) })
    }

    /// The case in which a policy does worst beside another: the median over its seeds.
    package func worstMedian(
        _ policy: SchedulingStudy.Policy, to other: SchedulingStudy.Policy
    ) -> Double {
        let medians = cases.map { one in
            Statistics.median(rows(of: one).map { $0.ratio(policy) / $0.ratio(other) })
        }
        return medians.max() ?? 1
    }

    // MARK: Markdown

    package var markdown: String {
        var lines = [
            "| workflow | slots | best known, s | lower bound | FIFO | FIFO, fastest | random "
                + "| cold | warm | informed |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for one in cases {
            let rows = rows(of: one)
            let best = Statistics.median(rows.map(\.clairvoyant.seconds))
            let bound = Statistics.median(
                rows.map { $0.lowerBound.seconds / $0.clairvoyant.seconds })
            let medians = SchedulingStudy.Policy.allCases.map { policy in
                Statistics.median(rows.map { $0.ratio(policy) })
            }
            let figures = [bound] + medians
            lines.append(
                "| \(one.graph) | \(one.slots) | \(Statistics.decimal(best, digits: 2)) | "
                    + figures.map { Statistics.decimal($0, digits: 3) }.joined(separator: " | ")
                    + " |")
        }
        let bound = Statistics.geometricMean(
            rows.map { $0.lowerBound.seconds / $0.clairvoyant.seconds })
        let means = [bound] + SchedulingStudy.Policy.allCases.map(meanRatio)
        lines.append(
            "| **geometric mean** | | | "
                + means.map { "**\(Statistics.decimal($0, digits: 3))**" }.joined(separator: " | ")
                + " |")
        let comparisons: [(String, SchedulingStudy.Policy, SchedulingStudy.Policy)] = [
            ("cold ÷ FIFO", .cold, .fifo), ("warm ÷ FIFO", .warm, .fifo),
            ("informed ÷ warm", .informed, .warm),
        ]
        lines += ["", "| | geometric mean | worst case, median of seeds |", "|---|---|---|"]
        for (name, policy, other) in comparisons {
            let mean = Statistics.decimal(meanRatio(policy, to: other), digits: 3)
            let worst = Statistics.decimal(worstMedian(policy, to: other), digits: 3)
            lines.append("| \(name) | \(mean) | \(worst) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Of positive numbers. Logarithms are series: see `Randomness`.
enum Statistics {
    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 1 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "–" }
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(abs(scaled) % scale)
        let padding = String(repeating: "0", count: digits - fraction.count)
        return "\(scaled < 0 ? "-" : "")\(abs(scaled) / scale).\(padding)\(fraction)"
    }

    static func geometricMean(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 1 }
        let mean = values.reduce(0) { $0 + logarithm($1) } / Double(values.count)
        return exponential(mean)
    }

    private static let logarithmOfTwo = 0.693147180559945309417

    private static func logarithm(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        // 2 × artanh, of at most a third.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var (sum, power) = (0.0, ratio)
        for step in stride(from: 1, through: 41, by: 2) {
            sum += power / Double(step)
            power *= ratio * ratio
        }
        return Double(value.exponent) * logarithmOfTwo + 2 * sum
    }

    static func exponential(_ value: Double) -> Double {
        let whole = (value / logarithmOfTwo).rounded()
        let rest = value - whole * logarithmOfTwo
        var (sum, term) = (1.0, 1.0)
        for step in 1...20 {
            term *= rest / Double(step)
            sum += term
        }
        return Double(sign: .plus, exponent: Int(whole), significand: 1) * sum
    }
}
