// An agent that is a tool of a Model Context Protocol server. `docs/agents/mcp.md` says what a task's parameters
// become, and what its result is.

public import ScrivenerAgentKit
import ScrivenerInterop
public import ScrivenerModel

/// Calls a tool for each attempt.
public struct MCPAgent: BaseAgent {
    /// Where the server is.
    private enum Connection: Sendable {
        case program(MCPProgram)
        case service(MCPService)
    }

    let settings: MCPAgentSettings
    private let connection: Connection

    public var name: String { settings.identity.name }
    public var capabilities: [String] { settings.identity.capabilities }
    public var tags: [String] { settings.identity.tags }
    public var slots: Int32? { settings.identity.slots }
    public var version: String { settings.identity.version }

    public init(_ settings: MCPAgentSettings) {
        self.settings = settings
        connection =
            switch settings.server {
            case .program(let command, let environment):
                .program(
                    MCPProgram(
                        command: ChildCommand(
                            command, inheritedVariables: environment, emitsErrors: true,
                            terminationGrace: settings.terminationGrace),
                        maximumLineBytes: settings.maximumOutputBytes,
                        timeout: settings.timeout))
            case .service(let url, let key):
                .service(MCPService(url, key: key, settings: settings))
            }
    }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        let call = try MCPCall(task, settings, context)
        return switch connection {
        case .program(let program): try await program.run(call, context)
        case .service(let service): try await service.run(call)
        }
    }

    public func shutdown() async {
        if case .service(let service) = connection { await service.shutdown() }
    }
}

/// What one attempt asks of a tool, and what it makes of the answer.
struct MCPCall: Sendable {
    private let arguments: JSONValue
    private let settings: MCPAgentSettings
    private let context: AgentContext

    /// - Throws: `AgentFailure` of class `invalid_input` where the parameters are no object.
    init(
        _ task: AgentTask, _ settings: MCPAgentSettings, _ context: AgentContext
    ) throws(AgentFailure) {
        self.settings = settings
        self.context = context
        arguments = .object(try Self.arguments(task, settings))
    }

    private static func arguments(
        _ task: AgentTask, _ settings: MCPAgentSettings
    ) throws(AgentFailure) -> [(key: String, value: JSONValue)] {
        guard let parameters = try? task.parameters.value(), case .object(let given) = parameters
        else {
            throw AgentFailure(
                .invalidInput, code: "invalid_parameters",
                message: "parameters: expected an object, the arguments of \(settings.tool)")
        }
        var all = settings.arguments.filter { fixed in
            !given.contains { $0.key == fixed.key }
        }
        all += given
        if let name = settings.inputsArgument {
            all.removeAll { $0.key == name }
            all.append((key: name, value: .array(try task.inputs.map(input))))
        }
        return all
    }

    private static func input(_ input: AgentInput) throws(AgentFailure) -> JSONValue {
        let payload: JSONValue
        do throws(JSONError) {
            payload = try input.payload.value()
        } catch {
            throw AgentFailure(
                .invalidInput, code: "invalid_input_payload",
                message: "the payload of \(input.taskID) is no JSON")
        }
        return .object([
            ("task_id", .string(input.taskID)), ("task_type", .string(input.taskType)),
            ("payload", payload),
        ])
    }

    /// Speaks with the server, from the greeting to the answer.
    func result(over transport: any MCPTransport) async throws -> AgentResult {
        let client = MCPClient(transport: transport)
        let revision = try await client.connect()
        let tool = try await client.tool(settings.tool, in: revision)
        let mistakes = tool.mistakes(of: arguments)
        guard mistakes.isEmpty else {
            throw AgentFailure(
                .invalidInput, code: "tool_arguments",
                message: "the tool \(tool.name) does not take that: "
                    + mistakes.map(\.described).joined(separator: "; ").prefix(1_500))
        }
        let answer = try await client.call(
            tool, arguments, in: revision, meta: trace
        ) { hear($0) }
        guard RawJSON(answer).bytes.count <= settings.maximumOutputBytes else {
            throw MCPFailure.tooLarge(limit: settings.maximumOutputBytes)
        }
        return try MCPToolResult.result(
            of: answer, from: tool, retryingErrors: settings.retriesToolErrors)
    }

    private var trace: [(key: String, value: JSONValue)] {
        [("traceparent", context.traceparent), ("tracestate", context.tracestate)]
            .compactMap { name, value in value.map { (key: name, value: JSONValue.string($0)) } }
    }

    /// Progress is what it is here; log messages are output.
    private func hear(_ notification: MCPNotification) {
        let params = notification.params
        switch notification.method {
        case MCPMethod.progress:
            guard params["progressToken"] == MCPClient.progressToken.value,
                let progress = params["progress"]?.doubleValue
            else { return }
            let total = params["total"]?.doubleValue ?? 0
            context.progress(
                total > 0 ? progress / total : 0, params["message"]?.stringValue ?? "")
        case "notifications/message":
            let data = params["data"] ?? .null
            context.emit((data.stringValue ?? RawJSON(data).text) + "\n")
        default: break
        }
    }
}
