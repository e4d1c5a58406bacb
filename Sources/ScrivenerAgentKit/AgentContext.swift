// What surrounds one attempt: its number, its deadline, and the ways back to the coordinator.

public import Logging
public import ScrivenerModel

/// The surroundings of one attempt.
public struct AgentContext: Sendable {
    /// 1 for the first attempt at the task.
    public let attempt: Int
    /// The same for all attempts at one task: for services that know how to refuse a duplicate.
    public let idempotencyKey: String
    /// When the attempt is stopped, if it has a timeout.
    public let deadline: ContinuousClock.Instant?
    /// What the attempt before this one kept with `checkpoint`; `nil` when there is nothing.
    public let previousCheckpoint: [UInt8]?
    /// Carries the ids of session, task and attempt.
    public let logger: Logger

    /// Whose processes `run` starts.
    let children: ChildGuard
    private let keep: @Sendable ([UInt8]) -> Void
    private let report: @Sendable (AgentProgress) -> Void

    public init(
        attempt: Int, idempotencyKey: String, deadline: ContinuousClock.Instant?,
        previousCheckpoint: [UInt8]? = nil, logger: Logger,
        keep: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        report: @escaping @Sendable (AgentProgress) -> Void
    ) {
        self.init(
            attempt: attempt, idempotencyKey: idempotencyKey, deadline: deadline,
            previousCheckpoint: previousCheckpoint, logger: logger,
            children: ChildGuard(logger: logger), keep: keep, report: report)
    }

    /// - Parameter children: one for all attempts of a worker.
    package init(
        attempt: Int, idempotencyKey: String, deadline: ContinuousClock.Instant?,
        previousCheckpoint: [UInt8]? = nil, logger: Logger, children: ChildGuard,
        keep: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        report: @escaping @Sendable (AgentProgress) -> Void
    ) {
        self.attempt = attempt
        self.idempotencyKey = idempotencyKey
        self.deadline = deadline
        self.previousCheckpoint = previousCheckpoint
        self.logger = logger
        self.children = children
        self.keep = keep
        self.report = report
    }

    /// The largest checkpoint that is kept, in bytes: 1 MiB.
    public static let maximumCheckpointBytes = AttemptCheckpoint.maximumBytes

    /// Keeps bytes for the next attempt at the task, should this one not end it. The latest counts,
    /// and none is left when there are no bytes. They are on disk some time after the call.
    ///
    /// - Throws: `AgentFailure` of class `permanent` when there are more bytes than are kept.
    public func checkpoint(_ bytes: [UInt8]) throws(AgentFailure) {
        guard bytes.count <= Self.maximumCheckpointBytes else {
            throw AgentFailure(
                .permanent, code: "checkpoint_too_large",
                message: "the checkpoint has \(bytes.count) bytes; the limit is "
                    + "\(Self.maximumCheckpointBytes)")
        }
        keep(bytes)
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
