// Steering sessions and workers while they run, and looking at the pool.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Steering {}
}

extension ClusterTests.Steering {
    /// Somebody pauses a session for the night, and the coordinator is restarted meanwhile: nothing
    /// of the session starts until it is resumed, and then it ends as if nothing had been.
    @Test func `A pause outlives the coordinator`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let worker = try await cluster.startWorker("w1")
            let session = try await cluster.submit(
                .of([.echo("first", sleeping: 1), .echo("second", after: ["first"])]))
            try await cluster.wait(for: session) { $0.runningTasks == ["first"] }

            let paused = try await cluster.session("pause", session)
            #expect(paused.sessionState == .paused)
            try await cluster.wait(for: session) { $0.tasksByStatus["held"] == 1 }
            try await coordinator.send(SIGKILL)
            #expect(try await coordinator.ending() == .signalled(SIGKILL))
            try await cluster.startCoordinator()
            try await worker.line(2, containing: "registered")
            let held = try await cluster.explain("second", of: session)
            #expect(held.status == .held)
            #expect(held.reason == .paused)

            let resumed = try await cluster.session("resume", session)
            #expect(resumed.sessionState != .paused)
            let (code, ended) = try await cluster.waitForEnd(of: session)
            #expect(code == 0)
            #expect(ended.sessionState == .completed)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            #expect(tasks.map(\.executions.count) == [1, 1])
        }
    }

    /// The slots are needed for something else at once: what runs is stopped, which uses up none of
    /// its retries, and runs again when the session goes on.
    @Test func `What a pause has stopped runs again`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 1)
            let session = try await cluster.submit(
                .of([.echo("long", sleeping: 600)], retries: 0))
            try await cluster.wait(for: session) { $0.runningTasks == ["long"] }

            _ = try await cluster.session("pause", session, "--now")
            try await cluster.wait(for: session) { $0.tasksByStatus["held"] == 1 }
            #expect(try await cluster.submitAndWait(.of([.echo("urgent")])).code == 0)
            _ = try await cluster.session("resume", session)
            try await cluster.wait(for: session) { $0.runningTasks == ["long"] }

            let executions = try await cluster.tasks(of: session)["long"]?.executions
            #expect(executions?.count == 2)
            #expect(executions?.last?.outcome == .running)
        }
    }

    /// One slot, and a task that turns out to be urgent: it goes before those that came earlier.
    @Test func `A task with a higher priority goes first`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 1)
            let tasks =
                [ResearchTask.echo("runs", sleeping: 1)] + ResearchTask.echoes(3, sleeping: 0)
            let session = try await cluster.submit(.of(tasks))
            try await cluster.wait(for: session) { $0.runningTasks.contains("runs") }

            _ = try await cluster.session("prioritize", session, "1")
            _ = try await cluster.session("prioritize", session, "10", "--task", "task3")
            #expect(try await cluster.waitForEnd(of: session).code == 0)

            let records = try await cluster.tasks(of: session)
            #expect(records.map(\.priority) == [1, 1, 1, 10])
            let starts = records.compactMap(\.executions.first?.dispatchedAt.millisecondsSince1970)
            try #require(starts.count == 4)
            #expect(starts[3] <= starts[1])
            #expect(starts[3] <= starts[2])
        }
    }

    /// A machine is to be taken away: its worker finishes what it runs, gets nothing new, and is
    /// gone by itself.
    @Test func `A drained worker finishes and leaves`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let worker = try await cluster.startWorker("w1")
            let session = try await cluster.submit(
                .of([.echo("runs", sleeping: 1), .echo("next", after: ["runs"])], retries: 0))
            try await cluster.wait(for: session) { $0.runningTasks == ["runs"] }
            try await cluster.startWorker("w2")

            let drained = try await cluster.scrivener("worker", "drain", "w1", "--output", "json")
                .decoded(WorkerRecord.self)
            #expect(drained.state == "draining")
            #expect(try await worker.ending() == .exited(0))
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            #expect(tasks["runs"]?.executions.map(\.workerID) == ["w1"])
            #expect(tasks["next"]?.executions.map(\.workerID) == ["w2"])
            let unknown = try await cluster.scrivener("worker", "drain", "w9")
            #expect(unknown.code == 1)
            #expect(unknown.error.contains("worker_not_found"))
        }
    }

    /// Whoever looks at the pool sees the same numbers in the list of agents, in the status and in
    /// the diagnosis of a session that nobody can execute.
    @Test func `The pool and what is wrong with a session can be seen`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 3)
            #expect(
                try await cluster.submitAndWait(.of(ResearchTask.echoes(5, sleeping: 0))).code == 0)
            let stuck = ResearchTask(taskID: "stuck", taskType: "translation")
            let session = try await cluster.submit(.of([.echo("done"), stuck]))
            try await cluster.wait(for: session) { $0.completedTasks == 1 }

            let agents = try await cluster.scrivener("agent", "list", "--output", "json")
                .decoded([AgentRecord].self)
            let metrics = try await cluster.scrivener(
                "agent", "metrics", "echo", "--output", "json"
            )
            .decoded(AgentMetrics.self)
            let status = try await cluster.scrivener("status", "--output", "json")
                .decoded(PoolStatus.self)
            let diagnostics = try await cluster.scrivener(
                "session", "diagnose", session, "--output", "json"
            ).decoded(SessionDiagnostics.self)

            #expect(agents.map(\.agent) == ["echo"])
            #expect(agents.first?.instances.map(\.successfulExecutions) == [6])
            #expect(metrics.instances.map(\.maxConcurrentExecutions) == [3])
            #expect(status.orchestrator.activeSessions == 1)
            #expect(status.orchestrator.loadBalancing.queueSize == 1)
            #expect(status.registry.availableInstances == 1)
            #expect(diagnostics.issues.map(\.kind) == [.unplaceable])
            #expect(diagnostics.issues.first?.tasks == ["stuck"])
            let table = try await cluster.scrivener("session", "diagnose", session)
            #expect(table.output.contains("unplaceable"), "\(table)")
        }
    }
}

/// What `scrivener status --output json` prints.
private struct PoolStatus: Decodable {
    var orchestrator: OrchestratorStatus
    var registry: RegistryStatus
}

extension Cluster {
    /// Does something to a session, and returns it as it is then.
    fileprivate func session(_ words: String...) async throws -> ResearchSession {
        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path, ["session"] + words + ["--output", "json"],
            environment: environment)
        return try outcome.decoded(ResearchSession.self)
    }
}
