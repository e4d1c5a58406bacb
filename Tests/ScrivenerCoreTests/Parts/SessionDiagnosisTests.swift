// What the diagnosis says of sessions in trouble.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct SessionDiagnosisTests {
    private static func diagnose(
        _ sample: SampleSession, _ explanations: [Explanation] = [], now: Double? = nil,
        unusual: [String: TimeSpan] = [:]
    ) -> SessionDiagnostics {
        SessionDiagnosis.diagnose(
            sample.snapshot, explanations: explanations, annexes: sample.annexes,
            context: TimelineContext(
                now: now.map(SampleSession.wall), unusualRunTimes: unusual))
    }

    /// A user looks at a session that does not move: a search is over, one runs, one failed for good
    /// and took its dependants with it, and nobody offers what the rest needs.
    @Test func aSessionThatDoesNotMove() throws {
        var sample = SampleSession()
        let done = sample.add("done", SampleSession.ran(0, 4))
        let runs = sample.add(
            "runs", status: .running, after: [done],
            SampleSession.running(since: 6, by: "search", worker: "w2"))
        let failed = sample.add(
            "failed", status: .failed, after: [done],
            SampleSession.ran(4, 5, as: .failed, because: .permanent))
        let skipped = sample.add("skipped", status: .skipped, after: [done, failed])
        sample.add("skipped_too", status: .skipped, after: [skipped])
        sample.add("gpu_1", status: .ready, after: [done])
        sample.add("gpu_2", status: .ready, after: [done])
        sample.add("waits", status: .waiting, after: [done, runs])
        let unplaceable = ["gpu_1", "gpu_2"].map {
            Explanation(
                taskID: $0, status: .ready, reason: .unplaceable,
                message: "no worker offers the capability gpu; 2 workers are connected",
                wakes: "a worker that offers it registers")
        }
        let diagnostics = Self.diagnose(sample, unplaceable, now: 10)

        let nodes = diagnostics.dependencyGraph.tasks
        #expect(diagnostics.dependencyGraph.edges == 9)
        #expect(
            diagnostics.dependencyGraph.tasksByStatus
                == [
                    "completed": 1, "running": 1, "failed": 1, "skipped": 2, "ready": 2,
                    "waiting": 1,
                ])
        #expect(
            nodes.map(\.message) == [
                "completed by agent on worker w1, 1 attempt",
                "the task is running",
                "failed after 1 attempt, the last by agent on worker w1: permanent",
                "skipped without an attempt: failed is failed",
                "skipped without an attempt: skipped is skipped",
                unplaceable[0].message, unplaceable[1].message,
                "the task is waiting",
            ])
        #expect(nodes[0].reason == .ended)
        #expect(nodes[5].reason == .unplaceable)
        #expect(nodes[5].wakes == "a worker that offers it registers")
        #expect(nodes[7].reason == nil)
        #expect(nodes[1].queueWait == 2)
        #expect(nodes[1].runTime == 4)
        #expect(nodes[7].dependencies == ["done", "runs"])
        #expect(nodes.map(\.isOnCriticalPath) == [true, true] + Array(repeating: false, count: 6))

        #expect(
            diagnostics.issues.map(\.kind) == [
                .taskFailed, .unplaceable, .taskSkipped, .taskSkipped,
            ])
        #expect(diagnostics.issues[0].message == "1 task failed at agent (permanent)")
        #expect(diagnostics.issues[0].failureClass == .permanent)
        #expect(diagnostics.issues[1].tasks == ["gpu_1", "gpu_2"])
        #expect(diagnostics.issues[1].count == 2)
        #expect(
            diagnostics.issues[1].message
                == "2 tasks cannot be placed: \(unplaceable[0].message)")
        #expect(diagnostics.issues[2].message == "1 task skipped: failed is failed")
        #expect(diagnostics.performance.makespan == 10)
        #expect(diagnostics.performance.lowerBound.isNear(8))
        #expect(diagnostics.performance.scheduleEfficiency.isNear(0.8))
    }

    /// Attempts that went wrong leave a trace, although their tasks completed.
    @Test func troubleThatWasOvercome() throws {
        var sample = SampleSession(endedAt: 60)
        sample.add(
            "a", type: "fetch",
            SampleSession.ran(0, 1, as: .failed, because: .timeout),
            SampleSession.ran(1, 2, run: 0, as: .lost, because: .workerLost, worker: "w7"),
            SampleSession.ran(2, 3, run: 0, as: .lost, because: .workerLost, worker: "w7"),
            SampleSession.ran(3, 4))
        sample.add(
            "b", type: "fetch",
            SampleSession.ran(0, 1, as: .failed, because: .transient),
            SampleSession.ran(1, 2, as: .failed, because: .transient),
            SampleSession.ran(2, 3, run: 0, as: .lost), SampleSession.ran(3, 4))
        let issues = Self.diagnose(sample).issues
        #expect(issues.map(\.kind) == [.workerLost, .retriedOften])
        #expect(issues.map(\.tasks) == [["a"], ["a"]])
        #expect(issues.map(\.count) == [1, 1])
        #expect(issues[0].workerID == "w7")
        #expect(issues[0].message == "1 task lost an attempt with worker w7")
        #expect(issues[1].message == "1 task of type fetch failed 3 times or more")
    }

    /// One of ten extractions hangs. The others say what is usual, and a learned limit says it
    /// better.
    @Test func slowTasksStandOut() {
        var sample = SampleSession()
        for number in 0..<9 {
            let end = 1 + Double(number) / 10
            sample.add("t\(number)", type: "extract", SampleSession.ran(0, end))
        }
        sample.add("slow", type: "extract", status: .running, SampleSession.running(since: 0))
        sample.add("other", type: "rare", status: .running, SampleSession.running(since: 0))
        // Quartiles 1.2 and 1.6: far out is more than 2.8, twice the median.
        #expect(Self.diagnose(sample, now: 2.8).issues.isEmpty)
        let issues = Self.diagnose(sample, now: 2.9).issues
        #expect(issues.map(\.kind) == [.unusuallySlow])
        #expect(issues.first?.tasks == ["slow"])
        #expect(
            issues.first?.message
                == "1 task of type extract took longer than usual: more than 2.8 s")
        let learned = Self.diagnose(sample, now: 2, unusual: ["extract": .seconds(1.75)]).issues
        #expect(learned.first?.tasks == ["t8", "slow"])
        #expect(Self.diagnose(sample, now: 9, unusual: ["rare": .seconds(8)]).issues.count == 2)
    }

    /// Eight completed attempts are enough to say what is usual, seven are not.
    @Test(arguments: [7, 8])
    func aFewTasksSayNothing(count: Int) {
        var sample = SampleSession()
        for number in 0..<count { sample.add("t\(number)", SampleSession.ran(0, 1)) }
        sample.add("slow", status: .running, SampleSession.running(since: 0))
        #expect(Self.diagnose(sample, now: 9).issues.count == (count < 8 ? 0 : 1))
    }

    @Test func aCircuitThatIsOpenIsNamed() {
        var sample = SampleSession()
        sample.add("a", status: .ready)
        let explanation = Explanation(
            taskID: "a", status: .ready, reason: .circuitOpen,
            message: "circuit open on worker w3 (search), probe in 4.2 s", wakes: "the probe",
            secondsUntil: 4.2)
        let diagnostics = Self.diagnose(sample, [explanation], now: 1)
        #expect(diagnostics.issues.map(\.kind) == [.circuitOpen])
        #expect(diagnostics.issues.first?.severity == .warning)
        #expect(diagnostics.dependencyGraph.tasks.first?.secondsUntil == 4.2)
    }

    @Test func anAgentThatIsNotWellIsNamed() {
        var sample = SampleSession()
        sample.add("a", status: .ready)
        sample.add("b", status: .ready)
        let explanations = ["a", "b"].map {
            Explanation(
                taskID: $0, status: .ready, reason: .unhealthy,
                message: "search has failed on worker w3", wakes: "its repair")
        }
        let issues = Self.diagnose(sample, explanations, now: 1).issues
        #expect(issues.map(\.kind) == [.unhealthy])
        #expect(issues.first?.severity == .warning)
        #expect(
            issues.first?.message
                == "2 tasks held up by agents that are not well: search has failed on worker w3")
    }

    @Test func aClockThatWasSetBackIsSaid() {
        var sample = SampleSession(endedAt: 5)
        sample.add("a", SampleSession.ran(10, 4, run: 2))
        let diagnostics = Self.diagnose(sample)
        #expect(diagnostics.issues.map(\.kind) == [.clockJumped])
        #expect(diagnostics.issues.first?.count == 1)
        #expect(diagnostics.performance.makespan == 10)
    }

    /// A failed task's agent has said why; the first one's words stand for all.
    @Test func failuresAreGroupedByClassAndAgent() {
        var sample = SampleSession(endedAt: 5)
        for (index, failure) in [FailureClass.timeout, .permanent, .timeout].enumerated() {
            sample.add(
                "t\(index)", status: .failed,
                SampleSession.ran(0, 1, as: .failed, because: failure))
        }
        sample.add("never", status: .failed)
        let issues = Self.diagnose(sample).issues
        #expect(issues.map(\.tasks) == [["t0", "t2"], ["t1"], ["never"]])
        #expect(issues.last?.message == "1 task failed without an attempt")
    }

    /// A thousand workers are lost one after the other: the list stays readable, and nothing is left
    /// out of the count.
    @Test func manyIssuesAreBounded() {
        var sample = SampleSession(endedAt: 5)
        for number in 0..<1_000 {
            sample.add(
                "t\(number)",
                SampleSession.ran(0, 1, as: .lost, because: .workerLost, worker: "w\(number)"),
                SampleSession.ran(1, 2))
        }
        let issues = Self.diagnose(sample).issues
        #expect(issues.count == 21)
        #expect(issues.reduce(0) { $0 + $1.count } == 1_000)
        #expect(issues.last?.tasks.count == 20)
        #expect(issues.last?.message == "worker_lost: 980 tasks beyond the ones listed")
    }

    /// What is graver stands first.
    @Test func kindsAreOrderedBySeverity() {
        let order = DiagnosticIssue.Kind.allCases.map(\.severity)
        let ranks = order.compactMap { DiagnosticIssue.Severity.allCases.firstIndex(of: $0) }
        #expect(ranks == ranks.sorted())
    }

    @Test func agentsAreUsedMoreOrLess() throws {
        var sample = SampleSession(endedAt: 10)
        sample.add("a", SampleSession.ran(0, 10, by: "busy"))
        sample.add("b", SampleSession.ran(0, 5, by: "busy"))
        sample.add("c", SampleSession.ran(4, 5, by: "idle"))
        let diagnostics = Self.diagnose(sample)
        // 16 of 30 seconds of slots.
        #expect(diagnostics.performance.resourceUtilization.isNear(16.0 / 30))
        #expect(diagnostics.performance.slots == 3)
        let used = diagnostics.agentUtilization
        #expect(used.map(\.agent) == ["busy", "idle"])
        #expect(used.map(\.slots) == [2, 1])
        #expect(used.map(\.utilization) == [0.75, 0.1])
        #expect(used.map(\.saturation) == [0.5, 0.1])
        #expect(used.map(\.lowerBound) == [7.5, 1])
        #expect(used.map(\.queueWait) == [0, 4])
    }
}
