// Workers that die, and workers that are only thought to be dead.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct WorkerLoss {}
}

extension ClusterTests.WorkerLoss {
    private static let leaseSeconds = 3.0
    private static let lease = ["--lease-seconds", "\(leaseSeconds)"]

    /// A machine loses power: what its worker ran is run again by another, soon (P4), and each task
    /// counts once (P3).
    @Test func `P4 Detection, the tasks of a killed worker run again on the other`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(Self.lease)
            let workers = [
                "w1": try await cluster.startWorker("w1", slots: 8),
                "w2": try await cluster.startWorker("w2", slots: 8),
            ]
            let plan = ResearchPlan.of(
                ResearchTask.echoes(6, sleeping: 1.5) + [.echo("last", after: ["task1"])])
            let session = try await cluster.submit(plan)
            let running = try await cluster.tasks(of: session, whenRunning: 6)
            let victim = try #require(running.workers.first)
            let lost = running.filter { $0.executions.last?.workerID == victim }.map(\.taskID)

            try await workers[victim]?.send(SIGKILL)
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            for task in tasks where lost.contains(task.taskID) {
                #expect(task.executions.map(\.outcome) == [.lost, .completed], "\(task)")
                let first = try #require(task.executions.first)
                let second = try #require(task.executions.last)
                #expect(first.workerID == victim && second.workerID != victim, "\(task)")
                #expect(first.failure?.failureClass == .workerLost, "\(task)")
                // From the dispatch, a little before the kill; the second over is for the machine.
                let waited =
                    second.dispatchedAt.millisecondsSince1970
                    - first.dispatchedAt.millisecondsSince1970
                let most = Self.leaseSeconds + 0.25 + ResearchTask.pace
                #expect(Double(waited) / 1_000 < most, "\(task)")
            }
            for task in tasks where !lost.contains(task.taskID) {
                #expect(task.executions.count == 1, "\(task)")
            }
            #expect(try await cluster.workers().first { $0.workerID == victim }?.state == "lost")
        }
    }

    /// A task crashes every process that executes it: after two deaths it has a worker to itself, and
    /// then it is executed no more, with what is known of each death. Those beside it complete.
    @Test(arguments: [("SIGSEGV", "SIGSEGV"), ("exit:7", "status 7"), ("SIGKILL", "SIGKILL")])
    func poisonIsGivenUpWithItsEvidence(way: String, evidence: String) async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(Self.lease)
            var worker = try await cluster.startWorker("w1")
            let plan = ResearchPlan.of(
                [.echo("killer", sleeping: 0.2, crashing: way), .echo("after", after: ["killer"])]
                    + ResearchTask.echoes(2, sleeping: 0.4))
            let session = try await cluster.submit(plan)
            for _ in 1...3 {
                _ = try await worker.ending()
                worker = try await cluster.startWorker("w1")
            }
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 3)
            let tasks = try await cluster.tasks(of: session)
            let statuses = Dictionary(
                uniqueKeysWithValues: tasks.map { ($0.taskID, $0.status) })
            #expect(
                statuses == [
                    "killer": .failed, "after": .skipped, "task1": .completed,
                    "task2": .completed,
                ])
            let deaths = try #require(tasks.first).executions
            #expect(deaths.map(\.outcome) == [.lost, .lost, .failed])
            #expect(
                deaths.map(\.failure?.code) == ["worker_died", "worker_died", "poison_task"])
            for death in deaths {
                let failure = try #require(death.failure)
                #expect(failure.message.contains(evidence), "\(failure)")
                #expect(failure.worker == "w1")
                #expect(
                    failure.logTail.contains { $0.contains("killer is about to crash") },
                    "\(failure)")
            }
        }
    }

    /// A laptop that is closed, a virtual machine that is paused: its worker wakes up after it was
    /// given up and delivers what others have done meanwhile.
    @Test func `P3 Result, the late results of a paused worker are refused`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(Self.lease)
            let workers = [
                "w1": try await cluster.startWorker("w1", slots: 8),
                "w2": try await cluster.startWorker("w2", slots: 8),
            ]
            // The last task keeps the session open while the late results come.
            let names = (1...4).map { "task\($0)" }
            let plan = ResearchPlan.of(
                ResearchTask.echoes(4, sleeping: 1)
                    + [.echo("last", after: names, sleeping: 3)])
            let session = try await cluster.submit(plan)
            let running = try await cluster.tasks(of: session, whenRunning: 4)
            let paused = try #require(running.workers.first)
            let worker = try #require(workers[paused])
            let lost = running.filter { $0.executions.last?.workerID == paused }.map(\.taskID)

            try await worker.send(SIGSTOP)
            try await cluster.wait(for: session) { $0.completedTasks == 4 }
            try await worker.send(SIGCONT)
            try await worker.line(2, containing: "registered")
            // A worker leaves when nothing that it owes is open.
            try await worker.send(SIGTERM)
            #expect(try await worker.ending() == .exited(0))
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            for task in tasks where lost.contains(task.taskID) {
                #expect(task.executions.map(\.outcome) == [.lost, .completed], "\(task)")
                #expect(task.executions.last?.workerID != paused, "\(task)")
            }
            #expect(try await cluster.status().counters.refusedResults == lost.count)
        }
    }

    /// A payment that may have been made is not made twice: nobody knows whether the dead worker got
    /// that far, so the task is lost. One that may be done again, is.
    @Test func `P2 Execution, what may run once is never run again`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(Self.lease)
            let victim = try await cluster.startWorker("w1", slots: 2)
            var payment = ResearchTask.echo("payment", sleeping: 60)
            payment.delivery = .atMostOnce
            let session = try await cluster.submit(
                .of([payment, .echo("letter", sleeping: 60)]))
            _ = try await cluster.tasks(of: session, whenRunning: 2)

            try await victim.send(SIGKILL)
            try await cluster.startWorker("w2", slots: 2)
            try await cluster.wait(for: session) { $0.tasksByStatus["lost"] == 1 }
            let tasks = try await cluster.tasks(of: session, whenRunning: 1)

            #expect(tasks["payment"]?.status == .lost)
            #expect(tasks["payment"]?.executions.map(\.outcome) == [.lost])
            #expect(tasks["letter"]?.executions.map(\.outcome) == [.lost, .running])
            #expect(tasks["letter"]?.executions.map(\.workerID) == ["w1", "w2"])
        }
    }

    /// An image is copied and two machines have one id: the newer process takes over, the older is
    /// told so and ends, and what it ran is run again.
    @Test func `A newer process under the same id takes over`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let older = try await cluster.startWorker("w1")
            let session = try await cluster.submit(.of([.echo("only", sleeping: 1)]))
            try await cluster.wait(for: session) { $0.runningTasks == ["only"] }

            try await cluster.startWorker("w1")
            #expect(try await older.ending() == .exited(78))
            try await older.line(containing: "worker_superseded")
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            #expect(tasks["only"]?.executions.map(\.outcome) == [.lost, .completed])
            #expect(try await cluster.workers().map(\.workerID) == ["w1"])
        }
    }
}
