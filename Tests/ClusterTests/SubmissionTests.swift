// Plans from the command line to their results, and those that are refused.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Submission {}
}

extension ClusterTests.Submission {
    /// People write plans as YAML; a task that starts before what it depends on has ended would
    /// work on nothing, and a pool that uses one of two workers is no pool.
    @Test func `A diamond in YAML runs in order and on both workers`() async throws {
        let middle = (1...8).map { number in
            "  - {task_id: part\(number), task_type: noop, dependencies: [split], "
                + "parameters: {sleep_seconds: 0.2}}\n"
        }
        let names = (1...8).map { "part\($0)" }.joined(separator: ", ")
        let plan = """
            query: a diamond
            tasks:
              - {task_id: split, task_type: noop}
            \(middle.joined())  - {task_id: join, task_type: noop, dependencies: [\(names)]}
            """
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", slots: 2)
            try await cluster.startWorker("w2", slots: 2)

            try cluster.folder.write(plan, to: "plan.yaml")
            let ended = try await cluster.scrivener(
                "session", "submit", cluster.folder.path + "/plan.yaml", "--wait", "--output",
                "json")

            #expect(ended.code == 0, "\(ended)")
            let session = try ended.decoded(ResearchSession.self)
            #expect(session.sessionState == .completed)
            let outcome = try await cluster.scrivener(
                "session", "results", session.sessionID, "--output", "json")
            let results = try outcome.decoded(SessionResults.self)
            expectCommittedOnce(results.tasks.map(\.task))
            #expect(results.tasks.count == 10)
            #expect(results.tasks.map(\.task).workers == ["w1", "w2"])
            #expect(
                try results.tasks[1].payload?.value()["sleep_seconds"]?.doubleValue == 0.2)
            #expect(results.execution.successfulExecutions == 10)
        }
    }

    /// A plan with mistakes that is taken in part would run half of what somebody meant, and
    /// mistakes that are told one by one cost a round trip each.
    @Test func `P9 Bad input, all mistakes are told at once and nothing is kept`() async throws {
        let plan = """
            query: mistakes
            surplus: 1
            tasks:
              - {task_id: a, task_type: noop, dependencies: [b]}
              - {task_id: b, task_type: noop, dependencies: [a]}
              - {task_id: c, task_type: noop, dependencies: [nowhere], timeout_seconds: -1}
              - {task_id: c, task_type: noop}
              - {task_id: "", task_type: noop}
            """
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()

            let refused = try await cluster.scrivener("session", "submit", "-", input: plan)

            #expect(refused.code == 1)
            #expect(refused.output == "")
            #expect(
                Self.mistakes(refused) == [
                    "/surplus": "plan_unknown_field",
                    "/tasks/0/dependencies": "plan_cycle",
                    "/tasks/2/dependencies/0": "plan_unknown_dependency",
                    "/tasks/2/timeout_seconds": "plan_out_of_range",
                    "/tasks/3/task_id": "plan_duplicate_task",
                    "/tasks/4/task_id": "plan_empty_id",
                ])
            #expect(refused.error.contains("[plan_invalid]"))
            #expect(try await cluster.sessions() == [])
        }
    }

    /// With a fixed set of agents a misspelt one is a mistake, and would otherwise wait for ever.
    @Test func `Strict agents refuse what the catalogue does not have`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(["--strict-agents", "--catalogue", "echo,noop"])
            var assigned = ResearchTask.echo("assigned")
            assigned.assignedAgent = "ecko"
            let unknown = ResearchTask(taskID: "unknown", taskType: "translation")
            let plan = ResearchPlan.of([.echo("known"), assigned, unknown])

            let refused = try await cluster.scrivener(
                "session", "submit", "-", input: try plan.json)

            #expect(refused.code == 1)
            #expect(
                Self.mistakes(refused) == [
                    "/tasks/1/assigned_agent": "plan_unknown_agent",
                    "/tasks/2/task_type": "plan_unknown_agent",
                ])
            #expect(try await cluster.sessions() == [])
        }
    }

    /// A pool may be about to grow from nothing: a plan for agents that nobody has yet waits, says
    /// so, and runs when one comes.
    @Test func `P6 Liveness, a task that nobody can run says why and runs when somebody can`()
        async throws
    {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let session = try await cluster.submit(.of([.echo("early")]))

            let explanation = try await cluster.explain("early", of: session)
            let given = try await cluster.scrivener(
                "session", "watch", session, "--unplaceable-after", "0.1")

            #expect(explanation.reason == .unplaceable)
            #expect(explanation.status == .ready)
            #expect(explanation.message.contains("noop"))
            #expect(given.code == 2, "\(given)")
            try await cluster.startWorker("w1")
            let (code, ended) = try await cluster.waitForEnd(of: session)
            #expect(code == 0)
            #expect(ended.status == .completed)
            expectCommittedOnce(try await cluster.tasks(of: session))
            #expect(try await cluster.explain("early", of: session).reason == .ended)
        }
    }

    /// More than the coordinator can hold is refused before it is taken, and takes nothing away.
    @Test func `P8 Overload, what is too much is refused and what was taken is done`()
        async throws
    {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(["--max-open-sessions", "3"])
            var taken: [String] = []
            for _ in 1...3 { taken.append(try await cluster.submit(.of([.echo("only")]))) }

            for _ in 1...3 {
                let refused = try await cluster.scrivener(
                    "session", "submit", "-", input: try ResearchPlan.of([.echo("more")]).json)
                #expect(refused.code == 1)
                #expect(refused.error.contains("[overloaded]"), "\(refused)")
                #expect(refused.error.contains("3 sessions are open; the limit is 3"))
            }
            #expect(try await cluster.sessions().map(\.sessionID).sorted() == taken.sorted())

            try await cluster.startWorker("w1")
            for session in taken { #expect(try await cluster.waitForEnd(of: session).code == 0) }
            #expect(try await cluster.submitAndWait(.of([.echo("next")])).code == 0)
        }
    }

    /// The answer to a submission can be lost on the way, also because the coordinator died: sent
    /// again with its key it must not run twice.
    @Test func `A submission that is sent again opens no second session`() async throws {
        let plan = try ResearchPlan.of([.echo("once")]).json
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let submit = { @Sendable in
                try await cluster.scrivener(
                    "session", "submit", "-", "--output", "json", "--idempotency-key", "k-1",
                    input: plan
                ).decoded(ResearchSession.self).sessionID
            }
            let first = try await submit()

            let again = try await submit()
            try await coordinator.send(SIGKILL)
            _ = try await coordinator.ending()
            try await cluster.startCoordinator()
            let afterRestart = try await submit()

            #expect(again == first)
            #expect(afterRestart == first)
            #expect(try await cluster.sessions().map(\.sessionID) == [first])
        }
    }

    /// Two plans under one id would overwrite each other's results.
    @Test func `A session id is taken once, also when its session is over`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let plan = ResearchPlan.of([.echo("only")], sessionID: "mine")
            #expect(try await cluster.submitAndWait(plan).code == 0)

            let refused = try await cluster.scrivener(
                "session", "submit", "-", input: try plan.json)

            #expect(refused.code == 1)
            #expect(refused.error.contains("[session_exists]"), "\(refused)")
            #expect(try await cluster.sessions().map(\.sessionID) == ["mine"])
        }
    }

    /// The mistakes that the command line shows: place and code.
    private static func mistakes(_ refused: CommandOutcome) -> [String: String] {
        let lines = refused.error.split(separator: "\n").filter { $0.hasPrefix("  /") }
        let pairs = lines.map { line in
            let place = line.dropFirst(2).prefix { $0 != ":" }
            let code = line.split(separator: "[").last?.dropLast() ?? ""
            return (String(place), String(code))
        }
        return Dictionary(pairs) { "\($0) and \($1)" }
    }
}
