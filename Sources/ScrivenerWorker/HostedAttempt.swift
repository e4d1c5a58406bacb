// An attempt on its worker between its start and its end: what its agent's context asks, what the loop
// stops, and what carries the result back. One object, so that an attempt that does little costs little.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerShell
import Tracing

/// An attempt that was started.
final class HostedAttempt: AttemptInProgress {
    /// Where it stands. `waiting` → `running`, or `stopped`; both → `ended`.
    enum Stage {
        case waiting
        /// Told to stop before it began: its agent never hears of it.
        case stopped
        case running(UnsafeCurrentTask)
        case ended
    }

    let assignment: Assignment
    private let host: AgentHost
    /// From when its time is counted.
    private let startedAt: Instant

    // Guarded by the lock of the host's `AttemptRunner`. A task is kept only while it is inside
    // `withUnsafeCurrentTask`, and asked for nothing but to be cancelled, which any thread may do. What a lock
    // guards needs no second check that it is used by one at a time.
    @exclusivity(unchecked) nonisolated(unsafe) var stage = Stage.waiting
    /// The loop's thread is cancelling its task, which must not end meanwhile.
    @exclusivity(unchecked) nonisolated(unsafe) var isBeingCancelled = false
    /// The runner that has begun it, until that has seen that it waits for something.
    @exclusivity(unchecked) nonisolated(unsafe) var runner: Int?

    // Written by the attempt's own task before its agent sees the attempt, and before its end is reported.
    nonisolated(unsafe) private var began = Instant.zero
    nonisolated(unsafe) private var outcome: AttemptResult?
    /// The place of its own span, if it has one.
    nonisolated(unsafe) private var ownTrace: TraceContext?

    /// The loop's alone: its place among what runs, and in the black box.
    nonisolated(unsafe) var place = 0
    nonisolated(unsafe) var note: BlackBox.Note?

    /// - Parameter startedAt: not after the worker's machine has started it.
    init(_ assignment: Assignment, host: AgentHost, startedAt: Instant = BootClock.now) {
        self.assignment = assignment
        self.host = host
        self.startedAt = startedAt
    }

    var reference: AttemptReference { assignment.item.attempt }
    var agentIndex: Int { Int(assignment.item.agentIndex) }

    /// How it ended. Asked once, by whoever was told that it has.
    func takeOutcome() -> AttemptResult? {
        defer { outcome = nil }
        return outcome
    }

    /// Stops it: its task is cancelled, or it does not begin. Its end comes as a report.
    func stop() { host.runner.stop(self) }

    /// Executes it. Called once, in a task of its own.
    func execute() async {
        await withUnsafeCurrentTask { task in
            guard let task, host.runner.mayBegin(self, in: task) else {
                outcome = AttemptResult(
                    attempt: reference, runTime: .zero, result: host.stoppedResult)
                _ = host.runner.hasEnded(self, after: nil)
                return
            }
            began = BootClock.now
            let result =
                if let spans = host.spans {
                    await tracedResult(by: spans)
                } else {
                    await host.result(of: self)
                }
            let runTime = BootClock.now.since(began)
            outcome = AttemptResult(attempt: reference, runTime: runTime, result: result)
            guard host.runner.hasEnded(self, after: runTime) else { return }
            while host.runner.isBeingCancelled(self) { await Task.yield() }
        }
    }

    private func tracedResult(by spans: AttemptSpans) async -> AgentResult {
        let span = spans.begin(assignment, at: began)
        ownTrace = span.trace
        let result = await ServiceContext.$current.withValue(span.context) {
            await host.checkedResult(of: self)
        }
        spans.end(span, with: result, isOverdue: isOverdue)
        return result
    }

    /// Whether its time is up, for which the worker's machine stops it.
    private var isOverdue: Bool {
        let timeout = assignment.item.timeout
        return timeout > .zero && BootClock.now.since(startedAt) >= timeout
    }

    // MARK: For its agent

    var number: Int { Int(reference.attempt) }
    var idempotencyKey: String { "\(assignment.session.sessionID)/\(assignment.item.taskID)" }
    var deadline: ContinuousClock.Instant? {
        let timeout = assignment.item.timeout
        return timeout > .zero ? began.advanced(by: timeout).continuous : nil
    }
    var previousCheckpoint: [UInt8]? { assignment.item.checkpoint }
    var trace: TraceContext? { ownTrace ?? assignment.session.trace }
    var logger: Logger { host.logger(for: assignment) }
    var children: ChildGuard { host.children }

    func keep(_ bytes: [UInt8]) { host.reports.tell(.checkpoint(reference, bytes)) }

    func report(_ progress: AgentProgress) {
        host.reports.tell(
            .progressed(
                AttemptProgress(
                    attempt: reference, permille: Int32(progress.fraction * 1_000),
                    message: progress.message)))
    }

    func emit(_ text: String) {
        host.output.append(text, of: reference) { host.reports.tell(.emitted) }
    }
}

extension Instant {
    /// The same moment on the clock that agents know: both count on while the machine sleeps.
    fileprivate var continuous: ContinuousClock.Instant {
        Self.sameMoment.continuous.advanced(by: since(Self.sameMoment.boot).duration)
    }

    private static let sameMoment = (boot: BootClock.now, continuous: ContinuousClock.now)
}
