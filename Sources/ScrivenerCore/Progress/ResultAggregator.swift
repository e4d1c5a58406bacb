// Aggregates a session's results: every figure is computed from the timeline of its executions and
// the findings of its committed results. None is a constant; `docs/results.md` defines each.

package import ScrivenerModel

/// Computes the results of a session.
package enum ResultAggregator {
    /// - Parameters:
    ///   - snapshot: the session with its tasks and attempts.
    ///   - annexes: the typed part of each attempt that left a record, by its handle.
    ///   - payloads: the payloads of completed tasks, by their handle.
    package static func aggregate(
        _ snapshot: SessionSnapshot, annexes: [ResultHandle: AgentResult],
        payloads: [ResultHandle: RawJSON]
    ) -> SessionResults {
        let tasks = snapshot.tasks.map { task in
            let record = task.committed?.record
            return TaskResult(
                task: self.record(of: task, in: snapshot, annexes: annexes),
                payload: record.flatMap { payloads[$0] },
                findings: record.flatMap { annexes[$0]?.findings })
        }
        let findings = tasks.compactMap(\.findings)
        let sources = distinctSources(findings)
        let document = findings.compactMap(\.document).last(where: \.isFinal)
        return SessionResults(
            session: snapshot.session, sources: section(sources),
            analysis: analysis(findings.flatMap(\.insights)),
            document: section(document, findings), execution: execution(snapshot),
            quality: QualitySection(
                sourceQuality: .init(averageConfidence: mean(sources.map(\.confidence))),
                documentScore: document?.qualityScore),
            agentContributions: contributions(snapshot, annexes), tasks: tasks)
    }

    /// A task with its attempts, as people see it.
    package static func record(
        of task: TaskSnapshot, in snapshot: SessionSnapshot, annexes: [ResultHandle: AgentResult]
    ) -> TaskRecord {
        TaskRecord(
            taskID: task.taskID, taskType: task.taskType, status: task.status,
            assignedAgent: task.assignedAgent,
            dependencies: task.dependencies.map { snapshot.tasks[Int($0)].taskID },
            executions: task.executions.map { execution in
                let annex = execution.record.flatMap { annexes[$0] }
                return AgentExecution(
                    attempt: Int(execution.attempt), workerID: execution.workerID,
                    agent: execution.agent, outcome: execution.outcome,
                    dispatchedAt: execution.dispatchedAt, endedAt: execution.endedAt,
                    runSeconds: execution.endedAt == nil ? nil : execution.runTime.seconds,
                    usage: annex?.usage, failure: annex?.failure ?? execution.plainFailure)
            })
    }

    // MARK: Sections

    /// One a locator, with the highest confidence that any task gave it; in order of first sight.
    private static func distinctSources(_ findings: [Findings]) -> [Source] {
        var sources: [Source] = []
        var places: [String: Int] = [:]
        for source in findings.flatMap(\.sources) {
            if let place = places[source.locator] {
                if source.confidence > sources[place].confidence { sources[place] = source }
            } else {
                places[source.locator] = sources.count
                sources.append(source)
            }
        }
        return sources
    }

    private static func section(_ sources: [Source]) -> SourceSection {
        SourceSection(
            totalSources: sources.count, webArticles: sources.count { $0.kind == .webArticle },
            academicPapers: sources.count { $0.kind == .academicPaper },
            sourceTypes: tally(sources.map(\.kind.rawValue)), items: sources)
    }

    private static func analysis(_ insights: [Insight]) -> AnalysisSection {
        var topics: [String] = []
        for insight in insights where !topics.contains(insight.topic) {
            topics.append(insight.topic)
        }
        return AnalysisSection(
            insightsGenerated: insights.count,
            averageConfidence: mean(insights.map(\.confidenceScore)), topicCoverage: topics)
    }

    private static func section(
        _ document: DocumentFacts?, _ findings: [Findings]
    ) -> DocumentSection {
        let citations = findings.last { $0.document?.isFinal == true }?.citations ?? []
        return DocumentSection(
            hasFinalDocument: document != nil, wordCount: document?.wordCount ?? 0,
            citations: citations.count, sections: document?.sections ?? [])
    }

    private static func execution(_ snapshot: SessionSnapshot) -> ExecutionSection {
        func count(_ status: TaskStatus) -> Int { snapshot.tasks.count { $0.status == status } }
        let ended = snapshot.tasks.flatMap(\.executions).filter { $0.endedAt != nil }
        let successful = ended.filter { $0.outcome == .completed }
        let failed = ended.count { $0.outcome == .failed || $0.outcome == .lost }
        return ExecutionSection(
            totalTasks: snapshot.tasks.count, completedTasks: count(.completed),
            failedTasks: count(.failed), cancelledTasks: count(.cancelled),
            skippedTasks: count(.skipped),
            successRate: ratio(count(.completed), snapshot.tasks.count),
            totalExecutions: snapshot.tasks.reduce(0) { $0 + $1.executions.count },
            successfulExecutions: successful.count, failedExecutions: failed,
            executionSuccessRate: ratio(successful.count, ended.count),
            averageExecutionTime: mean(successful.map(\.runTime.seconds)),
            totalExecutionTime: ended.reduce(0) { $0 + $1.runTime.seconds },
            taskDistribution: tally(snapshot.tasks.map(\.taskType)))
    }

    /// Agents in order of name.
    private static func contributions(
        _ snapshot: SessionSnapshot, _ annexes: [ResultHandle: AgentResult]
    ) -> [AgentContribution] {
        var byAgent: [String: [ExecutionSnapshot]] = [:]
        for execution in snapshot.tasks.flatMap(\.executions) {
            byAgent[execution.agent, default: []].append(execution)
        }
        return byAgent.keys.sorted().map { agent in
            let executions = byAgent[agent] ?? []
            let completed = executions.filter { $0.outcome == .completed }
            let findings = completed.compactMap { $0.record.flatMap { annexes[$0]?.findings } }
            return AgentContribution(
                agent: agent, workers: Set(executions.map(\.workerID)).sorted(),
                attempts: executions.count, completedTasks: completed.count,
                busyTime: executions.reduce(0) { $0 + $1.runTime.seconds },
                sources: findings.reduce(0) { $0 + $1.sources.count },
                insights: findings.reduce(0) { $0 + $1.insights.count })
        }
    }

    // MARK: Figures

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double {
        whole == 0 ? 0 : Double(part) / Double(whole)
    }

    private static func tally(_ words: [String]) -> [String: Int] {
        words.reduce(into: [:]) { $0[$1, default: 0] += 1 }
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
