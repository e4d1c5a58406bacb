// How much a coordinator takes on before it refuses more: what bounds its memory.

import ArgumentParser
import ScrivenerCoordinator
import ScrivenerCore
import ScrivenerHTTP
import ScrivenerMetrics
import ScrivenerModel

/// The limits, as options.
struct LimitOptions: ParsableArguments {
    @Option(help: "How many sessions may be open.")
    var maxOpenSessions = 100_000

    @Option(help: "How many requests may wait to be handled.")
    var maxInbox = 10_000

    @Option(help: "How many tasks a plan may have.")
    var maxPlanTasks = 100_000

    @Option(help: "How large a plan may be, in bytes.")
    var maxPlanBytes = 64 << 20

    @Option(help: "How large the plans that are being read may be, all together, in bytes.")
    var maxPlanBytesInFlight = 256 << 20

    @Option(help: "How large a task's result may be, in bytes.")
    var maxResultBytes = 1 << 20

    @Option(
        help: """
            How large a message from or to a worker may be, in bytes. Workers have to be told the \
            same.
            """)
    var maxMessageBytes = 8 << 20

    @Option(help: "How many HTTP connections are served at a time.")
    var maxConnections = 4_096

    @Option(help: "How many series a metric may have, such as one for each worker.")
    var maxMetricSeries = PrometheusRegistry.defaultSeriesLimit

    private static let mostPlanBytes = 768 << 20

    func validate() throws {
        for (option, value, range) in [
            ("--max-open-sessions", maxOpenSessions, 1...1_000_000),
            ("--max-inbox", maxInbox, 1...1_000_000),
            ("--max-plan-tasks", maxPlanTasks, 1...1_000_000),
            ("--max-plan-bytes", maxPlanBytes, 1_024...Self.mostPlanBytes),
            // One commit may have to hold all of them.
            ("--max-plan-bytes-in-flight", maxPlanBytesInFlight, maxPlanBytes...Self.mostPlanBytes),
            ("--max-message-bytes", maxMessageBytes, 4 << 20...256 << 20),
            ("--max-result-bytes", maxResultBytes, 1_024...maxMessageBytes / 4),
            ("--max-connections", maxConnections, 1...100_000),
            ("--max-metric-series", maxMetricSeries, 10...100_000),
        ] where !range.contains(value) {
            throw ValidationError(
                "\(option) must be \(range.lowerBound)…\(range.upperBound), not \(value)")
        }
    }

    func apply(to settings: inout CoordinatorSettings) {
        settings.core.maximumOpenSessions = maxOpenSessions
        settings.core.maximumResultBytes = Int64(maxResultBytes)
        settings.inboxCapacity = maxInbox
        settings.planLimits.maximumTasks = maxPlanTasks
        settings.planLimits.maximumPlanBytes = maxPlanBytes
        settings.http.maximumPlanBytes = maxPlanBytes
        settings.http.maximumPlanBytesInFlight = maxPlanBytesInFlight
        settings.http.maximumConnections = maxConnections
        settings.maximumMessageBytes = maxMessageBytes
        settings.maximumMetricSeries = maxMetricSeries
    }
}
