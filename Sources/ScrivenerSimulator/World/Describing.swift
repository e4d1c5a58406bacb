// Facts and messages in a few words, for traces and stories.

import ScrivenerCore
import ScrivenerModel

extension SessionFact {
    var short: String {
        switch self {
        case .workerKnown(let number, let id): "worker \(number) is \(id)"
        case .agentKnown(let number, let name): "agent \(number) is \(name)"
        case .sessionOpened(let opening):
            "session \(opening.number) is \(opening.plan.sessionID), "
                + "\(opening.plan.tasks.count) tasks"
        case .graphExtended(let addition):
            "\(addition.session)/\(addition.by) adds \(addition.tasks.count) tasks"
        case .sessionRerun(let rerun):
            "session \(rerun.session) runs \(rerun.of) again and takes \(rerun.reused.count) results over"
        case .attemptDispatched(let attempt, let worker, _):
            "\(attempt.short) dispatched to worker \(worker)"
        case .attemptEnded(let attempt, let ending):
            "\(attempt.short) ended: \(ending.outcome), \(ending.disposition)"
        case .attemptDied(let attempt, let verdict, _):
            "\(attempt.short) was there when its worker died: \(verdict)"
        case .joinClosed(let session, let task): "\(session)/\(task) goes on without the others"
        case .checkpointKept(let attempt, _): "\(attempt.short) left bytes for the next"
        case .taskCancelRequested(let session, let task): "\(session)/\(task) cancelled"
        case .sessionPaused(let session, let mode): "session \(session) paused: \(mode)"
        case .sessionResumed(let session): "session \(session) resumed"
        case .priorityChanged(let session, let task, let priority):
            "session \(session), task \(task.map { "\($0)" } ?? "all"): priority \(priority)"
        case .performanceLearned(let columns): "learned of \(columns.kinds.count) types"
        case .sessionsCounted(let number): "\(number) sessions were opened"
        case .metricsRecorded(let sample): "recorded \(sample.rows.count) instances"
        case .cancelRequested(let session, let cause): "session \(session) cancelled: \(cause)"
        case .sessionEnded(let session, let state): "session \(session) ended: \(state)"
        }
    }

    func subject(in ledger: Ledger) -> Subject {
        switch self {
        case .workerKnown(_, let id): Subject(worker: id)
        case .agentKnown: Subject()
        case .sessionOpened(let opening): Subject(session: opening.number)
        case .graphExtended(let addition): Subject(session: addition.session)
        case .sessionRerun(let rerun): Subject(session: rerun.session)
        case .attemptDispatched(let attempt, let worker, _):
            Subject(
                session: attempt.session, task: attempt.task,
                worker: ledger.name(ofWorker: worker))
        case .attemptEnded(let attempt, _): Subject(session: attempt.session, task: attempt.task)
        case .checkpointKept(let attempt, _), .attemptDied(let attempt, _, _):
            Subject(session: attempt.session, task: attempt.task)
        case .joinClosed(let session, let task), .taskCancelRequested(let session, let task):
            Subject(session: session, task: task)
        case .cancelRequested(let session, _), .sessionEnded(let session, _),
            .sessionPaused(let session, _), .sessionResumed(let session),
            .priorityChanged(let session, _, _):
            Subject(session: session)
        case .sessionsCounted, .performanceLearned, .metricsRecorded: Subject()
        }
    }
}

extension WorkerMessage {
    var short: String {
        switch self {
        case .register(let registration):
            "register, running \(list(registration.running)), outbox \(list(registration.outbox))"
        case .heartbeat(let heartbeat):
            "heartbeat \(heartbeat.sequence) of epoch \(heartbeat.epoch & 0xFFFF_FFFF), "
                + "holds \(heartbeat.held)"
        case .results(let batch): "results \(list(batch.items.map(\.attempt)))"
        case .released(_, let attempts): "released \(list(attempts))"
        case .checkpoints(_, let kept): "checkpoints \(list(kept.map(\.attempt)))"
        case .output(_, let said): "output \(list(said.map(\.attempt)))"
        case .draining: "draining"
        case .goodbye: "goodbye"
        }
    }
}

extension CoordinatorMessage {
    var short: String {
        switch self {
        case .welcome(let welcome):
            "welcome to epoch \(welcome.epoch & 0xFFFF_FFFF), stop \(list(welcome.stop))"
        case .heartbeatAcknowledged(_, let sequence, _): "heartbeat \(sequence) acknowledged"
        case .dispatch(let batch):
            "dispatch of epoch \(batch.epoch & 0xFFFF_FFFF): "
                + list(batch.items.map(\.attempt))
        case .cancel(_, let attempts): "cancel \(list(attempts))"
        case .recall(_, let attempts): "recall \(list(attempts))"
        case .resultsCommitted(_, let attempts): "committed \(list(attempts))"
        case .introduce: "introduce"
        case .drain: "drain"
        case .refused(let code, _, _): "refused: \(code.rawValue)"
        }
    }
}

private func list(_ attempts: [AttemptReference]) -> String {
    attempts.isEmpty ? "nothing" : attempts.map(\.short).joined(separator: " ")
}
