// What agents say while they run, from their processes to whoever looks on.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct TaskLogs {}
}

extension ClusterTests.TaskLogs {
    /// Somebody looks on while a machine loses power: what the first attempt said is seen while it runs, the
    /// second's is told apart from it, and the command ends with the task.
    @Test func `A followed log goes on with the attempt after a killed worker's`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(["--lease-seconds", "3"])
            // Only the death of its worker ends the first attempt.
            let script = """
                case $(cat) in
                *'"attempt":1,'*) echo attempt 1 speaks >&2; exec sleep 600 ;;
                *) echo attempt 2 speaks >&2; echo '{}' ;;
                esac
                """
            let first = try await cluster.startWorker("w1", running: script)
            let session = try await cluster.submit(ResearchPlan.of([.program("talk")]))
            let follower = try cluster.start(
                .scrivener, name: "follower", ["task", "logs", session, "talk", "--follow"])
            try await follower.line(containing: "attempt 1 speaks")

            try await first.send(SIGKILL)
            try await cluster.startWorker("w2", running: script)

            try await follower.line(containing: "attempt 1 has ended; attempt 2 on w2 follows")
            try await follower.line(containing: "attempt 2 speaks")
            #expect(try await follower.ending() == .exited(0))
            let last = try await cluster.scrivener("task", "logs", session, "talk")
            #expect(last.code == 0 && last.output == "attempt 2 speaks\n")
            let before = try await cluster.scrivener(
                "task", "logs", session, "talk", "--attempt", "1", "--output", "jsonl")
            #expect(
                before.output
                    == #"{"attempt":1,"offset":0,"task_id":"talk","text":"attempt 1 speaks\n"}"#
                    + "\n")
        }
    }

    /// A coordinator that is killed forgets what was said; the agent goes on, and so does whoever follows
    /// it.
    @Test func `A followed log survives its coordinator`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let signal = cluster.folder.path + "/go-on"
            let worker = try await cluster.startWorker(
                "w1",
                running: """
                    echo before >&2
                    until [ -e \(signal) ]; do sleep 0.1; done
                    echo after >&2
                    echo '{}'
                    """)
            let session = try await cluster.submit(ResearchPlan.of([.program("talk")]))
            let follower = try cluster.start(
                .scrivener, name: "follower", ["task", "logs", session, "talk", "--follow"])
            try await follower.line(containing: "before")

            try await coordinator.send(SIGKILL)
            _ = try await coordinator.ending()
            try await cluster.startCoordinator()
            // What it says while nobody has it may come too late.
            try await worker.line(2, containing: " registered")
            try cluster.folder.write("", to: "go-on")

            try await follower.line(containing: "after")
            #expect(try await follower.ending() == .exited(0))
        }
    }

    /// A program that fails: its standard error is seen, and the exit code says how it ended.
    @Test func `A program's standard error is followed`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try cluster.folder.write(
                #"{"agents": [{"name": "teller", "command": ["/bin/sh", "-c", "#
                    + #""cat >/dev/null; echo reading >&2; exit 70"]}]}"#, to: "agents.json")
            let agents = cluster.folder.path + "/agents.json"
            try await cluster.startWorker("w1", options: ["--agents-file", agents])
            let session = try await cluster.submit(
                ResearchPlan.of([
                    ResearchTask(taskID: "tell", taskType: "work", assignedAgent: "teller")
                ]))
            let outcome = try await cluster.scrivener(
                "task", "logs", session, "tell", "--follow")
            #expect(outcome.code == 3 && outcome.output == "reading\n")
            let unknown = try await cluster.scrivener("task", "logs", session, "other")
            #expect(unknown.code == 1 && unknown.error.contains("[task_not_found]"))
        }
    }
}
