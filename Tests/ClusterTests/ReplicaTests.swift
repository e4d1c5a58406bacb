// Replicas of a pool of workers: their ids, wherever those stand.

import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Replicas {}
}

extension ClusterTests.Replicas {
    @discardableResult
    private static func startReplica(_ cluster: Cluster) async throws -> RunningProcess {
        let replica = try cluster.start(
            .worker, name: "replica",
            [
                "--coordinator", cluster.workerEndpoint, "--pool", "research", "--slots", "2",
                "--agents", "echo", "--data", cluster.folder.path + "/workers/replica",
            ])
        try await replica.line(containing: "registered")
        return replica
    }

    private static func ids(_ cluster: Cluster, state: String) async throws -> [String] {
        try await cluster.scrivener("worker", "list", "--output", "json")
            .decoded([WorkerRecord].self).filter { $0.state == state }.map(\.workerID)
    }

    /// Its id has a slash, which a URL must not take for its own; and its next process is the same worker.
    @Test func `A replica makes its name, keeps it, and can be drained by it`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let replica = try await Self.startReplica(cluster)
            let id = try #require(try await Self.ids(cluster, state: "connected").first)
            #expect(WorkerName(id)?.pool == "research")
            let session = try await cluster.submitAndWait(.of([.echo("a")]))
            #expect(session.code == 0)

            let drained = try await cluster.scrivener("worker", "drain", id, "--output", "json")
                .decoded(WorkerRecord.self)
            #expect(drained.workerID == id)
            #expect(drained.pool == "research")
            #expect(try await replica.ending() == .exited(0))

            try await Self.startReplica(cluster)
            #expect(try await Self.ids(cluster, state: "connected") == [id])
            let pools = try await cluster.scrivener("pool", "list")
            #expect(pools.output == "No pools.\n")
        }
    }
}
