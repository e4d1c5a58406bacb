// `docs/metrics.md` lists what the programs export: the two are held together here.

import Foundation
import ScrivenerCoordinator
import ScrivenerMetrics
import ScrivenerWorker
import Testing

struct DocumentationTests {
    private static let shared =
        ProcessMetrics.definitions + SpanExportMetrics.definitions
        + [PrometheusRegistry.droppedSeries]

    /// The rows of a section's table, as the definition would have them.
    private static func rows(under heading: String) throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/metrics.md"), encoding: .utf8)
        let section = text.components(separatedBy: "\n## ").first { $0.hasPrefix(heading + "\n") }
        return try #require(section).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("| `") }
    }

    private static func row(_ definition: MetricDefinition) -> String {
        let labels = definition.labels.map { "`\($0)`" }.joined(separator: ", ")
        let cells = [
            "`\(definition.name)`", definition.kind.rawValue, labels.isEmpty ? "–" : labels,
            definition.unit ?? "–", definition.help,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// Somebody looks up a metric that a graph shows: it is there, as it is, and nothing else is.
    @Test func everyMetricHasItsRow() throws {
        let own = CoordinatorMetrics.definitions.filter { !Self.shared.contains($0) }
        #expect(try Self.rows(under: "The coordinator") == own.map(Self.row))
        let workers = WorkerMetrics.definitions.filter { !Self.shared.contains($0) }
        #expect(try Self.rows(under: "A worker") == workers.map(Self.row))
        #expect(try Self.rows(under: "Both") == Self.shared.map(Self.row))
    }

    /// Prometheus's conventions: counters end with `_total` and nothing else does, and what is
    /// measured has its base unit in its name.
    @Test func namesAreAsTheyShouldBe() {
        for definition in CoordinatorMetrics.definitions + WorkerMetrics.definitions {
            let isCounter = definition.kind == .counter
            #expect(definition.name.hasSuffix("_total") == isCounter, "\(definition.name)")
            #expect(definition.help.hasSuffix("."), "\(definition.name)")
            #expect(definition.bounds == definition.bounds.sorted(), "\(definition.name)")
            #expect(definition.bounds.isEmpty == (definition.kind != .histogram))
            #expect(
                !["milliseconds", "nanoseconds", "minutes", "kilobytes", "_mib", "percent"]
                    .contains { definition.name.contains($0) }, "\(definition.name)")
        }
    }
}
