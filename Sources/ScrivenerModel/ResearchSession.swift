// Sessions as people see them: the answers of the API, the command line and the library.

/// A session, as of the last committed batch.
public struct ResearchSession: Sendable, Equatable, Codable {
    public var sessionID: String
    public var query: String
    public var status: SessionStatus
    public var sessionState: SessionState
    /// In order; the last is the current one.
    public var statusTransitions: [Transition<SessionStatus>]
    public var stateTransitions: [Transition<SessionState>]
    public var submittedAt: WallTime
    public var endedAt: WallTime?
    /// Why the session ended as it did, when that is not plain success.
    public var reason: String?
    /// The session that this one runs again; absent when it runs none.
    public var rerunOf: String?
    /// What its attempts descend from in a trace (W3C Trace Context), if it belongs to one.
    public var traceparent: String?
    public var progress: ProgressReport

    public init(
        sessionID: String, query: String, status: SessionStatus, sessionState: SessionState,
        statusTransitions: [Transition<SessionStatus>],
        stateTransitions: [Transition<SessionState>], submittedAt: WallTime, endedAt: WallTime?,
        reason: String?, rerunOf: String? = nil, traceparent: String? = nil,
        progress: ProgressReport
    ) {
        self.sessionID = sessionID
        self.query = query
        self.status = status
        self.sessionState = sessionState
        self.statusTransitions = statusTransitions
        self.stateTransitions = stateTransitions
        self.submittedAt = submittedAt
        self.endedAt = endedAt
        self.reason = reason
        self.rerunOf = rerunOf
        self.traceparent = traceparent
        self.progress = progress
    }

    enum CodingKeys: String, CodingKey {
        case query, status, reason, traceparent, progress
        case sessionID = "session_id"
        case sessionState = "session_state"
        case statusTransitions = "status_transitions"
        case stateTransitions = "state_transitions"
        case submittedAt = "submitted_at"
        case endedAt = "ended_at"
        case rerunOf = "rerun_of"
    }
}

/// How far a session has come.
public struct ProgressReport: Sendable, Equatable, Codable {
    public var sessionID: String
    public var status: SessionStatus
    public var currentState: SessionState
    /// 0…100: expected run time of the tasks that are over, of that of all tasks. What running
    /// tasks say of their own progress counts with them.
    public var progressPercentage: Double
    public var completedTasks: Int
    public var totalTasks: Int
    /// How many tasks are in each state. States with none are absent.
    public var tasksByStatus: [String: Int]
    /// Tasks that run now, in task order; 20 at most.
    public var currentTasks: [CurrentTask]
    /// Seconds until the session is expected to end, with the bounds within which it is expected to
    /// in nine of ten cases; absent while nothing has been learned, or nothing can run.
    public var secondsLeft: Estimate?
    public var sourcesFound: Int
    public var insightsGenerated: Int
    public var hasFinalDocument: Bool
    /// Grows with every change of the session.
    public var revision: Int64

    public init(
        sessionID: String, status: SessionStatus, currentState: SessionState,
        progressPercentage: Double, completedTasks: Int, totalTasks: Int,
        tasksByStatus: [String: Int], currentTasks: [CurrentTask], secondsLeft: Estimate? = nil,
        sourcesFound: Int, insightsGenerated: Int, hasFinalDocument: Bool, revision: Int64
    ) {
        self.sessionID = sessionID
        self.status = status
        self.currentState = currentState
        self.progressPercentage = progressPercentage
        self.completedTasks = completedTasks
        self.totalTasks = totalTasks
        self.tasksByStatus = tasksByStatus
        self.currentTasks = currentTasks
        self.secondsLeft = secondsLeft
        self.sourcesFound = sourcesFound
        self.insightsGenerated = insightsGenerated
        self.hasFinalDocument = hasFinalDocument
        self.revision = revision
    }

    /// How many tasks are over, however they ended.
    public var endedTasks: Int {
        TaskStatus.allCases.reduce(0) {
            $0 + ($1.isTerminal ? tasksByStatus[$1.rawValue] ?? 0 : 0)
        }
    }

    enum CodingKeys: String, CodingKey {
        case status, revision
        case sessionID = "session_id"
        case currentState = "current_state"
        case progressPercentage = "progress_percentage"
        case completedTasks = "completed_tasks"
        case totalTasks = "total_tasks"
        case tasksByStatus = "tasks_by_status"
        case currentTasks = "current_tasks"
        case secondsLeft = "seconds_left"
        case sourcesFound = "sources_found"
        case insightsGenerated = "insights_generated"
        case hasFinalDocument = "has_final_document"
    }
}

/// A task that runs now, and what its agent says of it.
public struct CurrentTask: Sendable, Equatable, Codable {
    public var taskID: String
    /// 0…1, where the agent has said so.
    public var progress: Double?
    public var message: String?

    public init(taskID: String, progress: Double? = nil, message: String? = nil) {
        self.taskID = taskID
        self.progress = progress
        self.message = message
    }

    enum CodingKeys: String, CodingKey {
        case progress, message
        case taskID = "task_id"
    }
}

/// A number that is expected, and between what it is expected to lie.
public struct Estimate: Sendable, Equatable, Codable {
    public var expected: Double
    public var low: Double
    public var high: Double

    public init(expected: Double, low: Double, high: Double) {
        self.expected = expected
        self.low = low
        self.high = high
    }
}

/// A task of a session, with the attempts that were made at it.
public struct TaskRecord: Sendable, Equatable, Codable {
    public var taskID: String
    public var taskType: String
    public var status: TaskStatus
    public var assignedAgent: String?
    public var dependencies: [String]
    /// 1…10, 10 is the most urgent.
    public var priority: Int
    /// Of the dependencies, those whose results the task went on without; absent when it had all.
    public var missingDependencies: [String]?
    /// The task whose result added this one while the session ran; absent when the plan has it.
    public var addedBy: String?
    /// `true` when the result was taken over from the session that this one runs again, with the attempt
    /// that it came from; absent otherwise.
    public var reused: Bool?
    public var executions: [AgentExecution]

    public init(
        taskID: String, taskType: String, status: TaskStatus, assignedAgent: String?,
        dependencies: [String], priority: Int = ResearchTask.defaultPriority,
        missingDependencies: [String]? = nil, addedBy: String? = nil, reused: Bool? = nil,
        executions: [AgentExecution]
    ) {
        self.taskID = taskID
        self.taskType = taskType
        self.status = status
        self.assignedAgent = assignedAgent
        self.dependencies = dependencies
        self.priority = priority
        self.missingDependencies = missingDependencies
        self.addedBy = addedBy
        self.reused = reused
        self.executions = executions
    }

    enum CodingKeys: String, CodingKey {
        case status, dependencies, priority, reused, executions
        case missingDependencies = "missing_dependencies"
        case addedBy = "added_by"
        case taskID = "task_id"
        case taskType = "task_type"
        case assignedAgent = "assigned_agent"
    }
}

/// How an attempt ended.
public enum ExecutionOutcome: String, Sendable, Codable, CaseIterable {
    case running, completed, failed, cancelled
    /// Given back before it began, or lost with its worker: costs the task no retry.
    case lost
    /// Needless, because another attempt at the same task completed first.
    case superseded
}

/// One attempt at a task, on one worker.
public struct AgentExecution: Sendable, Equatable, Codable {
    /// 1 for the first.
    public var attempt: Int
    public var workerID: String
    public var agent: String
    public var outcome: ExecutionOutcome
    public var dispatchedAt: WallTime
    public var endedAt: WallTime?
    /// How long the agent's body ran, as its worker measured it.
    public var runSeconds: Double?
    public var usage: Usage?
    public var failure: AgentFailure?
    /// Whether it ran beside another attempt at the same task, because that one was slow.
    public var isHedge: Bool
    /// Whether its agent stood in for the one that the task wanted.
    public var isFallback: Bool

    public init(
        attempt: Int, workerID: String, agent: String, outcome: ExecutionOutcome,
        dispatchedAt: WallTime, endedAt: WallTime? = nil, runSeconds: Double? = nil,
        usage: Usage? = nil, failure: AgentFailure? = nil, isHedge: Bool = false,
        isFallback: Bool = false
    ) {
        self.attempt = attempt
        self.workerID = workerID
        self.agent = agent
        self.outcome = outcome
        self.dispatchedAt = dispatchedAt
        self.endedAt = endedAt
        self.runSeconds = runSeconds
        self.usage = usage
        self.failure = failure
        self.isHedge = isHedge
        self.isFallback = isFallback
    }

    enum CodingKeys: String, CodingKey {
        case attempt, agent, outcome, usage, failure
        case isHedge = "hedge"
        case isFallback = "fallback"
        case workerID = "worker_id"
        case dispatchedAt = "dispatched_at"
        case endedAt = "ended_at"
        case runSeconds = "run_seconds"
    }
}

/// A connected or recently lost worker.
public struct WorkerRecord: Sendable, Equatable, Codable {
    public var workerID: String
    /// The pool that it is a replica of; absent where it is of none.
    public var pool: String?
    public var host: String
    public var processID: Int
    public var softwareVersion: String
    /// `connected`, `suspect`, `draining`, `awaited` or `lost`.
    public var state: String
    public var instances: [InstanceMetrics]
    /// Absent when it has not been heard since the coordinator started.
    public var secondsSinceHeartbeat: Double?

    public init(
        workerID: String, pool: String? = nil, host: String, processID: Int,
        softwareVersion: String, state: String, instances: [InstanceMetrics],
        secondsSinceHeartbeat: Double?
    ) {
        self.workerID = workerID
        self.pool = pool
        self.host = host
        self.processID = processID
        self.softwareVersion = softwareVersion
        self.state = state
        self.instances = instances
        self.secondsSinceHeartbeat = secondsSinceHeartbeat
    }

    enum CodingKeys: String, CodingKey {
        case host, state, instances, pool
        case workerID = "worker_id"
        case processID = "pid"
        case softwareVersion = "software_version"
        case secondsSinceHeartbeat = "seconds_since_heartbeat"
    }
}
