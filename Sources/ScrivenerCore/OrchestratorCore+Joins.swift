// Tasks that need only some of their dependencies go on when they have enough of them, at once or when
// the others have been waited for.

import ScrivenerModel

extension OrchestratorCore {
    /// Closes the joins that have enough and do not wait for the others, and sees to it that the
    /// others are closed when their time has come.
    @inline(always)
    mutating func closeJoins(
        of number: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        guard sessions.read(number, { !$0.graph.joins.newlyMet.isEmpty }) == true else { return }
        closeMetJoins(of: number, at: now, into: &outcome)
    }

    private mutating func closeMetJoins(
        of number: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        for task in sessions.modify(number, { $0.graph.joins.takeNewlyMet() }) ?? [] {
            guard let due = sessions.read(number, { $0.graph.joins.closing(of: task) }) ?? nil
            else {
                continue
            }
            guard due <= now.instant else {
                timers.add(.join(session: number, task: task), at: due)
                continue
            }
            closeJoin(task, of: number, at: now, into: &outcome)
        }
    }

    /// The task goes on with what it has, and what nobody else waits for is cancelled if its plan
    /// says so.
    mutating func closeJoin(
        _ task: Int32, of number: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        guard let due = sessions.read(number, { $0.graph.joins.closing(of: task) }) ?? nil,
            due <= now.instant
        else { return }
        keep(.joinClosed(session: number, task: task), at: now, into: &outcome)
        changed.append(number)
        let needless = sessions.read(number) { session -> [Int32] in
            guard session.graph.taskClass(Int(task)).join?.rest == .cancel else { return [] }
            return session.graph.needless(dependenciesOf: Int(task))
        }
        for dependency in needless ?? [] {
            cancelTask(dependency, of: number, at: now, into: &outcome)
        }
    }

    private mutating func cancelTask(
        _ task: Int32, of number: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        let legal = sessions.read(number) {
            $0.graph.lifecycle[Int(task)].after(.cancel) != nil
        }
        guard legal == true else { return }
        keep(.taskCancelRequested(session: number, task: task), at: now, into: &outcome)
        let live = sessions.read(number) { $0.liveAttempts(of: Int(task)) } ?? []
        for (attempt, worker) in live {
            sendCancel(of: [attempt], to: worker, into: &outcome)
        }
    }
}
