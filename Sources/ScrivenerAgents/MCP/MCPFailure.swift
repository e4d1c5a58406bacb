// What a server of tools says, as failures of the agent that had called: `docs/agents/mcp.md` has the table.

import ScrivenerInterop
import ScrivenerModel

enum MCPFailure {
    /// Of an error of the protocol. Parameters that are not taken are the task's fault; what the server does
    /// not know or cannot read stays so; the rest has reasons that only the server knows.
    static func failure(_ error: JSONRPCError) -> AgentFailure {
        let failureClass: FailureClass =
            switch error.known {
            case .invalidParams: .invalidInput
            case .methodNotFound, .invalidRequest, .parseError, .headerMismatch,
                .missingClientCapability, .unsupportedProtocolVersion:
                .permanent
            case .internalError, nil: .transient
            }
        return AgentFailure(
            failureClass, code: "mcp_error",
            message: "the MCP server answered \(error.code): "
                + error.message.beginning(ofBytes: 800))
    }

    static func noCommonRevision(_ offered: String) -> AgentFailure {
        AgentFailure(
            .permanent, code: "mcp_revision",
            message: "the MCP server speaks \(offered.prefix(200)), and this worker "
                + MCPRevision.supported.map(\.rawValue).joined(separator: ", "))
    }

    /// What came is not what the protocol has.
    static func invalid(_ what: String) -> AgentFailure {
        AgentFailure(.permanent, code: "invalid_output", message: what)
    }

    static func late(after limit: Duration) -> AgentFailure {
        AgentFailure(
            .transient, code: "service_timeout",
            message: "the MCP server did not answer within \(limit)")
    }

    static func tooLarge(limit: Int) -> AgentFailure {
        AgentFailure(
            .permanent, code: "answer_too_large",
            message: "an answer of the MCP server has more than \(limit) bytes")
    }
}
