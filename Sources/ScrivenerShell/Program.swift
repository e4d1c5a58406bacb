// How the programs run: as a group of services that SIGTERM and SIGINT stop in order.

import Foundation
package import Logging
import ScrivenerModel
package import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
        let bounded = BoundedService(
            service: service, limit: patience + cancellationGrace, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: bounded, successTerminationBehavior: .gracefullyShutdownGroup)
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = patience
        try await ServiceGroup(configuration: configuration).run()
    }

    /// How long a cancelled service may take to return.
    private static let cancellationGrace = Duration.seconds(3)

    /// Logs what ended the program.
    ///
    /// - Returns: the exit code.
    package static func exitCode(for error: any Error, logger: Logger) -> Int32 {
        logger.critical("\(error)")
        guard let error = error as? ScrivenerError else { return 1 }
        switch error.code {
        case .configurationInvalid, .journalLocked, .journalNewer, .journalOlder, .journalCorrupt,
            .journalUnwritable, .journalOnNetworkFileSystem, .protocolVersion,
            .registrationInvalid, .workerSuperseded, .accessDenied, .accessRevoked:
            return configurationExitCode
        default: return 1
        }
    }
}

/// Ends the process when a service that was told to stop does not return: an agent that ignores its
/// cancellation must not keep a program alive that has already left its pool.
private struct BoundedService<Inner: Service>: Service {
    let service: Inner
    let limit: Duration
    let logger: Logger

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await service.run()
        } onGracefulShutdown: {
            // A thread of its own: the cooperative pool may be what is stuck.
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: limit / .seconds(1))
                logger.critical("something does not stop; ending the process")
                _exit(EXIT_FAILURE)
            }
        }
    }
}
