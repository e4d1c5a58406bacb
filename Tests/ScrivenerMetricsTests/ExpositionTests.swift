// What Prometheus reads, to the letter:
// https://prometheus.io/docs/instrumenting/exposition_formats/

import CoreMetrics
import Logging
import Testing

@testable import ScrivenerMetrics

struct ExpositionTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func registry(
        _ definitions: MetricDefinition..., limit: Int = 100
    ) -> PrometheusRegistry {
        PrometheusRegistry(definitions, seriesLimit: limit, logger: logger)
    }

    /// The exposition without what every registry has.
    private static func text(_ registry: PrometheusRegistry) -> String {
        registry.exposition().split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("scrivener_metric_series_dropped_total") }
            .joined(separator: "\n")
    }

    private static func droppedSeries(_ registry: PrometheusRegistry) -> String? {
        registry.exposition().split(separator: "\n").last {
            $0.hasPrefix("scrivener_metric_series_dropped_total ")
        }.map { String($0.split(separator: " ")[1]) }
    }

    /// Somebody compares two scrapes by eye: metrics come by name, series by label, whatever came
    /// first.
    @Test func everythingHasItsPlace() {
        let tasks = MetricDefinition.gauge("tasks", "Tasks.", labels: ["status"])
        let ended = MetricDefinition.counter("ended_total", "Ended.", labels: ["agent", "outcome"])
        let registry = Self.registry(tasks, ended)
        tasks.meter(registry, ["running"]).set(2)
        ended.counter(registry, ["search", "failed"]).increment()
        ended.counter(registry, ["search", "completed"]).increment(by: 41)
        tasks.meter(registry, ["ready"]).set(0.5)
        #expect(
            Self.text(registry) == """
                # HELP ended_total Ended.
                # TYPE ended_total counter
                ended_total{agent="search",outcome="completed"} 41
                ended_total{agent="search",outcome="failed"} 1
                # HELP tasks Tasks.
                # TYPE tasks gauge
                tasks{status="ready"} 0.5
                tasks{status="running"} 2

                """)
    }

    /// Whether a worker is ready is told by its own gauge: by the last value, and by none before the first.
    @Test func aGaugeIsReadBack() {
        let connected = MetricDefinition.gauge("connected", "Connected.")
        let ended = MetricDefinition.counter("ended_total", "Ended.")
        let registry = Self.registry(connected, ended)
        #expect(registry.value(of: connected) == nil)
        let meter = connected.meter(registry)
        meter.set(1)
        #expect(registry.value(of: connected) == 1)
        meter.set(0)
        #expect(registry.value(of: connected) == 0)
        ended.counter(registry).increment()
        #expect(registry.value(of: ended) == nil)
    }

    /// A value on a bound belongs to its bucket, buckets add up, and what is beyond the last is
    /// there.
    @Test func bucketsAreCumulative() {
        let time = MetricDefinition.histogram("time_seconds", "Time.", bounds: [0.1, 1])
        let registry = Self.registry(time)
        let timer = time.timer(registry)
        for nanoseconds in [100_000_000, 100_000_001, 5_000_000_000] as [Int64] {
            timer.recordNanoseconds(nanoseconds)
        }
        time.buckets(registry).add([2, 0, 1], sum: 9.5)
        #expect(
            Self.text(registry) == """
                # HELP time_seconds Time.
                # TYPE time_seconds histogram
                time_seconds_bucket{le="0.1"} 3
                time_seconds_bucket{le="1"} 4
                time_seconds_bucket{le="+Inf"} 6
                time_seconds_sum 14.700000001
                time_seconds_count 6

                """)
    }

    /// An agent's name has quotes, a backslash and a line's end in it: the next scrape has to be
    /// readable.
    @Test func whatWouldBreakALineIsEscaped() {
        let odd = MetricDefinition.gauge("odd", "Two\nlines and a \\.", labels: ["agent"])
        let registry = Self.registry(odd)
        odd.meter(registry, ["a\"b\\c\nd"]).set(Double.infinity)
        #expect(
            Self.text(registry) == #"""
                # HELP odd Two\nlines and a \\.
                # TYPE odd gauge
                odd{agent="a\"b\\c\nd"} +Inf

                """#)
    }

    /// An agent's author knows swift-metrics and nothing of Prometheus: names and units are made
    /// right.
    @Test func whatNobodyDefinedGetsANameThatPrometheusTakes() {
        let registry = Self.registry()
        Counter(label: "pages.read", dimensions: [("le", "x"), ("1st", "y")], factory: registry)
            .increment()
        Timer(label: "parse", factory: registry).recordSeconds(1)
        let text = Self.text(registry)
        #expect(text.contains("# TYPE pages_read_total counter\n"))
        #expect(text.contains(#"pages_read_total{_1st="y",le_="x"} 1"#))
        #expect(text.contains("# TYPE parse_seconds histogram\n"))
        #expect(text.contains(#"parse_seconds_bucket{le="1"} 1"#))
    }

    /// A label's value comes from outside and is another each time: memory stays bounded, and it
    /// is said what was left out.
    @Test func seriesBeyondTheLimitAreCountedAndNotKept() {
        let memory = MetricDefinition.gauge("memory_bytes", "Memory.", labels: ["worker"])
        let registry = Self.registry(memory, limit: 2)
        for worker in ["w1", "w2", "w3", "w4"] { memory.meter(registry, [worker]).set(1) }
        let text = Self.text(registry)
        #expect(text.contains("w1") && text.contains("w2"))
        #expect(!text.contains("w3") && !text.contains("w4"))
        #expect(Self.droppedSeries(registry) == "2")
        memory.meter(registry, ["w1"]).set(7)
        #expect(Self.text(registry).contains(#"memory_bytes{worker="w1"} 7"#))
        #expect(Self.droppedSeries(registry) == "2")
    }

    /// A worker has left: its series go, and make room for another's.
    @Test func whatIsNotShownAnyMoreGoes() {
        let memory = MetricDefinition.gauge("memory_bytes", "Memory.", labels: ["worker"])
        let registry = Self.registry(memory, limit: 2)
        var gauges = GaugeSet(memory, registry)
        gauges.show([["w1"]: 1, ["w2"]: 2])
        gauges.show([["w2"]: 3, ["w3"]: 4])
        #expect(
            Self.text(registry) == """
                # HELP memory_bytes Memory.
                # TYPE memory_bytes gauge
                memory_bytes{worker="w2"} 3
                memory_bytes{worker="w3"} 4

                """)
        #expect(Self.droppedSeries(registry) == "0")
    }

    /// Two libraries use one name for a counter and a gauge: the first has it, and nothing is
    /// mixed up.
    @Test func anotherTypeUnderTheSameNameIsDropped() {
        let registry = Self.registry()
        Meter(label: "size_total", factory: registry).set(3)
        Counter(label: "size_total", factory: registry).increment(by: 5)
        #expect(Self.text(registry) == "# TYPE size_total gauge\nsize_total 3\n")
        #expect(Self.droppedSeries(registry) == "1")
    }

    /// Figures that are counted elsewhere are shown as they are, however often somebody looks.
    @Test func mirrorsTellDifferences() {
        let ended = MetricDefinition.counter("ended_total", "Ended.")
        let time = MetricDefinition.histogram("time_seconds", "Time.", bounds: [1])
        let registry = Self.registry(ended, time)
        var counter = MirroredCounter(ended.counter(registry))
        var histogram = MirroredHistogram(time.buckets(registry))
        for total in [3, 3, 10] as [Int64] {
            counter.show(total)
            histogram.show([total, 1], nanoseconds: total * 500_000_000 &+ (.max))
        }
        let text = Self.text(registry)
        #expect(text.contains("ended_total 10\n"))
        #expect(text.contains("time_seconds_count 11\n"))
    }

    /// A counter that fell would be taken for one that began anew, and all it ever counted added
    /// once more.
    @Test func countersDoNotFall() {
        let registry = Self.registry()
        let counter = FloatingPointCounter(label: "spent_total", factory: registry)
        counter.increment(by: 2.5)
        counter.increment(by: -1.0)
        counter.increment(by: Double.nan)
        #expect(Self.text(registry).contains("spent_total 2.5\n"))
    }
}
