// What surrounds one attempt: its number, its deadline, and the ways back to the coordinator.

public import Logging

/// The surroundings of one attempt.
public struct AgentContext: Sendable {
    /// 1 for the first attempt at the task.
    public let attempt: Int
    /// The same for all attempts at one task: for services that know how to refuse a duplicate.
    public let idempotencyKey: String
    /// When the attempt is stopped, if it has a timeout.
    public let deadline: ContinuousClock.Instant?
    /// Carries the ids of session, task and attempt.
    public let logger: Logger

    private let report: @Sendable (AgentProgress) -> Void

    public init(
        attempt: Int, idempotencyKey: String, deadline: ContinuousClock.Instant?, logger: Logger,
        report: @escaping @Sendable (AgentProgress) -> Void
    ) {
        self.attempt = attempt
        self.idempotencyKey = idempotencyKey
        self.deadline = deadline
        self.logger = logger
        self.report = report
    }

    /// Says how far the attempt has come. Cheap; may be called often, the latest counts.
    ///
    /// - Parameter fraction: 0…1; clamped.
    public func progress(_ fraction: Double, _ message: String = "") {
        let clamped = fraction.isNaN ? 0 : min(1, max(0, fraction))
        report(AgentProgress(fraction: clamped, message: String(message.prefix(200))))
    }
}

/// How far an attempt has come.
public struct AgentProgress: Sendable, Equatable {
    /// 0…1.
    public var fraction: Double
    public var message: String

    public init(fraction: Double, message: String) {
        self.fraction = fraction
        self.message = message
    }
}
