// Where the spans of a program go, as options. Beside them the environment's own names count, which the programs of all
// makes share.

package import ArgumentParser
import Foundation
package import Logging
package import ScrivenerTracing

/// The export of traces, as options.
package struct TracingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where spans are posted to as OTLP in JSON, such as http://127.0.0.1:4318/v1/traces.",
            valueName: "url"))
    package var traceEndpoint: String?

    @Option(
        help: ArgumentHelp(
            "Which share of sessions is traced that were submitted without a trace, 0…1.",
            valueName: "share"))
    package var traceRatio: Double?

    package init() {}

    package mutating func validate() throws {
        if let traceEndpoint, !TracingSettings.isEndpoint(traceEndpoint) {
            throw ValidationError(
                "--trace-endpoint must be an http or https URL, not \(traceEndpoint)")
        }
        if let traceRatio, !(0...1).contains(traceRatio) {
            throw ValidationError("--trace-ratio must be 0…1, not \(traceRatio)")
        }
    }

    /// Begins to export, if that is wanted.
    ///
    /// - Parameters:
    ///   - service: what the program is called unless the environment says otherwise.
    ///   - instance: which of several, where that is known.
    package func begin(
        service: String, instance: String? = nil, version: String, logger: Logger
    ) -> TraceExport {
        var environment = TracingEnvironment(ProcessInfo.processInfo.environment)
        let settings = environment.settings(
            of: TracingEnvironment.Program(
                endpoint: traceEndpoint, ratio: traceRatio, service: service, instance: instance,
                version: version))
        for warning in environment.warnings { logger.warning("\(warning)") }
        return settings.map { TraceExport.begin($0, logger: logger) } ?? TraceExport()
    }
}
