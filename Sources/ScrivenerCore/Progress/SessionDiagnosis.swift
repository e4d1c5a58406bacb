// The diagnosis of a session: where each task is and why, what is wrong, and what holds it up. From
// its snapshot alone when it has ended; while it is open, with an explanation for each open task.

package import ScrivenerModel

/// Diagnoses sessions.
package enum SessionDiagnosis {
    /// - Parameters:
    ///   - snapshot: the session with its tasks and attempts.
    ///   - explanations: why each open task is where it is, in any order.
    ///   - annexes: the typed part of attempts that left a record, for what it says of failures.
    ///   - context: what else is known of the session and the pool.
    package static func diagnose(
        _ snapshot: SessionSnapshot, explanations: [Explanation] = [],
        annexes: [ResultHandle: AgentResult] = [:], context: TimelineContext = TimelineContext()
    ) -> SessionDiagnostics {
        let analysis = ScheduleAnalysis(snapshot, context)
        let bottlenecks = analysis.bottlenecks
        let explained = Dictionary(explanations.map { ($0.taskID, $0) }) { first, _ in first }
        let issues = SessionIssues(
            snapshot: snapshot, explained: explained, annexes: annexes, analysis: analysis,
            unusual: UnusualRunTimes(snapshot, analysis, learned: context.unusualRunTimes))
        return SessionDiagnostics(
            sessionID: snapshot.session.sessionID, status: snapshot.session.status,
            sessionState: snapshot.session.sessionState,
            dependencyGraph: graph(snapshot, explained, analysis), issues: issues.found(),
            performance: performance(snapshot, analysis, bottlenecks.finalChain),
            agentUtilization: analysis.agents.map { utilization($0, analysis.makespan) },
            bottlenecks: bottlenecks.bottlenecks)
    }

    // MARK: The graph

    private static func graph(
        _ snapshot: SessionSnapshot, _ explained: [String: Explanation],
        _ analysis: ScheduleAnalysis
    ) -> DependencyGraph {
        var isCritical = Array(repeating: false, count: snapshot.tasks.count)
        for task in analysis.criticalPath { isCritical[task] = true }
        let nodes = snapshot.tasks.enumerated().map { number, task in
            var node = node(of: task, in: snapshot, explained[task.taskID])
            let entry = analysis.schedule.entries[number]
            node.queueWait = entry.queueWait
            node.runTime = analysis.schedule.decisiveAttempt(of: number)?.runTime
            node.isOnCriticalPath = isCritical[number]
            return node
        }
        return DependencyGraph(
            tasks: nodes, edges: nodes.reduce(0) { $0 + $1.dependencies.count },
            tasksByStatus: Figure.tally(snapshot.tasks.map(\.status.rawValue)))
    }

    private static func node(
        of task: TaskSnapshot, in snapshot: SessionSnapshot, _ explanation: Explanation?
    ) -> TaskNode {
        var node = TaskNode(
            taskID: task.taskID, taskType: task.taskType, status: task.status, reason: nil,
            message: "the task is \(task.status.rawValue)",
            dependencies: snapshot.dependencies(of: task).map(\.taskID),
            agent: task.executions.last?.agent, attempts: task.executions.count,
            isOnCriticalPath: false)
        if task.status.isTerminal {
            node.reason = .ended
            node.message = fate(of: task, in: snapshot)
        } else if let explanation {
            node.reason = explanation.reason
            node.message = explanation.message
            node.wakes = explanation.wakes
            node.secondsUntil = explanation.secondsUntil
        }
        return node
    }

    /// How an ended task came to its end.
    private static func fate(of task: TaskSnapshot, in snapshot: SessionSnapshot) -> String {
        let count = task.executions.count
        guard let last = task.committed ?? task.executions.last else {
            let culprit = snapshot.dependencies(of: task).first {
                $0.status.isTerminal && $0.status != .completed
            }
            let why = culprit.map { ": \($0.taskID) is \($0.status.rawValue)" } ?? ""
            return "\(task.status.rawValue) without an attempt\(why)"
        }
        let attempts = count == 1 ? "1 attempt" : "\(count) attempts"
        let place = "\(last.agent) on worker \(last.workerID)"
        if task.isReused { return "completed by \(place) in the session that this one runs again" }
        if task.status == .completed { return "completed by \(place), \(attempts)" }
        let failure = last.failureClass.map { ": \($0.name)" } ?? ""
        return "\(task.status.rawValue) after \(attempts), the last by \(place)\(failure)"
    }

    // MARK: Figures

    private static func performance(
        _ snapshot: SessionSnapshot, _ analysis: ScheduleAnalysis, _ finalChain: FinalChain
    ) -> DiagnosticPerformance {
        var result = DiagnosticPerformance()
        result.parallelEfficiency = analysis.parallelEfficiency
        result.speedup = analysis.makespan > 0 ? analysis.usefulTime / analysis.makespan : 0
        result.slots = analysis.agents.reduce(0) { $0.saturatingAdd($1.slots) }
        result.scheduleEfficiency = Figure.share(analysis.lowerBound, of: analysis.makespan)
        result.parallelExecutionRatio = analysis.parallelExecutionRatio
        result.resourceUtilization = analysis.resourceUtilization
        result.makespan = analysis.makespan
        result.lowerBound = analysis.lowerBound
        result.queueWait = analysis.queueWait
        result.criticalPath = analysis.criticalPathSteps(snapshot)
        result.finalChain = finalChain
        return result
    }

    private static func utilization(
        _ agent: ScheduleAnalysis.Agent, _ makespan: Double
    ) -> AgentUtilization {
        var result = AgentUtilization(agent: agent.name)
        result.slots = agent.slots
        result.attempts = agent.attempts
        result.runningAttempts = agent.running
        result.failedAttempts = agent.failed
        result.busyTime = agent.busyTime
        result.utilization = Figure.share(
            agent.busyTime, of: Double(agent.slots) * makespan)
        result.saturation = Figure.share(agent.saturation.total, of: makespan)
        result.lowerBound = min(makespan, agent.bound)
        result.queueWait = agent.queueWait
        return result
    }
}

extension SessionSnapshot {
    func dependencies(of task: TaskSnapshot) -> [TaskSnapshot] {
        tasks(numbered: task.dependencies)
    }

    /// Numbers that mean no task are left out.
    func tasks(numbered numbers: [Int32]) -> [TaskSnapshot] {
        numbers.compactMap { number in
            tasks.indices.contains(Int(number)) ? tasks[Int(number)] : nil
        }
    }
}
