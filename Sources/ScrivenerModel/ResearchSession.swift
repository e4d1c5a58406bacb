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
    public var progress: ProgressReport

    public init(
        sessionID: String, query: String, status: SessionStatus, sessionState: SessionState,
        statusTransitions: [Transition<SessionStatus>],
        stateTransitions: [Transition<SessionState>], submittedAt: WallTime, endedAt: WallTime?,
        reason: String?, progress: ProgressReport
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
        self.progress = progress
    }

    enum CodingKeys: String, CodingKey {
        case query, status, reason, progress
        case sessionID = "session_id"
        case sessionState = "session_state"
        case statusTransitions = "status_transitions"
        case stateTransitions = "state_transitions"
        case submittedAt = "submitted_at"
        case endedAt = "ended_at"
    }
}

/// How far a session has come.
public struct ProgressReport: Sendable, Equatable, Codable {
    public var sessionID: String
    public var status: SessionStatus
    public var currentState: SessionState
    /// 0…100: terminal tasks of all tasks.
    public var progressPercentage: Double
    public var completedTasks: Int
    public var totalTasks: Int
    /// How many tasks are in each state. States with none are absent.
    public var tasksByStatus: [String: Int]
    /// Ids of tasks that run now, in task order; 20 at most.
    public var currentTasks: [String]
    public var sourcesFound: Int
    public var insightsGenerated: Int
    public var hasFinalDocument: Bool
    /// Grows with every change of the session.
    public var revision: Int64

    public init(
        sessionID: String, status: SessionStatus, currentState: SessionState,
        progressPercentage: Double, completedTasks: Int, totalTasks: Int,
        tasksByStatus: [String: Int], currentTasks: [String], sourcesFound: Int,
        insightsGenerated: Int, hasFinalDocument: Bool, revision: Int64
    ) {
        self.sessionID = sessionID
        self.status = status
        self.currentState = currentState
        self.progressPercentage = progressPercentage
        self.completedTasks = completedTasks
        self.totalTasks = totalTasks
        self.tasksByStatus = tasksByStatus
        self.currentTasks = currentTasks
        self.sourcesFound = sourcesFound
        self.insightsGenerated = insightsGenerated
        self.hasFinalDocument = hasFinalDocument
        self.revision = revision
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
        case sourcesFound = "sources_found"
        case insightsGenerated = "insights_generated"
        case hasFinalDocument = "has_final_document"
    }
}

/// A task of a session, with the attempts that were made at it.
public struct TaskRecord: Sendable, Equatable, Codable {
    public var taskID: String
    public var taskType: String
    public var status: TaskStatus
    public var assignedAgent: String?
    public var dependencies: [String]
    public var executions: [AgentExecution]

    public init(
        taskID: String, taskType: String, status: TaskStatus, assignedAgent: String?,
        dependencies: [String], executions: [AgentExecution]
    ) {
        self.taskID = taskID
        self.taskType = taskType
        self.status = status
        self.assignedAgent = assignedAgent
        self.dependencies = dependencies
        self.executions = executions
    }

    enum CodingKeys: String, CodingKey {
        case status, dependencies, executions
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

    public init(
        attempt: Int, workerID: String, agent: String, outcome: ExecutionOutcome,
        dispatchedAt: WallTime, endedAt: WallTime? = nil, runSeconds: Double? = nil,
        usage: Usage? = nil, failure: AgentFailure? = nil
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
    }

    enum CodingKeys: String, CodingKey {
        case attempt, agent, outcome, usage, failure
        case workerID = "worker_id"
        case dispatchedAt = "dispatched_at"
        case endedAt = "ended_at"
        case runSeconds = "run_seconds"
    }
}

/// A connected or recently lost worker.
public struct WorkerRecord: Sendable, Equatable, Codable {
    public var workerID: String
    public var host: String
    public var processID: Int
    public var softwareVersion: String
    /// `connected`, `draining` or `lost`.
    public var state: String
    public var instances: [InstanceRecord]
    /// Absent when it has not been heard since the coordinator started.
    public var secondsSinceHeartbeat: Double?

    public init(
        workerID: String, host: String, processID: Int, softwareVersion: String, state: String,
        instances: [InstanceRecord], secondsSinceHeartbeat: Double?
    ) {
        self.workerID = workerID
        self.host = host
        self.processID = processID
        self.softwareVersion = softwareVersion
        self.state = state
        self.instances = instances
        self.secondsSinceHeartbeat = secondsSinceHeartbeat
    }

    enum CodingKeys: String, CodingKey {
        case host, state, instances
        case workerID = "worker_id"
        case processID = "pid"
        case softwareVersion = "software_version"
        case secondsSinceHeartbeat = "seconds_since_heartbeat"
    }
}

/// An agent on a worker.
public struct InstanceRecord: Sendable, Equatable, Codable {
    public var agent: String
    public var capabilities: [String]
    public var maxConcurrentExecutions: Int
    public var currentExecutions: Int
    public var completed: Int
    public var failed: Int

    public init(
        agent: String, capabilities: [String], maxConcurrentExecutions: Int,
        currentExecutions: Int, completed: Int, failed: Int
    ) {
        self.agent = agent
        self.capabilities = capabilities
        self.maxConcurrentExecutions = maxConcurrentExecutions
        self.currentExecutions = currentExecutions
        self.completed = completed
        self.failed = failed
    }

    enum CodingKeys: String, CodingKey {
        case agent, capabilities, completed, failed
        case maxConcurrentExecutions = "max_concurrent_executions"
        case currentExecutions = "current_executions"
    }
}
