// The orchestrator as a library: a coordinator within the process, with workers within the process for the
// agents that are registered. It is the same machine, journal and dispatcher as in the programs; workers of
// other processes and hosts may join it where `workers` says where to.

public import Logging
import ScrivenerCoordinator
import ScrivenerHTTP
import ScrivenerModel
public import ServiceLifecycle

/// Runs research sessions on a pool of agents.
///
/// It works while it runs: within `whileRunning(_:)`, or as a service of a `ServiceGroup`. Calls that come
/// before it serves wait until it does; calls after its end throw `shutting_down`.
///
/// Every answer is as of the last committed batch, and what changes something returns when the change is in
/// the journal. Errors are `ScrivenerError`s of the catalogue (`docs/errors.md`).
public final class AgentOrchestrator: Service {
    /// The agents of the pool.
    public let registry: EnhancedAgentRegistry

    let gateway = Readiness<any CoordinatorGateway>()
    let callbacks: ProgressCallbacks
    private let pool: EmbeddedPool
    private let logger: Logger

    /// - Parameters:
    ///   - config: what holds for sessions whose plan does not say otherwise.
    ///   - directory: where the journal lies, so that sessions survive the process. Without one they are kept in
    ///     memory and end with the orchestrator.
    ///   - workers: where workers of other processes may join, as `tcp://127.0.0.1:7412`; none may when absent.
    ///     Loopback only.
    ///   - logger: of the coordinator and of the workers within the process; quiet when absent.
    public init(
        _ config: OrchestrationConfig = OrchestrationConfig(), directory: String? = nil,
        workers: String? = nil, logger: Logger? = nil
    ) {
        let logger = logger ?? Logger(label: "scrivener") { _ in SwiftLogNoOpLogHandler() }
        self.logger = logger
        pool = EmbeddedPool(
            defaults: config, directory: directory, workers: workers, logger: logger)
        callbacks = ProgressCallbacks(gateway: gateway, logger: logger)
        registry = EnhancedAgentRegistry(gateway: gateway, pool: pool, logger: logger)
    }

    /// Runs until graceful shutdown: then agents finish what runs, and the journal is closed.
    ///
    /// - Throws: `ScrivenerError` when the journal or the socket cannot be opened, or the journal fails.
    public func run() async throws {
        do {
            try await pool.run(gateway: gateway, beside: [registry, callbacks])
        } catch {
            gateway.end(with: error)
            throw error
        }
        gateway.end(with: ScrivenerError(.shuttingDown, "the orchestrator has ended"))
    }

    /// Runs the orchestrator while `body` does, and ends it gracefully.
    ///
    /// - Throws: what `body` throws, or what kept the orchestrator from running.
    public func whileRunning<Value: Sendable>(
        _ body: @escaping @Sendable (AgentOrchestrator) async throws -> Value
    ) async throws -> Value {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: self, successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: logger))
        return try await withThrowingTaskGroup(of: Result<Value, any Error>?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask {
                do {
                    _ = try await self.gateway.value()
                    return .success(try await body(self))
                } catch {
                    return .failure(error)
                }
            }
            var result: Result<Value, any Error>?
            // What ends the orchestrator is thrown, and `body` is cancelled.
            while let ended = try await tasks.next() {
                guard ended != nil else {
                    tasks.cancelAll()
                    continue
                }
                result = ended
                await group.triggerGracefulShutdown()
            }
            guard let result else { throw CancellationError() }
            return try result.get()
        }
    }
}
