// Sessions with a timeline that a person can draw: times are in seconds since the submission.

import ScrivenerModel

@testable import ScrivenerCore

/// Builds a session from its attempts.
struct SampleSession {
    private(set) var tasks: [TaskSnapshot] = []
    var endedAt: Double?
    private(set) var annexes: [ResultHandle: AgentResult] = [:]

    static let origin: Int64 = 1_769_860_800_000

    static func wall(_ seconds: Double) -> WallTime {
        WallTime(millisecondsSince1970: origin + Int64((seconds * 1_000).rounded()))
    }

    init(endedAt: Double? = nil) { self.endedAt = endedAt }

    /// - Returns: the task's number.
    @discardableResult
    mutating func add(
        _ id: String, type: String = "work", status: TaskStatus = .completed,
        after dependencies: [Int32] = [], addedBy adder: Int32? = nil,
        _ attempts: ExecutionSnapshot...
    ) -> Int32 {
        let numbered = attempts.enumerated().map { index, attempt in
            var attempt = attempt
            attempt.attempt = Int32(index + 1)
            return attempt
        }
        tasks.append(
            TaskSnapshot(
                taskID: id, taskType: type, status: status, assignedAgent: nil,
                dependencies: dependencies, addedBy: adder, executions: numbered))
        return Int32(tasks.count - 1)
    }

    /// A task that completed with findings.
    mutating func add(
        _ id: String, found: Findings, used usage: Usage = Usage(), by agent: String = "agent",
        _ begin: Double = 0, _ end: Double = 1
    ) {
        var attempt = Self.ran(begin, end, by: agent)
        let handle = ResultHandle(
            row: Int64(annexes.count + 1), offset: 0, payloadLength: 1, annexLength: 1)
        attempt.record = handle
        annexes[handle] = AgentResult(findings: found, usage: usage)
        add(id, attempt)
    }

    /// An attempt that was at work from its dispatch to its end, or for `run` seconds of it.
    static func ran(
        _ begin: Double, _ end: Double, by agent: String = "agent", run: Double? = nil,
        as outcome: ExecutionOutcome = .completed, because failure: FailureClass? = nil,
        worker: String = "w1"
    ) -> ExecutionSnapshot {
        ExecutionSnapshot(
            attempt: 1, workerID: worker, agent: agent, outcome: outcome, failureClass: failure,
            dispatchedAt: wall(begin), endedAt: wall(end),
            runTime: .seconds(run ?? max(0, end - begin)), record: nil)
    }

    static func running(
        since begin: Double, by agent: String = "agent", worker: String = "w1"
    ) -> ExecutionSnapshot {
        var attempt = ran(begin, begin, by: agent, as: .running, worker: worker)
        attempt.endedAt = nil
        return attempt
    }

    var snapshot: SessionSnapshot {
        let status: SessionStatus = endedAt == nil ? .inProgress : .completed
        let progress = ProgressReport(
            sessionID: "s-1", status: status, currentState: .researching, progressPercentage: 0,
            completedTasks: 0, totalTasks: tasks.count, tasksByStatus: [:], currentTasks: [],
            sourcesFound: 0, insightsGenerated: 0, hasFinalDocument: false, revision: 1)
        let session = ResearchSession(
            sessionID: "s-1", query: "q", status: status, sessionState: .researching,
            statusTransitions: [Transition(to: .pending, at: Self.wall(0))],
            stateTransitions: [], submittedAt: Self.wall(0), endedAt: endedAt.map(Self.wall),
            reason: nil, progress: progress)
        return SessionSnapshot(
            number: 1, session: session, tasks: tasks,
            endOrder: tasks.indices.filter { tasks[$0].status.isTerminal }.map(Int32.init))
    }

    func analysis(now: Double? = nil, slots: [String: Int] = [:]) -> ScheduleAnalysis {
        ScheduleAnalysis(snapshot, TimelineContext(now: now.map(Self.wall), slots: slots))
    }

    func results(now: Double? = nil, slots: [String: Int] = [:]) -> SessionResults {
        ResultAggregator.aggregate(
            snapshot, annexes: annexes, payloads: [:],
            context: TimelineContext(now: now.map(Self.wall), slots: slots))
    }
}

extension Double {
    /// Equal but for what adding and subtracting leaves behind.
    func isNear(_ other: Double) -> Bool { abs(self - other) < 1e-6 * max(1, abs(other)) }
}
