// What the records of the API look like as tables and lists of facts.

import ScrivenerModel

/// Sessions, tasks and workers, for people.
enum Tables {
    static func sessions(_ sessions: [ResearchSession], columns: Int?) -> String {
        guard !sessions.isEmpty else { return "No sessions.\n" }
        var table = TableRenderer(columns: [
            .init(title: "SESSION"), .init(title: "STATUS"), .init(title: "STATE"),
            .init(title: "TASKS", isRightAligned: true), .init(title: "SUBMITTED"),
            .init(title: "QUERY", isFlexible: true),
        ])
        for session in sessions {
            table.add([
                session.sessionID, session.status.rawValue, session.sessionState.rawValue,
                "\(session.progress.completedTasks)/\(session.progress.totalTasks)",
                session.submittedAt.toTheSecond, session.query,
            ])
        }
        return table.rendered(width: columns)
    }

    static func session(_ session: ResearchSession) -> String {
        var facts = FactList()
        facts.add("session", session.sessionID)
        facts.add("query", session.query)
        facts.add("status", session.status.rawValue)
        facts.add("state", session.sessionState.rawValue)
        facts.add("reason", session.reason)
        facts.add("rerun of", session.rerunOf)
        facts.add("tasks", tasks(session.progress))
        facts.add(
            "running",
            session.progress.currentTasks.map(ProgressView.described).joined(separator: ", "))
        facts.add("expected", session.progress.secondsLeft.map(Readable.timeLeft))
        facts.add("sources", String(session.progress.sourcesFound))
        facts.add("insights", String(session.progress.insightsGenerated))
        facts.add("submitted", session.submittedAt.description)
        facts.add("ended", session.endedAt?.description)
        facts.add("took", session.seconds.map(Readable.seconds))
        return facts.rendered()
    }

    static func tasks(_ tasks: [TaskRecord], columns: Int?) -> String {
        guard !tasks.isEmpty else { return "No tasks.\n" }
        var table = TableRenderer(columns: [
            .init(title: "TASK", isFlexible: true), .init(title: "TYPE", isFlexible: true),
            .init(title: "PRIORITY", isRightAligned: true), .init(title: "STATUS"),
            .init(title: "AGENT"),
            .init(title: "ATTEMPTS", isRightAligned: true), .init(title: "WORKER"),
            .init(title: "TOOK", isRightAligned: true), .init(title: "FAILURE", isFlexible: true),
        ])
        for task in tasks {
            let last = task.executions.last
            table.add([
                task.taskID, task.taskType, String(task.priority), task.status.rawValue,
                last?.agent ?? task.assignedAgent ?? "",
                task.reused == true ? "reused" : String(task.executions.count),
                last?.workerID ?? "", last?.runSeconds.map(Readable.seconds) ?? "",
                failure(of: task),
            ])
        }
        return table.rendered(width: columns)
    }

    /// Of the last attempt, or of the one before it that is why there was another.
    private static func failure(of task: TaskRecord) -> String {
        guard let failed = task.executions.last(where: { $0.failure != nil }),
            let failure = failed.failure
        else { return "" }
        let attempt = failed == task.executions.last ? "" : "attempt \(failed.attempt): "
        return attempt + "\(failure.code): \(failure.message)"
    }

    static func explanation(_ explanation: Explanation) -> String {
        var facts = FactList()
        facts.add("task", explanation.taskID)
        facts.add("status", explanation.status.rawValue)
        facts.add("reason", explanation.reason.rawValue)
        facts.add("because", explanation.message)
        facts.add("moves when", explanation.wakes)
        facts.add("within", explanation.secondsUntil.map(Readable.seconds))
        return facts.rendered()
    }

    static func workers(_ workers: [WorkerRecord], columns: Int?) -> String {
        guard !workers.isEmpty else { return "No workers.\n" }
        var table = TableRenderer(columns: [
            .init(title: "WORKER"), .init(title: "STATE"), .init(title: "HOST"),
            .init(title: "PID", isRightAligned: true),
            .init(title: "BUSY", isRightAligned: true),
            .init(title: "COMPLETED", isRightAligned: true),
            .init(title: "FAILED", isRightAligned: true),
            .init(title: "HEARTBEAT", isRightAligned: true), .init(title: "VERSION"),
            .init(title: "AGENTS", isFlexible: true),
        ])
        for worker in workers.sorted(by: { $0.workerID < $1.workerID }) {
            let instances = worker.instances
            let busy = instances.reduce(0) { $0 &+ $1.currentExecutions }
            let slots = instances.reduce(0) { $0 &+ $1.maxConcurrentExecutions }
            table.add([
                worker.workerID, worker.state, worker.host, String(worker.processID),
                "\(busy)/\(slots)", String(instances.reduce(0) { $0 &+ $1.successfulExecutions }),
                String(instances.reduce(0) { $0 &+ $1.failedExecutions }),
                worker.secondsSinceHeartbeat.map { Readable.seconds($0) + " ago" } ?? "",
                worker.softwareVersion,
                instances.map(\.agent).joined(separator: ", "),
            ])
        }
        return table.rendered(width: columns)
    }

    static func results(_ results: ResultsOverview) -> String {
        let execution = results.execution
        var facts = FactList()
        facts.add("session", results.session.sessionID)
        facts.add("query", results.session.query)
        facts.add("state", results.session.sessionState.rawValue)
        facts.add("reason", results.session.reason)
        facts.add("took", results.session.seconds.map(Readable.seconds))
        facts.add("sources", sources(results.sources))
        facts.add("insights", insights(results.analysis))
        facts.add("topics", results.analysis.topicCoverage.joined(separator: ", "))
        facts.add("document", document(results.document))
        facts.add("quality", quality(results.quality))
        facts.add(
            "tasks",
            "\(execution.completedTasks) of \(execution.totalTasks) completed, "
                + "\(execution.failedTasks) failed, \(execution.skippedTasks) skipped, "
                + "\(execution.cancelledTasks) cancelled")
        facts.add(
            "executions",
            "\(execution.totalExecutions), \(execution.failedExecutions) failed, "
                + "average \(Readable.seconds(execution.averageExecutionTime))")
        facts.add("tokens", tokens(execution))
        facts.add("workers", results.workersDescribed)
        return facts.rendered()
    }

    /// `1400 read, 210 written, cost 0.0034`; `nil` where no model took part.
    static func tokens(_ execution: ExecutionSection) -> String? {
        guard execution.inputTokens > 0 || execution.outputTokens > 0 else { return nil }
        let tokens = "\(execution.inputTokens) read, \(execution.outputTokens) written"
        guard execution.costMicros > 0 else { return tokens }
        let cost = Readable.decimal(Double(execution.costMicros) / 1_000_000, digits: 6)
        return tokens + ", cost \(cost)"
    }

    static func quality(_ quality: QualitySection) -> String? {
        quality.documentScore.map { Readable.decimal($0, digits: 2) }
    }

    private static func tasks(_ progress: ProgressReport) -> String {
        let counts = TaskStatus.allCases.compactMap { status -> String? in
            let count = progress.tasksByStatus[status.rawValue] ?? 0
            return count > 0 ? "\(count) \(status.rawValue)" : nil
        }
        let parts = counts.isEmpty ? "" : " (\(counts.joined(separator: ", ")))"
        return "\(progress.completedTasks) of \(progress.totalTasks)" + parts
    }

    private static func sources(_ sources: SourceSection) -> String {
        let kinds = sources.sourceTypes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let parts = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
        return "\(sources.totalSources)" + parts
    }

    private static func insights(_ analysis: AnalysisSection) -> String {
        guard analysis.insightsGenerated > 0 else { return "0" }
        let confidence = Readable.decimal(analysis.averageConfidence, digits: 2)
        return "\(analysis.insightsGenerated), average confidence \(confidence)"
    }

    private static func document(_ document: DocumentSection) -> String {
        guard document.hasFinalDocument else { return "none" }
        return "\(Readable.count(document.wordCount, "word")), "
            + "\(Readable.count(document.citations, "citation")), "
            + Readable.count(document.sections.count, "section")
    }
}

extension WallTime {
    /// Without the fraction of a second.
    var toTheSecond: String { description.prefix(19) + "Z" }
}

extension ResearchSession {
    /// How long the session took, once it has ended.
    var seconds: Double? {
        endedAt.map {
            Double($0.millisecondsSince1970 &- submittedAt.millisecondsSince1970) / 1_000
        }
    }
}
