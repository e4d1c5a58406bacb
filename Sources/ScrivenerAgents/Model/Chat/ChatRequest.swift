// One request to a model, and its bytes.

import ScrivenerModel

/// What a model is asked for.
struct ChatRequest: Sendable, Equatable {
    var messages: [ChatMessage]
    var tools: [ChatTool] = []
    /// What the answer has to be, where it is to be JSON.
    var schema: JSONSchema?
    /// Of the answer; the endpoint's limit when `nil`.
    var maximumTokens: Int?

    func bytes(for settings: ModelEndpointSettings) -> [UInt8] {
        var members: [(key: String, value: JSONValue)] = [
            ("model", .string(settings.model)),
            ("messages", .array(messages.map(\.json))),
            ("stream", .bool(settings.streams)),
        ]
        if settings.streams, settings.asksForUsage {
            members.append(("stream_options", .object([("include_usage", .bool(true))])))
        }
        let tokens = min(maximumTokens ?? settings.maximumTokens, settings.maximumTokens)
        members.append((settings.tokenLimitField.rawValue, .integer(Int64(tokens))))
        if let temperature = settings.temperature {
            members.append(("temperature", .number(temperature)))
        }
        if let seed = settings.seed { members.append(("seed", .integer(seed))) }
        if !tools.isEmpty { members.append(("tools", .array(tools.map(\.json)))) }
        if let schema, let format = settings.responseFormat.json(for: schema) {
            members.append(("response_format", format))
        }
        return RawJSON(.object(members)).bytes
    }
}

/// How an endpoint is told that it is to answer in JSON.
enum ModelResponseFormat: String, Sendable, Equatable, CaseIterable {
    /// It is given the schema, and holds the model to it.
    case jsonSchema = "json_schema"
    /// It is told that it is to be JSON, and the model reads the schema.
    case jsonObject = "json_object"
    /// Only the model is told.
    case none

    func json(for schema: JSONSchema) -> JSONValue? {
        switch self {
        case .jsonSchema:
            .object([
                ("type", .string(rawValue)),
                (
                    "json_schema",
                    .object([
                        ("name", .string("answer")), ("strict", .bool(schema.isStrict)),
                        ("schema", schema.document),
                    ])
                ),
            ])
        case .jsonObject: .object([("type", .string(rawValue))])
        case .none: nil
        }
    }
}

/// What an endpoint calls the limit of an answer.
enum ModelTokenLimitField: String, Sendable, Equatable, CaseIterable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
}
