// Connections between real processes that are encrypted and known by their keys.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Keys {}
}

extension ClusterTests.Keys {
    /// The folder of keys of a cluster, and what is handed out from it.
    private struct Handed {
        let cluster: Cluster
        var folder: String { cluster.folder.path + "/keys" }
        var coordinatorKey: String { folder + "/coordinator.public" }

        init(_ cluster: Cluster) async throws {
            self.cluster = cluster
            try await run("init")
        }

        func path(_ name: String) -> String { cluster.folder.path + "/" + name }

        func run(_ arguments: String...) async throws {
            let outcome = try await CommandOutcome.run(
                try Program.scrivener.path, ["keys"] + arguments + ["--keys", folder],
                environment: cluster.environment)
            try #require(outcome.code == 0, "\(arguments): \(outcome.error)")
        }

        /// The options of a worker with a key of its own, which is made.
        func named(_ worker: String) async throws -> [String] {
            try await run("add-worker", worker, "--output", path(worker + ".secret"))
            return ["--coordinator-key", coordinatorKey, "--key", path(worker + ".secret")]
        }

        /// The options of a replica of the pool `research`.
        func replica(_ enrolment: String) -> [String] {
            [
                "--coordinator-key", coordinatorKey, "--pool", "research", "--pool-token",
                path("research.token"), "--enrol", enrolment,
            ]
        }
    }

    private static func enrolment(_ coordinator: RunningProcess) async throws -> String {
        let line = try await coordinator.line(containing: "replicas may enrol")
        let field = line.split(separator: " ").first { $0.hasPrefix("endpoint=") }
        return String(try #require(field).dropFirst("endpoint=".count))
    }

    /// A worker's key is taken back while it works: it is out at once, the other one does what it did, and without a
    /// key that counts it does not come back.
    @Test func aRevokedWorkerIsOutAndItsTasksGoElsewhere() async throws {
        try await Cluster.run { cluster in
            let keys = try await Handed(cluster)
            // Longer than the test: what is noticed is not a lease that has run out.
            let coordinator = try await cluster.startCoordinator([
                "--keys", keys.folder, "--lease-seconds", "300",
            ])
            let options = ["w1": try await keys.named("w1"), "w2": try await keys.named("w2")]
            var workers: [String: RunningProcess] = [:]
            for (name, options) in options {
                workers[name] = try await cluster.startWorker(name, options: options)
            }
            let session = try await cluster.submit(
                .of(ResearchTask.echoes(8, sleeping: 2)))
            let running = try await cluster.tasks(of: session, whenRunning: 8)
            let lost = running.filter { $0.executions.last?.workerID == "w1" }.map(\.taskID)
            #expect(!lost.isEmpty)

            try await keys.run("revoke", "w1")
            #expect(try await workers["w1"]?.ending() == .exited(78))
            try await workers["w1"]?.line(containing: "access_revoked")
            let (code, _) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let tasks = try await cluster.tasks(of: session)
            expectCommittedOnce(tasks)
            for task in tasks where lost.contains(task.taskID) {
                #expect(task.executions.map(\.outcome) == [.lost, .completed], "\(task)")
                #expect(task.executions.last?.workerID == "w2", "\(task)")
            }
            let again = try cluster.start(
                .worker, name: "again",
                ["--coordinator", cluster.workerEndpoint, "--id", "w1", "--agents", "echo"]
                    + (options["w1"] ?? []))
            try await again.line(containing: "does not know this worker's key")
            try await coordinator.line(containing: "connections refused")
        }
    }

    /// Every key is changed while work goes on: the pool's token, a worker's own key, and the coordinator's. Nobody
    /// stops, and nothing is done twice.
    @Test func allKeysAreChangedWithoutAStop() async throws {
        try await Cluster.run { cluster in
            let keys = try await Handed(cluster)
            try await keys.run(
                "pool-token", "research", "--output", keys.path("research.token"))
            let coordinator = try await cluster.startCoordinator(["--keys", keys.folder])
            let enrolment = try await Self.enrolment(coordinator)
            let named = try await cluster.startWorker("w1", options: try await keys.named("w1"))
            let replica = try await cluster.startWorker("r1", options: keys.replica(enrolment))
            #expect(
                try await cluster.workers().map(\.workerID).sorted() == ["research/r1", "w1"])
            let tasks = (1...8).map { number in
                ResearchTask.echo(
                    "task\(number)", after: number > 4 ? ["task\(number - 4)"] : [], sleeping: 8)
            }
            let session = try await cluster.submit(.of(tasks))
            _ = try await cluster.tasks(of: session, whenRunning: 4)

            // The pool's token: another one in the same file, and the old one is taken back.
            try await keys.run("pool-token", "research", "--output", keys.path("new.token"))
            try Self.replace(keys.path("research.token"), by: keys.path("new.token"))
            try await replica.line(2, containing: "enrolled")
            try await keys.run("revoke", "research", "--old")
            // The worker's own.
            try await keys.run(
                "add-worker", "w1", "--replace", "--output", keys.path("new.secret"))
            try Self.replace(keys.path("w1.secret"), by: keys.path("new.secret"))
            try await named.line(2, containing: "registered")
            try await keys.run("revoke", "w1", "--old")
            // The coordinator's.
            try await keys.run("rotate")
            for worker in [named, replica] {
                try await worker.line(containing: "the coordinator has another key")
            }
            try await named.line(4, containing: "registered")
            try await replica.line(3, containing: "registered")
            try await keys.run("rotate", "--finish")
            try await named.line(6, containing: "registered")
            try await replica.line(5, containing: "registered")

            let (code, _) = try await cluster.waitForEnd(of: session)
            #expect(code == 0)
            let records = try await cluster.tasks(of: session)
            expectCommittedOnce(records)
            #expect(records.allSatisfy { $0.executions.count == 1 }, "\(records)")
            let listed = try await cluster.scrivener("keys", "list", "--keys", keys.folder)
            #expect(listed.output.contains("research/r1"))
        }
    }

    private static func replace(_ path: String, by other: String) throws {
        guard rename(other, path) == 0 else { throw HarnessError("\(other) cannot be moved") }
    }

    /// Whoever is handed a token that was made just now does not have to wait until the coordinator looks at its folder.
    @Test func aTokenIsGoodAsSoonAsItIsMade() async throws {
        try await Cluster.run { cluster in
            let keys = try await Handed(cluster)
            try await keys.run(
                "pool-token", "research", "--output", keys.path("research.token"))
            let coordinator = try await cluster.startCoordinator(["--keys", keys.folder])
            let enrolment = try await Self.enrolment(coordinator)
            let replica = try await cluster.startWorker("r1", options: keys.replica(enrolment))
            for count in 2...4 {
                try await keys.run("pool-token", "research", "--output", keys.path("new.token"))
                try Self.replace(keys.path("research.token"), by: keys.path("new.token"))
                try await replica.send(SIGHUP)
                try await replica.line(count, containing: "enrolled")
            }
            #expect(!coordinator.log.contains("an enrolment was refused"))
        }
    }

    /// A replica with a token that is not its pool's says so, and goes on asking: with the right one it joins.
    @Test func aReplicaWithAWrongTokenWaits() async throws {
        try await Cluster.run { cluster in
            let keys = try await Handed(cluster)
            try await keys.run("pool-token", "research", "--output", keys.path("good.token"))
            // Of another pool: what somebody gives to the wrong machine.
            try await keys.run("pool-token", "other", "--output", keys.path("research.token"))
            let coordinator = try await cluster.startCoordinator(["--keys", keys.folder])
            let enrolment = try await Self.enrolment(coordinator)
            let replica = try cluster.start(
                .worker, name: "r1",
                ["--coordinator", cluster.workerEndpoint, "--id", "r1", "--agents", "echo"]
                    + keys.replica(enrolment))
            try await replica.line(containing: "does not enrol this worker")
            try Self.replace(keys.path("research.token"), by: keys.path("good.token"))
            try await replica.line(containing: "registered")
            #expect(try await cluster.workers().map(\.workerID) == ["research/r1"])
        }
    }

    /// What people see of keys is never a secret one.
    @Test func noSecretIsShown() async throws {
        try await Cluster.run { cluster in
            let keys = try await Handed(cluster)
            try await keys.run(
                "pool-token", "research", "--output", keys.path("research.token"))
            let coordinator = try await cluster.startCoordinator([
                "--keys", keys.folder, "--log-level", "trace",
            ])
            let options = keys.replica(try await Self.enrolment(coordinator))
            let replica = try await cluster.startWorker(
                "r1", options: options + ["--log-level", "trace"])
            let named = try await cluster.startWorker(
                "w1", options: try await keys.named("w1") + ["--log-level", "trace"])
            var shown = ""
            for format in ["table", "json"] {
                shown += try await cluster.scrivener(
                    "keys", "list", "--keys", keys.folder, "--output", format
                ).output
            }
            shown += coordinator.log + replica.log + named.log
            let files = [
                keys.folder + "/coordinator.secret", keys.path("w1.secret"),
                keys.path("research.token"),
                cluster.folder.path + "/workers/r1/worker.secret",
            ]
            for file in files {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                let secret = try #require(text.split(separator: "\n").last)
                #expect(secret.count >= 40 && !shown.contains(secret), "\(file)")
                let mode = try FileManager.default.attributesOfItem(atPath: file)
                #expect(mode[.posixPermissions] as? Int == 0o600, "\(file)")
            }
        }
    }
}
