// A plan: the question, and the graph of tasks that is to answer it.

/// What is submitted to open a session.
public struct ResearchPlan: Sendable, Equatable, Codable {
    /// The question, for agents and people.
    public var query: String
    /// The session's id; made by the coordinator when absent.
    public var sessionID: String?
    public var tasks: [ResearchTask]
    /// For people. Deadlines do not depend on it.
    public var estimatedDurationMinutes: Double?
    /// How the session is run. The coordinator's defaults where absent.
    public var config: OrchestrationConfig?
    /// How long the session may take altogether. When it has passed, what is left is cancelled and
    /// the session ends with what there is.
    public var timeoutSeconds: Double?

    public init(
        query: String, sessionID: String? = nil, tasks: [ResearchTask],
        estimatedDurationMinutes: Double? = nil, config: OrchestrationConfig? = nil,
        timeoutSeconds: Double? = nil
    ) {
        self.query = query
        self.sessionID = sessionID
        self.tasks = tasks
        self.estimatedDurationMinutes = estimatedDurationMinutes
        self.config = config
        self.timeoutSeconds = timeoutSeconds
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case query, tasks, config
        case sessionID = "session_id"
        case estimatedDurationMinutes = "estimated_duration_minutes"
        case timeoutSeconds = "timeout_seconds"
    }
}

/// What becomes of a task when one of its dependencies does not complete.
public enum DependencyFailurePolicy: String, Sendable, Equatable, Hashable, Codable, CaseIterable {
    /// The task is skipped, and so are those that depend on it.
    case skip
    /// The task runs with the results that there are.
    case `continue`
}

/// One task of a plan.
public struct ResearchTask: Sendable, Equatable, Codable {
    /// Unique within its session: 1…128 characters of `a–z A–Z 0–9 _ - . :`.
    public var taskID: String
    /// What kind of work it is. Without `assignedAgent`, the capability that is looked for.
    public var taskType: String
    public var description: String
    /// For the agent; opaque to everything else.
    public var parameters: RawJSON
    /// Ids of the tasks whose results this one takes.
    public var dependencies: [String]
    /// The agent that has to execute it; any with the capability when absent.
    public var assignedAgent: String?
    /// How long one attempt may run; the session's `task_timeout_seconds` when absent.
    public var timeoutSeconds: Double?
    public var onDependencyFailure: DependencyFailurePolicy
    /// Whether the tasks that its result proposes are added to the session.
    public var extendsSession: Bool

    public init(
        taskID: String, taskType: String, description: String = "",
        parameters: RawJSON = .emptyObject, dependencies: [String] = [],
        assignedAgent: String? = nil, timeoutSeconds: Double? = nil,
        onDependencyFailure: DependencyFailurePolicy = .skip, extendsSession: Bool = false
    ) {
        self.taskID = taskID
        self.taskType = taskType
        self.description = description
        self.parameters = parameters
        self.dependencies = dependencies
        self.assignedAgent = assignedAgent
        self.timeoutSeconds = timeoutSeconds
        self.onDependencyFailure = onDependencyFailure
        self.extendsSession = extendsSession
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case description, parameters, dependencies
        case taskID = "task_id"
        case taskType = "task_type"
        case assignedAgent = "assigned_agent"
        case timeoutSeconds = "timeout_seconds"
        case onDependencyFailure = "on_dependency_failure"
        case extendsSession = "extends_session"
    }
}
