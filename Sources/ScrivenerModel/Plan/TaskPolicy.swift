// How a task is to be executed, beyond what it is: how often it is tried, what it takes, what may
// stand in for its agent, and how many of its dependencies it needs. A plan says it per task;
// tasks share few of these rules, so the machine keeps each once.

/// What becomes of a task when one of its dependencies does not complete.
public enum DependencyFailurePolicy: String, Sendable, Equatable, Hashable, Codable, CaseIterable {
    /// The task is skipped, and so are those that depend on it.
    case skip
    /// The task runs with the results that there are.
    case `continue`
}

/// How often a task may be executed.
public enum Delivery: String, Sendable, Equatable, Hashable, Codable, CaseIterable {
    /// Until one attempt is known to have ended: a lost worker's task runs again.
    case atLeastOnce = "at_least_once"
    /// Never again once an attempt may have begun: an uncertain outcome ends the task as `lost`.
    case atMostOnce = "at_most_once"
}

/// When and how often a failed task is tried again: exponential backoff with full jitter. What is
/// absent comes from the session's `config`.
public struct RetryRule: Sendable, Equatable, Hashable, Codable {
    /// How often it is tried again after its first attempt failed. 0…100.
    public var maxRetryAttempts: Int?
    /// The first delay is drawn from 0 to this. 0…86,400.
    public var delaySeconds: Double?
    /// By how much the bound of the delay grows with each retry. 1…100; 2 when absent.
    public var factor: Double?
    /// The bound grows no further than this. 0…86,400; 300 when absent.
    public var maxDelaySeconds: Double?

    public init(
        maxRetryAttempts: Int? = nil, delaySeconds: Double? = nil, factor: Double? = nil,
        maxDelaySeconds: Double? = nil
    ) {
        self.maxRetryAttempts = maxRetryAttempts
        self.delaySeconds = delaySeconds
        self.factor = factor
        self.maxDelaySeconds = maxDelaySeconds
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case factor
        case maxRetryAttempts = "max_retry_attempts"
        case delaySeconds = "delay_seconds"
        case maxDelaySeconds = "max_delay_seconds"
    }
}

/// How many of its dependencies a task needs. Absent, it needs all.
public struct JoinRule: Sendable, Equatable, Hashable, Codable {
    /// What becomes of the dependencies that a join does not wait for.
    public enum Rest: String, Sendable, Equatable, Hashable, Codable, CaseIterable {
        /// They run on; what they find is in the session's results.
        case finish
        case cancel
    }

    /// The task starts when so many have completed. From 1 to the number of dependencies.
    public var atLeast: Int
    /// How long the others are still waited for after that. Not at all when absent.
    public var withinSeconds: Double?
    public var rest: Rest

    public init(atLeast: Int, withinSeconds: Double? = nil, rest: Rest = .finish) {
        self.atLeast = atLeast
        self.withinSeconds = withinSeconds
        self.rest = rest
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case rest
        case atLeast = "at_least"
        case withinSeconds = "within_seconds"
    }
}

/// An amount of something that workers declare and tasks use while they run.
public struct ResourceAmount: Sendable, Equatable, Hashable, Codable, Comparable {
    /// `memory_mib`, `gpu`, or any name that workers declare.
    public var name: String
    public var amount: Int64

    public init(name: String, amount: Int64) {
        self.name = name
        self.amount = amount
    }

    public static func < (left: ResourceAmount, right: ResourceAmount) -> Bool {
        (left.name, left.amount) < (right.name, right.amount)
    }

    /// In `resources`, how many of its instance's slots a task takes: 1 when absent.
    public static let slotsName = "slots"
    /// The memory that a task may take, in MiB. Held against what was learned of its type.
    public static let memoryName = "memory_mib"
}
