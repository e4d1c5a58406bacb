// How a session is to be run. `docs/configuration.md` has every option with its default and range;
// a test holds that table and this type together.

/// The options of a session. A coordinator has defaults; a plan's `config` overrides them.
public struct OrchestrationConfig: Sendable, Equatable, Hashable, Codable {
    /// How many of the session's tasks may run at the same time. 1…100,000.
    public var maxConcurrentTasks: Int
    /// How long one attempt at a task may run. More than 0.
    public var taskTimeoutSeconds: Double
    /// The least time between two progress updates to the same reader. 0.01…3,600.
    public var progressUpdateIntervalSeconds: Double
    /// How often a task is tried again after its first attempt failed. 0…100.
    public var maxRetryAttempts: Int
    /// The base of the exponential backoff between attempts. 0…86,400.
    public var retryDelaySeconds: Double
    /// Whether independent tasks may run at the same time. When false, one task runs at a time.
    public var enableParallelExecution: Bool

    public init(
        maxConcurrentTasks: Int = 64, taskTimeoutSeconds: Double = 3_600,
        progressUpdateIntervalSeconds: Double = 1, maxRetryAttempts: Int = 3,
        retryDelaySeconds: Double = 1, enableParallelExecution: Bool = true
    ) {
        self.maxConcurrentTasks = maxConcurrentTasks
        self.taskTimeoutSeconds = taskTimeoutSeconds
        self.progressUpdateIntervalSeconds = progressUpdateIntervalSeconds
        self.maxRetryAttempts = maxRetryAttempts
        self.retryDelaySeconds = retryDelaySeconds
        self.enableParallelExecution = enableParallelExecution
    }

    /// How many of the session's tasks may run at once, all told.
    public var concurrencyLimit: Int { enableParallelExecution ? maxConcurrentTasks : 1 }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case maxConcurrentTasks = "max_concurrent_tasks"
        case taskTimeoutSeconds = "task_timeout_seconds"
        case progressUpdateIntervalSeconds = "progress_update_interval_seconds"
        case maxRetryAttempts = "max_retry_attempts"
        case retryDelaySeconds = "retry_delay_seconds"
        case enableParallelExecution = "enable_parallel_execution"
    }
}
