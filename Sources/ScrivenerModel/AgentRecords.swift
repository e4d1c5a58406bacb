// The agents of a pool as people see them: what each instance has done, now and over time.

/// All instances of one agent.
public struct AgentRecord: Sendable, Equatable, Codable {
    public var agent: String
    public var capabilities: [String]
    public var instances: [InstanceMetrics]

    public init(agent: String, capabilities: [String], instances: [InstanceMetrics]) {
        self.agent = agent
        self.capabilities = capabilities
        self.instances = instances
    }
}

/// One agent on one worker, and what it has done since it registered first with this coordinator.
public struct InstanceMetrics: Sendable, Equatable, Codable {
    public var agent: String
    public var workerID: String
    public var host: String
    public var version: String
    public var capabilities: [String]
    public var tags: [String]
    /// `initializing`, `ready`, `busy`, `degraded`, `failed`, `suspect`, `draining` or `lost`.
    public var state: String
    /// What the agent says of its state; absent when it is ready.
    public var stateMessage: String?
    /// `closed`, `open`, `half_open` or `probing`.
    public var circuit: String
    public var currentExecutions: Int
    public var maxConcurrentExecutions: Int
    public var totalExecutions: Int
    public var successfulExecutions: Int
    public var failedExecutions: Int
    /// Attempts that ended with the loss of their worker.
    public var lostExecutions: Int
    /// Successful of all that succeeded or failed, 0…1; 0 when there is none.
    public var successRate: Double
    public var errorRate: Double
    /// Seconds, of successful executions; 0 when there is none.
    public var averageExecutionTime: Double
    /// Seconds, with a relative error of at most 5.9 %; absent until there is one.
    public var p50ExecutionTime: Double?
    public var p95ExecutionTime: Double?
    public var p99ExecutionTime: Double?
    public var lastError: String?
    public var lastErrorAt: WallTime?
    public var registeredAt: WallTime?

    public init(agent: String, workerID: String) {
        self.agent = agent
        self.workerID = workerID
        host = ""
        version = ""
        capabilities = []
        tags = []
        state = "lost"
        circuit = "closed"
        currentExecutions = 0
        maxConcurrentExecutions = 0
        totalExecutions = 0
        successfulExecutions = 0
        failedExecutions = 0
        lostExecutions = 0
        successRate = 0
        errorRate = 0
        averageExecutionTime = 0
    }

    enum CodingKeys: String, CodingKey {
        case agent, host, version, capabilities, tags, state, circuit
        case workerID = "worker_id"
        case stateMessage = "state_message"
        case currentExecutions = "current_executions"
        case maxConcurrentExecutions = "max_concurrent_executions"
        case totalExecutions = "total_executions"
        case successfulExecutions = "successful_executions"
        case failedExecutions = "failed_executions"
        case lostExecutions = "lost_executions"
        case successRate = "success_rate"
        case errorRate = "error_rate"
        case averageExecutionTime = "average_execution_time"
        case p50ExecutionTime = "p50_execution_time"
        case p95ExecutionTime = "p95_execution_time"
        case p99ExecutionTime = "p99_execution_time"
        case lastError = "last_error"
        case lastErrorAt = "last_error_at"
        case registeredAt = "registered_at"
    }
}

/// One agent's instances, and their history.
public struct AgentMetrics: Sendable, Equatable, Codable {
    public var agent: String
    public var instances: [InstanceMetrics]
    /// Oldest first. Steps in which nothing ended are absent.
    public var history: [Step]

    /// What all instances of the agent did in one step of time.
    public struct Step: Sendable, Equatable, Codable {
        public var from: WallTime
        public var seconds: Double
        public var completed: Int
        public var failed: Int
        public var lost: Int
        /// Seconds of run time of what ended in the step.
        public var busyTime: Double

        public init(
            from: WallTime, seconds: Double, completed: Int, failed: Int, lost: Int,
            busyTime: Double
        ) {
            self.from = from
            self.seconds = seconds
            self.completed = completed
            self.failed = failed
            self.lost = lost
            self.busyTime = busyTime
        }

        enum CodingKeys: String, CodingKey {
            case from, seconds, completed, failed, lost
            case busyTime = "busy_time"
        }
    }

    public init(agent: String, instances: [InstanceMetrics], history: [Step]) {
        self.agent = agent
        self.instances = instances
        self.history = history
    }
}
