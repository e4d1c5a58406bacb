// Tasks that fail, and what becomes of their sessions.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Failure {}
}

extension ClusterTests.Failure {
    /// A service is down for a moment: that is no reason to lose a session.
    @Test func `A task that fails for a while is tried again`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            try await cluster.startWorker("w2")

            let (code, session) = try await cluster.submitAndWait(
                .of([
                    .echo("flaky", failing: "transient", attempts: 2), .echo("b", after: ["flaky"]),
                ]))

            #expect(code == 0)
            #expect(session.sessionState == .completed)
            let tasks = try await cluster.tasks(of: session.sessionID)
            expectCommittedOnce(tasks)
            let flaky = try #require(tasks["flaky"])
            #expect(flaky.executions.map(\.outcome) == [.failed, .failed, .completed])
            #expect(flaky.executions.first?.failure?.failureClass == .transient)
        }
    }

    /// Not every failure passes. What can still be had is had; what cannot is said.
    @Test func `What depends on a failed task is skipped`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let plan = ResearchPlan.of([
                .echo("good"), .echo("bad", failing: "permanent"), .echo("child", after: ["bad"]),
                .echo("grandchild", after: ["child"]),
            ])

            let outcome = try await cluster.scrivener(
                "session", "submit", "-", "--wait", "--output", "json", input: try plan.json)

            #expect(outcome.code == 3)
            #expect(outcome.error.contains("task bad (noop) failed after 1 attempt"), "\(outcome)")
            #expect(outcome.error.contains("asked_for"))
            #expect(outcome.error.contains("skipped: child, grandchild"))
            let session = try outcome.decoded(ResearchSession.self)
            #expect(session.sessionState == .partial)
            let tasks = try await cluster.tasks(of: session.sessionID)
            #expect(tasks.map(\.status) == [.completed, .failed, .skipped, .skipped])
            #expect(tasks.map(\.executions.count) == [1, 1, 0, 0])
        }
    }

    /// With nothing to show a session has failed, also when retries were spent on it.
    @Test func `A session whose only task keeps failing has failed`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")

            let (code, session) = try await cluster.submitAndWait(
                .of([.echo("bad", failing: "transient")], retries: 2))

            #expect(code == 3)
            #expect(session.status == .failed)
            #expect(session.sessionState == .failed)
            let tasks = try await cluster.tasks(of: session.sessionID)
            #expect(tasks["bad"]?.executions.map(\.outcome) == [.failed, .failed, .failed])
        }
    }

    /// An agent hangs on a connection that nobody answers.
    @Test func `An attempt that runs longer than its timeout is ended`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")

            let (code, session) = try await cluster.submitAndWait(
                .of([.echo("slow", sleeping: 30, timeout: 1)], retries: 0))

            #expect(code == 3)
            #expect(session.sessionState == .failed)
            let tasks = try await cluster.tasks(of: session.sessionID)
            let execution = try #require(tasks["slow"]?.executions.first)
            #expect(execution.outcome == .failed)
            #expect(execution.failure?.failureClass == .timeout)
            let lasted =
                try #require(execution.endedAt).millisecondsSince1970
                - execution.dispatchedAt.millisecondsSince1970
            #expect((1_000..<10_000).contains(lasted))
            let busy = try await cluster.workers().flatMap(\.instances).map(\.currentExecutions)
            #expect(busy == [0])
        }
    }
}
