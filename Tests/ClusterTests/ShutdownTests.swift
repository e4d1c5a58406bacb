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
            try await cluster.wait(for: session) { $0.runningTasks == ["runs"] }

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

    /// A worker is taken out of service while it runs something that takes all day: it leaves in
    /// time all the same, and others go on at once with what it leaves behind, which costs the task
    /// none of its retries.
    @Test func `A worker that is told to stop does not wait for ever`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(["--lease-seconds", "60"])
            let worker = try await cluster.startWorker("w1")
            let session = try await cluster.submit(
                .of([.echo("long", sleeping: 600)], retries: 0))
            let first = try await cluster.wait(for: session) { $0.runningTasks == ["long"] }
            try await cluster.startWorker("w2")

            let asked = ContinuousClock.now
            try await worker.send(SIGTERM)
            #expect(try await worker.ending() == .exited(0))
            #expect(ContinuousClock.now - asked < .seconds(12))
            try await cluster.wait(for: session) {
                $0.runningTasks == ["long"] && $0.revision > first.revision
            }

            let executions = try await cluster.tasks(of: session)["long"]?.executions
            #expect(executions?.map(\.outcome) == [.lost, .running])
            #expect(executions?.map(\.workerID) == ["w1", "w2"])
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

    /// A port is taken: a coordinator that serves people and no workers, or the other way round,
    /// looks alive and does nothing. It has to end instead, and to say why.
    @Test(arguments: ["--http-port", "--bind"])
    func `A coordinator that cannot have a port ends`(option: String) async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let taken = cluster.coordinatorArguments
            let index = try #require(taken.firstIndex(of: option))
            var arguments = [
                "--data", cluster.folder.path + "/other", "--http-port", "0",
                "--bind", "tcp://127.0.0.1:*",
            ]
            arguments[index + 1] = taken[index + 1]

            let second = try await CommandOutcome.run(try Program.coordinator.path, arguments)

            #expect(second.code == 1)
            #expect(second.error.contains("in use"), "\(second)")
            #expect(try await cluster.sessions() == [])
        }
    }
}
