// The library, connected to a coordinator of another process: what an embedded orchestrator does, it does.

import AgentScrivener
import Foundation
import TestSupport
import Testing

extension ClusterTests {
    @Suite struct Library {}
}

/// An agent of the program itself.
private struct Parrot: BaseAgent {
    let name = "parrot"
    let capabilities = ["repeat"]

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        AgentResult(payload: task.parameters)
    }
}

extension Cluster {
    var url: String { environment["SCRIVENER_COORDINATOR"] ?? "" }

    /// A coordinator with one worker, and an orchestrator that is connected to it.
    static func connected(
        _ body: @escaping @Sendable (Cluster, AgentOrchestrator) async throws -> Void
    ) async throws {
        try await run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            try await AgentOrchestrator.connect(to: cluster.url).whileRunning {
                try await body(cluster, $0)
            }
        }
    }
}

extension ClusterTests.Library {
    /// From plan to results, and everything that can be asked on the way.
    @Test func `A connected orchestrator does what an embedded one does`() async throws {
        try await Cluster.connected { _, orchestrator in
            let plan = ResearchPlan.of([.echo("a"), .echo("b", after: ["a"])])
            let session = try await orchestrator.startResearchSession(plan, idempotencyKey: "k")
            let again = try await orchestrator.startResearchSession(plan, idempotencyKey: "k")
            #expect(again.sessionID == session.sessionID)
            let id = session.sessionID
            #expect(try await orchestrator.sessionEnd(id).status == .completed)
            #expect(try await orchestrator.sessionProgress(id).completedTasks == 2)
            #expect(try await orchestrator.sessionResults(id).execution.successRate == 1)
            #expect(try await orchestrator.sessionDiagnostics(id).issues.isEmpty)
            #expect(try await orchestrator.orchestratorStatus().activeSessions == 0)

            let registry = orchestrator.registry
            let said = try await registry.executeAgent(
                "echo", parameters: RawJSON(#"{"word": "hello"}"#))
            #expect(said.status == .completed && said.payload != nil)
            #expect(try await registry.agentMetrics("echo").map(\.workerID) == ["w1"])
            #expect(try await registry.registryStatus().totalAgentTypes == 1)

            let long = try await orchestrator.startResearchSession(
                .of([.echo("long", sleeping: 600)])
            ).sessionID
            #expect(try await orchestrator.pauseSession(long).sessionState == .paused)
            #expect(try await orchestrator.resumeSession(long).sessionState != .paused)
            try await orchestrator.cancelSession(long)
            #expect(try await orchestrator.sessionEnd(long).status == .cancelled)
            #expect(try await registry.drain("w1").workerID == "w1")
        }
    }

    /// A program branches on what went wrong: the code and the places arrive as the coordinator gave them.
    @Test func `Errors arrive with their codes`() async throws {
        try await Cluster.connected { _, orchestrator in
            for wish in [
                { _ = try await orchestrator.session("nobody") },
                { _ = try await orchestrator.progressUpdates(of: "nobody") },
                { _ = try await orchestrator.sessionEnd("nobody") },
                { try await orchestrator.registerProgressCallback("nobody") { _ in } },
            ] as [@Sendable () async throws -> Void] {
                #expect(await Self.code(of: wish) == .sessionNotFound)
            }
            let plan = ResearchPlan.of([.echo("a", after: ["b"]), .echo("a")])
            do {
                try await orchestrator.startResearchSession(plan)
                Issue.record("the plan was taken")
            } catch let error as ScrivenerError {
                #expect(error.code == .planInvalid)
                #expect(
                    Set(error.mistakes.map(\.code)).isSuperset(
                        of: [.planUnknownDependency, .planDuplicateTask]))
            }
            // It is not known where workers join.
            let code = await Self.code {
                try await orchestrator.registry.registerAgentInstance(agent: Parrot())
            }
            #expect(code == .configurationInvalid)
        }
        #expect(
            await Self.code { _ = try AgentOrchestrator.connect(to: "pool") }
                == .configurationInvalid)
    }

    private static func code(of wish: () async throws -> Void) async -> ErrorCode? {
        do {
            try await wish()
            return nil
        } catch {
            return (error as? ScrivenerError)?.code
        }
    }

    /// The coordinator's process is killed while programs follow a session. Each sees it go on and sees its end
    /// once, also beside a callback that throws and one that never returns.
    @Test func `Progress is followed through the coordinator's death`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            // A task is over when the test says so.
            let go = cluster.folder.path + "/go"
            let worker = try await cluster.startWorker(
                "w1", running: "while [ ! -e '\(go)' ]; do sleep 0.1; done; cat")
            let orchestrator = try AgentOrchestrator.connect(to: cluster.url)
            let (ends, end) = AsyncStream.makeStream(of: ProgressReport.self)
            try await orchestrator.whileRunning { orchestrator in
                let id = try await orchestrator.startResearchSession(
                    .of([.program("first"), .program("last", after: ["first"])])
                ).sessionID
                try await orchestrator.registerProgressCallback(id) { _ in
                    throw CancellationError()
                }
                try await orchestrator.registerProgressCallback(id) { _ in
                    try await untilCancelled()
                }
                try await orchestrator.registerProgressCallback(id) { report in
                    if report.status.isTerminal { end.yield(report) }
                }
                var wasKilled = false
                var reports: [ProgressReport] = []
                for await report in try await orchestrator.progressUpdates(of: id) {
                    reports.append(report)
                    guard !wasKilled, report.runningTasks == ["first"] else { continue }
                    wasKilled = true
                    try await coordinator.send(SIGKILL)
                    _ = try await coordinator.ending()
                    try await cluster.startCoordinator()
                    try await worker.line(2, containing: "registered")
                    try cluster.folder.write("", to: "go")
                }
                #expect(wasKilled)
                #expect(reports.map(\.completedTasks) == reports.map(\.completedTasks).sorted())
                #expect(reports.filter { $0.status.isTerminal }.count == 1)
                #expect(reports.last?.completedTasks == 2)
                #expect(try await orchestrator.sessionEnd(id).status == .completed)
                #expect(await ends.first { _ in true }?.completedTasks == 2)
            }
            // The callbacks have ended with the orchestrator.
            end.finish()
            #expect(await ends.reduce(0) { count, _ in count + 1 } == 0)
        }
    }

    /// Somebody submits while the coordinator is being restarted: the call takes a little longer, and opens one
    /// session.
    @Test func `A submission waits for a coordinator that comes back`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            try await AgentOrchestrator.connect(to: cluster.url).whileRunning { orchestrator in
                try await coordinator.send(SIGKILL)
                _ = try await coordinator.ending()
                async let submitted = orchestrator.startResearchSession(.of([.echo("only")]))
                try await cluster.startCoordinator()
                let id = try await submitted.sessionID
                #expect(try await cluster.sessions().map(\.sessionID) == [id])
            }
        }
    }

    /// Whoever does not want the answer any more has it no more: the call ends, and not with its time.
    @Test func `A cancelled call ends`() async throws {
        try await Cluster.connected { cluster, orchestrator in
            let events = try cluster.start(
                .scrivener, name: "events", ["events", "--output", "jsonl"])
            try await events.line(containing: #""event":"snapshot""#)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do {
                        _ = try await orchestrator.registry.executeAgent(
                            "echo", parameters: RawJSON(#"{"sleep_seconds": 600}"#),
                            patience: 600)
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
                try await events.line(containing: #""change":"opened""#)
                let id = try #require(try await cluster.sessions().first).sessionID
                try await cluster.wait(for: id) { !$0.runningTasks.isEmpty }
                group.cancelAll()
                #expect(try await group.next() == true)
            }
        }
    }

    /// Where workers join is said: agents of the program itself serve the whole pool.
    @Test func `An agent of the program joins the pool`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let orchestrator = try AgentOrchestrator.connect(
                to: cluster.url, workers: cluster.workerEndpoint)
            try await orchestrator.whileRunning { orchestrator in
                let worker = try await orchestrator.registry.registerAgentInstance(
                    agent: Parrot())
                let outcome = try await cluster.scrivener("worker", "list")
                #expect(outcome.output.contains(worker))
                let said = try await orchestrator.registry.executeAgent(
                    "parrot", parameters: RawJSON(#"{"word":"hello"}"#))
                #expect(said.payload?.text == #"{"word":"hello"}"#)
            }
        }
    }
}
