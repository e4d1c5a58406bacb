// What surrounds one attempt: its number, its deadline, and the ways back to the coordinator.

public import Logging
public import ScrivenerModel

/// The surroundings of one attempt.
public struct AgentContext: Sendable {
    private let attemptInProgress: any AttemptInProgress

    /// 1 for the first attempt at the task.
    public var attempt: Int { attemptInProgress.number }
    /// The same for all attempts at one task: for services that know how to refuse a duplicate.
    public var idempotencyKey: String { attemptInProgress.idempotencyKey }
    /// When the attempt is stopped, if it has a timeout.
    public var deadline: ContinuousClock.Instant? { attemptInProgress.deadline }
    /// What the attempt before this one kept with `checkpoint`; `nil` when there is nothing.
    public var previousCheckpoint: [UInt8]? { attemptInProgress.previousCheckpoint }
    /// Where the attempt stands in a distributed trace, as `traceparent` of W3C Trace Context: what it does
    /// elsewhere on behalf of its task descends from that. `nil` when its session belongs to no trace.
    public var traceparent: String? { attemptInProgress.trace?.traceparent }
    /// What tracing systems have added to it, as the standard's `tracestate`; `nil` when nothing was.
    public var tracestate: String? {
        guard let state = attemptInProgress.trace?.tracestate, !state.isEmpty else { return nil }
        return state
    }
    /// Carries the ids of session, task and attempt. Made anew with each access.
    public var logger: Logger { attemptInProgress.logger }
    /// Whose processes `run` starts.
    var children: ChildGuard { attemptInProgress.children }

    /// The surroundings of a first attempt outside of a worker: enough for most of an agent's own tests.
    public init() {
        self.init(
            attempt: 1, idempotencyKey: "session/task", deadline: nil,
            logger: Logger(label: "agent")
        ) { _ in }
    }

    /// The surroundings of an attempt outside of a worker. What the agent says goes to the closures.
    public init(
        attempt: Int, idempotencyKey: String, deadline: ContinuousClock.Instant?,
        previousCheckpoint: [UInt8]? = nil, trace: TraceContext? = nil, logger: Logger,
        keep: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        emit: @escaping @Sendable (String) -> Void = { _ in },
        report: @escaping @Sendable (AgentProgress) -> Void
    ) {
        self.init(
            attempt: attempt, idempotencyKey: idempotencyKey, deadline: deadline,
            previousCheckpoint: previousCheckpoint, trace: trace, logger: logger,
            children: ChildGuard(logger: logger), keep: keep, emit: emit, report: report)
    }

    package init(
        attempt: Int, idempotencyKey: String, deadline: ContinuousClock.Instant?,
        previousCheckpoint: [UInt8]? = nil, trace: TraceContext? = nil, logger: Logger,
        children: ChildGuard,
        keep: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        emit: @escaping @Sendable (String) -> Void = { _ in },
        report: @escaping @Sendable (AgentProgress) -> Void
    ) {
        self.init(
            AttemptOnItsOwn(
                number: attempt, idempotencyKey: idempotencyKey, deadline: deadline,
                previousCheckpoint: previousCheckpoint, trace: trace, logger: logger,
                children: children, keeping: keep, emitting: emit, reporting: report))
    }

    package init(_ attempt: some AttemptInProgress) { attemptInProgress = attempt }

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
        attemptInProgress.keep(bytes)
    }

    /// Says how far the attempt has come. Cheap; may be called often, the latest counts.
    ///
    /// - Parameters:
    ///   - fraction: 0…1; clamped.
    ///   - message: what it is at, for people; cut to 800 bytes of UTF-8.
    public func progress(_ fraction: Double, _ message: String = "") {
        let clamped = fraction.isNaN ? 0 : min(1, max(0, fraction))
        attemptInProgress.report(
            AgentProgress(
                fraction: clamped,
                message: String(message.beginning(ofBytes: Self.maximumMessageBytes))))
    }

    private static let maximumMessageBytes = 800

    /// Says something to whoever looks on while the attempt runs: `scrivener task logs -f`, the dashboard,
    /// the streams of the API. Nothing is added to the text, so a line ends with its own `\n`.
    ///
    /// From any task, and never waits. It is passed on in the order of the calls, some ten times a second:
    /// up to 16 KiB of an attempt and 256 KiB of a worker each time, and about 1 MiB of a worker from one
    /// acknowledged heartbeat to the next (a second or more). What exceeds that is left out, and a mark in its place
    /// says how many bytes. It is best effort and kept in memory only; what matters belongs into the result.
    /// Output is no sign of progress: `progress` is.
    public func emit(_ text: String) { attemptInProgress.emit(text) }
}

/// An attempt, as whoever executes it knows it. What an agent may not ask for is made when it does: most
/// do little, and their surroundings are not to cost more than they do.
package protocol AttemptInProgress: Sendable {
    var number: Int { get }
    var idempotencyKey: String { get }
    var deadline: ContinuousClock.Instant? { get }
    var previousCheckpoint: [UInt8]? { get }
    /// What descends from the attempt stands below this.
    var trace: TraceContext? { get }
    var logger: Logger { get }
    /// One for all attempts of a worker.
    var children: ChildGuard { get }

    func keep(_ bytes: [UInt8])
    func report(_ progress: AgentProgress)
    func emit(_ text: String)
}

/// An attempt outside of a worker, as in an agent's own tests.
private struct AttemptOnItsOwn: AttemptInProgress {
    let number: Int
    let idempotencyKey: String
    let deadline: ContinuousClock.Instant?
    let previousCheckpoint: [UInt8]?
    let trace: TraceContext?
    let logger: Logger
    let children: ChildGuard
    let keeping: @Sendable ([UInt8]) -> Void
    let emitting: @Sendable (String) -> Void
    let reporting: @Sendable (AgentProgress) -> Void

    func keep(_ bytes: [UInt8]) { keeping(bytes) }
    func report(_ progress: AgentProgress) { reporting(progress) }
    func emit(_ text: String) { emitting(text) }
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
