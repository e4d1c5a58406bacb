// One entry of a file of agents: which kind it is, and what is said of it.

public import ScrivenerAgentKit

/// An agent of a file.
public enum AgentDescription: Sendable, Equatable {
    case exec(ExecAgentSettings)
    case http(HTTPAgentSettings)
    case model(ModelAgentSettings)
    case mcp(MCPAgentSettings)
    case a2a(A2AAgentSettings)

    public var identity: AgentIdentity {
        switch self {
        case .exec(let settings): settings.identity
        case .http(let settings): settings.identity
        case .model(let settings): settings.identity
        case .mcp(let settings): settings.identity
        case .a2a(let settings): settings.identity
        }
    }

    /// How long an attempt may take to end after it is cancelled: a worker that stops waits for it.
    public var terminationGrace: Duration {
        switch self {
        case .exec(let settings): settings.endingTime
        case .http(let settings): settings.terminationGrace
        case .model(let settings): settings.terminationGrace
        case .mcp(let settings): settings.terminationGrace
        case .a2a(let settings): settings.terminationGrace
        }
    }

    /// The agent, not yet initialised.
    public func agent() throws -> any BaseAgent {
        switch self {
        case .exec(let settings): settings.agent()
        case .http(let settings): try settings.agent()
        case .model(let settings): try settings.agent()
        case .mcp(let settings): try settings.agent()
        case .a2a(let settings): try settings.agent()
        }
    }
}
