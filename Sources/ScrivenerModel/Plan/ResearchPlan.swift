// A plan: the question, and the graph of tasks that is to answer it.

/// What is submitted to open a session.
public struct ResearchPlan: Sendable, Equatable {
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
    /// The session's share of the pool beside others'. 1…1,000; twice the weight, twice the share.
    public var weight: Int
    /// Who is told of the session's life.
    public var callbacks: [PlanCallback]

    public init(
        query: String, sessionID: String? = nil, tasks: [ResearchTask],
        estimatedDurationMinutes: Double? = nil, config: OrchestrationConfig? = nil,
        timeoutSeconds: Double? = nil, weight: Int = 1, callbacks: [PlanCallback] = []
    ) {
        self.query = query
        self.sessionID = sessionID
        self.tasks = tasks
        self.estimatedDurationMinutes = estimatedDurationMinutes
        self.config = config
        self.timeoutSeconds = timeoutSeconds
        self.weight = weight
        self.callbacks = callbacks
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case query, tasks, config, weight, callbacks
        case sessionID = "session_id"
        case estimatedDurationMinutes = "estimated_duration_minutes"
        case timeoutSeconds = "timeout_seconds"
    }
}

/// One task of a plan.
public struct ResearchTask: Sendable, Equatable {
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
    /// How long it may say nothing of its progress; without limit when absent.
    public var progressTimeoutSeconds: Double?
    public var onDependencyFailure: DependencyFailurePolicy
    /// How many of its dependencies it needs; all when absent.
    public var needs: JoinRule?
    /// Whether the tasks that its result proposes are added to the session.
    public var extendsSession: Bool
    /// 1…10, 10 is the most urgent. Within its session.
    public var priority: Int
    /// How long it is expected to run on an average worker; learned from its type when absent.
    public var expectedSeconds: Double?
    public var retry: RetryRule?
    public var delivery: Delivery
    /// Capabilities that the instance must have beside the one that the task is for.
    public var requires: [String]
    /// Tags that the instance must have.
    public var tags: [String]
    /// What it takes of its instance (`slots`) and of its worker (all else) while it runs.
    public var resources: [ResourceAmount]
    /// Agents that may execute it when no instance of its own agent is in service, best first.
    public var fallbackAgents: [String]
    /// Whether two attempts may run at once: only then a slow one is hedged by a second.
    public var idempotent: Bool
    /// Whether two attempts must never overlap, not even while its worker is cut off: the worker
    /// stops it before its lease can have run out.
    public var exclusive: Bool

    public init(
        taskID: String, taskType: String, description: String = "",
        parameters: RawJSON = .emptyObject, dependencies: [String] = [],
        assignedAgent: String? = nil, timeoutSeconds: Double? = nil,
        progressTimeoutSeconds: Double? = nil,
        onDependencyFailure: DependencyFailurePolicy = .skip, needs: JoinRule? = nil,
        extendsSession: Bool = false, priority: Int = ResearchTask.defaultPriority,
        expectedSeconds: Double? = nil, retry: RetryRule? = nil,
        delivery: Delivery = .atLeastOnce, requires: [String] = [], tags: [String] = [],
        resources: [ResourceAmount] = [], fallbackAgents: [String] = [], idempotent: Bool = false,
        exclusive: Bool = false
    ) {
        self.taskID = taskID
        self.taskType = taskType
        self.description = description
        self.parameters = parameters
        self.dependencies = dependencies
        self.assignedAgent = assignedAgent
        self.timeoutSeconds = timeoutSeconds
        self.progressTimeoutSeconds = progressTimeoutSeconds
        self.onDependencyFailure = onDependencyFailure
        self.needs = needs
        self.extendsSession = extendsSession
        self.priority = priority
        self.expectedSeconds = expectedSeconds
        self.retry = retry
        self.delivery = delivery
        self.requires = requires
        self.tags = tags
        self.resources = resources
        self.fallbackAgents = fallbackAgents
        self.idempotent = idempotent
        self.exclusive = exclusive
    }

    public static let defaultPriority = 5

    enum CodingKeys: String, CodingKey, CaseIterable {
        case description, parameters, dependencies, needs, priority, retry, delivery, requires
        case tags, resources, idempotent, exclusive
        case taskID = "task_id"
        case taskType = "task_type"
        case assignedAgent = "assigned_agent"
        case timeoutSeconds = "timeout_seconds"
        case progressTimeoutSeconds = "progress_timeout_seconds"
        case onDependencyFailure = "on_dependency_failure"
        case extendsSession = "extends_session"
        case expectedSeconds = "expected_seconds"
        case fallbackAgents = "fallback_agents"
    }
}
