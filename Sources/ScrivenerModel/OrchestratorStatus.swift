// What the pool as a whole is doing: the orchestrator with its sessions, and the registry with its
// agents.

/// What the orchestrator is doing.
public struct OrchestratorStatus: Sendable, Equatable, Codable {
    /// Sessions that are open.
    public var activeSessions: Int
    public var loadBalancing: LoadBalancingStatus
    /// Open sessions, by id.
    public var sessionStates: [String: SessionActivity]
    public var counters: OrchestratorCounters

    public init(
        activeSessions: Int, loadBalancing: LoadBalancingStatus,
        sessionStates: [String: SessionActivity], counters: OrchestratorCounters
    ) {
        self.activeSessions = activeSessions
        self.loadBalancing = loadBalancing
        self.sessionStates = sessionStates
        self.counters = counters
    }

    enum CodingKeys: String, CodingKey {
        case activeSessions = "active_sessions"
        case loadBalancing = "load_balancing"
        case sessionStates = "session_states"
        case counters
    }
}

/// What has happened since the coordinator started, and no state can be asked for.
public struct OrchestratorCounters: Sendable, Equatable, Codable {
    /// Attempts that were given out, and those of them that were second ones beside slow ones.
    public var dispatchedAttempts = 0
    public var hedgedAttempts = 0
    /// Attempts that another one at the same task made needless.
    public var supersededAttempts = 0
    /// Results that came for attempts which were over, or were never given to that worker.
    public var refusedResults = 0
    /// Workers that were given up because they were silent for their whole lease.
    public var expiredLeases = 0
    /// Attempts that ran in a worker's process when that died.
    public var workerDeaths = 0
    /// Messages for workers that were not there.
    public var unroutableMessages = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case dispatchedAttempts = "dispatched_attempts"
        case hedgedAttempts = "hedged_attempts"
        case supersededAttempts = "superseded_attempts"
        case refusedResults = "refused_results"
        case expiredLeases = "expired_leases"
        case workerDeaths = "worker_deaths"
        case unroutableMessages = "unroutable_messages"
    }
}

/// How the work is spread over the pool.
public struct LoadBalancingStatus: Sendable, Equatable, Codable {
    /// Attempts that were dispatched and have not ended.
    public var activeExecutions: Int
    /// Slots of instances that take work and are free.
    public var availableSlots: Int
    /// Tasks that could run and wait.
    public var queueSize: Int
    /// By the name of the agent.
    public var agentMetrics: [String: AgentLoad]

    public init(
        activeExecutions: Int, availableSlots: Int, queueSize: Int,
        agentMetrics: [String: AgentLoad]
    ) {
        self.activeExecutions = activeExecutions
        self.availableSlots = availableSlots
        self.queueSize = queueSize
        self.agentMetrics = agentMetrics
    }

    enum CodingKeys: String, CodingKey {
        case activeExecutions = "active_executions"
        case availableSlots = "available_slots"
        case queueSize = "queue_size"
        case agentMetrics = "agent_metrics"
    }
}

/// All instances of one agent, taken together.
public struct AgentLoad: Sendable, Equatable, Codable {
    public var instances = 0
    public var slots = 0
    public var activeExecutions = 0
    public var availableSlots = 0
    public var completedExecutions = 0
    public var failedExecutions = 0
    /// Completed of completed and failed, 0…1; absent when there is neither.
    public var successRate: Double?
    /// Seconds, over completed executions; absent when there is none.
    public var averageExecutionTime: Double?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case instances, slots
        case activeExecutions = "active_executions"
        case availableSlots = "available_slots"
        case completedExecutions = "completed_executions"
        case failedExecutions = "failed_executions"
        case successRate = "success_rate"
        case averageExecutionTime = "average_execution_time"
    }
}

/// What an open session is doing.
public struct SessionActivity: Sendable, Equatable, Codable {
    public var status: SessionStatus
    public var sessionState: SessionState
    /// 0…100.
    public var progressPercentage: Double
    public var totalTasks: Int
    public var openTasks: Int
    public var runningTasks: Int

    public init(
        status: SessionStatus, sessionState: SessionState, progressPercentage: Double,
        totalTasks: Int, openTasks: Int, runningTasks: Int
    ) {
        self.status = status
        self.sessionState = sessionState
        self.progressPercentage = progressPercentage
        self.totalTasks = totalTasks
        self.openTasks = openTasks
        self.runningTasks = runningTasks
    }

    enum CodingKeys: String, CodingKey {
        case status
        case sessionState = "session_state"
        case progressPercentage = "progress_percentage"
        case totalTasks = "total_tasks"
        case openTasks = "open_tasks"
        case runningTasks = "running_tasks"
    }
}

/// What the registry of agents knows.
public struct RegistryStatus: Sendable, Equatable, Codable {
    /// Whether workers are served.
    public var started: Bool
    public var totalAgentTypes: Int
    public var totalInstances: Int
    /// Instances that are in service: connected, well, and not taken out by a circuit breaker.
    public var healthyInstances: Int
    /// Healthy instances with a free slot.
    public var availableInstances: Int
    /// By the name of the agent.
    public var agentTypes: [String: AgentTypeStatus]

    public init(
        started: Bool, totalAgentTypes: Int, totalInstances: Int, healthyInstances: Int,
        availableInstances: Int, agentTypes: [String: AgentTypeStatus]
    ) {
        self.started = started
        self.totalAgentTypes = totalAgentTypes
        self.totalInstances = totalInstances
        self.healthyInstances = healthyInstances
        self.availableInstances = availableInstances
        self.agentTypes = agentTypes
    }

    enum CodingKeys: String, CodingKey {
        case started
        case totalAgentTypes = "total_agent_types"
        case totalInstances = "total_instances"
        case healthyInstances = "healthy_instances"
        case availableInstances = "available_instances"
        case agentTypes = "agent_types"
    }
}

/// All instances of one agent, as the registry counts them.
public struct AgentTypeStatus: Sendable, Equatable, Codable {
    public var totalInstances: Int
    public var healthyInstances: Int
    public var availableInstances: Int
    /// Of any of its instances, in order of name.
    public var capabilities: [String]

    public init(
        totalInstances: Int, healthyInstances: Int, availableInstances: Int,
        capabilities: [String]
    ) {
        self.totalInstances = totalInstances
        self.healthyInstances = healthyInstances
        self.availableInstances = availableInstances
        self.capabilities = capabilities
    }

    enum CodingKeys: String, CodingKey {
        case capabilities
        case totalInstances = "total_instances"
        case healthyInstances = "healthy_instances"
        case availableInstances = "available_instances"
    }
}
