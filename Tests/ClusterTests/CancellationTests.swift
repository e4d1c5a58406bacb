// Cancelling sessions whose tasks run.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Cancellation {}
}

extension ClusterTests.Cancellation {
    /// Somebody notices that the question was wrong: what runs stops, whoever waits is told, and
    /// the workers are free for other work.
    @Test func `Cancelling stops what runs and frees its slots`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 2)
            let plan = ResearchPlan.of(
                ResearchTask.echoes(3, sleeping: 600) + [.echo("last", after: ["task1"])])
            let session = try await cluster.submit(plan)
            try await cluster.wait(for: session) { $0.tasksByStatus["running"] == 2 }
            async let watched = cluster.waitForEnd(of: session)

            let cancelled = try await cluster.scrivener(
                "session", "cancel", session, "--wait", "--output", "json")

            #expect(cancelled.code == 0, "\(cancelled)")
            let (code, ended) = try await watched
            #expect(code == 4)
            #expect(ended.status == .cancelled)
            #expect(ended.sessionState == .cancelled)
            let tasks = try await cluster.tasks(of: session)
            #expect(tasks.allSatisfy { $0.status == .cancelled }, "\(tasks)")
            #expect(tasks.map(\.executions.count).sorted() == [0, 0, 1, 1])
            let busy = try await cluster.workers().flatMap(\.instances).map(\.currentExecutions)
            #expect(busy == [0])
            #expect(try await cluster.submitAndWait(.of([.echo("next")])).code == 0)
        }
    }

    /// An agent that does not stop at once may still write somewhere: as long as it does, the
    /// session is not shown as cancelled (P7). What it comes to in the end is kept.
    @Test func `P7 Cancel with proof, a session is cancelling until its agents have stopped`()
        async throws
    {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let session = try await cluster.submit(
                .of([
                    .echo("stubborn", sleeping: 2, stubbornly: true),
                    .echo("last", after: ["stubborn"]),
                ]))
            let running = try await cluster.tasks(of: session, whenRunning: 1)
            let dispatched = try #require(running.first?.executions.first?.dispatchedAt)

            let asked = try await cluster.scrivener(
                "session", "cancel", session, "--output", "json"
            ).decoded(ResearchSession.self)
            let (code, ended) = try await cluster.waitForEnd(of: session)

            #expect(asked.status == .cancelling)
            #expect(code == 4)
            let end = try #require(ended.endedAt)
            let lasted = end.millisecondsSince1970 - dispatched.millisecondsSince1970
            #expect(lasted >= 2_000, "was shown as cancelled while the agent ran")
            let tasks = try await cluster.tasks(of: session)
            #expect(tasks.map(\.status) == [.completed, .cancelled])
        }
    }
}
