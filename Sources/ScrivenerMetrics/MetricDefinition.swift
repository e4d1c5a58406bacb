// What a metric is called, counts and means. swift-metrics has no words for help texts and bucket
// bounds, and Prometheus wants both: whoever exports a metric defines it here, once, and the
// exposition and the documentation are held against the definition.

package import CoreMetrics

/// A metric that a program exports.
package struct MetricDefinition: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// With its unit as a suffix, and `_total` behind that of a counter.
    package let name: String
    package let kind: Kind
    package let help: String
    /// The names of its labels.
    package let labels: [String]
    /// A histogram's upper bounds, ascending, without the infinite one.
    package let bounds: [Double]

    /// What its values are measured in; `nil` for mere numbers. It stands in the name.
    package var unit: String? { ["seconds", "bytes"].first { name.contains("_" + $0) } }

    private init(
        _ name: String, _ kind: Kind, _ help: String, labels: [String], bounds: [Double] = []
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.bounds = bounds
    }

    package static func counter(
        _ name: String, _ help: String, labels: [String] = []
    ) -> MetricDefinition {
        MetricDefinition(name, .counter, help, labels: labels)
    }

    package static func gauge(
        _ name: String, _ help: String, labels: [String] = []
    ) -> MetricDefinition {
        MetricDefinition(name, .gauge, help, labels: labels)
    }

    /// - Parameter bounds: ascending, without the infinite one.
    package static func histogram(
        _ name: String, _ help: String, labels: [String] = [], bounds: [Double]
    ) -> MetricDefinition {
        MetricDefinition(name, .histogram, help, labels: labels, bounds: bounds)
    }

    // MARK: Handles

    /// - Parameter values: of the labels, in their order; here and below.
    package func counter(_ factory: any MetricsFactory, _ values: [String] = []) -> Counter {
        Counter(label: name, dimensions: dimensions(values), factory: factory)
    }

    package func decimalCounter(
        _ factory: any MetricsFactory, _ values: [String] = []
    ) -> FloatingPointCounter {
        FloatingPointCounter(label: name, dimensions: dimensions(values), factory: factory)
    }

    package func meter(_ factory: any MetricsFactory, _ values: [String] = []) -> Meter {
        Meter(label: name, dimensions: dimensions(values), factory: factory)
    }

    package func timer(_ factory: any MetricsFactory, _ values: [String] = []) -> Timer {
        Timer(label: name, dimensions: dimensions(values), factory: factory)
    }

    package func recorder(_ factory: any MetricsFactory, _ values: [String] = []) -> Recorder {
        Recorder(label: name, dimensions: dimensions(values), factory: factory)
    }

    package func buckets(
        _ factory: any MetricsFactory, _ values: [String] = []
    ) -> BucketPublisher {
        BucketPublisher(
            factory.makeRecorder(label: name, dimensions: dimensions(values), aggregate: true),
            bounds: bounds)
    }

    private func dimensions(_ values: [String]) -> [(String, String)] {
        precondition(
            values.count == labels.count,
            "\(name) has \(labels.count) labels and was given \(values.count) values")
        return Array(zip(labels, values))
    }
}
