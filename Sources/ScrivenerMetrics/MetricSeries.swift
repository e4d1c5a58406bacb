// The values behind swift-metrics' handles. One class for each type of the exposition; all of them
// may be written and read from any thread.

import CoreMetrics
import Synchronization

/// The values of one metric with certain labels.
protocol MetricSeries: AnyObject, Sendable {
    var family: String { get }
    /// Its labels as the exposition has them, without the braces.
    var labels: String { get }
    /// Writes its lines of the exposition.
    func write(into text: inout String)
}

extension MetricSeries {
    fileprivate func line(
        _ name: String, _ value: Double, extra: String = "", into text: inout String
    ) {
        let all = labels.isEmpty || extra.isEmpty ? labels + extra : labels + "," + extra
        text += all.isEmpty ? name : "\(name){\(all)}"
        text += " \(PrometheusName.number(value))\n"
    }
}

/// A number that any thread may change.
private struct AtomicNumber: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: seen) + amount).bitPattern
            let (isDone, found) = bits.weakCompareExchange(
                expected: seen, desired: new, ordering: .relaxed)
            if isDone { return }
            seen = found
        }
    }
}

/// Only grows.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    let family: String
    let labels: String
    private let number = AtomicNumber()

    init(family: String, labels: String) {
        self.family = family
        self.labels = labels
    }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        // A counter that fell would be taken for one that began anew.
        if amount > 0 { number.add(amount) }
    }

    func reset() { number.set(0) }

    func write(into text: inout String) {
        line(family, number.value, into: &text)
    }
}

/// Goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    let family: String
    let labels: String
    private let number = AtomicNumber()

    init(family: String, labels: String) {
        self.family = family
        self.labels = labels
    }

    var value: Double { number.value }

    func set(_ value: Int64) { number.set(Double(value)) }
    func set(_ value: Double) { number.set(value) }
    func increment(by amount: Double) { number.add(amount) }
    func decrement(by amount: Double) { number.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(into text: inout String) {
        line(family, number.value, into: &text)
    }
}

/// Counts values by size.
final class HistogramSeries: MetricSeries, TimerHandler, BucketRecorder {
    private struct Content {
        /// One for each bound, and one for what is beyond the last.
        var counts: [Int64]
        var sum = 0.0
    }

    let family: String
    let labels: String
    private let bounds: [Double]
    private let content: Mutex<Content>

    init(family: String, labels: String, bounds: [Double]) {
        self.family = family
        self.labels = labels
        self.bounds = bounds
        content = Mutex(Content(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        content.withLock { content in
            content.counts[place] += 1
            content.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func add(_ counts: [Int64], sum: Double) {
        content.withLock { content in
            for place in counts.indices { content.counts[place] += counts[place] }
            content.sum += sum
        }
    }

    func write(into text: inout String) {
        let content = content.withLock { $0 }
        var count: Int64 = 0
        for (place, number) in content.counts.enumerated() {
            count += number
            let bound = place < bounds.count ? bounds[place] : .infinity
            line(
                family + "_bucket", Double(count), extra: "le=\"\(PrometheusName.number(bound))\"",
                into: &text)
        }
        line(family + "_sum", content.sum, into: &text)
        line(family + "_count", Double(count), into: &text)
    }
}
