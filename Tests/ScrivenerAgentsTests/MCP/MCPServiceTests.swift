// Servers that are services, on this machine: the headers of each revision, answers that are streams, sessions,
// and what a cancellation is.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import Synchronization
import TestSupport
import Testing

@testable import ScrivenerAgents

@Suite(.timeLimit(.minutes(2))) struct MCPServiceTests {
    private static let tools = #"{"tools": [{"name": "greet", "inputSchema": {"type": "object"}}]}"#
    private static let greeting = #"{"content": [{"type": "text", "text": "hello"}]}"#

    private static func answer(_ request: LocalRequest, _ result: String) throws -> String {
        let id = try RawJSON(request.body).value()["id"] ?? .null
        return #"{"jsonrpc": "2.0", "id": \#(RawJSON(id).text), "result": \#(result)}"#
    }

    private static func method(_ request: LocalRequest) -> String {
        (try? RawJSON(request.body).value()["method"]?.stringValue) ?? request.method
    }

    private static func context() -> AgentContext {
        AgentContext(
            attempt: 1, idempotencyKey: "s1/t1", deadline: nil, logger: Logger(label: "test")
        ) { _ in }
    }

    private static let task = AgentTask(
        sessionID: "s1", query: "q", taskID: "t1", taskType: "greet")

    private func agent(
        _ server: LocalServer, _ change: (inout MCPAgentSettings) -> Void = { _ in }
    ) throws -> MCPAgent {
        var settings = MCPAgentSettings(
            AgentIdentity(name: "greeter"),
            .service(try OutboundURL(server.url("/mcp")), key: ServiceKey("secret")),
            tool: "greet")
        change(&settings)
        return MCPAgent(settings)
    }

    /// Each request says by itself what it is, in its headers as well.
    @Test func `A modern server`() async throws {
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "server/discover":
                try await connection.answer(200, Self.answer(request, MCPSample.discovery))
            case "tools/list": try await connection.answer(200, Self.answer(request, Self.tools))
            default:
                try await connection.beginEvents()
                try await connection.event("message", try Self.answer(request, Self.greeting))
                throw HangUp()
            }
        } _: { server in
            let agent = try agent(server)
            let result = try await agent.execute(Self.task, context: Self.context())
            #expect(try result.payload.value()["text"] == .string("hello"))
            await agent.shutdown()
            let call = try #require(server.requests.last)
            #expect(call.headers["mcp-protocol-version"] == "2026-07-28")
            #expect(call.headers["mcp-method"] == "tools/call")
            #expect(call.headers["mcp-name"] == "greet")
            #expect(call.headers["authorization"] == "Bearer secret")
            #expect(call.headers["accept"] == "application/json, text/event-stream")
            #expect(server.requests.count == 3)
        }
    }

    /// It refuses the first question with a status, gives out a session, and is told when that ends.
    @Test func `A legacy server`() async throws {
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "server/discover": try await connection.answer(400, "Bad Request: no session")
            case "initialize":
                try await connection.answer(
                    200, headers: ["mcp-session-id": "abc"],
                    Self.answer(request, MCPSample.initialized))
            case "tools/list": try await connection.answer(200, Self.answer(request, Self.tools))
            case "tools/call": try await connection.answer(200, Self.answer(request, Self.greeting))
            default: try await connection.answer(202)
            }
        } _: { server in
            let agent = try agent(server)
            _ = try await agent.execute(Self.task, context: Self.context())
            await agent.shutdown()
            let asked = server.requests
            #expect(
                asked.map(Self.method) == [
                    "server/discover", "initialize", "notifications/initialized", "tools/list",
                    "tools/call", "DELETE",
                ])
            #expect(asked.dropFirst(2).allSatisfy { $0.headers["mcp-session-id"] == "abc" })
            #expect(
                asked.dropFirst(2).allSatisfy {
                    $0.headers["mcp-protocol-version"] == "2025-11-25"
                })
        }
    }

    @Test(arguments: [(429, FailureClass.transient), (503, .transient), (401, .permanent)])
    func `A refusal has its class`(status: Int, expected: FailureClass) async throws {
        try await LocalServer.run { _, connection in
            try await connection.answer(status, #"{"error": "the key secret is not liked"}"#)
        } _: { server in
            let agent = try agent(server)
            let failure = await #expect(throws: AgentFailure.self) {
                try await agent.execute(Self.task, context: Self.context()) as AgentResult
            }
            await agent.shutdown()
            #expect(failure?.failureClass == expected)
            #expect(failure?.code == "answer_\(status)")
            #expect(failure?.message.contains("secret") == false)
        }
    }

    /// A stream that ends is no answer, and not the tool's last word.
    @Test func `A stream that breaks off is tried again`() async throws {
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "server/discover":
                try await connection.answer(200, Self.answer(request, MCPSample.discovery))
            case "tools/list": try await connection.answer(200, Self.answer(request, Self.tools))
            default:
                try await connection.beginEvents()
                throw HangUp()
            }
        } _: { server in
            let agent = try agent(server)
            let failure = await #expect(throws: AgentFailure.self) {
                try await agent.execute(Self.task, context: Self.context()) as AgentResult
            }
            await agent.shutdown()
            #expect(failure?.failureClass == .transient)
            #expect(failure?.code == "connection_failed")
        }
    }

    /// What has not been answered may be at work: closing a connection proves nothing (P7).
    @Test func `A cancelled call has ended when it is answered`() async throws {
        let (calls, called) = AsyncStream.makeStream(of: Void.self)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let isAnswered = Mutex(false)
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "server/discover":
                try await connection.answer(200, Self.answer(request, MCPSample.discovery))
            case "tools/list": try await connection.answer(200, Self.answer(request, Self.tools))
            default:
                called.yield()
                for await _ in gate {}
                isAnswered.withLock { $0 = true }
                try await connection.answer(200, Self.answer(request, Self.greeting))
            }
        } _: { server in
            let agent = try agent(server)
            let attempt = Task { @Sendable () -> (isCancelled: Bool, wasAnswered: Bool) in
                do {
                    _ = try await agent.execute(Self.task, context: Self.context())
                    return (false, true)
                } catch {
                    return (error is CancellationError, isAnswered.withLock { $0 })
                }
            }
            for await _ in calls { break }
            attempt.cancel()
            opener.finish()
            let ending = await attempt.value
            #expect(ending.isCancelled)
            #expect(ending.wasAnswered)
            await agent.shutdown()
        }
    }

    /// The limit is of the whole, and not of each request: a server could answer a page of tools at a time.
    @Test func `A server that is always on the way to an answer is late`() async throws {
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "server/discover":
                try await connection.answer(200, Self.answer(request, MCPSample.discovery))
            default:
                try await Task.sleep(for: .milliseconds(100))
                try await connection.answer(
                    200, Self.answer(request, #"{"tools": [], "nextCursor": "more"}"#))
            }
        } _: { server in
            let agent = try agent(server) { $0.timeout = .milliseconds(500) }
            let failure = await #expect(throws: AgentFailure.self) {
                try await agent.execute(Self.task, context: Self.context()) as AgentResult
            }
            await agent.shutdown()
            #expect(failure?.failureClass == .transient)
            #expect(failure?.code == "service_timeout")
        }
    }

    /// Whoever does not care what becomes of it there says so.
    @Test func `A cancelled call may be given up`() async throws {
        let (calls, called) = AsyncStream.makeStream(of: Void.self)
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "server/discover":
                try await connection.answer(200, Self.answer(request, MCPSample.discovery))
            case "tools/list": try await connection.answer(200, Self.answer(request, Self.tools))
            default:
                called.yield()
                try await Task.sleep(for: .seconds(3_600))
            }
        } _: { server in
            let agent = try agent(server) { $0.cancellation = .close }
            let attempt = Task {
                try await agent.execute(Self.task, context: Self.context()) as AgentResult
            }
            for await _ in calls { break }
            attempt.cancel()
            let result = await attempt.result
            #expect(throws: CancellationError.self) { try result.get() }
            await agent.shutdown()
        }
    }
}
