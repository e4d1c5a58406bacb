// A coordinator that dies: what it promised is on disk, and what runs goes on without it.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct CoordinatorLoss {}
}

extension ClusterTests.CoordinatorLoss {
    /// The coordinator's process is killed, as the kernel does when memory runs out. An hour of
    /// work on the workers must not be done again because of it (P5), and what was finished reads
    /// as before, to the byte (P1).
    @Test func `P5 Coordinator death, running attempts are adopted`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let workers = [
                try await cluster.startWorker("w1", slots: 2),
                try await cluster.startWorker("w2", slots: 2),
            ]
            let finished = ResearchPlan.of(
                [.echo("a"), .echo("b", after: ["a"])], sessionID: "old")
            #expect(try await cluster.submitAndWait(finished).code == 0)
            let before = try await cluster.scrivener(
                "session", "results", "old", "--output", "json")
            let long = ResearchTask.echoes(4, sleeping: 4)
            let session = try await cluster.submit(
                .of(long + [.echo("last", after: long.map(\.taskID))]))
            let running = try await cluster.tasks(of: session, whenRunning: 4)
            #expect(running.workers == ["w1", "w2"])

            try await coordinator.send(SIGKILL)
            #expect(try await coordinator.ending() == .signalled(SIGKILL))
            try await cluster.startCoordinator()
            for worker in workers { try await worker.line(2, containing: "registered") }
            let (code, ended) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            #expect(ended.sessionState == .completed)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            for task in tasks {
                #expect(task.executions.count == 1, "was computed again: \(task)")
            }
            #expect(
                tasks.prefix(4).map { $0.executions.first?.workerID }
                    == running.prefix(4).map { $0.executions.first?.workerID })
            let after = try await cluster.scrivener("session", "results", "old", "--output", "json")
            #expect(after.output == before.output)
        }
    }

    /// Whoever has heard yes may rely on it, whatever happens to the coordinator in the next moment.
    @Test func `P1 Durability, what was acknowledged is there after a kill`() async throws {
        try await Cluster.run { cluster in
            var coordinator = try await cluster.startCoordinator()
            var expected: [String: SessionStatus] = [:]
            for round in 1...4 {
                let kept = try await cluster.submit(
                    .of([.echo("only")], sessionID: "kept\(round)"))
                let dropped = try await cluster.submit(
                    .of([.echo("only")], sessionID: "dropped\(round)"))
                let cancelled = try await cluster.scrivener("session", "cancel", dropped)
                #expect(cancelled.code == 0, "\(cancelled)")
                expected[kept] = .pending
                expected[dropped] = .cancelled
                try await coordinator.send(SIGKILL)
                #expect(try await coordinator.ending() == .signalled(SIGKILL))
                coordinator = try await cluster.startCoordinator()
                let found = try await cluster.sessions().map { ($0.sessionID, $0.status) }
                #expect(Dictionary(found, uniquingKeysWith: { $1 }) == expected)
            }
            try await cluster.startWorker("w1")
            for session in expected.keys where expected[session] == .pending {
                #expect(try await cluster.waitForEnd(of: session).code == 0)
            }
        }
    }

    /// The building loses power. What was acknowledged before is still there afterwards (P1), and
    /// ends (P6).
    @Test func `A session survives the death of all processes`() async throws {
        try await Cluster.run { cluster in
            let processes = [
                try await cluster.startCoordinator(),
                try await cluster.startWorker("w1", slots: 2),
                try await cluster.startWorker("w2", slots: 2),
            ]
            let early = ResearchTask.echoes(4, named: "early", sleeping: 0.01)
            // Long enough that the power fails while they run, on a busy machine too.
            let late = (1...4).map { number in
                ResearchTask.echo("late\(number)", after: early.map(\.taskID), sleeping: 3)
            }
            let session = try await cluster.submit(
                .of(early + late + [.echo("last", after: late.map(\.taskID))]))
            try await cluster.wait(for: session) {
                $0.completedTasks == 4 && $0.tasksByStatus["running"] == 4
            }
            let before = try await cluster.tasks(of: session)

            for process in processes { try await process.send(SIGKILL) }
            for process in processes { _ = try await process.ending() }
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 2)
            try await cluster.startWorker("w2", slots: 2)
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            for task in before where task.status == .completed {
                #expect(
                    tasks[task.taskID]?.executions.map(Committed.init)
                        == task.executions.map(Committed.init))
            }
            for task in tasks where task.taskID.hasPrefix("late") {
                #expect(task.executions.map(\.outcome) == [.lost, .completed], "\(task)")
            }
        }
    }
}

/// What may not change of an attempt that has ended. Its times are left out: read back they are
/// those of the commit, a little later than those of the events that were in it.
private struct Committed: Equatable {
    var attempt: Int
    var workerID: String
    var outcome: ExecutionOutcome
    var runSeconds: Double?

    init(_ execution: AgentExecution) {
        attempt = execution.attempt
        workerID = execution.workerID
        outcome = execution.outcome
        runSeconds = execution.runSeconds
    }
}
