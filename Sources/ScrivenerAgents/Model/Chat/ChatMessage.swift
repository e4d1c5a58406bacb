// What is said to a model and by it, in the form that `/v1/chat/completions` has: the de-facto standard that
// OpenAI's API reference describes, and that vLLM, llama.cpp, Ollama and most hosts take.

import ScrivenerModel

/// One message of a conversation.
enum ChatMessage: Sendable, Equatable {
    case system(String)
    case user(String)
    case assistant(text: String, calls: [ChatToolCall])
    /// What a tool's call came to.
    case tool(callID: String, text: String)

    var json: JSONValue {
        switch self {
        case .system(let text): .object([("role", .string("system")), ("content", .string(text))])
        case .user(let text): .object([("role", .string("user")), ("content", .string(text))])
        case .tool(let id, let text):
            .object([
                ("role", .string("tool")), ("tool_call_id", .string(id)),
                ("content", .string(text)),
            ])
        case .assistant(let text, let calls): Self.answer(text, calls)
        }
    }

    private static func answer(_ text: String, _ calls: [ChatToolCall]) -> JSONValue {
        // Beside calls there need be no text, and then some servers want `null` and no empty one.
        let content: JSONValue = text.isEmpty && !calls.isEmpty ? .null : .string(text)
        var members: [(key: String, value: JSONValue)] = [
            ("role", .string("assistant")), ("content", content),
        ]
        if !calls.isEmpty { members.append(("tool_calls", .array(calls.map(\.json)))) }
        return .object(members)
    }
}

/// A tool that a model wants to be called.
struct ChatToolCall: Sendable, Equatable {
    var id: String
    var name: String
    /// JSON, if the model has written any.
    var arguments: String

    var json: JSONValue {
        .object([
            ("id", .string(id)), ("type", .string("function")),
            (
                "function",
                .object([("name", .string(name)), ("arguments", .string(arguments))])
            ),
        ])
    }
}

/// A tool that a model may ask for.
struct ChatTool: Sendable, Equatable {
    var name: String
    var description: String
    var parameters: JSONSchema

    var json: JSONValue {
        .object([
            ("type", .string("function")),
            (
                "function",
                .object([
                    ("name", .string(name)), ("description", .string(description)),
                    ("parameters", parameters.document),
                ])
            ),
        ])
    }
}
