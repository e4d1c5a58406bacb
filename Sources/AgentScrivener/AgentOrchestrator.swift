// The orchestrator as a library. Either a coordinator within the process, with workers within the process for
// the agents that are registered: the same machine, journal and dispatcher as in the programs, and workers of
// other processes and hosts may join it where `workers` says where to. Or a coordinator elsewhere, which is
// asked over its HTTP API. What can be done with it is the same.

public import Logging
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

    let gateway = Readiness<any OrchestratorGateway>()
    let callbacks: ProgressCallbacks
    private let pool: any OrchestratorPool
    private let logger: Logger

    /// An orchestrator with a coordinator of its own, within this process.
    ///
    /// - Parameters:
    ///   - config: what holds for sessions whose plan does not say otherwise.
    ///   - directory: where the journal lies, so that sessions survive the process. Without one they are kept in
    ///     memory and end with the orchestrator.
    ///   - workers: where workers of other processes may join, as `tcp://127.0.0.1:7412`; none may when absent.
    ///     Loopback only.
    ///   - logger: of the coordinator and of the workers within the process; quiet when absent.
    public convenience init(
        _ config: OrchestrationConfig = OrchestrationConfig(), directory: String? = nil,
        workers: String? = nil, logger: Logger? = nil
    ) {
        let logger = logger ?? Self.quiet
        self.init(
            pool: EmbeddedPool(
                defaults: config, directory: directory, workers: workers, logger: logger),
            logger: logger)
    }

    /// An orchestrator whose coordinator runs elsewhere, and is asked over its HTTP API. Sessions do not depend
    /// on it: they go on when it ends.
    ///
    /// The coordinator may be away for a while. A call is sent again until it has an answer, for 30 s after the
    /// first failure; one that submits or executes carries a key, so that it takes effect once. Progress is followed
    /// through outages of any length, from where it broke off. One request may take 10 s to connect, 60 s of
    /// silence, and 120 s altogether; cancelling the calling task ends it at once. Each callback and each reader of
    /// progress holds a connection; there are 1,024 at most, and what finds none waits. Calls have 64 of their own.
    ///
    /// - Parameters:
    ///   - coordinator: the URL of the API, as `http://127.0.0.1:7411`.
    ///   - workers: where the coordinator's workers join, as `tcp://127.0.0.1:7412`: for agents that this process
    ///     registers. None can be registered when absent.
    ///   - tokenFile: has the API token, where the coordinator asks for one; a file that nobody else can read. When
    ///     absent `SCRIVENER_TOKEN_FILE` names it, or else it is `~/.config/scrivener/token` where there is one and
    ///     the coordinator is on this machine or has TLS.
    ///   - caCertificate: the certificate of the authority that the coordinator's is from, for `https`; those of the
    ///     system when absent, or what `SCRIVENER_CA_CERTIFICATE` names.
    ///   - logger: of the connection, and of the workers within the process; quiet when absent.
    /// - Throws: `configuration_invalid` for what is no URL, and for a file that cannot be used. Calls throw `coordinator_unreachable` where nobody
    ///   answers, and `answer_unreadable` where it is no coordinator of this version, beside what they say.
    public static func connect(
        to coordinator: String, workers: String? = nil, tokenFile: String? = nil,
        caCertificate: String? = nil, logger: Logger? = nil
    ) throws -> AgentOrchestrator {
        let logger = logger ?? quiet
        return AgentOrchestrator(
            pool: try RemotePool(
                coordinator: coordinator, workers: workers, tokenFile: tokenFile,
                authorityFile: caCertificate, logger: logger),
            logger: logger)
    }

    private static var quiet: Logger {
        Logger(label: "scrivener") { _ in SwiftLogNoOpLogHandler() }
    }

    init(pool: any OrchestratorPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
        callbacks = ProgressCallbacks(gateway: gateway, logger: logger)
        registry = EnhancedAgentRegistry(gateway: gateway, pool: pool, logger: logger)
    }

    /// Runs until graceful shutdown: then agents finish what runs, and the journal or the connection is closed.
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
