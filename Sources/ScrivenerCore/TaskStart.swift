// A task that is to be dispatched, read off its session once: what decides where it may go.

import ScrivenerModel

/// What has to be known of a task that is to be dispatched.
struct TaskStart {
    let attempt: AttemptReference
    let timeout: TimeSpan
    let progressTimeout: TimeSpan
    let isExclusive: Bool
    let isAtMostOnce: Bool
    /// Whether a second attempt may run beside it.
    let mayHedge: Bool
    /// Whether it may wait on its worker for a slot.
    let mayPrefetch: Bool
    /// Whether nothing else may run on its worker.
    let runsAlone: Bool
    let slots: Int32
    /// Whether it may be given a timetable: it takes one slot, nothing else, and has not failed.
    var mayWait: Bool { slots == 1 && failedAt == nil && takesNothingElse && !runsAlone }
    private let takesNothingElse: Bool
    let kind: Int32
    let stated: TimeSpan?
    /// Who had the task before and failed at it.
    let failedAt: CircuitBreakers.Key?

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
        let kind = session.graph.kind(of: number)
        attempt = AttemptReference(
            session: session.number, task: task,
            attempt: session.graph.latestAttempt(of: number) + 1)
        let isRepeatable =
            !session.graph.classes[kind].isExclusive
            && session.graph.classes[kind].delivery == .atLeastOnce
            && !session.graph.classes[kind].runsAlone
        timeout = session.graph.classes[kind].timeout
        progressTimeout = session.graph.classes[kind].progressTimeout
        isExclusive = session.graph.classes[kind].isExclusive
        isAtMostOnce = session.graph.classes[kind].delivery == .atMostOnce
        runsAlone = session.graph.classes[kind].runsAlone
        mayHedge = isRepeatable && session.graph.classes[kind].isIdempotent
        slots = session.graph.classes[kind].slots
        takesNothingElse = session.graph.classes[kind].resources.isEmpty
        mayPrefetch = isRepeatable && slots == 1 && takesNothingElse
        self.kind = session.kind(of: number)
        stated = session.graph.statedRunTime(of: number)
        guard attempt.attempt > 1 else {
            failedAt = nil
            return
        }
        let latest = session.graph.latestExecution(ofTask: number)
        switch latest.outcome {
        case .failed, .workerLost:
            failedAt = CircuitBreakers.Key(worker: latest.worker, agent: latest.agent)
        case .completed, .cancelled, .released, .superseded, nil: failedAt = nil
        }
    }
}
