// The values that the double answers with.

import ScrivenerModel

enum Sample {
    static let id = "s-1"
    static let time = WallTime(millisecondsSince1970: 1_769_860_800_000)

    static func progress(
        status: SessionStatus = .inProgress, completed: Int = 0, revision: Int64 = 1
    ) -> ProgressReport {
        ProgressReport(
            sessionID: id, status: status,
            currentState: status.isTerminal ? .completed : .researching,
            progressPercentage: Double(completed) * 50, completedTasks: completed, totalTasks: 2,
            tasksByStatus: ["completed": completed, "ready": 2 - completed], currentTasks: [],
            sourcesFound: 0, insightsGenerated: 0, hasFinalDocument: false, revision: revision)
    }

    static func session(
        status: SessionStatus = .inProgress, state: SessionState = .researching
    ) -> ResearchSession {
        ResearchSession(
            sessionID: id, query: "why/what?", status: status, sessionState: state,
            statusTransitions: [Transition(to: status, at: time)],
            stateTransitions: [Transition(to: .researching, at: time)], submittedAt: time,
            endedAt: nil, reason: nil, progress: progress(status: status))
    }

    static let task = TaskRecord(
        taskID: "a", taskType: "web_search", status: .ready, assignedAgent: nil, dependencies: [],
        executions: [])

    static let callbacks = SessionCallbackList(callbacks: [
        SessionCallback(
            url: "https://example.com/hook", events: [.taskFailed], pending: 1, nextTryAt: time,
            deliveries: [
                CallbackDelivery(
                    id: "msg_1", type: .taskFailed, state: .pending, at: time, attempts: 1,
                    lastTriedAt: time, lastStatus: 503, lastError: "answered 503")
            ])
    ])

    static func worker(state: String = "connected") -> WorkerRecord {
        WorkerRecord(
            workerID: "w1", host: "h", processID: 7, softwareVersion: "1", state: state,
            instances: [], secondsSinceHeartbeat: 0.5)
    }

    static let workerPool = WorkerPoolRecord(
        name: "research", desired: 3, connected: 2, idle: 1, draining: 1, minimum: 1, maximum: 8,
        queued: 12, oldestWaitSeconds: 8.2, targetQueueWaitSeconds: 30, startTimeSeconds: 10,
        mayLeave: [], reason: "12 tasks wait, the longest for 8.2 s of 30 s; work for 3 replicas")

    static func results(payload: RawJSON) -> SessionResults {
        SessionResults(
            session: session(status: .completed),
            sources: SourceSection(
                totalSources: 0, webArticles: 0, academicPapers: 0, sourceTypes: [:], items: []),
            analysis: AnalysisSection(
                insightsGenerated: 0, averageConfidence: 0, topicCoverage: []),
            document: DocumentSection(
                hasFinalDocument: false, wordCount: 0, citations: 0, sections: []),
            execution: ExecutionSection(
                totalTasks: 1, completedTasks: 1, failedTasks: 0, cancelledTasks: 0,
                skippedTasks: 0, successRate: 1, totalExecutions: 1, successfulExecutions: 1,
                failedExecutions: 0, executionSuccessRate: 1, averageExecutionTime: 1,
                totalExecutionTime: 1, taskDistribution: ["web_search": 1]),
            quality: QualitySection(
                sourceQuality: .init(averageConfidence: 0), documentScore: nil),
            agentContributions: [],
            tasks: [TaskResult(task: task, payload: payload, findings: nil)])
    }
}
