// Programs as agents: what they are given, and what their end and their output come to.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Synchronization
import Testing

@testable import ScrivenerAgents

@Suite struct ExecAgentTests {
    private static let task = AgentTask(
        sessionID: "s1", query: "why \"so\"?", taskID: "t1", taskType: "summary",
        description: "two\nlines", parameters: RawJSON(#"{"exact":12345678901234567890.10}"#),
        inputs: [AgentInput(taskID: "t0", taskType: "search", payload: RawJSON(#"{"hits":[1]}"#))])

    /// Runs a shell script as an agent's program.
    private func run(
        _ script: String, trace: TraceContext? = nil,
        _ change: (inout ExecAgentSettings) -> Void = { _ in }
    ) async throws -> AgentResult {
        var settings = ExecAgentSettings(
            AgentIdentity(name: "script"), command: ["/bin/sh", "-c", script])
        change(&settings)
        return try await ExecAgent(settings).execute(Self.task, context: Self.context(trace: trace))
    }

    private static func context(
        trace: TraceContext? = nil, deadline: ContinuousClock.Instant? = nil,
        previousCheckpoint: [UInt8]? = nil, _ heard: HeardLines = HeardLines()
    ) -> AgentContext {
        AgentContext(
            attempt: 2, idempotencyKey: "s1/t1", deadline: deadline,
            previousCheckpoint: previousCheckpoint, trace: trace, logger: Logger(label: "test"),
            keep: { heard.note("keep " + String(decoding: $0, as: UTF8.self)) },
            emit: { heard.note("emit " + $0) }
        ) { heard.note("progress \($0.fraction) \($0.message)") }
    }

    private func failure(_ script: String) async throws -> AgentFailure {
        try #require(
            await #expect(throws: AgentFailure.self) { try await run(script) as AgentResult })
    }

    /// What was it doing when its time was up?
    @Test func `A program that is stopped leaves its last lines`() async throws {
        let heard = HeardLines()
        let attempt = Task {
            try await ExecAgent(
                ExecAgentSettings(
                    AgentIdentity(name: "script"),
                    command: ["/bin/sh", "-c", "echo 'reading page 7' >&2; sleep 60"])
            ).execute(Self.task, context: Self.context(heard)) as AgentResult
        }
        while heard.lines.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        attempt.cancel()
        let outcome = await attempt.result
        let failure = #expect(throws: AgentFailure.self) { try outcome.get() }
        #expect(failure?.failureClass == .cancelled)
        #expect(failure?.logTail == ["reading page 7"])
    }

    /// A program in any language has to find the whole task, digits of its numbers included.
    @Test func `A program reads its task`() async throws {
        let request = try await run("cat").payload
        #expect(
            request.text == """
                {"session_id":"s1","query":"why \\"so\\"?","task_id":"t1","task_type":"summary",\
                "description":"two\\nlines","parameters":{"exact":12345678901234567890.10},\
                "inputs":[{"task_id":"t0","task_type":"search","payload":{"hits":[1]}}],\
                "attempt":2,"idempotency_key":"s1/t1"}
                """)
    }

    /// Tracing tools look for their context in the environment; the worker's own would be another trace.
    @Test func `A program finds its place in the trace`() async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let script = #"printf '["%s","%s"]' "$TRACEPARENT" "$TRACESTATE""#
        let trace = TraceContext(traceparent: parent, tracestate: "a=1")
        #expect(try await run(script, trace: trace).payload.text == #"["\#(parent)","a=1"]"#)
        #expect(try await run(script).payload.text == #"["",""]"#)
    }

    /// A worker that is itself started in a trace, as by a CI job: an agent that is given those variables is given
    /// its session's, and without one none.
    @Test func `A program never finds its worker's place in a trace`() async {
        // In a process of its own, for whose environment nobody else is sorry.
        await #expect(processExitsWith: .success) {
            setenv("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 1)
            setenv("TRACESTATE", "b=2", 1)
            setenv("GREETING", "hello", 1)
            let tests = ExecAgentTests()
            let script = #"printf '["%s","%s"]' "$GREETING" "$TRACEPARENT$TRACESTATE""#
            let result = try await tests.run(script) {
                $0.environment = ["GREETING", "TRACEPARENT", "TRACESTATE"]
            }
            #expect(result.payload.text == #"["hello",""]"#)
        }
    }

    /// Whatever JSON a program writes is its payload, without ceremony.
    @Test(arguments: [
        "1.50", #""text""#, "[1, 2]", "null", #"{"summary": "short"}"#, #"{"findings": {}}"#,
        #"{"payload": 1, "more": 2}"#, #"{"payload": 1, "payload": 2}"#,
    ])
    func `Any JSON value is the payload`(json: String) async throws {
        let result = try await run("printf '\\n %s \\n\\n' '\(json)'")
        #expect(result.payload == RawJSON(json))
        #expect(result.findings == Findings())
    }

    /// A program that wants to be counted among the sources of a report says what it found.
    @Test func `A payload may come with findings`() async throws {
        let result = try await run(
            #"""
            echo '{"payload": {"n": 1}, "findings": {"sources": [{"locator": "a", "title": "A",
                "kind": "other", "confidence": 0.5, "authors": []}]}}'
            """#)
        #expect(result.payload == RawJSON(#"{"n": 1}"#))
        #expect(result.findings.sources.map(\.locator) == ["a"])
        #expect(try await run(#"echo '{"payload": [2]}'"#).payload == RawJSON("[2]"))
        let failure = try await failure(#"echo '{"payload": 1, "findings": {"sources": 5}}'"#)
        #expect(failure.code == "invalid_output")
        #expect(failure.message.contains("/sources"), "\(failure)")
    }

    /// A forgotten debug print before the answer: retrying cannot help, the message must.
    @Test(arguments: [
        (output: "loading model... {}", place: "at byte 0"), ("{}{}", "at byte 2"),
        ("{", "at byte"), ("", "wrote nothing"), ("  ", "wrote nothing"),
    ])
    func `Output that is not JSON says where`(output: String, place: String) async throws {
        let failure = try await failure("echo careful >&2; printf '%s' '\(output)'")
        #expect(failure.failureClass == .permanent)
        #expect(failure.code == "invalid_output")
        #expect(failure.message.contains(place), "\(failure)")
        #expect(failure.logTail == ["careful"])
    }

    /// A wrong class is either retried for ever or never.
    @Test(arguments: [
        ("exit 64", FailureClass.invalidInput), ("exit 65", .invalidInput),
        ("exit 70", .permanent), ("exit 78", .permanent), ("exit 75", .transient),
        ("exit 1", .transient), ("kill -s KILL $$", .transient),
    ])
    func `An exit code says whose fault it was`(
        script: String, expected: FailureClass
    ) async throws {
        let failure = try await failure("echo reason >&2; echo '{}'; \(script)")
        #expect(failure.failureClass == expected)
        #expect(failure.logTail == ["reason"])
    }

    /// Hundreds of attempts a day must not fill the disk with what they leave.
    @Test func `An attempt has a folder of its own, which is removed`() async throws {
        for script in ["pwd >left; printf '\"%s\"' \"$PWD\"", "pwd >&2; exit 1"] {
            let folder: String
            do {
                folder = try #require(try await run(script).payload.value().stringValue)
            } catch let failure as AgentFailure {
                folder = try #require(failure.logTail.first)
            }
            #expect(folder.contains("scrivener-work-"))
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
        let chosen = try await run("printf '\"%s\"' \"$PWD\"") { $0.workingDirectory = "/usr" }
        #expect(chosen.payload == RawJSON(#""/usr""#))
        #expect(FileManager.default.fileExists(atPath: "/usr"))
    }

    @Test func `A program's output has a limit`() async throws {
        let failure = await #expect(throws: AgentFailure.self) {
            try await run("printf '[1,2,3]'") { $0.maximumOutputBytes = 4 }
        }
        #expect(failure?.code == "child_output_too_large")
    }

    /// A program that reads its standard input for something else, or a tool that wants a file.
    @Test func `A request can be a file`() async throws {
        let script = #"read line; test -z "$line" && cat "$SCRIVENER_REQUEST""#
        let read = try await run(script) { $0.request = .file }
        #expect(read.payload.text.hasPrefix(#"{"session_id":"s1","query""#))
        let path = try await run(#"printf '"%s"' "$SCRIVENER_REQUEST""#) {
            $0.request = .file
            $0.workingDirectory = "/usr"
        }.payload.value().stringValue
        let file = try #require(path)
        #expect(file.hasSuffix("/request.json"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    /// Where a program goes on, and how long it may.
    @Test func `A request says what was kept and how long is left`() async throws {
        let agent = ExecAgent(
            ExecAgentSettings(AgentIdentity(name: "cat"), command: ["/bin/cat"]))
        let kept = Self.context(
            deadline: .now.advanced(by: .seconds(60)), previousCheckpoint: Array("{\n}".utf8))
        let request = try await agent.execute(Self.task, context: kept).payload.value()
        #expect(request["checkpoint"] == .object([]))
        let left = request["seconds_left"]?.doubleValue ?? 0
        #expect(left > 0 && left <= 60)
        let foreign = Self.context(previousCheckpoint: [0xFF])
        let other = try await agent.execute(Self.task, context: foreign).payload.value()
        #expect(other["checkpoint"] == nil)
    }

    /// Parameters may come laid out over lines, and programs read a line.
    @Test func `A request is one line`() async throws {
        let task = AgentTask(
            sessionID: "s1", query: "q", taskID: "t1", taskType: "x",
            parameters: RawJSON("{\n  \"a\": \"b\"\r\n}"))
        let line = ExecRequest.bytes(of: task, Self.context())
        #expect(!line.contains(0x0A) && !line.contains(0x0D))
        let value = try RawJSON(line).value()
        #expect(value["parameters"] == .object([(key: "a", value: .string("b"))]))
    }

    /// Reports stand among what libraries say, whose lines of JSON look much the same.
    @Test func `A program reports in lines of JSON on standard error`() async throws {
        let script = #"""
            echo 'plain' >&2
            echo '{"progress": 0.25, "message": "a quarter"}' >&2
            echo '{"checkpoint": {"page": 3}}' >&2
            echo '{"progress": 0.5, "level": "info"}' >&2
            echo '{"progress": "half"}' >&2
            echo '{ not JSON' >&2
            echo 1
            """#
        let heard = HeardLines()
        let agent = ExecAgent(
            ExecAgentSettings(
                AgentIdentity(name: "script"), command: ["/bin/sh", "-c", script]))
        _ = try await agent.execute(Self.task, context: Self.context(heard))
        #expect(
            heard.lines == [
                "emit plain\n", "progress 0.25 a quarter", #"keep {"page": 3}"#,
                "emit {\"progress\": 0.5, \"level\": \"info\"}\n",
                "emit {\"progress\": \"half\"}\n", "emit { not JSON\n",
            ])
    }

    @Test func `A program says what it has used of a model`() async throws {
        let usage = #"{"input_tokens": 10, "output_tokens": 3, "cost_micros": 200}"#
        let result = try await run(#"echo '{"payload": 1, "usage": \#(usage)}'"#)
        #expect(result.payload == RawJSON("1"))
        #expect(result.usage.inputTokens == 10)
        #expect(result.usage.outputTokens == 3)
        #expect(result.usage.costMicros == 200)
        let failure = try await failure(#"echo '{"payload": 1, "usage": {"input_tokens": -1}}'"#)
        #expect(failure.code == "invalid_output")
    }

    @Test func `A limit that is exceeded has its class`() async throws {
        let failure = await #expect(throws: AgentFailure.self) {
            try await run("sleep 600") {
                $0.limits.wallTime = .seconds(0.2)
                $0.terminationGrace = .seconds(1)
            }
        }
        #expect(failure?.failureClass == .timeout)
        #expect(failure?.code == "child_wall_time_limit")
        // The kernel was faster.
        #expect(try await self.failure("kill -s XCPU $$").code == "child_cpu_limit")
    }
}

/// What a program's attempt told its worker.
private final class HeardLines: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    func note(_ line: String) { state.withLock { $0.append(line) } }
}
