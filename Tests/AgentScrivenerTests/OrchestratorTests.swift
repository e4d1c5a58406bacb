// The library as an application uses it: everything within one process.

import AgentScrivener
import TestSupport
import Testing

/// An agent that returns its parameters, and fails or waits as they say.
private struct Parrot: BaseAgent {
    let name: String
    var capabilities = ["web_search"]

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        let parameters = try task.parameters.value()
        if let reason = parameters["fail"]?.stringValue {
            throw AgentFailure(.permanent, code: "told_to", message: reason)
        }
        if parameters["wait"]?.boolValue == true { try await untilCancelled() }
        return AgentResult(payload: task.parameters)
    }
}

@Suite(.timeLimit(.minutes(2)))
struct OrchestratorTests {
    private static let plan = ResearchPlan(
        query: "What does a parrot say?", sessionID: "s-1",
        tasks: [
            ResearchTask(taskID: "search", taskType: "web_search", assignedAgent: "research"),
            ResearchTask(
                taskID: "analysis", taskType: "content_analysis", dependencies: ["search"],
                assignedAgent: "analysis"),
        ])

    /// The whole of it: agents are registered, a session runs, its progress is told, its results are read.
    @Test func aSessionFromPlanToResults() async throws {
        try await AgentOrchestrator(
            OrchestrationConfig(progressUpdateIntervalSeconds: 0.01)
        ).whileRunning { orchestrator in
            try await orchestrator.registry.start()
            try await orchestrator.registry.registerAgentInstance(
                agent: Parrot(name: "research"), maxConcurrentExecutions: 2,
                capabilities: ["content_extraction"], tags: ["fast", "reliable"])
            try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "analysis"))
            let session = try await orchestrator.startResearchSession(Self.plan)
            #expect(session.sessionID == "s-1")
            let (reports, reporter) = AsyncStream.makeStream(of: ProgressReport.self)
            try await orchestrator.registerProgressCallback("s-1") { reporter.yield($0) }
            let end = try await orchestrator.sessionEnd("s-1")
            #expect(end.status == .completed)
            for await report in reports where report.status.isTerminal {
                #expect(report.completedTasks == 2 && report.progressPercentage == 100)
                break
            }
            let results = try await orchestrator.sessionResults("s-1")
            #expect(results.execution.successRate == 1)
            #expect(results.tasks.map(\.task.taskID) == ["search", "analysis"])
            let status = try await orchestrator.registry.registryStatus()
            #expect(status.started && status.healthyInstances == 2)
            let metrics = try await orchestrator.registry.agentMetrics("research")
            #expect(metrics.first?.successRate == 1)
            #expect(metrics.first?.tags.sorted() == ["fast", "reliable"])
            #expect(metrics.first?.capabilities.sorted() == ["content_extraction", "web_search"])
            let diagnostics = try await orchestrator.sessionDiagnostics("s-1")
            #expect(diagnostics.issues.isEmpty)
            #expect(try await orchestrator.orchestratorStatus().activeSessions == 0)
        }
    }

    @Test func oneExecutionWithoutAPlan() async throws {
        try await AgentOrchestrator().whileRunning { orchestrator in
            let registry = orchestrator.registry
            try await registry.registerAgentInstance(agent: Parrot(name: "research"))
            let said = try await registry.executeAgent(
                "research", parameters: RawJSON(#"{"query": "test"}"#))
            #expect(said.status == .completed)
            let words = try said.payload?.value()
            #expect(words?["query"]?.stringValue == "test")
            let failed = try await registry.executeAgent(
                "research", parameters: RawJSON(#"{"fail": "no"}"#))
            #expect(failed.status == .failed && failed.payload == nil)
            #expect(failed.task?.executions.last?.failure?.message == "no")
            await #expect(throws: ScrivenerError.self) {
                try await registry.executeAgent("no such/agent")
            }
        }
    }

    /// A callback of the application fails, another never returns: the session and the callback beside them do
    /// not notice.
    @Test func aBadCallbackHarmsNobody() async throws {
        try await AgentOrchestrator().whileRunning { orchestrator in
            try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "research"))
            try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "analysis"))
            try await orchestrator.startResearchSession(Self.plan)
            try await orchestrator.registerProgressCallback("s-1") { _ in
                throw CancellationError()
            }
            try await orchestrator.registerProgressCallback("s-1") { _ in
                try await untilCancelled()
            }
            let (ends, end) = AsyncStream.makeStream(of: SessionStatus.self)
            try await orchestrator.registerProgressCallback("s-1") { report in
                if report.status.isTerminal { end.yield(report.status) }
            }
            #expect(await ends.first { _ in true } == .completed)
        }
    }

    @Test func aSessionIsSteered() async throws {
        try await AgentOrchestrator().whileRunning { orchestrator in
            try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "research"))
            try await orchestrator.startResearchSession(
                ResearchPlan(
                    query: "q", sessionID: "s-2",
                    tasks: [
                        ResearchTask(
                            taskID: "a", taskType: "web_search",
                            parameters: RawJSON(#"{"wait": true}"#))
                    ]))
            #expect(try await orchestrator.pauseSession("s-2").sessionState == .paused)
            #expect(try await orchestrator.resumeSession("s-2").sessionState != .paused)
            try await orchestrator.cancelSession("s-2")
            #expect(try await orchestrator.sessionEnd("s-2").status == .cancelled)
            await #expect(throws: ScrivenerError.self) {
                try await orchestrator.pauseSession("s-2")
            }
        }
    }

    /// The journal has a place: what one process has done, the next one finds.
    @Test func sessionsSurviveTheProcess() async throws {
        let folder = Scratch()
        try await AgentOrchestrator(directory: folder.path).whileRunning { orchestrator in
            try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "research"))
            try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "analysis"))
            try await orchestrator.startResearchSession(Self.plan)
            _ = try await orchestrator.sessionEnd("s-1")
        }
        try await AgentOrchestrator(directory: folder.path).whileRunning { orchestrator in
            let kept = try await orchestrator.session("s-1")
            #expect(kept.status == .completed)
            await #expect(throws: ScrivenerError.self) {
                try await orchestrator.startResearchSession(Self.plan)
            }
        }
    }

    /// What keeps the orchestrator from running is told to whoever wanted something of it.
    @Test func anOrchestratorThatCannotRunSaysWhy() async throws {
        let orchestrator = AgentOrchestrator(directory: "/proc/no/such/place")
        await #expect(throws: ScrivenerError.self) {
            try await orchestrator.whileRunning { try await $0.session("s-1") }
        }
        await #expect(throws: ScrivenerError.self) { try await orchestrator.session("s-1") }
    }

    /// The orchestrator has ended: whoever still wants something of it is told, and does not wait.
    @Test func afterItsEndItSaysSo() async throws {
        let orchestrator = AgentOrchestrator()
        try await orchestrator.whileRunning { _ in }
        for wish in [
            { _ = try await orchestrator.session("s-1") },
            { try await orchestrator.registry.registerAgentInstance(agent: Parrot(name: "late")) },
        ] as [@Sendable () async throws -> Void] {
            do {
                try await wish()
                Issue.record("it was answered")
            } catch let error as ScrivenerError {
                #expect(error.code == .shuttingDown)
            }
        }
    }

    /// An agent that can never start, and settings that make no sense: the registration says so.
    @Test func anInstanceThatCannotBeIsRefused() async throws {
        try await AgentOrchestrator().whileRunning { orchestrator in
            await #expect(throws: ScrivenerError.self) {
                try await orchestrator.registry.registerAgentInstance(
                    agent: Parrot(name: "research"), maxConcurrentExecutions: 0)
            }
            await #expect(throws: ScrivenerError.self) {
                try await orchestrator.registry.registerAgentInstance(
                    agent: Parrot(name: "no name"))
            }
        }
    }
}
