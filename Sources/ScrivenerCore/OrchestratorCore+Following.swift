// Those who follow the pool as a whole. What they are told of changes is taken down with the changes; of sessions that
// move on, only that they do, and each once until it is asked for. So a session costs its followers what they
// ask for, and nothing while there are none.

import DequeModule
import ScrivenerModel

extension OrchestratorCore {
    /// Somebody follows the pool from now on, or nobody does.
    mutating func followPool(_ isFollowed: Bool) {
        guard isFollowed != isPoolFollowed else { return }
        isPoolFollowed = isFollowed
        moved.removeAll()
        for number in sessions.numbers {
            sessions.modify(number) { session in
                session.isWatched = isFollowed || session.isFollowed
                session.hasMoved = false
            }
        }
    }

    // MARK: Changes

    /// What a fact that has just taken effect tells the pool's followers.
    func change(by fact: SessionFact, at wall: WallTime) -> PoolChange? {
        guard let (session, step) = fact.step,
            let id = sessions.read(session, { $0.sessionID })
        else { return nil }
        return PoolChange(at: wall, .session(session, id: id, step))
    }

    func note(
        _ step: WorkerStep, of worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        outcome.changes.append(PoolChange(at: now.wall, .worker(worker, step)))
    }

    /// Not again, where it is asked twice.
    func noteDraining(of worker: Int32, at now: Moment, into outcome: inout Outcome) {
        if case .draining = registry.workers[Int(worker)].phase { return }
        note(.draining, of: worker, at: now, into: &outcome)
    }

    // MARK: Progress

    /// A session's progress is other than it was when it was last asked for.
    mutating func noteMove(of number: Int64, into outcome: inout Outcome) {
        let isNews = sessions.modify(number) { session in
            defer { session.hasMoved = true }
            return !session.hasMoved
        }
        guard isNews == true else { return }
        if moved.isEmpty { outcome.immediate.append(.poolMoved) }
        moved.append(number)
        // Nobody asks, and sessions end: what is left of them is not to pile up.
        if moved.count > 2 * sessions.count + 1_024 {
            moved.removeAll { [sessions] in !sessions.contains($0) }
        }
    }

    /// The progress of sessions that have moved, those first that have waited longest to be asked for.
    mutating func takeMoved(limit: Int, at now: Instant) -> Reply {
        var reports: [ProgressReport] = []
        while reports.count < limit, let number = moved.popFirst() {
            sessions.modify(number) { $0.hasMoved = false }
            if let report = sessions.read(number, { report(on: $0, at: now) }) {
                reports.append(report)
            }
        }
        return .moved(reports, hasMore: !moved.isEmpty)
    }

    // MARK: Views

    /// - Parameter limit: how many sessions are shown.
    func poolView(sessions limit: Int, at now: Instant) -> PoolView {
        PoolView(
            status: orchestratorStatus(at: now, withSessions: false),
            sessions: sessions.numbers.suffix(limit).reversed().compactMap { number in
                sessions.read(number) { view(of: $0, at: now) }
            },
            workers: registry.workers.map { record(of: $0, at: now) })
    }

    /// - Parameters:
    ///   - numbers: of sessions that may have ended.
    ///   - workers: that are known.
    func subjects(sessions numbers: [Int64], workers: [Int32], at now: Instant) -> PoolSubjects {
        PoolSubjects(
            sessions: numbers.map { number in sessions.read(number) { view(of: $0, at: now) } },
            workers: workers.map { record(of: registry.workers[Int($0)], at: now) })
    }
}
