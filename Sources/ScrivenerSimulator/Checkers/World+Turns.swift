// Whose turn it is: who waits for a first turn gets it after one turn of each other session, however
// much they have waiting and however long their tasks are; and of one session's tasks that ask for
// the same, the more urgent goes first.
//
// Where tasks may wait on purpose for a faster slot, others may go before them: there nothing is
// judged.

import ScrivenerCore
import ScrivenerModel

/// How often sessions that wait for their first turn were passed over.
///
/// What start-time fair queueing promises is this. A session's tag is not behind virtual time when it
/// comes. It falls behind only when others are served with what it does not ask for: served with what
/// it asks for as well, they have tags that are not larger than its own. So one to which that has not
/// happened cannot go before a session that waits for its first turn, whose tag is virtual time as it
/// was, but once, when their tags are the same.
struct FairnessWatch {
    private var served: Set<Int64> = []
    /// Those that may be behind virtual time: more than one turn may be due to them.
    private var owed: Set<Int64> = []
    /// Those that may stand in a queue with tasks that cannot start.
    private var unclear: Set<Int64> = []
    /// For each that waits for its first turn, who went before it.
    private var passed: [Turn: Set<Int64>] = [:]

    struct Turn: Hashable {
        var demand: Demand
        var session: Int64
    }

    /// What the other sessions were waiting for.
    enum Standing {
        /// The same.
        case waiting
        /// Something else, or it may run no more at once.
        case aside
        /// Nothing.
        case idle
    }

    mutating func note(_ fact: SessionFact) {
        switch fact {
        case .cancelRequested(let number, _), .taskCancelRequested(let number, _),
            .sessionPaused(let number, _):
            unclear.insert(number)
        case .attemptDied(let attempt, _, _): unclear.insert(attempt.session)
        // What was handed back is not counted as served.
        case .attemptEnded(let attempt, let ending) where ending.outcome == .released:
            for turn in passed.keys { passed[turn]?.remove(attempt.session) }
        default: return
        }
    }

    /// - Parameter others: all other open sessions.
    /// - Returns: a session that was passed over once too often.
    mutating func serve(_ turn: Turn, others: [(session: Int64, standing: Standing)]) -> Int64? {
        served.insert(turn.session)
        var wronged: Int64?
        for (session, standing) in others {
            let other = Turn(demand: turn.demand, session: session)
            switch standing {
            case .waiting where served.contains(session): break
            case .waiting:
                guard !owed.contains(turn.session) else { continue }
                let isFirst = passed[other, default: []].insert(turn.session).inserted
                if !isFirst { wronged = session }
                continue
            case .aside: owed.insert(session)
            case .idle where unclear.contains(session): owed.insert(session)
            case .idle: owed.remove(session)
            }
            passed[other] = nil
        }
        return wronged
    }
}

extension World {
    /// Asked before the ledger hears of the dispatch.
    func checkTurn(of attempt: AttemptReference, at instant: Instant) {
        guard configuration.placement != .performanceAware,
            let session = handled.session(attempt.session), let task = handled.task(of: attempt),
            task.live.isEmpty
        else { return }
        let demand = task.kind.demand
        let others = handled.sessions.indices.filter { Int64($0 + 1) != attempt.session }.map {
            (Int64($0 + 1), handled.sessions[$0].standing(beside: demand, at: instant))
        }
        let wronged = watch.fairness.serve(
            FairnessWatch.Turn(demand: demand, session: attempt.session), others: others)
        if let wronged {
            report(
                .fairness,
                "session \(attempt.session) is served again and again, and session "
                    + "\(wronged) waits for its first turn", Subject(session: wronged))
        }
        checkOrder(of: attempt, task, in: session, at: instant)
    }

    /// A task that asks for the same, is more urgent, has not been tried, and has waited for longer
    /// would have gone first. But not into the room that is kept for one that has to run alone.
    private func checkOrder(
        of attempt: AttemptReference, _ task: TaskRecord, in session: SessionRecord,
        at instant: Instant
    ) {
        guard !task.deaths.isAlone(attempt.attempt) else { return }
        let priority = session.priority(of: Int(attempt.task))
        for other in session.tasks.indices where other != Int(attempt.task) {
            let waiting = session.tasks[other]
            guard waiting.kind.demand == task.kind.demand, waiting.attempts == 0,
                session.canStart(other, at: instant), waiting.readyAt <= task.readyAt,
                session.priority(of: other) > priority
            else { continue }
            report(
                .order,
                "\(attempt.short) of priority \(priority) goes before task \(other) of "
                    + "priority \(session.priority(of: other))", subject(attempt))
        }
    }
}

extension SessionRecord {
    /// What it waits for while a task of some demand is served.
    fileprivate func standing(beside demand: Demand, at instant: Instant) -> FairnessWatch.Standing
    {
        guard ended == nil, !isCancelled else { return .idle }
        var standing = FairnessWatch.Standing.idle
        for task in tasks.indices where canStart(task, at: instant) {
            let isQueued = tasks[task].attempts == 0 && tasks[task].readyAt < instant
            if isQueued, liveCount < concurrencyLimit, tasks[task].kind.demand == demand {
                return .waiting
            }
            standing = .aside
        }
        return standing
    }
}
