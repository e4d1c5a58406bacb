// Services as agents: what they are asked, what their answers come to, and when a cancelled attempt has stopped.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import Synchronization
import TestSupport
import Testing

@testable import ScrivenerAgents

struct HTTPAgentTests {
    static let task = AgentTask(
        sessionID: "s1", query: "why?", taskID: "t1", taskType: "summary",
        parameters: RawJSON(#"{"exact":12345678901234567890.10}"#))

    /// Executes the task at a service that answers so.
    private func execute(
        in seconds: Double? = nil, trace: TraceContext? = nil, notes: Notes = Notes(),
        _ change: (inout HTTPAgentSettings) -> Void = { _ in },
        answering answer: @escaping LocalServer.Answer
    ) async throws -> (result: Result<AgentResult, any Error>, requests: [LocalRequest]) {
        var settings = HTTPAgentSettings(
            AgentIdentity(name: "service"), url: try OutboundURL("http://127.0.0.1/"))
        settings.pollInterval = .milliseconds(10)
        change(&settings)
        return try await LocalServer.run(answering: answer) { [settings] server in
            var settings = settings
            settings.url = try OutboundURL(server.url("/run"))
            let agent = HTTPAgent(settings)
            let context = AgentContext(
                attempt: 2, idempotencyKey: "s1/t1",
                deadline: seconds.map { ContinuousClock.now.advanced(by: .seconds($0)) },
                trace: trace,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                emit: { notes.emit($0) }, report: { notes.report($0) })
            let result: Result<AgentResult, any Error>
            do {
                result = .success(try await agent.execute(Self.task, context: context))
            } catch {
                result = .failure(error)
            }
            await agent.shutdown()
            return (result, server.requests)
        }
    }

    private func failure(
        _ change: (inout HTTPAgentSettings) -> Void = { _ in },
        answering answer: @escaping LocalServer.Answer
    ) async throws -> AgentFailure {
        let result = try await execute(change, answering: answer).result
        return try #require(throws: AgentFailure.self) { try result.get() }
    }

    // MARK: The task

    @Test func `A service is asked with everything that it needs to know`() async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let (result, requests) = try await execute(
            in: 60, trace: TraceContext(traceparent: parent, tracestate: "a=1")
        ) {
            $0.key = ServiceKey("k1")
        } answering: { _, connection in
            try await connection.answer(200, #" {"short": 1.50} "#)
        }
        #expect(try result.get().payload.text == #"{"short": 1.50}"#)
        let request = try #require(requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/run")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["idempotency-key"] == "s1/t1")
        #expect(request.headers["scrivener-attempt"] == "2")
        #expect(request.headers["authorization"] == "Bearer k1")
        #expect(request.headers["traceparent"] == parent)
        #expect(request.headers["tracestate"] == "a=1")
        let deadline = request.headers["scrivener-deadline"] ?? ""
        #expect(WallTime(deadline) != nil, "\(deadline)")
        #expect(request.text.contains(#""task_id":"t1""#))
        #expect(request.text.contains("12345678901234567890.10"))
    }

    @Test func `A result may have findings and usage beside its payload`() async throws {
        let body = """
            {"payload": [1], "usage": {"input_tokens": 7, "cost_micros": 3}, "findings": {"sources": [
            {"locator": "https://a.example/", "title": "A", "kind": "other", "confidence": 0.5, "authors": []}]}}
            """
        let result = try await execute { _, connection in
            try await connection.answer(200, body)
        }.result.get()
        #expect(result.payload.text == "[1]")
        #expect(result.usage == Usage(inputTokens: 7, costMicros: 3))
        #expect(result.findings.sources.map(\.locator) == ["https://a.example/"])
    }

    // MARK: Failures

    @Test(arguments: [
        (400, "", "invalid_input", "answer_400"), (404, "", "permanent", "answer_404"),
        (429, "", "transient", "answer_429"), (500, "<html>", "transient", "answer_500"),
        (
            422, #"{"error": {"code": "no_text", "message": "there is none"}}"#, "invalid_input",
            "no_text"
        ),
        (500, #"{"error": {"class": "permanent", "code": "broken"}}"#, "permanent", "broken"),
        (503, #"{"title": "Busy"}"#, "transient", "answer_503"),
    ])
    func `A refusal has the class that its status has or it says itself`(
        status: Int, body: String, name: String, code: String
    ) async throws {
        let failure = try await failure { _, connection in
            try await connection.answer(status, body)
        }
        #expect(failure.failureClass.name == name)
        #expect(failure.code == code)
    }

    @Test(arguments: ["", "nonsense", "[1", "{}{}"])
    func `What is no JSON is no result`(body: String) async throws {
        let failure = try await failure { _, connection in try await connection.answer(200, body) }
        #expect(failure.failureClass == .permanent)
        #expect(failure.code == "invalid_output")
    }

    @Test func `A result that is too large is refused`() async throws {
        let failure = try await failure {
            $0.maximumOutputBytes = 10
        } answering: { _, connection in
            try await connection.answer(200, "[1, 2, 3, 4, 5]")
        }
        #expect(failure.failureClass == .permanent)
        #expect(failure.code == "answer_too_large")
    }

    /// It was killed, or its host was.
    @Test func `A service that breaks off is tried again`() async throws {
        let failure = try await failure { _, _ in throw HangUp() }
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "connection_failed")
    }

    /// It says when it is worth asking again; the pool's own pauses know nothing of that.
    @Test func `A service that is busy is asked again when it says`() async throws {
        let count = Counter()
        let (result, requests) = try await execute { _, connection in
            guard count.next() > 2 else {
                return try await connection.answer(429, headers: ["retry-after": "0"])
            }
            try await connection.answer(200, "1")
        }
        #expect(try result.get().payload.text == "1")
        #expect(requests.count == 3)
        let failure = try await failure { _, connection in
            try await connection.answer(503, headers: ["retry-after": "0"])
        }
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "answer_503")
    }

    @Test func `A service that is silent is given up`() async throws {
        let (result, requests) = try await execute {
            $0.silence = .milliseconds(300)
        } answering: { request, connection in
            if request.method == "DELETE" { return try await connection.answer(204) }
            try await untilCancelled()
        }
        let failure = try #require(throws: AgentFailure.self) { try result.get() }
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "service_timeout")
        // It may still be at work.
        #expect(requests.map(\.method) == ["POST", "DELETE"])
    }

    @Test func `A key that a service quotes is shown to nobody`() async throws {
        let failure = try await failure {
            $0.key = ServiceKey("hidden-key")
        } answering: { request, connection in
            try await connection.answer(
                401, #"{"title": "no such key: \#(request.headers["authorization"] ?? "")"}"#)
        }
        #expect(failure.failureClass == .permanent)
        #expect(!failure.message.contains("hidden-key"))
        #expect(!"\(ServiceKey("hidden-key"))".contains("hidden"))
    }

    /// Where a long message is cut nothing of a key is left either.
    @Test func `A key that stands where a message is cut is shown to nobody`() async throws {
        let message = String(repeating: "x", count: 1_995) + "hidden-key"
        let failure = try await failure {
            $0.key = ServiceKey("hidden-key")
        } answering: { _, connection in
            try await connection.answer(500, #"{"error": {"message": "\#(message)"}}"#)
        }
        #expect(!failure.message.contains("hid"))
    }

    // MARK: Executions that go on

    @Test func `A stream tells progress, output and the result`() async throws {
        let notes = Notes()
        let result = try await execute(notes: notes) { _, connection in
            try await connection.beginEvents()
            try await connection.send(": awake\n\n")
            try await connection.event("progress", #"{"fraction": 0.5, "message": "half"}"#)
            try await connection.event("output", #"{"text": "words\n"}"#)
            try await connection.event("of the future", "{}")
            try await connection.event("result", #"{"payload": "done"}"#)
        }.result.get()
        #expect(result.payload.text == #""done""#)
        #expect(notes.progress == [AgentProgress(fraction: 0.5, message: "half")])
        #expect(notes.output == "words\n")
    }

    @Test func `An execution is polled where it is said to be`() async throws {
        let looks = Counter()
        let notes = Notes()
        let (result, requests) = try await execute(notes: notes) { request, connection in
            guard request.method == "GET" else {
                return try await connection.answer(202, headers: ["location": "/jobs/7"])
            }
            switch looks.next() {
            case 1:
                try await connection.answer(200, #"{"state": "running", "fraction": 0.25}"#)
            case 2: try await connection.answer(503)
            default: try await connection.answer(200, #"{"state": "completed", "result": 1.0}"#)
            }
        }
        #expect(try result.get().payload.text == "1.0")
        #expect(requests.map(\.path) == ["/run", "/jobs/7", "/jobs/7", "/jobs/7"])
        #expect(notes.progress.map(\.fraction) == [0.25])
    }

    /// The connection breaks, and the service remembers what it has said.
    @Test func `A stream that breaks is taken up behind the last event`() async throws {
        let (result, requests) = try await execute { request, connection in
            guard request.method == "GET" else {
                return try await connection.answer(202, headers: ["location": "jobs/7"])
            }
            try await connection.beginEvents()
            if request.headers["last-event-id"] == "4" {
                try await connection.event("result", "true", id: "5")
            } else {
                try await connection.event("progress", #"{"fraction": 0.1}"#, id: "4")
            }
            throw HangUp()
        }
        #expect(try result.get().payload.text == "true")
        #expect(requests.map(\.path) == ["/run", "/jobs/7", "/jobs/7"])
    }

    @Test(arguments: [
        (#"{"state": "failed", "error": {"class": "permanent", "code": "c"}}"#, "permanent", "c"),
        (#"{"state": "failed"}"#, "transient", "service_failed"),
        (#"{"state": "cancelled"}"#, "transient", "service_cancelled"),
        (#"{"state": "lost in thought"}"#, "permanent", "invalid_output"),
        ("nonsense", "permanent", "invalid_output"),
    ])
    func `An execution may end in other ways`(
        state: String, name: String, code: String
    ) async throws {
        let failure = try await failure { request, connection in
            switch request.method {
            case "GET": try await connection.answer(200, state)
            case "DELETE": try await connection.answer(204)
            default: try await connection.answer(202, headers: ["location": "/jobs/7"])
            }
        }
        #expect(failure.failureClass.name == name)
        #expect(failure.code == code)
    }

    @Test func `A service that was restarted knows nothing any more`() async throws {
        let failure = try await failure { request, connection in
            if request.method == "GET" { return try await connection.answer(404) }
            try await connection.answer(202, headers: ["location": "/jobs/7"])
        }
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "execution_lost")
    }

    /// An answer must not send the worker and its key elsewhere.
    @Test(arguments: ["http://169.254.169.254/", "//elsewhere.example/jobs", "file:///etc/passwd"])
    func `A place of another origin is refused`(place: String) async throws {
        let (result, requests) = try await execute { request, connection in
            if request.method == "DELETE" { return try await connection.answer(405) }
            try await connection.answer(202, headers: ["location": place])
        }
        let failure = try #require(throws: AgentFailure.self) { try result.get() }
        #expect(failure.code == "invalid_output")
        #expect(requests.map(\.path) == ["/run", "/run"])
    }
}

/// Counts from 1.
final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

/// What an attempt says while it runs.
final class Notes: Sendable {
    private let said = Mutex<(progress: [AgentProgress], output: String)>(([], ""))

    var progress: [AgentProgress] { said.withLock { $0.progress } }
    var output: String { said.withLock { $0.output } }

    func report(_ progress: AgentProgress) { said.withLock { $0.progress.append(progress) } }
    func emit(_ text: String) { said.withLock { $0.output += text } }
}
