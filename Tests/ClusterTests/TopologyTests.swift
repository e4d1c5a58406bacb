// Clusters that a file describes, with the real programs: they come up, follow what their pools need, and the
// options that a file may pass on are those that the programs have.

import Foundation
import ScrivenerModel
import ScrivenerTopology
import Testing

extension ClusterTests {
    @Suite struct Topologies {}
}

extension ClusterTests.Topologies {
    /// A burst of work comes and goes. Meanwhile nobody looks: workers are started, and when they have nothing to
    /// do they are drained, and no task is begun twice.
    @Test func `A pool grows with its work and shrinks without it`() async throws {
        try await Cluster.run { cluster in
            try cluster.folder.write(
                """
                name: burst
                pools:
                  echoes: {agents: [echo], slots: 1, max: 3, target_queue_wait: 3s, start_time: 1s}
                """, to: "burst.yaml")
            let up = try cluster.start(
                .scrivener, name: "up",
                [
                    "cluster", "up", "--topology", cluster.folder.path + "/burst.yaml",
                    "--http-port", "0", "--zmq-port", "0", "--data", cluster.folder.path + "/data",
                ])
            let url = try await up.first { line in
                line.firstRange(of: "ready: ").map { String(line[$0.upperBound...]) }
            }
            let here = ["SCRIVENER_COORDINATOR": url]
            let tasks = ResearchTask.echoes(6, sleeping: 2).map { task in
                var task = task
                task.expectedSeconds = 2
                return task
            }

            let outcome = try await cluster.scrivener(
                "session", "submit", "-", "--wait", "--output", "json",
                input: try ResearchPlan.of(tasks).json, variables: here)

            #expect(outcome.code == 0, "\(outcome)")
            try await up.line(containing: "echoes/2 ")
            try await up.line(2, containing: "has left")
            let workers = try await cluster.scrivener(
                "worker", "list", "--output", "json", variables: here
            ).decoded([WorkerRecord].self)
            #expect(workers.filter { $0.state == "connected" }.count == 1)
            let records = try await cluster.scrivener(
                "session", "tasks", try outcome.decoded(ResearchSession.self).sessionID, "--output",
                "json", variables: here
            ).decoded([TaskRecord].self)
            #expect(records.map(\.executions.count) == Array(repeating: 1, count: 6))
            try await up.send(SIGTERM)
            #expect(try await up.ending() == .exited(0))
        }
    }

    /// Whoever adds an option to a program has to say whether a file may set it; otherwise it could not.
    @Test(
        arguments: [
            ("coordinator", ["--data", "d"], TopologyOptionList.coordinator),
            ("worker", ["--id", "w"], TopologyOptionList.worker),
        ])
    func `The options of a file are those of the programs`(
        program: String, arguments: [String], list: TopologyOptionList
    ) async throws {
        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path,
            ["config", "show", program, "--output", "json", "--"] + arguments)
        let settings = try RawJSON(Array(outcome.output.utf8)).value()["options"]?.arrayValue ?? []
        let keys = settings.compactMap { $0["option"]?.stringValue?.replacing("-", with: "_") }

        #expect(keys.sorted() == (list.keys + list.ownKeys).sorted())
    }

    /// What no list can know, the programs say: before anything is started anywhere.
    @Test func `A value that a program would refuse is a mistake of the file`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write(
            """
            name: wrong
            coordinator: {options: {lease_seconds: 0}}
            pools: {p: {options: {trace_ratio: 2}}, q: {agents: [echo]}}
            """, to: "wrong.yaml")

        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path, ["topology", "validate", folder.path + "/wrong.yaml"])

        #expect(outcome.code == 1)
        #expect(outcome.output.contains("/coordinator/options: "), "\(outcome)")
        #expect(outcome.output.contains("--lease-seconds must be 1…3600"), "\(outcome)")
        #expect(outcome.output.contains("/pools/p/options: "), "\(outcome)")
        #expect(!outcome.output.contains("/pools/q"), "\(outcome)")
    }

    @Test(arguments: ["local", "compose", "three-hosts", "heterogeneous"])
    func `The programs take what the descriptions of the repository say`(name: String) async throws
    {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "topology/\(name).yaml").path

        let verdict = try await CommandOutcome.run(
            try Program.scrivener.path, ["topology", "validate", file])
        let shown = try await CommandOutcome.run(
            try Program.scrivener.path, ["topology", "show", file])

        #expect(verdict.code == 0, "\(verdict)")
        #expect(shown.output.contains("POOL"), "\(shown)")
    }
}
