// Whose turn it is: who waits for a first turn gets it after one turn of each other session, however
// much they have waiting and however long their tasks are; and of one session's tasks that ask for
// the same, the more urgent goes first.
//
// Where tasks may wait on purpose for a faster slot, others may go before them: there nothing is
// judged.

import ScrivenerCore
import ScrivenerModel

/// How often sessions that wait for their first turn were passed over.
struct FairnessWatch {
    /// One turn that was due already, and one for what is decided together.
    static let patience = 2

    private var served: Set<Int64> = []
    private var passed: [Turn: [Int64: Int]] = [:]

    struct Turn: Hashable {
        var demand: Demand
        var session: Int64
    }

    /// - Parameter waiting: other sessions that could have been served.
    /// - Returns: a session that was passed over too often.
    mutating func serve(_ turn: Turn, waiting: [Int64]) -> Int64? {
        served.insert(turn.session)
        for other in passed.keys where other.demand == turn.demand {
            if !waiting.contains(other.session) { passed[other] = nil }
        }
        for session in waiting where !served.contains(session) {
            let other = Turn(demand: turn.demand, session: session)
            passed[other, default: [:]][turn.session, default: 0] += 1
            if passed[other]?[turn.session] ?? 0 > Self.patience { return session }
        }
        return nil
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
        // Who has waited for longer still, perhaps where there was no place, may be served twice.
        let since = session.waiting(at: instant).map(\.readyAt).min() ?? instant
        let waiting = handled.sessions.indices.filter { place in
            Int64(place + 1) != attempt.session
                && handled.sessions[place].waits(for: demand, longerThan: since, at: instant)
        }.map { Int64($0 + 1) }
        let passed = watch.fairness.serve(
            FairnessWatch.Turn(demand: demand, session: attempt.session), waiting: waiting)
        if let passed {
            report(
                .fairness,
                "session \(attempt.session) is served again and again, and session "
                    + "\(passed) waits for its first turn", Subject(session: passed))
        }
        checkOrder(of: attempt, task, in: session, at: instant)
    }

    /// A task that asks for the same, is more urgent, has not been tried, and has waited for longer
    /// would have gone first.
    private func checkOrder(
        of attempt: AttemptReference, _ task: TaskRecord, in session: SessionRecord,
        at instant: Instant
    ) {
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
    /// Its tasks that could start now.
    fileprivate func waiting(at instant: Instant) -> [TaskRecord] {
        tasks.indices.filter { canStart($0, at: instant) }.map { tasks[$0] }
    }

    /// Whether it has had a task of a demand that could start, and has not been tried, since before
    /// an instant.
    fileprivate func waits(
        for demand: Demand, longerThan since: Instant, at instant: Instant
    ) -> Bool {
        guard ended == nil, !isCancelled, liveCount < concurrencyLimit else { return false }
        return waiting(at: instant).contains {
            $0.attempts == 0 && $0.kind.demand == demand && $0.readyAt < since
        }
    }
}
