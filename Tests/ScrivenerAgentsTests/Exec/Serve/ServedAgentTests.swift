// Real processes that serve, written in shell: that words and signals reach them, and that nothing is left of them.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite(.timeLimit(.minutes(1))) struct ServedAgentTests {
    /// What it does is the type of the task.
    private static let script = #"""
        say() { printf '{"type":"%s","id":"%s"%s}\n' "$1" "$id" "$2"; }
        echo '{"type":"ready","health":true}'
        while read -r line; do
            id=${line#*\"id\":\"}; id=${id%%\"*}
            case $line in
            *'"type":"cancel"'*) say stopped ;;
            *'"type":"health"'*) say health ',"status":"degraded","reason":"warm"' ;;
            *'"task_type":"number"'*) say progress ',"progress":1'; say result ",\"payload\":$$" ;;
            *'"task_type":"crash"'*) echo 'oh no' >&2; kill -s SEGV $$ ;;
            *'"task_type":"print"'*) echo 'a stray print' ;;
            *'"task_type":"wait"'*) say progress ',"progress":0' ;;
            *'"task_type":"deaf"'*) exec sleep 600 ;;
            esac
        done
        """#

    private func withAgent(
        _ script: String = ServedAgentTests.script, grace: Duration = .seconds(1),
        _ body: (ServedAgent) async throws -> Void
    ) async throws {
        let agent = ServedAgent(
            ExecAgentSettings(
                AgentIdentity(name: "served"), command: ["/bin/sh", "-c", script], mode: .serve,
                terminationGrace: grace))
        do {
            try await body(agent)
        } catch {
            await agent.shutdown()
            throw error
        }
        await agent.shutdown()
    }

    private func execute(
        _ agent: ServedAgent, _ type: String,
        onProgress: @escaping @Sendable (AgentProgress) -> Void = { _ in }
    ) async throws -> AgentResult {
        try await agent.execute(
            AgentTask(sessionID: "s", query: "q", taskID: type, taskType: type),
            context: AgentContext(
                attempt: 1, idempotencyKey: "k", deadline: nil, logger: Logger(label: "test"),
                report: onProgress))
    }

    private func number(_ agent: ServedAgent) async throws -> pid_t {
        pid_t(try await execute(agent, "number").payload.text) ?? 0
    }

    @Test func `One process serves many attempts at once`() async throws {
        try await withAgent { agent in
            try await agent.initialize()
            let first = try await number(agent)
            let numbers = try await withThrowingTaskGroup(of: pid_t.self) { group in
                for _ in 0..<20 { group.addTask { try await number(agent) } }
                return try await group.reduce(into: Set<pid_t>()) { $0.insert($1) }
            }
            #expect(first > 0)
            #expect(numbers == [first])
            #expect(await agent.healthCheck() == .degraded(reason: "warm"))
            await agent.shutdown()
            #expect(kill(first, 0) != 0)
        }
    }

    @Test func `A crash is told, and the next process serves on`() async throws {
        try await withAgent { agent in
            try await agent.initialize()
            let first = try await number(agent)
            let failure = await #expect(throws: AgentFailure.self) {
                try await execute(agent, "crash")
            }
            #expect(failure?.failureClass == .transient)
            #expect(failure?.code == "served_process_ended")
            #expect(failure?.logTail == ["oh no"])
            let second = try await number(agent)
            #expect(second > 0 && second != first)
        }
    }

    @Test func `A cancelled attempt ends when its program says so`() async throws {
        try await withAgent(grace: .seconds(60)) { agent in
            try await agent.initialize()
            let first = try await number(agent)
            let attempt = Task { try await execute(agent, "wait") }
            attempt.cancel()
            await #expect(throws: CancellationError.self) { try await attempt.value }
            #expect(try await number(agent) == first)
        }
    }

    /// It has become something that reads nothing: its death alone is a proof.
    @Test func `One that does not stop is killed`() async throws {
        try await withAgent(grace: .milliseconds(200)) { agent in
            try await agent.initialize()
            let first = try await number(agent)
            let (begun, source) = AsyncStream.makeStream(of: Void.self)
            let other = Task {
                try await execute(agent, "wait") { _ in source.finish() }
            }
            for await _ in begun {}
            let attempt = Task { try await execute(agent, "deaf") }
            attempt.cancel()
            await #expect(throws: CancellationError.self) { try await attempt.value }
            #expect(kill(first, 0) != 0)
            let failure = await #expect(throws: AgentFailure.self) { try await other.value }
            #expect(failure?.code == "served_process_killed")
            #expect(try await number(agent) != first)
        }
    }

    @Test func `A stray print costs the process and fails the attempt for good`() async throws {
        try await withAgent { agent in
            try await agent.initialize()
            let failure = await #expect(throws: AgentFailure.self) {
                try await execute(agent, "print")
            }
            #expect(failure?.code == "invalid_output")
            #expect(failure?.failureClass == .permanent)
            #expect(try await number(agent) > 0)
        }
    }

    /// The settings are wrong: no other start would be better.
    @Test func `A program that cannot start says of which class that is`() async throws {
        try await withAgent("echo 'no model' >&2; exit 78") { agent in
            let failure = await #expect(throws: AgentFailure.self) { try await agent.initialize() }
            #expect(failure?.failureClass == .permanent)
            #expect(failure?.logTail == ["no model"])
        }
    }

    /// A worker that leaves while its agent reads a model into memory.
    @Test func `Whoever is cancelled does not wait for a process that starts`() async throws {
        try await withAgent("exec sleep 600") { agent in
            let start = Task { try await agent.initialize() }
            start.cancel()
            let failure = await #expect(throws: AgentFailure.self) { try await start.value }
            #expect(failure == ServeFailure.closed)
        }
    }

    @Test func `Nothing is executed before it was initialised, nor after the end`() async throws {
        try await withAgent { agent in
            let early = await #expect(throws: AgentFailure.self) {
                try await execute(agent, "number")
            }
            #expect(early?.code == "served_process_not_ready")
            try await agent.initialize()
            await agent.shutdown()
            let late = await #expect(throws: AgentFailure.self) {
                try await execute(agent, "number")
            }
            #expect(late?.failureClass == .transient)
        }
    }
}
