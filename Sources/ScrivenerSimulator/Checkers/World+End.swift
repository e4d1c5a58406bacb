// The end of a run: all has ended, and nothing is left; or something is stuck, and why.

import ScrivenerCore
import ScrivenerModel

extension World {
    func checkEnd() {
        guard let process = coordinator, isHealed else {
            return report(.liveness, "the run ended before its faults did")
        }
        guard committed.openCount == 0, clients.unfinished == 0 else { return reportStuck() }
        recount(process)
        if process.core.openSessionCount != 0 {
            report(.baseline, "\(process.core.openSessionCount) sessions are in memory")
        }
        for (number, count) in handled.liveCounts.enumerated() where count != 0 {
            report(.baseline, "\(handled.workers[number]) still holds \(count) attempts")
        }
        for session in scenario.sessions where !disk.archived.contains(session.id) {
            report(.durability, "\(session.id) was not archived")
        }
        for id in clients.acknowledged.sorted() where !disk.archived.contains(id) {
            report(.durability, "\(id) was accepted, and not archived")
        }
        guard checkJournal(), options.seed % 4 == 0 else { return }
        var again = OrchestratorCore(journalID: "journal", incarnation: 99, seed: 1)
        disk.readBack(into: &again)
        if again.openSessionCount != 0 {
            report(.baseline, "a new start would find \(again.openSessionCount) open sessions")
        }
    }

    /// Says what has not ended, and what the machine says of it.
    func reportStuck() {
        guard violations.isEmpty else { return }
        let number = handled.sessions.firstIndex { $0.ended == nil }.map { Int64($0 + 1) }
        let task = number.flatMap(handled.session)?.tasks.firstIndex { !$0.isOver }
        var parts = ["not quiet \(now.since(healedAt).milliseconds) ms after all is well:"]
        parts.append("\(handled.openCount) sessions open, \(clients.unfinished) not accepted")
        parts.append("\(coordinator?.core.heldCount ?? 0) attempts thought to be held")
        for worker in workers where !worker.unacknowledged.isEmpty || !worker.runs.isEmpty {
            parts.append(
                "\(worker.name) runs \(worker.runs.count), waits for "
                    + "\(worker.unacknowledged.count) acknowledgements")
        }
        if let number, let task {
            let record = handled.session(number)?.tasks[task]
            parts.append(
                "\(number)/\(task) is \(record.map { "\($0.state)" } ?? "unknown"): "
                    + explanation(ofTask: task, in: number))
        }
        report(
            .liveness, parts.joined(separator: "; "),
            Subject(session: number, task: task.map(Int32.init)))
    }

    private func explanation(ofTask task: Int, in session: Int64) -> String {
        guard let process = coordinator, let id = handled.session(session)?.id else { return "?" }
        var core = process.core
        var outcome = Outcome()
        let moment = Moment(
            instant: now.advanced(by: process.clockOffset), wall: WallTime(millisecondsSince1970: 0)
        )
        core.handle(.query(.snapshot(id: id), ReplyToken(0)), at: moment, into: &outcome)
        guard case .reply(_, .snapshot(let snapshot))? = outcome.effects.last,
            snapshot.tasks.indices.contains(task)
        else { return "not to be explained" }
        let name = snapshot.tasks[task].taskID
        outcome.removeAll()
        core.handle(
            .query(.explain(sessionID: id, taskID: name), ReplyToken(0)), at: moment,
            into: &outcome)
        guard case .reply(_, .explanation(let explanation))? = outcome.effects.last else {
            return "not to be explained"
        }
        return explanation.message
    }
}
