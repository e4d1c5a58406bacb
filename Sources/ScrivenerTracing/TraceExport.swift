// What a program that exports its spans has besides what it is for.

package import Logging
package import ScrivenerMetrics
package import ServiceLifecycle
import Tracing

/// A process's spans on their way out.
package struct TraceExport: Sendable {
    /// What became of the spans.
    package let tally: SpanExportTally
    fileprivate let exporter: OTLPExporter?

    /// Of a program whose spans nobody wants.
    package init() { self.init(tally: SpanExportTally(), exporter: nil) }

    init(tally: SpanExportTally, exporter: OTLPExporter?) {
        self.tally = tally
        self.exporter = exporter
    }

    /// Has the spans of this process end up at the settings' endpoint. Once a process.
    package static func begin(_ settings: TracingSettings, logger: Logger) -> TraceExport {
        let tally = SpanExportTally()
        let queue = SpanQueue(capacity: settings.queueCapacity, tally: tally)
        InstrumentationSystem.bootstrap(OTLPTracer(sampler: settings.sampler, queue: queue))
        logger.info("spans are exported", metadata: ["endpoint": "\(settings.shownEndpoint)"])
        return TraceExport(
            tally: tally,
            exporter: OTLPExporter(settings: settings, queue: queue, logger: logger))
    }
}

/// A service, and perhaps whoever exports its spans and ends after it.
package struct TracedService<Inner: Service>: Service {
    private let service: Inner
    private let exporter: OTLPExporter?
    private let logger: Logger

    package init(_ service: Inner, _ export: TraceExport, logger: Logger) {
        self.service = service
        exporter = export.exporter
        self.logger = logger
    }

    /// How much longer it may take to stop than the service alone.
    package var additionalPatience: Duration { exporter?.flushLimit ?? .zero }

    package func run() async throws {
        guard let exporter else { return try await service.run() }
        // Shut down in reverse, however the service ends: what it says last is exported too.
        let services = [
            ServiceGroupConfiguration.ServiceConfiguration(service: exporter),
            ServiceGroupConfiguration.ServiceConfiguration(
                service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup),
        ]
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(services: services, logger: logger)
        ).run()
    }
}
