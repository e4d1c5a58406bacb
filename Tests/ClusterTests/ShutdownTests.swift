// Stopping in good order, and not starting twice.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Shutdown {}
}

extension ClusterTests.Shutdown {
    /// A worker is taken out of service, as an orchestrator of containers does: with SIGTERM, and
    /// without losing what it is about to finish.
    @Test func `A worker that is told to stop finishes what runs`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let worker = try await cluster.startWorker("w1", slots: 1)
            let session = try await cluster.submit(
                .of([.echo("runs", sleeping: 2), .echo("waits", sleeping: 0.01)]))
            try await cluster.wait(for: session) { $0.currentTasks == ["runs"] }

            try await worker.send(SIGTERM)
            #expect(try await worker.ending() == .exited(0))
            let left = try await cluster.tasks(of: session)
            try await cluster.startWorker("w2", slots: 1)
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(left["runs"]?.status == .completed)
            #expect(left["waits"]?.status == .ready)
            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            #expect(tasks["runs"]?.executions.map(\.workerID) == ["w1"])
            #expect(tasks["waits"]?.executions.map(\.workerID) == ["w2"])
        }
    }

    /// An upgrade of the coordinator: it stops soon although a stream is open, and whoever watches
    /// goes on watching its successor.
    @Test func `A coordinator stops soon and its watchers find the next`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let session = try await cluster.submit(
                .of([.echo("runs", sleeping: 3), .echo("last", after: ["runs"])]))
            let watcher = try cluster.start(
                .scrivener, name: "watcher", ["session", "watch", session, "--output", "jsonl"])
            try await watcher.line(containing: "\"runs\"")

            let asked = ContinuousClock.now
            try await coordinator.send(SIGTERM)
            #expect(try await coordinator.ending() == .exited(0))
            let took = ContinuousClock.now - asked
            try await cluster.startCoordinator()

            #expect(took < .seconds(5))
            #expect(try await watcher.ending() == .exited(0))
            expectCommittedOnce(try await cluster.tasks(of: session))
        }
    }

    /// A service manager starts the coordinator twice: two writers would ruin the journal.
    @Test func `A second coordinator on the same data is refused`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()

            let second = try await CommandOutcome.run(
                try Program.coordinator.path,
                [
                    "--data", cluster.folder.path + "/coordinator", "--http-port", "0",
                    "--bind", "tcp://127.0.0.1:*",
                ])

            #expect(second.code == 78)
            #expect(second.error.contains("journal_locked"), "\(second)")
            #expect(try await cluster.sessions() == [])
            try await coordinator.send(SIGTERM)
            #expect(try await coordinator.ending() == .exited(0))
        }
    }
}
