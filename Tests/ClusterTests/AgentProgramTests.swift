// Agents that are programs, on a real worker: what they get and give, and that none outlives the word
// that it was stopped, or its worker.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct AgentPrograms {}
}

extension ClusterTests.AgentPrograms {
    /// Somebody has a script, and no wish to learn Swift: it takes part like any other agent, with
    /// what others found before it and for those that come after.
    @Test func `A script takes part in a plan`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", running: "cat")
            let plan = ResearchPlan.of([
                .echo("first"), .program("script", after: ["first"]),
            ])
            let (code, session) = try await cluster.submitAndWait(plan)
            let results = try await cluster.scrivener(
                "session", "results", session.sessionID, "--output", "json"
            ).decoded(SessionResults.self)

            #expect(code == 0)
            let payload = try results.tasks.first { $0.task.taskID == "script" }?.payload?.value()
            #expect(payload?["query"]?.stringValue == "end to end")
            let input = payload?["inputs"]?.arrayValue?.first
            #expect(input?["task_id"]?.stringValue == "first")
            #expect(input?["payload"]?["id"]?.stringValue == "first")
        }
    }

    /// A request is followed through all that serves it, into a script, and past the death of the coordinator
    /// that took it; later the session says which trace to look for.
    @Test func `A script works in the trace that its session was submitted with`() async throws {
        let trace = "0af7651916cd43dd8448eb211c80319c"
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let outcome = try await cluster.scrivener(
                "session", "submit", "-", "--output", "json",
                input: try ResearchPlan.of([.program("script")]).json,
                variables: [
                    "TRACEPARENT": "00-\(trace)-b7ad6b7169203331-01", "TRACESTATE": "a=1",
                ])
            let session = try outcome.decoded(ResearchSession.self).sessionID
            try await coordinator.send(SIGKILL)
            #expect(try await coordinator.ending() == .signalled(SIGKILL))
            try await cluster.startCoordinator()
            try await cluster.startWorker(
                "w1", running: #"printf '["%s","%s"]' "$TRACEPARENT" "$TRACESTATE""#)
            let (code, ended) = try await cluster.waitForEnd(of: session)

            #expect(code == 0)
            let results = try await cluster.scrivener(
                "session", "results", session, "--output", "json"
            ).decoded(SessionResults.self)
            let seen = try results.tasks.first?.payload?.value().arrayValue
            #expect(seen?.first?.stringValue?.hasPrefix("00-\(trace)-") == true)
            #expect(seen?.last?.stringValue == "a=1")
            #expect(ended.traceparent?.hasPrefix("00-\(trace)-") == true)
        }
    }

    /// A script meets data that it cannot read and says so the way programs do: it is not tried again,
    /// and its last words are with its task.
    @Test func `What a script says before it fails is kept`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1", running: "echo no such column >&2; exit 65")
            let (code, session) = try await cluster.submitAndWait(.of([.program("script")]))
            let task = try await cluster.tasks(of: session.sessionID).first

            #expect(code == 3)
            #expect(task?.executions.count == 1)
            #expect(task?.executions.first?.failure?.failureClass == .invalidInput)
            #expect(task?.executions.first?.failure?.logTail == ["no such column"])
        }
    }

    /// A crawler that shields itself, and whose helper runs on when it is gone: as long as one of them
    /// may still write somewhere, the session is not shown as cancelled (P7).
    @Test func `P7 Cancel with proof, nothing of a program is left when it is cancelled`()
        async throws
    {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let worker = try await cluster.startWorker(
                "w1", running: Self.stubborn, grace: 2)
            let session = try await cluster.submit(.of([.program("crawler")]))
            try await worker.line(containing: "both are there")
            let scripts = try await cluster.scripts
            #expect(scripts.count == 2, "\(scripts)")

            let asked = try await cluster.scrivener(
                "session", "cancel", session, "--output", "json"
            ).decoded(ResearchSession.self)
            let (code, ended) = try await cluster.waitForEnd(of: session)

            #expect(try await cluster.scripts == [])
            #expect(asked.status == .cancelling)
            #expect(code == 4)
            #expect(ended.status == .cancelled)
            let tasks = try await cluster.tasks(of: session)
            #expect(tasks.map(\.status) == [.cancelled])
            let moments = ended.statusTransitions.suffix(2)
            #expect(moments.map(\.to) == [.cancelling, .cancelled])
            let times = moments.map(\.at.millisecondsSince1970)
            let lasted = try #require(times.last) - #require(times.first)
            #expect(lasted >= 2_000, "was shown as cancelled while the program ran")
        }
    }

    /// The kernel kills a worker that took too much memory, and no handler of it runs: what it had
    /// started must not work on beside the attempt that another worker begins.
    @Test func `P2 Execution, no program outlives its worker`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            // Both hold the pipe open: its end is the end of both.
            let pipe = cluster.folder.path + "/pipe"
            try #require(mkfifo(pipe, 0o600) == 0)
            let worker = try await cluster.startWorker(
                "w1", running: "exec 9>'\(pipe)'; " + Self.stubborn)
            async let gone = CommandOutcome.run("/bin/cat", [pipe])
            _ = try await cluster.submit(.of([.program("crawler")]))
            try await worker.line(containing: "both are there")

            try await worker.send(SIGKILL)

            #expect(try await gone.code == 0)
            #expect(try await cluster.scripts == [])
        }
    }

    /// A worker is told to leave while a program runs that shields itself: it waits as long as it said,
    /// gives the program its grace, and is gone with all that it started.
    @Test func `A worker that leaves takes its programs with it`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            let worker = try await cluster.startWorker("w1", running: Self.stubborn, grace: 6)
            _ = try await cluster.submit(.of([.program("crawler")]))
            try await worker.line(containing: "both are there")

            try await worker.send(SIGTERM)

            #expect(try await worker.ending() == .exited(0))
            #expect(try await cluster.scripts == [])
        }
    }

    /// Ignores SIGTERM, and so does what it has started.
    private static let stubborn = """
        trap '' TERM
        case $1 in
        '') "$0" helper &
            while :; do sleep 1; done ;;
        *)  echo both are there >&2
            while :; do sleep 1; done ;;
        esac
        """
}

extension Cluster {
    /// The command lines of the scripts that live.
    fileprivate var scripts: [String] {
        get async throws {
            try await folder.processes.filter { $0.contains("/agents/script.sh") }
        }
    }
}
