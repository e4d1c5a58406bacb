// What a client of the Model Context Protocol asks in which order, with the messages of its documents.

import ScrivenerInterop
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct MCPClientTests {
    private static let weather = JSONValue.object([("location", .string("New York"))])

    /// A server of today's revision: nothing is said that it would have to remember.
    @Test func `A modern server is asked without a greeting`() async throws {
        let server = RecordedMCPServer([
            "server/discover": [.result(MCPSample.discovery)],
            "tools/list": [.result(MCPSample.tools)], "tools/call": [.result(MCPSample.text)],
        ])
        let client = MCPClient(transport: server)
        let revision = try await client.connect()
        #expect(revision == .july2026)
        let tool = try await client.tool("get_weather", in: revision)
        _ = try await client.call(tool, Self.weather, in: revision, meta: []) { _ in }
        #expect(server.asked.map(\.method) == ["server/discover", "tools/list", "tools/call"])
        #expect(server.told.isEmpty)
        let call = try #require(server.asked.last?.params)
        #expect(call["name"] == .string("get_weather"))
        #expect(call["arguments"] == Self.weather)
        let meta = try #require(call["_meta"])
        #expect(meta["io.modelcontextprotocol/protocolVersion"] == .string("2026-07-28"))
        #expect(meta["io.modelcontextprotocol/clientCapabilities"] == .object([]))
        #expect(meta["progressToken"] == .string("attempt"))
    }

    /// A server of last year's: the question is unknown to it, or refused in its own way.
    @Test(arguments: [
        RecordedMCPServer.Answer.notModern,
        .failure(#"{"code": -32601, "message": "Method not found"}"#),
        .failure(#"{"code": -32602, "message": "Invalid request parameters"}"#),
        .failure(MCPSample.unsupported),
    ])
    func `A legacy server is greeted`(answer: RecordedMCPServer.Answer) async throws {
        let server = RecordedMCPServer([
            "server/discover": [answer], "initialize": [.result(MCPSample.initialized)],
        ])
        let revision = try await MCPClient(transport: server).connect()
        #expect(revision == .november2025)
        #expect(server.asked.map(\.method) == ["server/discover", "initialize"])
        #expect(server.asked.last?.params["protocolVersion"] == .string("2025-11-25"))
        #expect(server.told == ["notifications/initialized"])
    }

    @Test func `A server of a revision that nobody speaks here is not used`() async throws {
        let server = RecordedMCPServer([
            "initialize": [.result(#"{"protocolVersion": "2024-11-05", "capabilities": {}}"#)]
        ])
        let failure = await #expect(throws: AgentFailure.self) {
            try await MCPClient(transport: server).connect()
        }
        #expect(failure?.code == "mcp_revision")
        #expect(failure?.failureClass == .permanent)
        #expect(server.told.isEmpty)
    }

    /// What a server wants to say with its own code is not hidden behind a second failure.
    @Test func `A modern refusal is no reason to try the old way`() async throws {
        let server = RecordedMCPServer([
            "server/discover": [.failure(#"{"code": -32020, "message": "Header mismatch"}"#)]
        ])
        let failure = await #expect(throws: AgentFailure.self) {
            try await MCPClient(transport: server).connect()
        }
        #expect(failure?.code == "mcp_error")
        #expect(server.asked.count == 1)
    }

    @Test func `Tools are looked for page by page`() async throws {
        let server = RecordedMCPServer([
            "tools/list": [.result(MCPSample.tools), .result(MCPSample.moreTools)],
            "tools/call": [.result(MCPSample.text)],
        ])
        let client = MCPClient(transport: server)
        let tool = try await client.tool("execute_sql", in: .july2026)
        #expect(server.asked.map { $0.params["cursor"] } == [nil, .string("next-page-cursor")])
        let arguments = JSONValue.object([
            ("region", .string("us-west1")), ("query", .string("SELECT * FROM users")),
        ])
        _ = try await client.call(tool, arguments, in: .july2026, meta: []) { _ in }
        #expect(server.asked.last?.parameterHeaders == ["Mcp-Param-Region": "us-west1"])
        _ = try await client.call(tool, arguments, in: .november2025, meta: []) { _ in }
        #expect(server.asked.last?.parameterHeaders == [:])
        let failure = await #expect(throws: AgentFailure.self) {
            try await client.tool("nobody", in: .july2026)
        }
        #expect(failure?.code == "tool_unknown")
    }

    @Test(arguments: [
        (-32602, FailureClass.invalidInput), (-32601, .permanent), (-32603, .transient),
        (-32000, .transient), (-32021, .permanent),
    ])
    func `An error of the protocol has its class`(code: Int, expected: FailureClass) async {
        let server = RecordedMCPServer([
            "tools/call": [.failure(#"{"code": \#(code), "message": "no"}"#)],
            "tools/list": [.result(MCPSample.tools)],
        ])
        let client = MCPClient(transport: server)
        let failure = await #expect(throws: AgentFailure.self) {
            let tool = try await client.tool("get_weather", in: .july2026)
            _ = try await client.call(tool, Self.weather, in: .july2026, meta: []) { _ in }
        }
        #expect(failure?.failureClass == expected)
    }
}
