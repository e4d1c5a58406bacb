// What keeps an orchestrator going while it runs.

import ServiceLifecycle

protocol OrchestratorPool: Sendable {
    /// Where workers join, the instances that the application registers among them.
    ///
    /// - Throws: `ScrivenerError` where that is not known.
    var endpoint: String { get throws }

    /// Runs until graceful shutdown.
    ///
    /// - Parameters:
    ///   - gateway: decided when sessions can be submitted.
    ///   - services: run beside the pool, and end before it.
    func run(
        gateway: Readiness<any OrchestratorGateway>, beside services: [any Service]
    ) async throws
}
