// Tools of MCP servers and other systems' agents, as the file of agents describes them.

import Foundation
import ScrivenerModel
import ScrivenerOutbound
import Testing

@testable import ScrivenerAgents

@Suite struct RemoteAgentReaderTests {
    private func read(_ text: String) throws -> [AgentDescription] {
        try AgentFile.descriptions(in: Array(text.utf8), isJSON: false)
    }

    private func places(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch {
            return (error as? ScrivenerError)?.mistakes.map(\.path) ?? ["\(error)"]
        }
    }

    @Test func `A tool of a program, and one of a service`() throws {
        var program = MCPAgentSettings(
            AgentIdentity(name: "weather", capabilities: ["weather"]),
            .program(["sh", "-c", "cat"], environment: ["PATH", "API_KEY"]), tool: "get_weather")
        program.arguments = [(key: "units", value: .string("metric"))]
        program.inputsArgument = "documents"
        program.timeout = .seconds(30)
        program.maximumOutputBytes = 4_096
        program.terminationGrace = .seconds(2)
        program.retriesToolErrors = true
        var service = MCPAgentSettings(
            AgentIdentity(name: "sql"),
            .service(try OutboundURL("http://127.0.0.1:9000/mcp"), key: nil), tool: "execute_sql")
        service.cancellation = .close
        #expect(
            try read(
                """
                agents:
                  - name: weather
                    capabilities: [weather]
                    mcp:
                      command: [sh, -c, cat]
                      environment: [PATH, API_KEY]
                      tool: get_weather
                      arguments: {units: metric}
                      inputs_argument: documents
                      timeout_seconds: 30
                      max_output_bytes: 4096
                      termination_grace_seconds: 2
                      retry_tool_errors: true
                  - name: sql
                    mcp:
                      url: http://127.0.0.1:9000/mcp
                      tool: execute_sql
                      cancellation: close
                """) == [.mcp(program), .mcp(service)])
    }

    @Test func `All mistakes are told at once, also beside an address that is wrong`() {
        #expect(
            places(
                """
                agents:
                  - name: tool
                    mcp:
                      url: ftp://tools.example.com
                      tool: t
                      timeout_seconds: -1
                      max_output_bytes: 0
                  - name: route
                    a2a:
                      url: ftp://agents.example.com
                      poll_seconds: 0
                      max_output_bytes: 0
                """
            ).sorted() == [
                "/agents/0/mcp/max_output_bytes", "/agents/0/mcp/timeout_seconds",
                "/agents/0/mcp/url", "/agents/1/a2a/max_output_bytes", "/agents/1/a2a/poll_seconds",
                "/agents/1/a2a/url",
            ])
    }

    @Test func `Another system's agent`() throws {
        var full = A2AAgentSettings(
            AgentIdentity(name: "route", capabilities: ["routing"]),
            card: try OutboundURL("https://agents.example.com/route.json"))
        full.endpoint = try OutboundURL("https://route.example.com/a2a")
        full.keyHeader = "x-api-key"
        full.sendsInputs = false
        full.timeout = .seconds(60)
        full.pollInterval = .seconds(2)
        full.maximumOutputBytes = 4_096
        full.terminationGrace = .seconds(1)
        let plain = A2AAgentSettings(
            AgentIdentity(name: "plain"),
            card: try OutboundURL("http://127.0.0.1:9999/.well-known/agent-card.json"))
        #expect(
            try read(
                """
                agents:
                  - name: route
                    capabilities: [routing]
                    a2a:
                      url: https://agents.example.com/route.json
                      endpoint: https://route.example.com/a2a
                      api_key_header: X-API-Key
                      inputs: false
                      timeout_seconds: 60
                      poll_seconds: 2
                      max_output_bytes: 4096
                      termination_grace_seconds: 1
                  - name: plain
                    a2a: {url: "http://127.0.0.1:9999"}
                """) == [.a2a(full), .a2a(plain)])
    }

    @Test func `All mistakes are told at once`() {
        #expect(
            places(
                """
                agents:
                  - name: both
                    mcp: {command: [sh], url: "http://a/", tool: t}
                  - name: neither
                    mcp: {tool: t}
                  - name: mixed
                    mcp: {command: [sh], api_key_file: /k, cancellation: wait, tool: t}
                  - name: nothing
                    mcp: {command: [/no/such/program], arguments: [1], timeout_seconds: 0}
                  - name: remote
                    a2a: {url: "ftp://a/", api_key_header: Host, extra: 1}
                """) == [
                    "/agents/0/mcp", "/agents/1/mcp", "/agents/2/mcp/api_key_file",
                    "/agents/2/mcp/cancellation", "/agents/3/mcp/command/0",
                    "/agents/3/mcp/tool", "/agents/3/mcp/arguments",
                    "/agents/3/mcp/timeout_seconds", "/agents/4/a2a/extra", "/agents/4/a2a/url",
                    "/agents/4/a2a/api_key_header",
                ])
    }
}
