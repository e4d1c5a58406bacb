// An agent that is a language model behind an endpoint: its task fills in a template, and what the model
// answers is its result. `docs/agents/model.md` leads from nothing to a task that is done.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Asks a model.
public struct ModelAgent: BaseAgent {
    let settings: ModelAgentSettings
    let client: ModelClient
    let tools: [ModelTool]

    public var name: String { settings.identity.name }
    public var capabilities: [String] { settings.identity.capabilities }
    public var tags: [String] { settings.identity.tags }
    public var slots: Int32? { settings.identity.slots }
    public var version: String { settings.identity.version }

    /// Waits for the endpoint to be there.
    public func initialize() async throws {
        if case .unhealthy(let reason) = await healthCheck() {
            throw AgentFailure(.transient, code: "service_unhealthy", message: reason)
        }
    }

    public func healthCheck() async -> AgentCondition { await client.condition() }

    public func shutdown() async { await client.shutdown() }

    /// - Returns: also for an attempt that failed, since its tokens cost.
    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        var conversation = ModelConversation(
            client,
            toolbox: ModelToolbox(tools: tools, maximumBytes: settings.maximumToolBytes),
            limits: ModelConversation.Limits(
                corrections: settings.maximumCorrections, toolRounds: settings.maximumToolRounds),
            messages: try messages(for: task, context), for: task, context)
        do {
            let payload = try await payload(&conversation)
            context.progress(1, "answered")
            return AgentResult(payload: payload, usage: conversation.meter.usage)
        } catch let failure as AgentFailure {
            return AgentResult(usage: conversation.meter.usage, failure: failure)
        }
    }

    private func payload(_ conversation: inout ModelConversation) async throws -> RawJSON {
        guard let schema = settings.schema else {
            return RawJSON(.string(try await conversation.text()))
        }
        return RawJSON(try await conversation.value(schema))
    }

    private func messages(
        for task: AgentTask, _ context: AgentContext
    ) throws(AgentFailure) -> [ChatMessage] {
        guard let prompt = settings.prompt else {
            throw AgentFailure(
                .invalidInput, code: "no_prompt",
                message: "the model \(name) has no prompt: only research agents use it")
        }
        let names = try PromptNames.value(of: task, attempt: context.attempt)
        let limit = settings.endpoint.maximumPromptBytes
        let system = try settings.system?.rendered(names, maximumBytes: limit) ?? ""
        let question = try prompt.rendered(
            names, maximumBytes: max(0, limit - system.utf8.count))
        let rules = [system, ModelInstructions.json(settings.schema, settings.endpoint)]
            .filter { !$0.isEmpty }.joined(separator: "\n\n")
        var messages: [ChatMessage] = []
        if !rules.isEmpty { messages.append(.system(rules)) }
        messages.append(.user(question))
        return messages
    }
}

/// What a template can name: the task, as programs read it on their standard input.
enum PromptNames {
    static func value(
        of task: AgentTask, attempt: Int
    ) throws(AgentFailure) -> JSONValue {
        var inputs: [JSONValue] = []
        var results: [(key: String, value: JSONValue)] = []
        for input in task.inputs {
            let payload = try value(input.payload, "the result of \(input.taskID)")
            inputs.append(
                .object([
                    ("task_id", .string(input.taskID)), ("task_type", .string(input.taskType)),
                    ("payload", payload),
                ]))
            results.append((input.taskID, payload))
        }
        return .object([
            ("session_id", .string(task.sessionID)), ("query", .string(task.query)),
            ("task_id", .string(task.taskID)), ("task_type", .string(task.taskType)),
            ("description", .string(task.description)),
            ("parameters", try value(task.parameters, "the parameters")),
            ("inputs", .array(inputs)), ("results", .object(results)),
            ("attempt", .integer(Int64(attempt))),
        ])
    }

    private static func value(
        _ json: RawJSON, _ what: String
    ) throws(AgentFailure) -> JSONValue {
        do {
            return try json.value()
        } catch {
            throw AgentFailure(
                .invalidInput, code: "undecodable_json",
                message: "\(what) is no JSON: \(error.reason.rawValue)")
        }
    }
}

/// What a model is told where its endpoint does not hold it to a schema.
enum ModelInstructions {
    static func json(_ schema: JSONSchema?, _ endpoint: ModelEndpointSettings) -> String {
        guard let schema, endpoint.responseFormat != .jsonSchema else { return "" }
        return "Answer with one JSON value and nothing else, as this JSON Schema says:\n"
            + RawJSON(schema.document).text
    }
}
