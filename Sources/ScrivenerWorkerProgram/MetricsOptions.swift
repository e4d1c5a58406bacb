// Whether, and where, a worker serves its metrics.

import ArgumentParser
import CoreMetrics
import Logging
import ScrivenerAgentKit
import ScrivenerMetrics
import ScrivenerMetricsHTTP
import ScrivenerShell
import ScrivenerWorker
import ServiceLifecycle

/// The metrics, as options.
struct MetricsOptions: ParsableArguments {
    @Option(
        help: "The port that serves /metrics, /healthz and /readyz; 0 picks a free one.")
    var metricsPort: Int?

    @Option(help: "The address that it listens on.")
    var metricsHost = "127.0.0.1"

    @Option(help: "How many series a metric may have.")
    var maxMetricSeries = PrometheusRegistry.defaultSeriesLimit

    func validate() throws {
        if let metricsPort, !(0...65_535).contains(metricsPort) {
            throw ValidationError("--metrics-port must be 0…65535, not \(metricsPort)")
        }
        guard (10...100_000).contains(maxMetricSeries) else {
            throw ValidationError("--max-metric-series must be 10…100000, not \(maxMetricSeries)")
        }
    }

    /// The worker, with whoever serves its metrics.
    func service(
        settings: WorkerSettings, agents: [any BaseAgent], spanExport: SpanExportTally,
        logger: Logger
    ) -> MonitoredWorker {
        guard let metricsPort else {
            return MonitoredWorker(
                worker: WorkerService(settings: settings, agents: agents, logger: logger),
                metrics: nil, logger: logger)
        }
        let registry = PrometheusRegistry(
            WorkerMetrics.definitions, seriesLimit: maxMetricSeries, logger: logger)
        // Agents may have metrics of their own.
        MetricsSystem.bootstrap(registry)
        let process = ProcessMetrics(registry, version: SoftwareVersion.current)
        let spans = SpanExportMetrics(registry, spanExport)
        let server = makeMetricsService(
            at: MetricsEndpoint(host: metricsHost, port: metricsPort),
            contentType: PrometheusRegistry.contentType, logger: logger,
            onBound: { port in logger.info("metrics are served", metadata: ["port": "\(port)"]) },
            isReady: { registry.value(of: WorkerMetrics.connected) == 1 },
            exposition: {
                process.update()
                spans.update()
                return registry.exposition()
            })
        return MonitoredWorker(
            worker: WorkerService(
                settings: settings, agents: agents, metrics: registry, logger: logger),
            metrics: server, logger: logger)
    }
}

/// A worker, and perhaps a server beside it that ends with it.
struct MonitoredWorker: Service {
    let worker: WorkerService
    let metrics: (any Service)?
    let logger: Logger

    func run() async throws {
        guard let metrics else { return try await worker.run() }
        // Shut down in reverse: figures are served until the worker has left.
        let services = [
            ServiceGroupConfiguration.ServiceConfiguration(service: metrics),
            ServiceGroupConfiguration.ServiceConfiguration(
                service: worker, successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(services: services, logger: logger)
        ).run()
    }
}
