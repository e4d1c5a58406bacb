// Programs as agents: what they are given, and what their end and their output come to.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel
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
        var settings = ExecAgentSettings(name: "script", command: ["/bin/sh", "-c", script])
        change(&settings)
        let context = AgentContext(
            attempt: 2, idempotencyKey: "s1/t1", deadline: nil, trace: trace,
            logger: Logger(label: "test")
        ) { _ in }
        return try await ExecAgent(settings).execute(Self.task, context: context)
    }

    private func failure(_ script: String) async throws -> AgentFailure {
        try #require(
            await #expect(throws: AgentFailure.self) { try await run(script) as AgentResult })
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
        #expect(result == AgentResult(payload: RawJSON(json)))
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
            #expect(folder.contains("scrivener-attempt-"))
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
}
