// Another system's agent on this machine: streams, looks, what goes on over attempts, and when a cancelled attempt
// has ended.

import Logging
import ScrivenerAgentKit
import ScrivenerInterop
import ScrivenerModel
import ScrivenerOutbound
import Synchronization
import TestSupport
import Testing

@testable import ScrivenerAgents

@Suite(.timeLimit(.minutes(2))) struct A2AAgentTests {
    private static func card(streaming: Bool, _ port: Int) -> String {
        #"""
        {"name": "a", "description": "b", "version": "1", "skills": [],
         "supportedInterfaces": [{"url": "http://127.0.0.1:\#(port)/a2a",
          "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
         "capabilities": {"streaming": \#(streaming)}}
        """#
    }

    private static func task(_ state: String, id: String = "r1", text: String? = nil) -> String {
        let artifacts =
            text.map {
                #", "artifacts": [{"artifactId": "a", "parts": [{"text": "\#($0)"}]}]"#
            } ?? ""
        return
            #"{"id": "\#(id)", "contextId": "c", "status": {"state": "TASK_STATE_\#(state)"}\#(artifacts)}"#
    }

    private static func answer(_ result: String) -> String {
        #"{"jsonrpc": "2.0", "id": 1, "result": \#(result)}"#
    }

    private static func method(_ request: LocalRequest) -> String {
        (try? RawJSON(request.body).value()["method"]?.stringValue) ?? request.method
    }

    private static func port(_ request: LocalRequest) -> Int {
        request.headers["host"]?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    private func run(
        _ server: LocalServer, checkpoint: String? = nil,
        keep: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws -> AgentResult {
        var settings = A2AAgentSettings(
            AgentIdentity(name: "other"),
            card: try OutboundURL(server.url("/.well-known/agent-card.json")))
        settings.pollInterval = .milliseconds(10)
        let agent = A2AAgent(settings)
        let context = AgentContext(
            attempt: 1, idempotencyKey: "s1/t1", deadline: nil,
            previousCheckpoint: checkpoint.map { Array($0.utf8) }, logger: Logger(label: "test"),
            keep: keep
        ) { _ in }
        let task = AgentTask(sessionID: "s1", query: "why?", taskID: "t1", taskType: "ask")
        let result: Result<AgentResult, any Error>
        do {
            result = .success(try await agent.execute(task, context: context))
        } catch {
            result = .failure(error)
        }
        await agent.shutdown()
        return try result.get()
    }

    @Test func `A stream is read to its end`() async throws {
        let kept = Mutex<[String]>([])
        try await LocalServer.run { request, connection in
            guard Self.method(request) == "SendStreamingMessage" else {
                return try await connection.answer(
                    200, Self.card(streaming: true, Self.port(request)))
            }
            try await connection.beginEvents()
            let events = [
                #"{"task": \#(Self.task("WORKING"))}"#,
                #"{"artifactUpdate": {"taskId": "r1", "artifact": {"artifactId": "a", "parts": [{"text": "42"}]}}}"#,
                #"{"statusUpdate": {"taskId": "r1", "status": {"state": "TASK_STATE_COMPLETED"}}}"#,
            ]
            for event in events { try await connection.event("message", Self.answer(event)) }
            throw HangUp()
        } _: { server in
            let result = try await run(server) { bytes in
                kept.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            }
            #expect(try result.payload.value()["text"] == .string("42"))
            #expect(server.requests.last?.headers["a2a-version"] == "1.0")
        }
        #expect(kept.withLock { $0 } == ["r1"])
    }

    /// What agents are sent they often tell again, as the history of the task: that is no output.
    @Test func `A task may repeat a large message`() async throws {
        let text = String(repeating: "x", count: 2 << 20)
        let history = #""history": [{"role": "ROLE_USER", "parts": [{"text": "\#(text)"}]}]"#
        try await LocalServer.run { request, connection in
            guard Self.method(request) == "SendStreamingMessage" else {
                return try await connection.answer(
                    200, Self.card(streaming: true, Self.port(request)))
            }
            try await connection.beginEvents()
            let task = #"{"id": "r1", "status": {"state": "TASK_STATE_WORKING"}, \#(history)}"#
            let ended =
                #"{"statusUpdate": {"taskId": "r1", "status": {"state": "TASK_STATE_COMPLETED"}}}"#
            for event in [#"{"task": \#(task)}"#, ended] {
                try await connection.event("message", Self.answer(event))
            }
            throw HangUp()
        } _: { server in
            let result = try await run(server)
            #expect(try result.payload.value()["artifacts"] == .array([]))
        }
    }

    @Test func `An agent without streams is looked at`() async throws {
        let looks = Mutex(0)
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "SendMessage":
                try await connection.answer(
                    200, Self.answer(#"{"task": \#(Self.task("SUBMITTED"))}"#))
            case "GetTask":
                let count = looks.withLock { looks in
                    looks += 1
                    return looks
                }
                try await connection.answer(
                    200,
                    Self.answer(
                        count < 3
                            ? Self.task("WORKING") : Self.task("COMPLETED", text: "42")))
            default:
                try await connection.answer(
                    200, Self.card(streaming: false, Self.port(request)))
            }
        } _: { server in
            let result = try await run(server)
            #expect(try result.payload.value()["text"] == .string("42"))
        }
    }

    /// The worker died, or was cut off: what its attempt had begun there is not begun again.
    @Test func `The task of an attempt before goes on`() async throws {
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "GetTask":
                try await connection.answer(
                    200, Self.answer(Self.task("COMPLETED", id: "r0", text: "from before")))
            default:
                try await connection.answer(200, Self.card(streaming: true, Self.port(request)))
            }
        } _: { server in
            let result = try await run(server, checkpoint: "r0")
            #expect(try result.payload.value()["text"] == .string("from before"))
            #expect(!server.requests.contains { Self.method($0) == "SendStreamingMessage" })
        }
    }

    /// An agent that does not answer for a moment may still be at work on it: a second one would run beside it.
    @Test func `A task of an attempt before that cannot be looked at is not begun again`()
        async throws
    {
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "GetTask": try await connection.answer(503, "{}")
            default:
                try await connection.answer(200, Self.card(streaming: true, Self.port(request)))
            }
        } _: { server in
            let failure = await #expect(throws: AgentFailure.self) {
                try await run(server, checkpoint: "r0") as AgentResult
            }
            #expect(failure?.failureClass == .transient)
            #expect(server.requests.map(Self.method) == ["GET", "GetTask"])
        }
    }

    /// An agent that confirms, and neither says so in its stream nor ends it.
    @Test func `A confirmed cancellation ends an attempt whose stream is silent`() async throws {
        let (sent, sender) = AsyncStream.makeStream(of: Void.self)
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "SendStreamingMessage":
                try await connection.beginEvents()
                try await connection.event(
                    "message", Self.answer(#"{"task": \#(Self.task("WORKING"))}"#))
                sender.yield()
                try await Task.sleep(for: .seconds(600))
            case "CancelTask":
                try await connection.answer(200, Self.answer(Self.task("CANCELED")))
            default:
                try await connection.answer(200, Self.card(streaming: true, Self.port(request)))
            }
        } _: { server in
            let attempt = Task { try await run(server) as AgentResult }
            for await _ in sent { break }
            attempt.cancel()
            let result = await attempt.result
            #expect(throws: CancellationError.self) { try result.get() }
        }
    }

    /// Services quote keys that they refuse.
    @Test func `An error is told without the key`() {
        let key = ServiceKey("sk-secret")
        let error = key.withheld(
            from: JSONRPCError(
                code: -32000, message: "no such key: sk-secret",
                data: .object([("key", .string("sk-secret"))])))
        #expect(error.message == "no such key: [the key]")
        #expect(error.data == .object([("key", .string("[the key]"))]))
        let long = String(repeating: "x", count: 295) + "sk-secret"
        #expect(!ServiceKey.said(Array(long.utf8), withholding: key).contains("sk-"))
    }

    /// A server that has trouble for a moment has not heard of the cancellation.
    @Test func `A cancellation is asked for until it is heard`() async throws {
        let (sent, sender) = AsyncStream.makeStream(of: Void.self)
        let cancels = Mutex(0)
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "SendMessage":
                try await connection.answer(
                    200, Self.answer(#"{"task": \#(Self.task("WORKING"))}"#))
                sender.yield()
            case "CancelTask":
                let count = cancels.withLock { cancels in
                    cancels += 1
                    return cancels
                }
                try await connection.answer(
                    200,
                    count < 2
                        ? #"{"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "?"}}"#
                        : Self.answer(Self.task("CANCELED")))
            case "GetTask":
                let isOver = cancels.withLock { $0 > 1 }
                try await connection.answer(
                    200, Self.answer(Self.task(isOver ? "CANCELED" : "WORKING")))
            default:
                try await connection.answer(
                    200, Self.card(streaming: false, Self.port(request)))
            }
        } _: { server in
            let attempt = Task { try await run(server) as AgentResult }
            for await _ in sent { break }
            attempt.cancel()
            let result = await attempt.result
            #expect(throws: CancellationError.self) { try result.get() }
            #expect(cancels.withLock { $0 } == 2)
        }
    }

    /// Cancelled is what the other side has confirmed (P7): until then the attempt goes on.
    @Test func `A cancelled attempt has ended when the task there has`() async throws {
        let (sent, sender) = AsyncStream.makeStream(of: Void.self)
        let state = Mutex((isCancelled: false, looksAfter: 0))
        try await LocalServer.run { request, connection in
            switch Self.method(request) {
            case "SendMessage":
                try await connection.answer(
                    200, Self.answer(#"{"task": \#(Self.task("WORKING"))}"#))
                sender.yield()
            case "CancelTask":
                state.withLock { $0.isCancelled = true }
                try await connection.answer(200, Self.answer(Self.task("WORKING")))
            case "GetTask":
                let isOver = state.withLock { state in
                    if state.isCancelled { state.looksAfter += 1 }
                    return state.looksAfter > 2
                }
                try await connection.answer(
                    200, Self.answer(Self.task(isOver ? "CANCELED" : "WORKING")))
            default:
                try await connection.answer(
                    200, Self.card(streaming: false, Self.port(request)))
            }
        } _: { server in
            let attempt = Task { try await run(server) as AgentResult }
            for await _ in sent { break }
            attempt.cancel()
            let result = await attempt.result
            #expect(throws: CancellationError.self) { try result.get() }
            #expect(state.withLock { $0.looksAfter } > 2)
        }
    }

    @Test(arguments: [
        (-32602, FailureClass.invalidInput), (-32005, .invalidInput), (-32601, .permanent),
        (-32009, .permanent), (-32603, .transient), (-31999, .transient),
    ])
    func `An error has its class`(code: Int, expected: FailureClass) async throws {
        try await LocalServer.run { request, connection in
            guard Self.method(request) == "SendMessage" else {
                return try await connection.answer(
                    200, Self.card(streaming: false, Self.port(request)))
            }
            try await connection.answer(
                200, #"{"jsonrpc": "2.0", "id": 1, "error": {"code": \#(code), "message": "no"}}"#)
        } _: { server in
            let failure = await #expect(throws: AgentFailure.self) {
                try await run(server) as AgentResult
            }
            #expect(failure?.failureClass == expected)
            #expect(failure?.code == "a2a_error")
        }
    }
}
