// An agent that is a tool of an MCP server: what is said of it in the file of agents. `docs/agents/mcp.md` lists
// the fields.

import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound

/// The settings of such an agent.
public struct MCPAgentSettings: Sendable, Equatable {
    /// Where the server is.
    enum Server: Sendable, Equatable {
        /// A program of its own for each attempt, over its standard streams.
        case program([String], environment: [String])
        /// Over streamable HTTP.
        case service(OutboundURL, key: ServiceKey?)
    }

    /// When a call of a service counts as cancelled.
    enum Cancellation: String, Sendable, CaseIterable {
        /// When it has been answered: what is not is still at work.
        case wait
        /// When its stream has been closed, which tells the server, and which the server need not heed.
        case close
    }

    var identity: AgentIdentity
    var server: Server
    var tool: String
    /// What each call has; a task's parameters win over it.
    var arguments: [(key: String, value: JSONValue)] = []
    /// The argument that gets the results of the task's dependencies; none does when `nil`.
    var inputsArgument: String?
    /// How long a call may take.
    var timeout = Duration.seconds(600)
    /// Of an answer.
    var maximumOutputBytes = 1 << 20
    /// How long a program may take to end after its input has ended, and again after SIGTERM.
    var terminationGrace = Duration.seconds(5)
    /// Whether what a tool calls an error is tried again.
    var retriesToolErrors = false
    var cancellation = Cancellation.wait

    init(_ identity: AgentIdentity, _ server: Server, tool: String) {
        self.identity = identity
        self.server = server
        self.tool = tool
    }

    func agent() throws -> any BaseAgent { MCPAgent(self) }

    public static func == (left: MCPAgentSettings, right: MCPAgentSettings) -> Bool {
        left.identity == right.identity && left.server == right.server
            && left.tool == right.tool
            && JSONValue.object(left.arguments) == JSONValue.object(right.arguments)
            && left.inputsArgument == right.inputsArgument && left.timeout == right.timeout
            && left.maximumOutputBytes == right.maximumOutputBytes
            && left.terminationGrace == right.terminationGrace
            && left.retriesToolErrors == right.retriesToolErrors
            && left.cancellation == right.cancellation
    }
}
