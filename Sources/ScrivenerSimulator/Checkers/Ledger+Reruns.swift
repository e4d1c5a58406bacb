// What a session may take over from the one that it runs again: results that were committed there, of tasks
// that would be given the same inputs again, and all of those.

import ScrivenerCore
import ScrivenerModel

extension Ledger {
    mutating func takeOver(_ rerun: SessionRerun, at now: Instant) {
        let subject = Subject(session: rerun.session)
        guard let index = openIndex(rerun.session, subject, "ran another again"),
            let number = numbers[rerun.of], let old = session(number)
        else { return expect(false, "a session that is not there is run again", subject) }
        expect(old.ended != nil, "\(rerun.of) is run again and has not ended", subject)
        expect(
            sessions[index].lastType == nil && sessions[index].tasks.allSatisfy { !$0.isOver },
            "\(rerun.of) is run again by a session that has begun", subject)
        for addition in rerun.additions {
            expect(addition.session == rerun.session, "an addition is another's", subject)
            sessions[index].append(addition.tasks, at: now)
        }
        for result in rerun.reused { takeOver(result, old, number, index, subject) }
        checkKept(old, in: sessions[index], isWhole: rerun.reused.isEmpty, subject)
    }

    private mutating func takeOver(
        _ result: ReusedResult, _ old: SessionRecord, _ number: Int64, _ index: Int,
        _ subject: Subject
    ) {
        let place = Int(result.task)
        guard sessions[index].tasks.indices.contains(place),
            let source = old.tasks.firstIndex(where: { $0.id == sessions[index].tasks[place].id })
        else { return expect(false, "a result of no task is taken over", subject) }
        let known = old.tasks[source]
        expect(
            known.status == .completed && known.result == result.record
                && known.committed == result.attempt,
            "\(known.id) is taken over, it was \(known.state)", subject)
        expect(sessions[index].tasks[place].state == .idle, "\(known.id) is over", subject)
        sessions[index].tasks[place].origin = known.source(
            session: number, task: Int32(source))
        sessions[index].tasks[place].takeOver(result)
    }

    /// What is kept has all its inputs, and what could be kept is.
    private mutating func checkKept(
        _ old: SessionRecord, in new: SessionRecord, isWhole: Bool, _ subject: Subject
    ) {
        for task in new.tasks {
            let hasInputs = task.dependencies.allSatisfy {
                new.tasks[Int($0)].status == .completed
            }
            guard !task.isOver else {
                expect(hasInputs, "\(task.id) is kept though an input runs again", subject)
                continue
            }
            // What it had added may be the reason why it runs again.
            guard !isWhole, !task.extendsSession, hasInputs else { continue }
            expect(
                old.tasks.first { $0.id == task.id }?.status != .completed,
                "\(task.id) completed and is done again", subject)
        }
    }
}

extension TaskRecord {
    /// The attempt that its result came from, in this session or another.
    func source(session: Int64, task: Int32) -> AttemptReference {
        origin ?? AttemptReference(session: session, task: task, attempt: committed)
    }

    fileprivate mutating func takeOver(_ taken: ReusedResult) {
        state = .over(.completed)
        result = taken.record
        committed = taken.attempt
        attempts = taken.attempt
        history = [
            AttemptRecord(
                attempt: taken.attempt, worker: taken.worker, agent: taken.agent, beside: nil,
                ending: AttemptEnding(
                    outcome: .completed, runTime: taken.runTime, record: taken.record,
                    summary: taken.summary, disposition: .final))
        ]
    }
}
