// An agent that is another system's, reached by the Agent2Agent protocol. `docs/agents/a2a.md` says what it is
// sent, and what its answers become.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Sends a message for each attempt, and follows the task that it opens.
public struct A2AAgent: BaseAgent {
    let settings: A2AAgentSettings
    private let client: A2AClient

    public var name: String { settings.identity.name }
    public var capabilities: [String] { settings.identity.capabilities }
    public var tags: [String] { settings.identity.tags }
    public var slots: Int32? { settings.identity.slots }
    public var version: String { settings.identity.version }

    public init(_ settings: A2AAgentSettings) {
        self.settings = settings
        client = A2AClient(settings)
    }

    /// Waits for its card to be there. One that is not of use here is no reason to end a worker that has other
    /// agents.
    public func initialize() async throws {
        do {
            _ = try await client.card()
        } catch let failure as AgentFailure {
            throw AgentFailure(.transient, code: failure.code, message: failure.message)
        }
    }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        try await A2AExecution(client, settings, task, context).result()
    }

    public func healthCheck() async -> AgentCondition {
        do {
            _ = try await client.card()
            return .healthy
        } catch {
            return .unhealthy(reason: (error as? AgentFailure)?.message ?? "\(error)")
        }
    }

    public func shutdown() async { await client.shutdown() }
}
