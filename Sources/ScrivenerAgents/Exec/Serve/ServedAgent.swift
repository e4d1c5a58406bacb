// An agent that is a program of which one process serves all attempts: for what takes long to start, such as a model
// that is read into memory. `docs/agents/exec.md` has its protocol.

public import ScrivenerAgentKit
public import ScrivenerModel
import Synchronization

/// Has its attempts served by one process, which is started with it, and again when it ends.
public final class ServedAgent: BaseAgent {
    public let settings: ExecAgentSettings
    /// There from the first initialization on.
    private let server = Mutex<ExecServer?>(nil)

    /// Between SIGTERM and SIGKILL, for a process that had its grace already.
    static let killGrace = Duration.seconds(1)

    public var name: String { settings.identity.name }
    public var capabilities: [String] { settings.identity.capabilities }
    public var tags: [String] { settings.identity.tags }
    public var slots: Int32? { settings.identity.slots }
    public var version: String { settings.identity.version }

    public init(_ settings: ExecAgentSettings) { self.settings = settings }

    public func initialize() async throws {
        try await settings.sandbox?.check(of: name)
        let server = try server.withLock { server in
            let known = try server ?? ExecServer(settings)
            server = known
            return known
        }
        try await server.start()
    }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        guard let server = server.withLock({ $0 }) else {
            throw AgentFailure(
                .transient, code: "served_process_not_ready",
                message: "the process that serves was not started")
        }
        return try await server.execute(task, context)
    }

    public func healthCheck() async -> AgentCondition {
        await server.withLock { $0 }?.condition() ?? .healthy
    }

    public func shutdown() async {
        let last = server.withLock { server in
            defer { server = nil }
            return server
        }
        await last?.stop()
    }
}
