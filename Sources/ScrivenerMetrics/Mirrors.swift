// Figures that somebody else counts, as metrics: how much there is in all is shown at each look,
// and what swift-metrics is told is the difference. A set of labelled gauges shows what there is
// now: what is not among it any more, such as a worker that has left, goes.

package import CoreMetrics

/// A counter that follows another.
package struct MirroredCounter: Sendable {
    private let counter: Counter
    private var shown: Int64 = 0

    package init(_ counter: Counter) { self.counter = counter }

    package mutating func show(_ total: Int64) {
        guard total > shown else { return }
        counter.increment(by: total - shown)
        shown = total
    }
}

/// A histogram of durations that follows another.
package struct MirroredHistogram: Sendable {
    private let publisher: BucketPublisher
    private var shown: [Int64] = []
    private var shownSum: Int64 = 0

    package init(_ publisher: BucketPublisher) { self.publisher = publisher }

    /// - Parameters:
    ///   - counts: of all values: one for each bound, and one for what is beyond the last.
    ///   - nanoseconds: of all values; it may have wrapped around.
    package mutating func show(_ counts: [Int64], nanoseconds: Int64) {
        guard counts != shown else { return }
        let before = shown.isEmpty ? counts.map { _ in 0 } : shown
        publisher.add(
            zip(counts, before).map { $0 - $1 }, sum: Double(nanoseconds &- shownSum) / 1e9)
        (shown, shownSum) = (counts, nanoseconds)
    }
}

/// Gauges of one metric, by the values of its labels.
package struct GaugeSet: Sendable {
    private let definition: MetricDefinition
    private let factory: any MetricsFactory
    private var meters: [[String]: Meter] = [:]

    package init(_ definition: MetricDefinition, _ factory: any MetricsFactory) {
        self.definition = definition
        self.factory = factory
    }

    /// - Parameter values: all that there are.
    package mutating func show(_ values: [[String]: Double]) {
        for (labels, meter) in meters where values[labels] == nil {
            meter.destroy()
            meters[labels] = nil
        }
        for (labels, value) in values {
            let meter = meters[labels] ?? definition.meter(factory, labels)
            meters[labels] = meter
            meter.set(value)
        }
    }
}

/// Counters of one metric, by the values of its labels. They stay: what has happened has.
package struct CounterSet: Sendable {
    private let definition: MetricDefinition
    private let factory: any MetricsFactory
    private var counters: [[String]: MirroredCounter] = [:]

    package init(_ definition: MetricDefinition, _ factory: any MetricsFactory) {
        self.definition = definition
        self.factory = factory
    }

    package mutating func show(_ total: Int64, _ labels: String...) {
        let counter = counters[labels] ?? MirroredCounter(definition.counter(factory, labels))
        counters[labels, default: counter].show(total)
    }
}

/// Histograms of one metric, by the values of its labels.
package struct HistogramSet: Sendable {
    private let definition: MetricDefinition
    private let factory: any MetricsFactory
    private var histograms: [[String]: MirroredHistogram] = [:]

    package init(_ definition: MetricDefinition, _ factory: any MetricsFactory) {
        self.definition = definition
        self.factory = factory
    }

    package mutating func show(_ counts: [Int64], nanoseconds: Int64, _ labels: String...) {
        let histogram =
            histograms[labels] ?? MirroredHistogram(definition.buckets(factory, labels))
        histograms[labels, default: histogram].show(counts, nanoseconds: nanoseconds)
    }
}
