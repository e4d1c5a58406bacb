// Whoever waits for a first turn gets it after one turn of each other session, however much they
// have waiting and however long their tasks are.

import ScrivenerCore
import ScrivenerModel

/// How often sessions that wait for their first turn were passed over.
struct FairnessWatch {
    /// One turn that was due already, and one for what is decided together.
    static let patience = 2

    struct Turn: Hashable {
        var demand: Demand
        var session: Int64
    }

    private(set) var served: Set<Turn> = []
    private var passed: [Turn: [Int64: Int]] = [:]

    /// - Parameter waiting: other sessions that could have been served.
    /// - Returns: a session that was passed over too often.
    mutating func serve(_ turn: Turn, waiting: Set<Int64>) -> Int64? {
        served.insert(turn)
        passed[turn] = nil
        for other in passed.keys where other.demand == turn.demand {
            if !waiting.contains(other.session) { passed[other] = nil }
        }
        for session in waiting.sorted() {
            let other = Turn(demand: turn.demand, session: session)
            guard !served.contains(other) else { continue }
            passed[other, default: [:]][turn.session, default: 0] += 1
            if passed[other]?[turn.session] ?? 0 > Self.patience { return session }
        }
        return nil
    }
}

extension World {
    func checkTurn(of attempt: AttemptReference) {
        guard let task = handled.task(of: attempt) else { return }
        let demand = task.kind.demand
        let waiting =
            handled.openCount < 2
            ? []
            : handled.sessions.indices.filter { place in
                Int64(place + 1) != attempt.session && handled.sessions[place].canStart(demand)
            }
        let passed = watch.fairness.serve(
            FairnessWatch.Turn(demand: demand, session: attempt.session),
            waiting: Set(waiting.map { Int64($0 + 1) }))
        guard let passed else { return }
        report(
            .fairness, "session \(attempt.session) is served again and again, and session \(passed) "
                + "waits for its first turn", Subject(session: passed))
    }
}

extension SessionRecord {
    /// Whether it has a task of a demand that could start now.
    func canStart(_ demand: Demand) -> Bool {
        guard ended == nil, !isCancelled, liveCount < concurrencyLimit else { return false }
        return tasks.contains { task in
            task.state == .idle && task.kind.demand == demand
                && task.dependencies.allSatisfy { tasks[Int($0)].isOver }
        }
    }
}
