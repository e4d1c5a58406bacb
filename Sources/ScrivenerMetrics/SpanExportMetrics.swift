// What became of the spans that a program has recorded. Counted by whoever exports them, who may begin before there is
// a registry; shown at each look.

package import CoreMetrics
import Synchronization

/// Counts spans. From any thread.
package final class SpanExportTally: Sendable {
    /// Why a span was dropped.
    package enum Loss: String, Sendable, CaseIterable {
        /// More ended than were exported.
        case queueFull = "queue_full"
        /// The receiver did not want it.
        case refused
        /// The receiver was not there, or busy, for too long.
        case unreachable
    }

    private let exportedCount = Atomic<Int64>(0)
    private let droppedCounts = Mutex<[Loss: Int64]>([:])

    package init() {}

    package func count(exported number: Int) {
        exportedCount.add(Int64(number), ordering: .relaxed)
    }

    package func count(dropped number: Int, because loss: Loss) {
        droppedCounts.withLock { $0[loss, default: 0] += Int64(number) }
    }

    package var exported: Int64 { exportedCount.load(ordering: .relaxed) }

    package func dropped(because loss: Loss) -> Int64 {
        droppedCounts.withLock { $0[loss, default: 0] }
    }
}

/// The metrics of a program that exports spans.
package final class SpanExportMetrics: Sendable {
    package static let exported = MetricDefinition.counter(
        "scrivener_spans_exported_total", "Spans that the receiver of traces has taken.")
    package static let dropped = MetricDefinition.counter(
        "scrivener_spans_dropped_total", "Spans that were recorded and not exported, by reason.",
        labels: ["reason"])
    package static let definitions = [exported, dropped]

    private struct Shown {
        var exported: MirroredCounter
        var dropped: [SpanExportTally.Loss: MirroredCounter]
    }

    private let tally: SpanExportTally
    private let shown: Mutex<Shown>

    package init(_ factory: any MetricsFactory, _ tally: SpanExportTally) {
        self.tally = tally
        let dropped = SpanExportTally.Loss.allCases.map {
            ($0, MirroredCounter(Self.dropped.counter(factory, [$0.rawValue])))
        }
        shown = Mutex(
            Shown(
                exported: MirroredCounter(Self.exported.counter(factory)),
                dropped: Dictionary(uniqueKeysWithValues: dropped)))
    }

    package func update() {
        shown.withLock { shown in
            shown.exported.show(tally.exported)
            for loss in SpanExportTally.Loss.allCases {
                shown.dropped[loss]?.show(tally.dropped(because: loss))
            }
        }
    }
}
