// Servers that are programs, as shell scripts: one for each attempt, and nothing of it is left when that is over.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Synchronization
import Testing

@testable import ScrivenerAgents

@Suite(.timeLimit(.minutes(2))) struct MCPProgramTests {
    /// A server of a legacy revision, up to the call, which is in `$call` then.
    private static let script = #"""
        answer() { read -r request; printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$1" "$2"; }
        answer 1 '"error":{"code":-32601,"message":"Method not found"}'
        answer 2 '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}'
        read -r initialized
        answer 3 '"result":{"tools":[{"name":"greet","inputSchema":{"type":"object","required":["name"]}}]}'
        read -r call

        """#

    private static let result =
        #"printf '{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"hello"}]}}\n'"#

    private func run(
        _ script: String, parameters: String = #"{"name": "Ada"}"#,
        report: @escaping @Sendable (AgentProgress) -> Void = { _ in },
        _ change: (inout MCPAgentSettings) -> Void = { _ in }
    ) async throws -> AgentResult {
        var settings = MCPAgentSettings(
            AgentIdentity(name: "greeter"),
            .program(["/bin/sh", "-c", script], environment: ["PATH"]), tool: "greet")
        settings.terminationGrace = .milliseconds(200)
        change(&settings)
        let context = AgentContext(
            attempt: 1, idempotencyKey: "s1/t1", deadline: nil, logger: Logger(label: "test"),
            report: report)
        let task = AgentTask(
            sessionID: "s1", query: "q", taskID: "t1", taskType: "greet",
            parameters: RawJSON(parameters))
        return try await MCPAgent(settings).execute(task, context: context)
    }

    private func failure(
        _ script: String, parameters: String = #"{"name": "Ada"}"#,
        _ change: @escaping @Sendable (inout MCPAgentSettings) -> Void = { _ in }
    ) async throws -> AgentFailure {
        try #require(
            await #expect(throws: AgentFailure.self) {
                try await run(script, parameters: parameters, change) as AgentResult
            })
    }

    @Test func `A program is greeted, asked for its tools, and called`() async throws {
        let result = try await run(Self.script + Self.result)
        #expect(try result.payload.value()["text"] == .string("hello"))
    }

    /// A server that goes on after its input has ended is stopped, and what it said counts.
    @Test func `A program that does not leave is stopped`() async throws {
        let stubborn = Self.script + Self.result + "; trap '' TERM; while :; do sleep 1; done"
        let result = try await run(stubborn)
        #expect(try result.payload.value()["text"] == .string("hello"))
    }

    @Test func `Progress is passed on`() async throws {
        let seen = Mutex<[AgentProgress]>([])
        let notification =
            #"printf '{"jsonrpc":"2.0","method":"notifications/progress","params":"#
            + #"{"progressToken":"attempt","progress":50,"total":100,"message":"half"}}\n'; "#
        _ = try await run(
            Self.script + notification + Self.result,
            report: { progress in seen.withLock { $0.append(progress) } })
        #expect(seen.withLock { $0 } == [AgentProgress(fraction: 0.5, message: "half")])
    }

    @Test func `Arguments that the tool does not take never reach it`() async throws {
        let failure = try await failure(Self.script + Self.result, parameters: "{}")
        #expect(failure.failureClass == .invalidInput)
        #expect(failure.code == "tool_arguments")
    }

    @Test func `A program that crashes is tried again`() async throws {
        let failure = try await failure(Self.script + "echo 'out of luck' >&2; exit 3")
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "mcp_server_ended")
        #expect(failure.logTail == ["out of luck"])
    }

    @Test func `What is no message ends it`() async throws {
        let failure = try await failure(Self.script + "echo 'Listening on port 80'; sleep 60")
        #expect(failure.failureClass == .permanent)
        #expect(failure.code == "invalid_output")
    }

    @Test func `An answer that is too large is not kept`() async throws {
        let large = Self.script + "head -c 5000 /dev/zero | tr '\\0' 'x'; sleep 60"
        let failure = try await failure(large) { $0.maximumOutputBytes = 4_096 }
        #expect(failure.failureClass == .permanent)
        #expect(failure.code == "child_output_too_large")
    }

    @Test func `A program that says nothing has its time`() async throws {
        let failure = try await failure(Self.script + "sleep 60") { $0.timeout = .seconds(1) }
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "service_timeout")
    }

    @Test func `A program that is not there is told as such`() async throws {
        let failure = try await failure("") {
            $0.server = .program(["/no/such/program"], environment: [])
        }
        #expect(failure.code == "command_not_found")
    }

    /// The proof of a cancellation: whatever the program has started is gone when the attempt is.
    @Test func `A cancelled attempt leaves nothing behind`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "scrivener-mcp-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let mark = folder.appending(path: "pid").path
        let hanging = Self.script + "echo $$ > \(mark); trap '' TERM; while :; do sleep 0.1; done"
        let attempt = Task { try await run(hanging) as AgentResult }
        while (try? String(contentsOfFile: mark, encoding: .utf8))?.hasSuffix("\n") != true {
            try await Task.sleep(for: .milliseconds(20))
        }
        attempt.cancel()
        let outcome = await attempt.result
        let failure = #expect(throws: AgentFailure.self) { try outcome.get() }
        #expect(failure?.failureClass == .cancelled)
        let text = try String(contentsOfFile: mark, encoding: .utf8)
        let process = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(process, 0) == -1)
    }
}
