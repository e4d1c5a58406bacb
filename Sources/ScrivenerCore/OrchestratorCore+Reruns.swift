// A session that has ended is run again: as a new session, which takes over the results that it keeps.

import ScrivenerModel

extension OrchestratorCore {
    mutating func rerun(
        _ submission: RerunSubmission, _ token: ReplyToken, at now: Moment,
        into outcome: inout Outcome
    ) {
        if let refusal = refusal(of: submission.plan) {
            outcome.effects.append(.reply(token, .refused(refusal)))
            return
        }
        let number = lastSessionNumber + 1
        let reused = submission.results.map { kept in
            let execution = kept.execution
            return ReusedResult(
                task: kept.task, attempt: execution.attempt,
                worker: workerNumber(execution.workerID, at: now, into: &outcome),
                agent: agentNumber(execution.agent, at: now, into: &outcome),
                dispatchedAt: execution.dispatchedAt,
                endedAt: execution.endedAt ?? execution.dispatchedAt,
                runTime: execution.runTime, record: kept.record, summary: kept.summary)
        }
        let additions = submission.additions.map {
            GraphExtension(session: number, by: $0.by, tasks: $0.tasks)
        }
        let rerun = SessionRerun(
            session: number, of: submission.of, additions: additions, reused: reused)
        outcome.claims += rerun.claims(with: submission.plan.tasks)
        keep(
            .sessionOpened(SessionOpening(number: number, plan: submission.plan)), at: now,
            into: &outcome)
        keep(.sessionRerun(rerun), at: now, into: &outcome)
        // What is kept may be enough for some.
        closeJoins(of: number, at: now, into: &outcome)
        begin(number, at: now)
        reply(token, withSession: number, at: now, into: &outcome)
        settle(number, at: now, into: &outcome)
    }
}
