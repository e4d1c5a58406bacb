// How the programs run: as a group of services that SIGTERM and SIGINT stop in order.

package import Logging
import ScrivenerModel
package import ServiceLifecycle
import UnixSignals

/// Runs a program's service.
package enum Program {
    /// `EX_CONFIG` of sysexits.h: nothing but a person can help.
    package static let configurationExitCode: Int32 = 78

    /// Runs until the service returns, or SIGTERM or SIGINT has stopped it.
    ///
    /// - Parameter patience: how long the service may take to stop before it is cancelled.
    package static func run(
        _ service: some Service, patience: Duration, logger: Logger
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = patience
        configuration.maximumCancellationDuration = .seconds(2)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Logs what ended the program.
    ///
    /// - Returns: the exit code.
    package static func exitCode(for error: any Error, logger: Logger) -> Int32 {
        logger.critical("\(error)")
        guard let error = error as? ScrivenerError else { return 1 }
        switch error.code {
        case .configurationInvalid, .journalLocked, .journalNewer, .journalCorrupt,
            .journalUnwritable, .journalOnNetworkFileSystem:
            return configurationExitCode
        default: return 1
        }
    }
}
