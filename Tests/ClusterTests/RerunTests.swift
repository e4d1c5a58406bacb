// A session that ended with failures is run again, and what it had done is not done again.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Reruns {}
}

extension ClusterTests.Reruns {
    private static let plan = ResearchPlan.of(
        [
            .step("fetch"), .step("split", after: ["fetch"]), .step("embed", after: ["split"]),
            .step("grade", after: ["split"]), .step("report", after: ["embed", "grade"]),
            .step("extra"),
        ])

    /// A night's work has failed for want of a key. It is run again, fails once more, the coordinator is
    /// killed, the key is put in its place, and it is run again: each time only what is missing is done, and
    /// the report is made of what the first night has found.
    @Test func `What has completed is not done again, also after the coordinator's death`()
        async throws
    {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let worker = try await cluster.startWorker(
                "w1", running: Self.script(cluster.folder.path))
            let (code, first) = try await cluster.submitAndWait(Self.plan)
            #expect(code == 3)
            #expect(try cluster.executed == ["embed", "extra", "fetch", "grade", "split"])

            let preview = try await cluster.scrivener(
                "session", "rerun", first.sessionID, "--failed", "--dry-run", "--output", "json"
            ).decoded(RerunPreview.self)
            #expect(
                preview.tasks.filter { $0.action == .run }.map(\.taskID) == ["grade", "report"])
            #expect(preview.tasksKept == 4)
            let (second, secondCode) = try await cluster.rerun(first.sessionID)
            #expect(secondCode == 3)
            #expect(second.rerunOf == first.sessionID)
            #expect(
                try cluster.executed == ["embed", "extra", "fetch", "grade", "grade", "split"])

            try await coordinator.send(SIGKILL)
            #expect(try await coordinator.ending() == .signalled(SIGKILL))
            try await cluster.startCoordinator()
            try await worker.line(2, containing: "registered")
            try cluster.folder.write("", to: "key")
            let (third, thirdCode) = try await cluster.rerun(
                second.sessionID, "--idempotency-key", "nightly")
            #expect(thirdCode == 0)
            #expect(third.sessionState == .completed)
            #expect(
                try cluster.executed == [
                    "embed", "extra", "fetch", "grade", "grade", "grade", "report", "split",
                ])
            try await Self.expectWhole(third, in: cluster)

            let (again, _) = try await cluster.rerun(
                second.sessionID, "--idempotency-key", "nightly")
            #expect(again.sessionID == third.sessionID)
            let other = try await cluster.scrivener(
                "session", "submit", "-", "--idempotency-key", "nightly", input: Self.plan.json)
            #expect(other.code == 1)
            #expect(other.error.contains("session_exists"))
            let needless = try await cluster.scrivener(
                "session", "rerun", third.sessionID, "--failed")
            #expect(needless.code == 1)
            #expect(needless.error.contains("nothing_to_rerun"))
        }
    }

    /// One session with all results, those that were taken over among them.
    private static func expectWhole(
        _ session: ResearchSession, in cluster: Cluster
    ) async throws {
        let results = try await cluster.scrivener(
            "session", "results", session.sessionID, "--output", "json"
        ).decoded(SessionResults.self)
        let tasks = Dictionary(uniqueKeysWithValues: results.tasks.map { ($0.task.taskID, $0) })
        #expect(tasks.values.allSatisfy { $0.task.status == .completed && $0.payload != nil })
        let kept = tasks.values.filter { $0.task.reused == true }.map(\.task.taskID)
        #expect(kept.sorted() == ["embed", "extra", "fetch", "split"])
        #expect(results.execution.totalExecutions == 2)
        let inputs = try tasks["report"]?.payload?.value()["inputs"]?.arrayValue
        #expect(inputs?.map { $0["task_id"]?.stringValue } == ["embed", "grade"])
        #expect(inputs?.first?["payload"]?["description"]?.stringValue == "do:embed:")
    }

    /// A session that runs is not run again, and one that nobody knows neither.
    @Test func `Only a session that has ended is run again`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let session = try await cluster.submit(.of([.echo("long", sleeping: 600)]))
            let early = try await cluster.scrivener("session", "rerun", session)
            #expect(early.code == 1)
            #expect(early.error.contains("session_not_ended"))
            let unknown = try await cluster.scrivener("session", "rerun", "nobody")
            #expect(unknown.error.contains("session_not_found"))

            _ = try await cluster.scrivener("session", "cancel", session, "--wait")
            let whole = try await cluster.scrivener(
                "session", "rerun", session, "--output", "json"
            ).decoded(ResearchSession.self)
            try await cluster.wait(for: whole.sessionID) { $0.runningTasks == ["long"] }
            #expect(whole.rerunOf == session)
        }
    }

    /// Notes each execution, and fails at one task as long as a file is missing.
    private static func script(_ folder: String) -> String {
        """
        input=$(cat)
        # Its own description comes before those in its inputs.
        task=$(printf '%s' "$input" | grep -o 'do:[a-z]*:' | head -n 1 | cut -d : -f 2)
        echo "$task" >> '\(folder)/executed'
        if [ "$task" = grade ] && [ ! -e '\(folder)/key' ]; then exit 65; fi
        printf '%s' "$input"
        """
    }
}

extension ResearchTask {
    /// A task that says in its description which it is.
    fileprivate static func step(_ id: String, after dependencies: [String] = []) -> ResearchTask {
        .program(id, after: dependencies, told: "do:\(id):")
    }
}

extension Cluster {
    /// Runs what failed again and waits for the end.
    fileprivate func rerun(
        _ session: String, _ options: String...
    ) async throws -> (ResearchSession, code: Int32) {
        let outcome = try await CommandOutcome.run(
            try Program.scrivener.path,
            ["session", "rerun", session, "--failed", "--wait", "--output", "json"] + options,
            environment: environment)
        return (try outcome.decoded(ResearchSession.self), outcome.code)
    }

    /// What was executed, in order of name.
    fileprivate var executed: [String] {
        get throws {
            let text = try String(contentsOfFile: folder.path + "/executed", encoding: .utf8)
            return text.split(separator: "\n").map(String.init).sorted()
        }
    }
}
