// How fast a session came to its results, and what kept it from being faster. All times are in
// seconds. `docs/results.md` defines each figure, with its source where there is one.

/// How fast a session was, from the timeline of its attempts.
public struct PerformanceSection: Sendable, Equatable, Codable {
    public var throughput = Throughput()
    public var efficiency = Efficiency()
    /// The longest chain of run times from a task without dependencies to one without dependants.
    public var criticalPath: [CriticalPathStep] = []
    public var queueWait = QueueWait()
    /// From the submission of the session to its end, or until now.
    public var makespan = 0.0
    /// No schedule with the same run times and slots is shorter than this.
    public var lowerBound = 0.0

    public struct Throughput: Sendable, Equatable, Codable {
        public var sourcesPerMinute = 0.0
        public var insightsPerMinute = 0.0
        /// Completed tasks.
        public var tasksPerMinute = 0.0

        public init() {}

        enum CodingKeys: String, CodingKey {
            case sourcesPerMinute = "sources_per_minute"
            case insightsPerMinute = "insights_per_minute"
            case tasksPerMinute = "tasks_per_minute"
        }
    }

    public struct Efficiency: Sendable, Equatable, Codable {
        /// Of the time in which an attempt ran, the part in which two or more did, 0…1.
        public var parallelExecutionRatio = 0.0
        /// Busy time ÷ (slots × makespan), 0…1.
        public var resourceUtilization = 0.0
        public var bottleneckAnalysis = BottleneckAnalysis()

        public init() {}

        enum CodingKeys: String, CodingKey {
            case parallelExecutionRatio = "parallel_execution_ratio"
            case resourceUtilization = "resource_utilization"
            case bottleneckAnalysis = "bottleneck_analysis"
        }
    }

    /// A session in which nothing has happened.
    public init() {}

    enum CodingKeys: String, CodingKey {
        case throughput, efficiency, makespan
        case criticalPath = "critical_path"
        case queueWait = "queue_wait"
        case lowerBound = "lower_bound"
    }
}

/// A task on the critical path.
public struct CriticalPathStep: Sendable, Equatable, Codable {
    public var taskID: String
    public var taskType: String
    public var agent: String
    /// Of the attempt that decided the task.
    public var runTime: Double

    public init(taskID: String, taskType: String, agent: String, runTime: Double) {
        self.taskID = taskID
        self.taskType = taskType
        self.agent = agent
        self.runTime = runTime
    }

    enum CodingKeys: String, CodingKey {
        case agent
        case taskID = "task_id"
        case taskType = "task_type"
        case runTime = "run_time"
    }
}

/// How long tasks that could have run waited for their first attempt.
public struct QueueWait: Sendable, Equatable, Codable {
    /// Tasks that have had an attempt.
    public var tasks = 0
    public var average = 0.0
    public var median = 0.0
    public var p95 = 0.0
    public var maximum = 0.0
    public var total = 0.0

    public init() {}
}

/// What bounded the makespan.
public struct BottleneckAnalysis: Sendable, Equatable, Codable {
    /// The largest part of the makespan first.
    public var bottlenecks: [Bottleneck] = []
    public var finalChain = FinalChain()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case bottlenecks
        case finalChain = "final_chain"
    }
}

/// Something that the makespan could not, or did not, go below.
public struct Bottleneck: Sendable, Equatable, Codable {
    public var kind: Kind
    /// The agent that has most to do with it, where there is one.
    public var agent: String?
    /// How much of the makespan it accounts for.
    public var seconds: Double
    /// The same as a part of the makespan, 0…1.
    public var share: Double
    /// By how much one more slot of the agent lowers the lower bound; absent where slots do not
    /// bound anything.
    public var gainOfOneSlot: Double?
    /// A sentence for people.
    public var message: String

    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Tasks that had to run one after the other.
        case criticalPath = "critical_path"
        /// The work of an agent, divided by its slots.
        case slots
        /// On the final chain: all slots of a task's agent were in use.
        case slotWait = "slot_wait"
        /// On the final chain: attempts that did not count, and the pauses after them.
        case retries
        /// On the final chain: an attempt was dispatched and its agent not yet, or no longer, at
        /// work: messages, and the worker's own queue.
        case handover
        /// On the final chain: a task waited though a slot of its agent was free, or the session
        /// had nothing to run.
        case waiting
    }

    public init(
        kind: Kind, agent: String?, seconds: Double, share: Double, gainOfOneSlot: Double? = nil,
        message: String
    ) {
        self.kind = kind
        self.agent = agent
        self.seconds = seconds
        self.share = share
        self.gainOfOneSlot = gainOfOneSlot
        self.message = message
    }

    enum CodingKeys: String, CodingKey {
        case kind, agent, seconds, share, message
        case gainOfOneSlot = "gain_of_one_slot"
    }
}

/// The chain of tasks, each released by the one before, that led to the end of the session, and how
/// its time was spent. The five parts add up to the makespan.
public struct FinalChain: Sendable, Equatable, Codable {
    public var tasks = 0
    /// Run time of the attempts that decided their tasks.
    public var running = 0.0
    public var slotWait = 0.0
    public var retries = 0.0
    public var handover = 0.0
    public var waiting = 0.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case tasks, running, retries, handover, waiting
        case slotWait = "slot_wait"
    }
}
