// A task that is to be dispatched, read off its session once: what decides where it may go.

import ScrivenerModel

/// What has to be known of a task that is to be dispatched.
struct TaskStart {
    let attempt: AttemptReference
    private let rule: ClassRule
    let stated: TimeSpan?
    /// Who had the task before and failed at it.
    let failedAt: CircuitBreakers.Key?

    var timeout: TimeSpan { rule.timeout }
    var progressTimeout: TimeSpan { rule.progressTimeout }
    var isExclusive: Bool { rule.traits.contains(.isExclusive) }
    var isAtMostOnce: Bool { rule.traits.contains(.isAtMostOnce) }
    /// Whether a second attempt may run beside it.
    var mayHedge: Bool { rule.traits.contains(.mayHedge) }
    /// Whether it may wait on its worker for a slot.
    var mayPrefetch: Bool { rule.traits.contains(.mayPrefetch) }
    /// Whether nothing else may run on its worker.
    var runsAlone: Bool { rule.traits.contains(.runsAlone) }
    /// Whether it may be given a timetable: it takes one slot, nothing else, and has not failed.
    var mayWait: Bool { rule.traits.contains(.takesOneSlot) && failedAt == nil }
    var slots: Int32 { rule.slots }
    var kind: Int32 { rule.kind }

    /// `nil` when the task is not ready.
    @inline(always)
    init?(_ task: Int32, in session: borrowing Session) {
        guard session.graph.lifecycle.isReady(Int(task)) else { return nil }
        self.init(next: task, in: session)
    }

    /// `nil` as well when the task has come to need more since it was put into the demand's queue: it
    /// waits in another.
    @inline(always)
    init?(_ task: Int32, in session: borrowing Session, for demand: Int32) {
        guard session.demand(of: Int(task)) == demand else { return nil }
        self.init(task, in: session)
    }

    /// The next attempt at a task, whatever its state.
    @inline(always)
    init(next task: Int32, in session: borrowing Session) {
        let number = Int(task)
        attempt = AttemptReference(
            session: session.number, task: task,
            attempt: session.graph.latestAttempt(of: number) + 1)
        rule = session.rule(of: number)
        stated = session.graph.statedRunTime(of: number)
        failedAt = attempt.attempt > 1 ? Self.lastFailure(at: number, in: session) : nil
    }

    private static func lastFailure(
        at task: Int, in session: borrowing Session
    ) -> CircuitBreakers.Key? {
        let latest = session.graph.latestExecution(ofTask: task)
        switch latest.outcome {
        case .failed, .workerLost:
            return CircuitBreakers.Key(worker: latest.worker, agent: latest.agent)
        case .completed, .cancelled, .released, .superseded, nil: return nil
        }
    }
}
