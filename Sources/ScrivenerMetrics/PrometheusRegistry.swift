// A backend for swift-metrics whose contents Prometheus reads: the text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). It knows what the programs
// define, with help and bounds, and takes whatever else is made by way of swift-metrics, such as
// metrics of agents.
//
// Everything is bounded: there are so many metrics at most, and each has so many series. What
// comes beyond that is counted, and logged once for each metric.

package import CoreMetrics
package import Logging
import Synchronization

/// Holds metrics, and writes them down.
package final class PrometheusRegistry: MetricsFactory {
    /// The media type of the exposition.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// How many series a metric has at most, where nothing else is said.
    package static let defaultSeriesLimit = 1_000
    package static let droppedSeries = MetricDefinition.counter(
        "scrivener_metric_series_dropped_total",
        "Series that were not made because their metric had too many, or another type.")
    /// How many metrics there are at most beside those that are defined.
    static let mostUndefined = 1_000
    /// Bounds of histograms that nobody has defined: the usual ones of Prometheus's clients, in
    /// seconds.
    static let usualBounds = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct Family {
        let kind: MetricDefinition.Kind
        let help: String?
        let bounds: [Double]
        /// By their labels.
        var series: [String: any MetricSeries] = [:]
        var hasLogged = false
    }

    private let families: Mutex<[String: Family]>
    private let dropped: CounterSeries
    private let definedCount: Int
    private let seriesLimit: Int
    private let logger: Logger

    /// - Parameter definitions: with distinct names.
    package init(
        _ definitions: [MetricDefinition], seriesLimit: Int = PrometheusRegistry.defaultSeriesLimit,
        logger: Logger
    ) {
        self.seriesLimit = seriesLimit
        self.logger = logger
        dropped = CounterSeries(family: Self.droppedSeries.name, labels: "")
        let all = definitions + [Self.droppedSeries]
        var families: [String: Family] = [:]
        for definition in all {
            precondition(families[definition.name] == nil, "\(definition.name) is defined twice")
            families[definition.name] = Family(
                kind: definition.kind, help: definition.help, bounds: definition.bounds)
        }
        families[dropped.family]?.series[""] = dropped
        definedCount = families.count
        self.families = Mutex(families)
    }

    /// All there is, in a stable order.
    package func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for name in families.keys.sorted() {
            guard let family = families[name], !family.series.isEmpty else { continue }
            if let help = family.help {
                text += "# HELP \(name) \(PrometheusName.escapedHelp(help))\n"
            }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for labels in family.series.keys.sorted() {
                family.series[labels]?.write(into: &text)
            }
        }
        return text
    }

    /// What a gauge without labels says now; nothing while nobody has made it.
    package func value(of gauge: MetricDefinition) -> Double? {
        (families.withLock { $0[gauge.name]?.series[""] } as? GaugeSeries)?.value
    }

    // MARK: Making

    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        series(.counter, label, dimensions) as? CounterSeries ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions) as? CounterSeries ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions) as? GaugeSeries ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate, let made = series(.histogram, label, dimensions) as? HistogramSeries {
            return made
        }
        if !aggregate, let made = series(.gauge, label, dimensions) as? GaugeSeries {
            return made
        }
        return NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.histogram, label, dimensions, unit: "_seconds") as? HistogramSeries
            ?? NOOPMetricsHandler.instance
    }

    // MARK: Removing

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        remove(handler)
    }

    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func remove(_ handler: AnyObject) {
        guard let series = handler as? any MetricSeries else { return }
        families.withLock { families in
            // Another one may have been made in its place.
            guard families[series.family]?.series[series.labels] === series else { return }
            families[series.family]?.series[series.labels] = nil
        }
    }

    // MARK: Series

    private enum Lookup {
        case found(any MetricSeries)
        /// Nothing is made; why, when that has not been logged yet.
        case refused(String?)
    }

    private func series(
        _ kind: MetricDefinition.Kind, _ label: String, _ dimensions: [(String, String)],
        unit: String = ""
    ) -> (any MetricSeries)? {
        let labels = Self.spelled(dimensions)
        var name = PrometheusName.metric(label)
        let lookup = families.withLock { families -> Lookup in
            if families[name] == nil {
                let suffix = kind == .counter ? "_total" : unit
                if !name.hasSuffix(suffix) { name += suffix }
            }
            return look(name, kind, labels, in: &families)
        }
        switch lookup {
        case .found(let series): return series
        case .refused(let reason):
            dropped.increment(by: 1 as Int64)
            if let reason {
                logger.warning(
                    "metric series dropped", metadata: ["metric": "\(name)", "reason": "\(reason)"])
            }
            return nil
        }
    }

    private func look(
        _ name: String, _ kind: MetricDefinition.Kind, _ labels: String,
        in families: inout [String: Family]
    ) -> Lookup {
        if families[name] == nil {
            guard families.count < definedCount + Self.mostUndefined else {
                return .refused("there are \(families.count) metrics, which is the limit")
            }
            families[name] = Family(kind: kind, help: nil, bounds: Self.usualBounds)
        }
        guard let family = families[name] else { return .refused(nil) }
        if let found = family.series[labels], family.kind == kind { return .found(found) }
        let reason: String? =
            family.kind != kind
            ? "it is a \(family.kind.rawValue), not a \(kind.rawValue)"
            : family.series.count >= seriesLimit
                ? "it has \(family.series.count) series, which is the limit" : nil
        if let reason {
            families[name]?.hasLogged = true
            return .refused(family.hasLogged ? nil : reason)
        }
        let series: any MetricSeries =
            switch kind {
            case .counter: CounterSeries(family: name, labels: labels)
            case .gauge: GaugeSeries(family: name, labels: labels)
            case .histogram:
                HistogramSeries(family: name, labels: labels, bounds: family.bounds)
            }
        families[name]?.series[labels] = series
        return .found(series)
    }

    /// Labels as the exposition has them, in order of name. Of labels with the same name the last
    /// counts.
    private static func spelled(_ dimensions: [(String, String)]) -> String {
        let values = Dictionary(
            dimensions.map { (PrometheusName.label($0), $1) }, uniquingKeysWith: { $1 })
        return values.sorted { $0.key < $1.key }.map {
            "\($0.key)=\"\(PrometheusName.escapedValue($0.value))\""
        }.joined(separator: ",")
    }
}
