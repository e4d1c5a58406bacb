// What a tool takes and returns, with the examples of the protocol's documents.

import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct MCPToolTests {
    private func tool(_ schema: String, output: String? = nil) throws -> MCPToolDefinition {
        let description =
            #"{"name": "t", "inputSchema": \#(schema)"#
            + (output.map { #", "outputSchema": \#($0)"# } ?? "") + "}"
        return try MCPToolDefinition(RawJSON(description).value())
    }

    private func result(
        _ text: String, _ tool: MCPToolDefinition, retrying: Bool = false
    ) throws -> AgentResult {
        try MCPToolResult.result(
            of: RawJSON(text).value(), from: tool, retryingErrors: retrying)
    }

    private static let anything = #"{"type": "object"}"#
    private static let weather = #"""
        {"type": "object", "properties": {"temperature": {"type": "number"},
         "conditions": {"type": "string"}, "humidity": {"type": "number"}},
         "required": ["temperature", "conditions", "humidity"]}
        """#

    @Test func `Arguments are held against the schema`() throws {
        let tool = try tool(
            #"""
            {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
             "required": ["a", "b"]}
            """#)
        #expect(tool.mistakes(of: try RawJSON(#"{"a": 1, "b": 2.5}"#).value()).isEmpty)
        let mistakes = tool.mistakes(of: try RawJSON(#"{"a": "one"}"#).value())
        #expect(mistakes.map(\.path).sorted() == ["", "/a"])
    }

    /// Whoever fetched it would ask whomever a server names.
    @Test func `A schema that refers elsewhere is not used`() throws {
        let failure = #expect(throws: AgentFailure.self) {
            try tool(#"{"type": "object", "properties": {"a": {"$ref": "http://10.0.0.1/s"}}}"#)
        }
        #expect(failure?.code == "tool_schema")
        _ = try tool(##"{"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}"##)
    }

    @Test func `Parameters stand in headers where the schema says so`() throws {
        let tool = try tool(
            #"""
            {"type": "object", "properties": {
              "region": {"type": "string", "x-mcp-header": "Region"},
              "count": {"type": "integer", "x-mcp-header": "Count"},
              "where": {"type": "object", "properties": {
                "dry": {"type": "boolean", "x-mcp-header": "Dry"}}}}}
            """#)
        let arguments = try RawJSON(
            #"{"region": "Hello, 世界", "count": 42, "where": {"dry": true}}"#
        ).value()
        #expect(
            tool.headers(of: arguments) == [
                "Mcp-Param-Region": "=?base64?SGVsbG8sIOS4lueVjA==?=", "Mcp-Param-Count": "42",
                "Mcp-Param-Dry": "true",
            ])
        #expect(tool.headers(of: .object([("region", .null)])) == [:])
    }

    @Test(arguments: [
        #"{"type": "number", "x-mcp-header": "N"}"#, #"{"type": "string", "x-mcp-header": "a b"}"#,
        #"{"type": "string", "x-mcp-header": 5}"#,
    ])
    func `A header that cannot be makes a tool unusable`(property: String) {
        let failure = #expect(throws: AgentFailure.self) {
            try tool(#"{"type": "object", "properties": {"a": \#(property)}}"#)
        }
        #expect(failure?.code == "tool_schema")
    }

    // MARK: Results

    @Test func `Structured content is the payload`() throws {
        let result = try result(
            MCPSample.structured, try tool(Self.anything, output: Self.weather))
        #expect(
            result.payload.text
                == #"{"temperature":22.5,"conditions":"Partly cloudy","humidity":65}"#)
    }

    @Test func `Text becomes an object with the content as it came`() throws {
        let payload = try result(MCPSample.text, try tool(Self.anything)).payload.value()
        #expect(payload["text"]?.stringValue?.hasPrefix("Current weather in New York:\n") == true)
        #expect(payload["content"]?.arrayValue?.count == 1)
    }

    @Test func `What a tool calls an error is one, and tried again where that is wanted`() throws {
        let tool = try tool(Self.anything)
        for (isRetried, expected) in [(false, FailureClass.permanent), (true, .transient)] {
            let failure = #expect(throws: AgentFailure.self) {
                try result(MCPSample.failed, tool, retrying: isRetried)
            }
            #expect(failure?.failureClass == expected)
            #expect(failure?.code == "tool_error")
            #expect(failure?.message == "Invalid departure date: must be in the future.")
        }
    }

    @Test func `Nobody is there to be asked`() throws {
        let tool = try tool(Self.anything)
        let failure = #expect(throws: AgentFailure.self) {
            try result(MCPSample.inputRequired, tool)
        }
        #expect(failure?.code == "tool_input_required")
    }

    @Test(arguments: [
        #"{"resultType": "later", "content": []}"#, #"{"resultType": "complete"}"#,
        #"{"content": [], "structuredContent": {"temperature": "warm"}}"#, #"{"content": []}"#,
    ])
    func `What is not as it is described is no output`(text: String) throws {
        let tool = try tool(Self.anything, output: Self.weather)
        let failure = #expect(throws: AgentFailure.self) { try result(text, tool) }
        #expect(failure?.code == "invalid_output")
        #expect(failure?.failureClass == .permanent)
    }
}
