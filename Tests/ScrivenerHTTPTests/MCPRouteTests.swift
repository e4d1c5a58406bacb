// The pool as a server of the Model Context Protocol, in the revisions that it speaks, with the requests of the
// protocol's documents.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MCPRouteTests {
    private static let json = "application/json"
    private static let meta = #"""
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
         "io.modelcontextprotocol/clientInfo": {"name": "ExampleClient", "version": "1.0.0"},
         "io.modelcontextprotocol/clientCapabilities": {}, "progressToken": "abc123"}
        """#

    /// A modern request, with the headers that it has to have.
    private func modern(
        _ method: String, _ server: TestServer, params: String = "", name: String? = nil,
        _ change: (inout [String: String]) -> Void = { _ in }
    ) async throws -> RawResponse {
        var headers = ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method]
        headers["Mcp-Name"] = name
        change(&headers)
        let body =
            #"{"jsonrpc": "2.0", "id": "one", "method": "\#(method)", "params": {\#(params)\#(Self.meta)}}"#
        return try await server.post("/mcp", body, type: Self.json, headers: headers)
    }

    private func call(
        _ tool: String, _ arguments: String, _ server: TestServer,
        _ change: (inout [String: String]) -> Void = { _ in }
    ) async throws -> RawResponse {
        try await modern(
            "tools/call", server, params: #""name": "\#(tool)", "arguments": \#(arguments), "#,
            name: tool, change)
    }

    private func legacy(
        _ body: String, _ server: TestServer, version: String? = nil
    ) async throws -> RawResponse {
        try await server.post(
            "/mcp", body, type: Self.json,
            headers: version.map { ["MCP-Protocol-Version": $0] } ?? [:])
    }

    private func value(_ response: RawResponse) throws -> JSONValue {
        try RawJSON(response.body).value()
    }

    // MARK: Revisions

    @Test func `A modern client discovers the server and its tools`() async throws {
        try await TestServer.run { server in
            let discovery = try value(await modern("server/discover", server))
            let result = try #require(discovery["result"])
            #expect(discovery["id"] == .string("one"))
            #expect(result["resultType"] == .string("complete"))
            #expect(
                result["supportedVersions"]
                    == .array([
                        .string("2026-07-28"), .string("2025-11-25"), .string("2025-06-18"),
                    ]))
            let server0 = result["_meta"]?["io.modelcontextprotocol/serverInfo"]
            #expect(server0?["name"] == .string("agent-scrivener"))
            let tools = try value(await modern("tools/list", server))["result"]
            let names = tools?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
            #expect(names == ["submit", "status", "results", "explain", "cancel"])
            #expect(tools?["cacheScope"] == .string("public"))
        }
    }

    @Test(arguments: [
        ("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"),
        ("2024-11-05", "2025-11-25"), ("2026-07-28", "2025-11-25"),
    ])
    func `A legacy client begins with a greeting`(asked: String, given: String) async throws {
        try await TestServer.run { server in
            let answer = try await legacy(
                #"{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "\#(asked)", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}}"#,
                server)
            let result = try value(answer)["result"]
            #expect(result?["protocolVersion"] == .string(given))
            #expect(result?["resultType"] == nil)
            #expect(answer.headers["mcp-session-id"] == nil)
            let greeted = try await legacy(
                #"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#, server,
                version: given)
            #expect(greeted.status == 202)
            let tools = try await legacy(
                #"{"jsonrpc": "2.0", "id": 2, "method": "tools/list"}"#, server, version: given)
            #expect(try value(tools)["result"]?["tools"]?.arrayValue?.count == 5)
            let ping = try await legacy(
                #"{"jsonrpc": "2.0", "id": 3, "method": "ping"}"#, server, version: given)
            #expect(try value(ping)["result"] == .object([]))
        }
    }

    /// What two readers would read in two ways is not done.
    @Test func `Headers say what the body says`() async throws {
        try await TestServer.run { server in
            let wrong: [(String, String?)] = [
                ("MCP-Protocol-Version", nil), ("MCP-Protocol-Version", "2025-11-25"),
                ("Mcp-Method", nil), ("Mcp-Method", "tools/list"), ("Mcp-Name", nil),
                ("Mcp-Name", "cancel"),
            ]
            for (header, text) in wrong {
                let answer = try await call("status", "{}", server) { $0[header] = text }
                #expect(answer.status == 400, "\(header)")
                #expect(try value(answer)["error"]?["code"] == .integer(-32020), "\(header)")
            }
            let coded = try await call("status", "{}", server) {
                $0["Mcp-Name"] = "=?base64?c3RhdHVz?="
            }
            #expect(coded.status == 200)
            #expect(await server.gateway.cancelled.isEmpty)
        }
    }

    @Test func `A revision that is not spoken is told which are`() async throws {
        try await TestServer.run { server in
            let body =
                #"{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "1900-01-01", "io.modelcontextprotocol/clientCapabilities": {}}}}"#
            let answer = try await server.post(
                "/mcp", body, type: Self.json,
                headers: ["MCP-Protocol-Version": "1900-01-01", "Mcp-Method": "tools/list"])
            #expect(answer.status == 400)
            let error = try value(answer)["error"]
            #expect(error?["code"] == .integer(-32022))
            #expect(error?["data"]?["requested"] == .string("1900-01-01"))
            #expect(error?["data"]?["supported"]?.arrayValue?.first == .string("2026-07-28"))
        }
    }

    @Test func `What is not there is not found`() async throws {
        try await TestServer.run { server in
            let modern = try await modern("resources/list", server)
            #expect(modern.status == 404)
            #expect(try value(modern)["error"]?["code"] == .integer(-32601))
            let legacy = try await legacy(
                #"{"jsonrpc": "2.0", "id": 1, "method": "server/discover"}"#, server)
            #expect(legacy.status == 200)
            #expect(try value(legacy)["error"]?["code"] == .integer(-32601))
            let tool = try await call("drop", "{}", server)
            #expect(try value(tool)["error"]?["code"] == .integer(-32602))
            for method in ["GET", "DELETE"] {
                let answer = try await RawClient.send(method, "/mcp", port: server.port)
                #expect(answer.status == 405)
            }
        }
    }

    @Test(arguments: [
        "{", "[]", #"{"jsonrpc": "2.0", "id": null, "method": "ping"}"#,
        #"{"jsonrpc": "2.0", "id": "\#(String(repeating: "i", count: 257))", "method": "ping"}"#,
    ])
    func `What is no message is refused`(body: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/mcp", body, type: Self.json)
            #expect(answer.status == 400)
            #expect(try value(answer)["error"]?["code"]?.integerValue ?? 0 < 0)
            let untyped = try await server.post("/mcp", "{}", type: "text/plain")
            #expect(untyped.status == 415)
        }
    }

    // MARK: Tools

    @Test func `The tools do what the API does`() async throws {
        try await TestServer.run { server in
            let plan = #"{"query": "why?", "tasks": [{"task_id": "a", "task_type": "web_search"}]}"#
            let submitted = try await call(
                "submit", #"{"plan": \#(plan), "idempotency_key": "k1"}"#, server)
            let result = try #require(value(submitted)["result"])
            #expect(result["isError"] == .bool(false))
            #expect(result["structuredContent"]?["session_id"] == .string("s-1"))
            let text = result["content"]?.arrayValue?.first?["text"]?.stringValue ?? ""
            #expect(try RawJSON(text).value() == result["structuredContent"])
            let submissions = await server.gateway.submissions
            #expect(submissions.map(\.key) == ["k1"])
            #expect(try RawJSON(submissions[0].plan).value() == RawJSON(plan).value())

            let pool = try value(await call("status", "{}", server))["result"]
            #expect(pool?["structuredContent"]?["agents"]?.arrayValue?.isEmpty == false)
            let session = try value(await call("status", #"{"session_id": "s-1"}"#, server))
            #expect(
                session["result"]?["structuredContent"]?["session_id"] == .string("s-1"))
            let results = try value(await call("results", #"{"session_id": "s-1"}"#, server))
            #expect(
                results["result"]?["structuredContent"]?["tasks"]?.arrayValue?.count == 1)
            _ = try await call("explain", #"{"session_id": "s-1", "task_id": "a"}"#, server)
            #expect(await server.gateway.explained == ["a"])
            _ = try await call("cancel", #"{"session_id": "s-1"}"#, server)
            #expect(await server.gateway.cancelled == ["s-1"])
        }
    }

    /// A model that calls a tool wrongly is told how to do it right.
    @Test(arguments: [
        ("status", #"{"session_id": "nobody"}"#, "session_not_found"),
        ("submit", "{}", "request_invalid"), ("submit", #"{"plan": 5}"#, "request_invalid"),
        ("results", #"{"session_id": "s-1", "wait_seconds": 601}"#, "request_invalid"),
        ("explain", #"{"session_id": "s-1"}"#, "request_invalid"),
        ("cancel", #"{"session": "s-1"}"#, "request_invalid"), ("cancel", "[]", "request_invalid"),
    ])
    func `What is wrong with a call is what the tool says`(
        tool: String, arguments: String, code: String
    ) async throws {
        try await TestServer.run { server in
            let answer = try await call(tool, arguments, server)
            #expect(answer.status == 200)
            let result = try value(answer)["result"]
            #expect(result?["isError"] == .bool(true))
            #expect(result?["structuredContent"]?["code"] == .string(code))
            #expect(await server.gateway.cancelled.isEmpty)
        }
    }

    /// Refused is refused before anything has been accepted (P8): a model would submit its plan again.
    @Test func `Without room to wait nothing is submitted`() async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 2)) { server in
            let arguments = #"{"plan": {"query": "q", "tasks": []}, "wait_seconds": 5}"#
            let answer = try await call("submit", arguments, server)
            #expect(answer.status == ErrorCode.overloaded.httpStatus)
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    @Test func `A coordinator that cannot is a problem`() async throws {
        try await TestServer.run { server in
            await server.gateway.refuse(
                with: ScrivenerError(.overloaded, "too much", retryAfterSeconds: 3))
            let answer = try await call("status", "{}", server)
            #expect(answer.status == ErrorCode.overloaded.httpStatus)
            #expect(answer.headers["retry-after"] == "3")
        }
    }

    /// Whoever may only read sees the tools, and can use those that read.
    @Test func `What changes something needs more than what reads`() async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            for (tool, arguments) in [
                ("submit", #"{"plan": {}}"#), ("cancel", #"{"session_id": "s-1"}"#),
            ] {
                let answer = try await call(tool, arguments, server) {
                    $0.merge(folder.header("read")) { $1 }
                }
                #expect(answer.status == 403)
                #expect(answer.body.contains(#""code":"scope_missing""#))
                let allowed = try await call(tool, arguments, server) {
                    $0.merge(folder.header("submit")) { $1 }
                }
                #expect(allowed.status == 200)
            }
            let reading = try await call("status", "{}", server) {
                $0.merge(folder.header("read")) { $1 }
            }
            #expect(reading.status == 200)
            #expect(await server.gateway.cancelled == ["s-1"])
        }
    }

    @Test func `A page of another origin may not ask`() async throws {
        try await TestServer.run { server in
            let answer = try await call("status", "{}", server) {
                $0["Origin"] = "https://evil.example.com"
            }
            #expect(answer.status == 403)
        }
    }

    // MARK: Waiting

    /// A client that waits hears how it goes, and at last what came of it.
    @Test func `Progress comes before the answer`() async throws {
        try await TestServer.run { server in
            async let answer = call(
                "results", #"{"session_id": "s-1", "wait_seconds": 60}"#, server
            ) { $0["Accept"] = "application/json, text/event-stream" }
            while await !server.gateway.asked.contains("follow s-1") {
                try await Task.sleep(for: .milliseconds(5))
            }
            await server.gateway.report(Sample.progress(completed: 1, revision: 4))
            try await Task.sleep(for: .milliseconds(50))
            await server.gateway.report(
                Sample.progress(status: .completed, completed: 2, revision: 9))
            let stream = try await answer
            #expect(stream.headers["content-type"] == "text/event-stream")
            let messages = try stream.body.split(separator: "\n")
                .filter { $0.hasPrefix("data: ") }
                .map { try RawJSON(String($0.dropFirst(6))).value() }
            let last = try #require(messages.last)
            #expect(last["id"] == .string("one"))
            #expect(last["result"]?["structuredContent"]?["tasks"]?.arrayValue?.count == 1)
            let told = messages.dropLast()
            #expect(!told.isEmpty)
            #expect(told.allSatisfy { $0["method"] == .string("notifications/progress") })
            #expect(told.allSatisfy { $0["params"]?["progressToken"] == .string("abc123") })
            let progress = told.compactMap { $0["params"]?["progress"]?.doubleValue }
            #expect(zip(progress, progress.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    /// In the answer it lies deeper than it may be by itself.
    @Test func `Payloads may be as deep as they may be`() async throws {
        try await TestServer.run { server in
            let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
            await server.gateway.setPayload(RawJSON(deep))
            let answer = try await call("results", #"{"session_id": "s-1"}"#, server)
            #expect(answer.status == 200)
            #expect(answer.body.contains(deep))
        }
    }

    @Test func `Without a stream the answer is waited for`() async throws {
        try await TestServer.run { server in
            async let answer = call(
                "results", #"{"session_id": "s-1", "wait_seconds": 60}"#, server)
            while await !server.gateway.asked.contains("follow s-1") {
                try await Task.sleep(for: .milliseconds(5))
            }
            await server.gateway.report(
                Sample.progress(status: .completed, completed: 2, revision: 9))
            let ended = try await answer
            #expect(ended.status == 200)
            #expect(
                try value(ended)["result"]?["structuredContent"]?["tasks"]?.arrayValue?.count
                    == 1)
        }
    }
}
