// The autoscaling study's rows as a table for people.

import ScrivenerModel

/// What the study has found.
package struct AutoscalingReport: Sendable {
    package let rows: [AutoscalingStudy.Row]

    /// - Parameter rows: of any loads, policies and seeds.
    package init(_ rows: [AutoscalingStudy.Row]) { self.rows = rows }

    /// One line for each load and policy: means over the seeds, and the worst of them.
    package var markdown: String {
        var lines = [
            "| load | replicas | within target | worst | 99th wait, s | longest, s | cost ÷ ideal "
                + "| worst | most replicas | starts |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for load in AutoscalingLoad.allCases {
            for policy in AutoscalingStudy.Policy.allCases {
                let some = rows.filter { $0.load == load && $0.policy == policy }
                if !some.isEmpty { lines.append(Self.line(load, policy, some)) }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(
        _ load: AutoscalingLoad, _ policy: AutoscalingStudy.Policy, _ rows: [AutoscalingStudy.Row]
    ) -> String {
        func mean(_ value: (AutoscalingStudy.Row) -> Double) -> Double {
            rows.reduce(0) { $0 + value($1) } / Double(rows.count)
        }
        let cells = [
            load.rawValue, policy.rawValue, percent(mean(\.served)),
            percent(rows.map(\.served).min() ?? 0),
            Statistics.decimal(mean { $0.wait99.seconds }, digits: 1),
            Statistics.decimal(rows.map(\.longestWait.seconds).max() ?? 0, digits: 1),
            Statistics.decimal(mean(\.cost), digits: 2),
            Statistics.decimal(rows.map(\.cost).max() ?? 0, digits: 2),
            "\(rows.map(\.mostReplicas).max() ?? 0)",
            Statistics.decimal(mean { Double($0.starts) }, digits: 0),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func percent(_ share: Double) -> String {
        Statistics.decimal(100 * share, digits: 1) + " %"
    }
}
