// What a tool returned, as the result of an attempt. Structured content is the payload as it is; what has none
// becomes an object with all of its text, and the content as it came.

import ScrivenerModel

enum MCPToolResult {
    /// - Parameter isRetried: whether what the tool calls an error is tried again.
    static func result(
        of value: JSONValue, from tool: MCPToolDefinition, retryingErrors isRetried: Bool
    ) throws(AgentFailure) -> AgentResult {
        switch value["resultType"]?.stringValue ?? "complete" {
        case "complete": break
        case "input_required":
            throw AgentFailure(
                .permanent, code: "tool_input_required",
                message: "the tool \(tool.name) asks for input, which nobody can give it here")
        case let type:
            throw MCPFailure.invalid("a result of the type \(type.prefix(100)) is not known")
        }
        guard let content = value["content"]?.arrayValue else {
            throw MCPFailure.invalid("the result of the tool has no content")
        }
        let text = content.filter { $0["type"] == .string("text") }
            .compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
        guard value["isError"] != .bool(true) else {
            throw AgentFailure(
                isRetried ? .transient : .permanent, code: "tool_error",
                message: text.isEmpty
                    ? "the tool failed and did not say why"
                    : String(text.beginning(ofBytes: 2_000)))
        }
        return AgentResult(payload: try payload(value["structuredContent"], text, content, tool))
    }

    private static func payload(
        _ structured: JSONValue?, _ text: String, _ content: [JSONValue],
        _ tool: MCPToolDefinition
    ) throws(AgentFailure) -> RawJSON {
        guard let structured else {
            guard tool.outputSchema == nil else {
                throw MCPFailure.invalid("the tool has an output schema, and no such output")
            }
            return RawJSON(.object([("text", .string(text)), ("content", .array(content))]))
        }
        let mistakes = tool.mistakes(ofOutput: structured)
        guard mistakes.isEmpty else {
            throw MCPFailure.invalid(
                "the output is not what the tool's schema says: "
                    + mistakes.map(\.described).joined(separator: "; ").prefix(800))
        }
        return RawJSON(structured)
    }
}
