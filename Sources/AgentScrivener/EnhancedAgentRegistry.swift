// The agents of an orchestrator's pool, as an application sees them. Each instance that it registers is a
// worker within the process, which joins the pool as any other does: what holds for workers (leases, health
// checks, breakers, drain) holds for it.

import Logging
import ScrivenerModel
import ScrivenerWorker
public import ServiceLifecycle
import Synchronization

/// Registers agents, executes them, and tells how they do.
public final class EnhancedAgentRegistry: Sendable {
    private let gateway: Readiness<any OrchestratorGateway>
    private let pool: any OrchestratorPool
    private let logger: Logger
    private let instances: AsyncStream<LocalInstance>
    private let registrar: AsyncStream<LocalInstance>.Continuation
    private let waiting = Mutex(Waiting())

    /// Who waits for an instance to be in service.
    private struct Waiting: Sendable {
        var registrations: [String: Readiness<Void>] = [:]
        /// Nothing is taken in any more.
        var isClosed = false
    }

    private struct LocalInstance: Sendable {
        let settings: WorkerSettings
        let agent: any BaseAgent
        let registered: Readiness<Void>
    }

    init(
        gateway: Readiness<any OrchestratorGateway>, pool: any OrchestratorPool, logger: Logger
    ) {
        self.gateway = gateway
        self.pool = pool
        self.logger = logger
        (instances, registrar) = AsyncStream.makeStream()
    }

    /// Returns when the registry serves: it starts with its orchestrator.
    ///
    /// - Throws: what kept the orchestrator from running.
    public func start() async throws { _ = try await gateway.value() }

    /// Adds an instance of an agent to the pool: a worker within this process.
    ///
    /// - Parameters:
    ///   - agent: its name has 1…128 characters of `a–z A–Z 0–9 _ - . :`.
    ///   - maxConcurrentExecutions: how many tasks it executes at once: its slots. 1…10,000.
    ///   - capabilities: task types that it takes, beside those that the agent names.
    ///   - tags: for tasks that ask for them.
    ///   - resources: what tasks may take of it beside slots; the host's memory when nothing is said of it.
    ///   - healthCheckInterval: how often the agent is asked how it is. 1 s…1 day.
    /// - Returns: the id of the worker that holds it. The instance is in service, and stays so until it is
    ///   drained or the orchestrator ends.
    /// - Throws: `configuration_invalid` with every mistake, and where the orchestrator is connected to a
    ///   coordinator and was not told where workers join; what the agent's `initialize` throws for good.
    @discardableResult
    public func registerAgentInstance(
        agent: any BaseAgent, maxConcurrentExecutions: Int = 1, capabilities: [String] = [],
        tags: Set<String> = [], resources: [ResourceAmount] = [],
        healthCheckInterval: Duration = .seconds(30)
    ) async throws -> String {
        _ = try await gateway.value()
        let id = "local-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let settings = WorkerSettings(
            coordinator: try pool.endpoint, workerID: id,
            slots: Int32(clamping: maxConcurrentExecutions), tags: tags.sorted(),
            resources: resources, healthCheckInterval: healthCheckInterval)
        let instance = LocalInstance(
            settings: settings, agent: CapableAgent(agent: agent, more: capabilities),
            registered: Readiness())
        let isClosed = waiting.withLock { waiting in
            if !waiting.isClosed { waiting.registrations[id] = instance.registered }
            return waiting.isClosed
        }
        guard !isClosed else { throw Self.ended }
        defer { _ = waiting.withLock { $0.registrations.removeValue(forKey: id) } }
        registrar.yield(instance)
        try await instance.registered.value()
        return id
    }

    private static let ended = ScrivenerError(.shuttingDown, "the orchestrator ends")

    /// Has an instance finish what runs and leave the pool; other workers of the pool as well.
    ///
    /// - Throws: `worker_not_found`.
    @discardableResult
    public func drain(_ workerID: String) async throws -> WorkerRecord {
        try await gateway.value().drain(worker: workerID)
    }

    /// Executes one task on an instance of the agent, chosen as for any task.
    ///
    /// - Parameters:
    ///   - name: the agent's.
    ///   - parameters: for the agent.
    ///   - query: a question, for agents that want one.
    ///   - patience: how long to wait, in seconds. 1…600.
    /// - Returns: the task with its attempts and, when it completed, its payload; without them when it has not
    ///   ended in time: it goes on, as the session that is named.
    /// - Throws: `plan_invalid`; `overloaded`.
    public func executeAgent(
        _ name: String, parameters: RawJSON = .emptyObject, query: String = "",
        patience: Int = 60
    ) async throws -> AgentExecutionOutcome {
        try await gateway.value().execute(
            AgentExecutionRequest(agent: name, parameters: parameters, query: query),
            patience: patience)
    }

    /// An agent's instances with what they did, in order of their workers.
    ///
    /// - Throws: `agent_not_found` when it has never registered.
    public func agentMetrics(_ name: String) async throws -> [InstanceMetrics] {
        try await gateway.value().metrics(ofAgent: name)
    }

    public func registryStatus() async throws -> RegistryStatus {
        try await gateway.value().registry()
    }
}

extension EnhancedAgentRegistry: Service {
    /// Runs the workers of what is registered: the orchestrator does.
    public func run() async throws {
        defer { close() }
        await withDiscardingTaskGroup { group in
            for await instance in instances.cancelOnGracefulShutdown() {
                group.addTask { await self.hold(instance) }
            }
            // Those that nobody has taken up will not be.
            close()
        }
    }

    private func close() {
        let left = waiting.withLock { waiting in
            waiting.isClosed = true
            return Array(waiting.registrations.values)
        }
        for registration in left { registration.decide(.failure(Self.ended)) }
    }

    private func hold(_ instance: LocalInstance) async {
        var logger = logger
        logger[metadataKey: "worker"] = "\(instance.settings.workerID)"
        do {
            try await WorkerService(
                settings: instance.settings, agents: [instance.agent], logger: logger,
                onRegistered: { instance.registered.decide(.success(())) }
            ).run()
            instance.registered.decide(.failure(Self.ended))
        } catch {
            logger.error("an instance has left", metadata: ["error": "\(error)"])
            instance.registered.decide(.failure(error))
        }
    }
}

/// An agent with more capabilities than it names itself.
private struct CapableAgent: BaseAgent {
    let agent: any BaseAgent
    let more: [String]

    var name: String { agent.name }
    var capabilities: [String] {
        agent.capabilities + more.filter { !agent.capabilities.contains($0) }
    }

    func initialize() async throws { try await agent.initialize() }

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        try await agent.execute(task, context: context)
    }

    func healthCheck() async -> AgentCondition { await agent.healthCheck() }
    func shutdown() async { await agent.shutdown() }
}
