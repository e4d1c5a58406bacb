// One question of a research agent to its model.

import Logging
import ScrivenerAgentKit
import ScrivenerModel

/// Asks, and says what it cost.
struct ResearchModelQuestion {
    private static let toolbox = ModelToolbox(tools: [], maximumBytes: 0)

    let model: ResearchModel
    let task: AgentTask
    let context: AgentContext

    /// What came of a question.
    enum Outcome: Sendable {
        case answer(JSONValue)
        /// The model's answer cannot be used; the agent does without.
        case unusable(String)
    }

    /// Asks for an answer that is as a schema says.
    ///
    /// - Parameter material: what the question is about. It goes in as JSON: texts that others wrote are then
    ///   strings, whatever stands in them.
    /// - Throws: `AgentFailure` of class `transient` when the endpoint cannot be had: the pool tries again. And
    ///   `CancellationError`.
    func ask(
        _ instructions: String, about material: JSONValue, schema: JSONSchema,
        counting usage: inout ModelUsageMeter
    ) async throws -> Outcome {
        let endpoint = model.client.settings
        let rules = [instructions, ModelInstructions.json(schema, endpoint)]
            .filter { !$0.isEmpty }.joined(separator: "\n\n")
        let text = RawJSON(material).text
        guard rules.utf8.count + text.utf8.count <= endpoint.maximumPromptBytes else {
            return .unusable("the question has more than \(endpoint.maximumPromptBytes) bytes")
        }
        var conversation = ModelConversation(
            model.client, toolbox: Self.toolbox, limits: ModelConversation.Limits(),
            messages: [.system(rules), .user(text)], for: task, context)
        do {
            let value = try await conversation.value(schema)
            usage.add(conversation.meter.usage)
            return .answer(value)
        } catch let failure as AgentFailure {
            usage.add(conversation.meter.usage)
            guard failure.failureClass != .transient else { throw failure }
            context.logger.warning(
                "a model's answer is not used",
                metadata: ["model": "\(model.name)", "error": "\(failure.message)"])
            return .unusable("\(failure.code): \(failure.message)")
        }
    }
}

/// Schemas of the answers that research agents want: written here, so they are right.
enum ResearchSchema {
    static func object(_ members: [(key: String, value: JSONValue)]) -> JSONValue {
        .object([
            ("type", .string("object")), ("properties", .object(members)),
            ("required", .array(members.map { .string($0.key) })),
            ("additionalProperties", .bool(false)),
        ])
    }

    static func list(of items: JSONValue) -> JSONValue {
        .object([("type", .string("array")), ("items", items)])
    }

    static let text = JSONValue.object([("type", .string("string"))])
    static let integer = JSONValue.object([("type", .string("integer"))])
    static let boolean = JSONValue.object([("type", .string("boolean"))])

    static func schema(_ document: JSONValue) -> JSONSchema {
        do throws(JSONSchemaError) {
            return try JSONSchema(document)
        } catch {
            preconditionFailure("a schema of this software is none: \(error.mistakes)")
        }
    }
}
