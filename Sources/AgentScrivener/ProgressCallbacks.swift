// Callbacks of applications, each in a task of its own: one that throws or takes for ever is its own affair.

import Logging
import ScrivenerModel
import ServiceLifecycle

/// Runs progress callbacks.
struct ProgressCallbacks: Service {
    typealias Callback = @Sendable (ProgressReport) async throws -> Void

    private struct Registration: Sendable {
        let sessionID: String
        let callback: Callback
    }

    private let gateway: Readiness<any OrchestratorGateway>
    private let logger: Logger
    private let registrations: AsyncStream<Registration>
    private let registrar: AsyncStream<Registration>.Continuation

    init(gateway: Readiness<any OrchestratorGateway>, logger: Logger) {
        self.gateway = gateway
        self.logger = logger
        (registrations, registrar) = AsyncStream.makeStream()
    }

    func add(_ sessionID: String, _ callback: @escaping Callback) {
        registrar.yield(Registration(sessionID: sessionID, callback: callback))
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await registration in registrations.cancelOnGracefulShutdown() {
                group.addTask { await follow(registration) }
            }
            // What a callback waits for may never come.
            group.cancelAll()
        }
    }

    private func follow(_ registration: Registration) async {
        do {
            let reports = try await gateway.value().progress(of: registration.sessionID)
            for await report in reports {
                do {
                    try await registration.callback(report)
                } catch {
                    note(error, of: registration)
                }
            }
        } catch {
            note(error, of: registration)
        }
    }

    private func note(_ error: any Error, of registration: Registration) {
        logger.warning(
            "a progress callback failed",
            metadata: ["session": "\(registration.sessionID)", "error": "\(error)"])
    }
}
