// What a session is doing, what is wrong with it and what holds it up, while it is open and after.
// `docs/results.md` defines each figure.

/// The diagnostics of a session.
public struct SessionDiagnostics: Sendable, Equatable, Codable {
    public var sessionID: String
    public var status: SessionStatus
    public var sessionState: SessionState
    public var dependencyGraph: DependencyGraph
    /// The gravest first.
    public var issues: [DiagnosticIssue]
    public var performance: DiagnosticPerformance
    /// In order of name.
    public var agentUtilization: [AgentUtilization]
    /// The largest part of the makespan first.
    public var bottlenecks: [Bottleneck]

    public init(
        sessionID: String, status: SessionStatus, sessionState: SessionState,
        dependencyGraph: DependencyGraph, issues: [DiagnosticIssue],
        performance: DiagnosticPerformance, agentUtilization: [AgentUtilization],
        bottlenecks: [Bottleneck]
    ) {
        self.sessionID = sessionID
        self.status = status
        self.sessionState = sessionState
        self.dependencyGraph = dependencyGraph
        self.issues = issues
        self.performance = performance
        self.agentUtilization = agentUtilization
        self.bottlenecks = bottlenecks
    }

    enum CodingKeys: String, CodingKey {
        case status, issues, performance, bottlenecks
        case sessionID = "session_id"
        case sessionState = "session_state"
        case dependencyGraph = "dependency_graph"
        case agentUtilization = "agent_utilization"
    }
}

/// The tasks of a session and what they wait for.
public struct DependencyGraph: Sendable, Equatable, Codable {
    /// In task order.
    public var tasks: [TaskNode]
    /// How many dependencies there are, all told.
    public var edges: Int
    /// How many tasks are in each state. States with none are absent.
    public var tasksByStatus: [String: Int]

    public init(tasks: [TaskNode], edges: Int, tasksByStatus: [String: Int]) {
        self.tasks = tasks
        self.edges = edges
        self.tasksByStatus = tasksByStatus
    }

    enum CodingKeys: String, CodingKey {
        case tasks, edges
        case tasksByStatus = "tasks_by_status"
    }
}

/// A task, where it is, and why.
public struct TaskNode: Sendable, Equatable, Codable {
    public var taskID: String
    public var taskType: String
    public var status: TaskStatus
    /// As in an `Explanation`; absent for an open task that was not explained.
    public var reason: Explanation.Reason?
    /// A sentence for people.
    public var message: String
    /// What will move the task; absent when it has ended.
    public var wakes: String?
    public var secondsUntil: Double?
    /// Ids.
    public var dependencies: [String]
    /// Where its latest attempt was made; absent before the first.
    public var agent: String?
    public var attempts: Int
    /// Seconds between the moment from which it could run and its first attempt; absent before it.
    public var queueWait: Double?
    /// Seconds; run time of the attempt that decided it, or so far of the one that runs.
    public var runTime: Double?
    public var isOnCriticalPath: Bool

    public init(
        taskID: String, taskType: String, status: TaskStatus, reason: Explanation.Reason?,
        message: String, wakes: String? = nil, secondsUntil: Double? = nil,
        dependencies: [String], agent: String? = nil, attempts: Int, queueWait: Double? = nil,
        runTime: Double? = nil, isOnCriticalPath: Bool
    ) {
        self.taskID = taskID
        self.taskType = taskType
        self.status = status
        self.reason = reason
        self.message = message
        self.wakes = wakes
        self.secondsUntil = secondsUntil
        self.dependencies = dependencies
        self.agent = agent
        self.attempts = attempts
        self.queueWait = queueWait
        self.runTime = runTime
        self.isOnCriticalPath = isOnCriticalPath
    }

    enum CodingKeys: String, CodingKey {
        case status, reason, message, wakes, dependencies, agent, attempts
        case taskID = "task_id"
        case taskType = "task_type"
        case secondsUntil = "seconds_until"
        case queueWait = "queue_wait"
        case runTime = "run_time"
        case isOnCriticalPath = "is_on_critical_path"
    }
}

/// Something that is wrong with a session, or was. Tasks with the same trouble share one.
public struct DiagnosticIssue: Sendable, Equatable, Codable {
    public var kind: Kind
    public var severity: Severity
    /// A sentence for people.
    public var message: String
    /// How many tasks have it; where it is about no task, how often it was seen.
    public var count: Int
    /// Ids of these tasks, in task order; 20 at most.
    public var tasks: [String]
    public var taskType: String?
    public var agent: String?
    public var workerID: String?
    public var failureClass: FailureClass?

    public enum Kind: String, Sendable, Codable, CaseIterable {
        case taskFailed = "task_failed"
        /// Nobody knows whether the task was executed.
        case taskLost = "task_lost"
        /// No connected worker offers what the task requires.
        case unplaceable
        /// Who could execute the task is there, and says that it cannot.
        case unhealthy
        case circuitOpen = "circuit_open"
        case workerLost = "worker_lost"
        case retriedOften = "retried_often"
        case unusuallySlow = "unusually_slow"
        case taskSkipped = "task_skipped"
        /// The wall clock went back: figures in seconds are approximate.
        case clockJumped = "clock_jumped"

        public var severity: Severity {
            switch self {
            case .taskFailed, .taskLost, .unplaceable: .error
            case .unhealthy, .circuitOpen, .workerLost, .retriedOften, .unusuallySlow,
                .taskSkipped:
                .warning
            case .clockJumped: .information
            }
        }
    }

    public enum Severity: String, Sendable, Codable, CaseIterable {
        /// The session lacks results, or cannot go on by itself.
        case error
        /// The session goes on, later or with less than it might have.
        case warning
        case information
    }

    public init(
        kind: Kind, message: String, count: Int, tasks: [String], taskType: String? = nil,
        agent: String? = nil, workerID: String? = nil, failureClass: FailureClass? = nil
    ) {
        self.kind = kind
        severity = kind.severity
        self.message = message
        self.count = count
        self.tasks = tasks
        self.taskType = taskType
        self.agent = agent
        self.workerID = workerID
        self.failureClass = failureClass
    }

    enum CodingKeys: String, CodingKey {
        case kind, severity, message, count, tasks, agent
        case taskType = "task_type"
        case workerID = "worker_id"
        case failureClass = "failure_class"
    }
}

/// How well the session used what it had. Times are in seconds.
public struct DiagnosticPerformance: Sendable, Equatable, Codable {
    /// Speedup ÷ slots, 0…1.
    public var parallelEfficiency = 0.0
    /// Useful run time ÷ makespan: how many times faster than one task after the other.
    public var speedup = 0.0
    /// Slots of all agents that the session has used.
    public var slots = 0
    /// Lower bound ÷ makespan, 0…1: 1 is as fast as these run times and slots allow.
    public var scheduleEfficiency = 0.0
    public var parallelExecutionRatio = 0.0
    public var resourceUtilization = 0.0
    public var makespan = 0.0
    public var lowerBound = 0.0
    public var queueWait = QueueWait()
    public var criticalPath: [CriticalPathStep] = []
    public var finalChain = FinalChain()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case speedup, slots, makespan
        case parallelEfficiency = "parallel_efficiency"
        case scheduleEfficiency = "schedule_efficiency"
        case parallelExecutionRatio = "parallel_execution_ratio"
        case resourceUtilization = "resource_utilization"
        case lowerBound = "lower_bound"
        case queueWait = "queue_wait"
        case criticalPath = "critical_path"
        case finalChain = "final_chain"
    }
}

/// What one agent did for a session, over its makespan. Times are in seconds.
public struct AgentUtilization: Sendable, Equatable, Codable {
    public var agent: String
    /// As they were handed in, or the most attempts that ran at once.
    public var slots: Int
    public var attempts: Int
    public var runningAttempts: Int
    public var failedAttempts: Int
    /// Run time of all its attempts.
    public var busyTime: Double
    /// Busy time ÷ (slots × makespan), 0…1.
    public var utilization: Double
    /// The part of the makespan in which all its slots were in use, 0…1.
    public var saturation: Double
    /// Run time of the attempts that decided their tasks, divided by the slots: the session could
    /// not end sooner.
    public var lowerBound: Double
    /// How long tasks that could have run waited for their first attempt, summed up.
    public var queueWait: Double

    public init(agent: String) {
        self.agent = agent
        slots = 0
        attempts = 0
        runningAttempts = 0
        failedAttempts = 0
        busyTime = 0
        utilization = 0
        saturation = 0
        lowerBound = 0
        queueWait = 0
    }

    enum CodingKeys: String, CodingKey {
        case agent, slots, attempts, utilization, saturation
        case runningAttempts = "running_attempts"
        case failedAttempts = "failed_attempts"
        case busyTime = "busy_time"
        case lowerBound = "lower_bound"
        case queueWait = "queue_wait"
    }
}
