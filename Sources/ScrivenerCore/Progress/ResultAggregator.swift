// Aggregates a session's results: every figure is computed from the timeline of its executions and
// the findings of its committed results. None is a constant; `docs/results.md` defines each.

package import ScrivenerModel

/// Computes the results of a session.
package enum ResultAggregator {
    /// - Parameters:
    ///   - snapshot: the session with its tasks and attempts.
    ///   - annexes: the typed part of each attempt that left a record, by its handle.
    ///   - payloads: the payloads of completed tasks, by their handle.
    ///   - context: what else is known of the session and the pool.
    package static func aggregate(
        _ snapshot: SessionSnapshot, annexes: [ResultHandle: AgentResult],
        payloads: [ResultHandle: RawJSON], context: TimelineContext = TimelineContext()
    ) -> SessionResults {
        let tasks = snapshot.tasks.map { task in
            let record = task.committed?.record
            return TaskResult(
                task: self.record(of: task, in: snapshot, annexes: annexes),
                payload: record.flatMap { payloads[$0] },
                findings: record.flatMap { annexes[$0]?.findings })
        }
        let found = CommittedFindings(tasks.compactMap(\.findings))
        let analysis = ScheduleAnalysis(snapshot, context)
        return SessionResults(
            session: snapshot.session, sources: section(found.sources),
            analysis: self.analysis(found.insights), document: section(found),
            execution: execution(snapshot, annexes), quality: quality(found),
            performance: performance(snapshot, analysis, Self.found(by: snapshot, tasks, found)),
            agentContributions: contributions(snapshot, annexes, analysis, found), tasks: tasks)
    }

    /// What the session's own tasks have found, without what was taken over.
    private static func found(
        by snapshot: SessionSnapshot, _ tasks: [TaskResult], _ all: CommittedFindings
    ) -> CommittedFindings {
        guard snapshot.session.rerunOf != nil else { return all }
        return CommittedFindings(
            zip(snapshot.tasks, tasks).compactMap { $0.isReused ? nil : $1.findings })
    }

    /// A task with its attempts, as people see it.
    package static func record(
        of task: TaskSnapshot, in snapshot: SessionSnapshot, annexes: [ResultHandle: AgentResult]
    ) -> TaskRecord {
        let missing = snapshot.tasks(numbered: task.missingDependencies).map(\.taskID)
        return TaskRecord(
            taskID: task.taskID, taskType: task.taskType, status: task.status,
            assignedAgent: task.assignedAgent,
            dependencies: snapshot.dependencies(of: task).map(\.taskID),
            priority: Int(task.priority), missingDependencies: missing.isEmpty ? nil : missing,
            addedBy: task.addedBy.flatMap { snapshot.tasks(numbered: [$0]).first?.taskID },
            reused: task.isReused ? true : nil, executions: executions(of: task, annexes: annexes))
    }

    /// A task's attempts, as people see them.
    package static func executions(
        of task: TaskSnapshot, annexes: [ResultHandle: AgentResult]
    ) -> [AgentExecution] {
        task.executions.map { execution in
            let annex = execution.record.flatMap { annexes[$0] }
            return AgentExecution(
                attempt: Int(execution.attempt), workerID: execution.workerID,
                agent: execution.agent, outcome: execution.outcome,
                dispatchedAt: execution.dispatchedAt, endedAt: execution.endedAt,
                runSeconds: execution.endedAt == nil ? nil : execution.runTime.seconds,
                usage: annex?.usage, failure: failure(of: execution, annex),
                isHedge: execution.isHedge, isFallback: execution.isFallback)
        }
    }

    private static func failure(
        of execution: ExecutionSnapshot, _ annex: AgentResult?
    ) -> AgentFailure? {
        let known = annex?.failure ?? execution.plainFailure
        guard execution.failureClass == .poison else { return known }
        return AgentFailure(
            .poison, code: "poison_task",
            message: "processes of workers died under it, one of them while it ran there alone; "
                + "it is executed no more. The last time: \(known?.message ?? "nothing is known")",
            worker: execution.workerID, logTail: known?.logTail ?? [])
    }

    // MARK: Sections

    private static func section(_ sources: [Source]) -> SourceSection {
        SourceSection(
            totalSources: sources.count, webArticles: sources.count { $0.kind == .webArticle },
            academicPapers: sources.count { $0.kind == .academicPaper },
            sourceTypes: Figure.tally(sources.map(\.kind.rawValue)), items: sources)
    }

    private static func analysis(_ insights: [Insight]) -> AnalysisSection {
        var topics: [String] = []
        var known: Set<String> = []
        var distribution = ConfidenceDistribution()
        for insight in insights {
            if known.insert(insight.topic).inserted { topics.append(insight.topic) }
            switch ConfidenceLevel(insight.confidenceScore) {
            case .high: distribution.high += 1
            case .medium: distribution.medium += 1
            case .low: distribution.low += 1
            }
        }
        return AnalysisSection(
            insightsGenerated: insights.count,
            averageConfidence: Figure.mean(
                insights.map { Figure.confidence($0.confidenceScore) }),
            confidenceDistribution: distribution, topicCoverage: topics)
    }

    private static func section(_ found: CommittedFindings) -> DocumentSection {
        DocumentSection(
            hasFinalDocument: found.document != nil, wordCount: found.document?.wordCount ?? 0,
            citations: found.citations.count, sections: found.document?.sections ?? [])
    }

    private static func execution(
        _ snapshot: SessionSnapshot, _ annexes: [ResultHandle: AgentResult]
    ) -> ExecutionSection {
        func count(_ status: TaskStatus) -> Int { snapshot.tasks.count { $0.status == status } }
        let known: [TaskStatus] = [.completed, .failed, .cancelled, .skipped]
        let lost = snapshot.tasks.count { $0.status.isTerminal && !known.contains($0.status) }
        let ended = snapshot.tasks.flatMap(\.ownExecutions).filter { $0.endedAt != nil }
        let successful = ended.filter { $0.outcome == .completed }
        // What was handed back before it began, or stopped, says nothing of agents.
        let failed = ended.count(where: \.hasFailed)
        let usages = ended.compactMap { $0.record.flatMap { annexes[$0]?.usage } }
        func sum(_ part: KeyPath<Usage, Int>) -> Int {
            usages.reduce(0) { $0.saturatingAdd(max(0, $1[keyPath: part])) }
        }
        return ExecutionSection(
            totalTasks: snapshot.tasks.count, completedTasks: count(.completed),
            failedTasks: count(.failed), cancelledTasks: count(.cancelled),
            skippedTasks: count(.skipped), lostTasks: lost,
            successRate: Figure.ratio(count(.completed), snapshot.tasks.count),
            totalExecutions: snapshot.tasks.reduce(0) { $0 + $1.ownExecutions.count },
            successfulExecutions: successful.count, failedExecutions: failed,
            executionSuccessRate: Figure.ratio(
                successful.count, successful.count + failed),
            averageExecutionTime: Figure.mean(successful.map { max(0, $0.runTime.seconds) }),
            totalExecutionTime: ended.reduce(0) { $0 + max(0, $1.runTime.seconds) },
            taskDistribution: Figure.tally(snapshot.tasks.map(\.taskType)),
            inputTokens: sum(\.inputTokens), outputTokens: sum(\.outputTokens),
            costMicros: sum(\.costMicros))
    }

    private static func performance(
        _ snapshot: SessionSnapshot, _ analysis: ScheduleAnalysis, _ found: CommittedFindings
    ) -> PerformanceSection {
        let completed = snapshot.tasks.count { $0.status == .completed && !$0.isReused }
        func perMinute(_ count: Int) -> Double {
            analysis.makespan > 0 ? Double(count) * 60 / analysis.makespan : 0
        }
        var section = PerformanceSection()
        section.throughput.sourcesPerMinute = perMinute(found.sources.count)
        section.throughput.insightsPerMinute = perMinute(found.insights.count)
        section.throughput.tasksPerMinute = perMinute(completed)
        section.efficiency.parallelExecutionRatio = analysis.parallelExecutionRatio
        section.efficiency.resourceUtilization = analysis.resourceUtilization
        section.efficiency.bottleneckAnalysis = analysis.bottlenecks
        section.criticalPath = analysis.criticalPathSteps(snapshot)
        section.queueWait = analysis.queueWait
        section.makespan = analysis.makespan
        section.lowerBound = analysis.lowerBound
        return section
    }
}

extension TaskSnapshot {
    /// The attempt whose result counts.
    package var committed: ExecutionSnapshot? {
        status == .completed ? executions.last { $0.outcome == .completed } : nil
    }
}

extension ExecutionSnapshot {
    /// What is known of a failure that left no record.
    var plainFailure: AgentFailure? {
        guard outcome == .lost, let failureClass else { return nil }
        return AgentFailure(
            failureClass, code: "worker_lost",
            message: "the worker's lease ran out, or it came back without the attempt",
            worker: workerID)
    }
}
