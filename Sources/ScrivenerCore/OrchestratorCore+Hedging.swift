// Second attempts at slow tasks ("hedged requests": Dean, Barroso, "The Tail at Scale", CACM 56(2),
// 2013): a task whose two attempts may overlap, and that has run longer than 95 of 100 of its kind
// do there, is given to another worker as well, where slots would lie idle otherwise. The first
// committed result wins; the other attempt is told to stop. A budget keeps what is done twice small
// beside what is done.

import ScrivenerModel

extension OrchestratorCore {
    /// How soon a hedge that finds no free slot, or no budget, is thought of again.
    private static let hedgePatience = TimeSpan.seconds(1)

    /// Sees to it that an attempt is looked at when it has become slow.
    @inline(always)
    mutating func scheduleHedge(_ start: TaskStart, on instance: Int32, at now: Instant) {
        guard start.mayHedge, configuration.hedging.budgetPermille > 0,
            let slow = performance.durations.p95(
                type: start.kind, instance: registry.instances[Int(instance)].row, at: now)
        else { return }
        // Beyond what the estimator may be wrong by.
        let margin = slow.nanoseconds / 1_000 * DurationHistogram.relativeErrorPermille
        let due = now.advanced(by: TimeSpan(nanoseconds: slow.nanoseconds + margin))
        timers.add(.hedge(start.attempt), at: due)
    }

    mutating func hedge(
        _ slow: AttemptReference, at now: Moment, into outcome: inout Outcome
    ) {
        let start = sessions.read(slow.session) { session -> TaskStart? in
            guard case .running(let live) = session.graph.lifecycle[Int(slow.task)],
                !live.isHedged, !session.isPaused,
                session.graph.executions[Int(live.first)].attempt == slow.attempt
            else { return nil }
            return TaskStart(next: slow.task, in: session)
        }
        // It may have come to run alone since the attempt began: workers have died under it.
        guard let start = start ?? nil, start.mayHedge, let held = holder(of: slow) else { return }
        let isWithinBudget =
            counters.hedgedAttempts * 1_000 < counters.dispatchedAttempts
            * configuration.hedging.budgetPermille
        let demand = sessions.read(slow.session) { $0.demand(of: Int(slow.task)) } ?? 0
        guard isWithinBudget, !dispatcher.isWanted(demand),
            registry.runningCount < configuration.maximumRunningAttempts,
            let place = placeHedge(start, demand: demand, elsewhereThan: held, at: now.instant)
        else {
            timers.add(.hedge(slow), at: now.instant.advanced(by: Self.hedgePatience))
            return
        }
        counters.hedgedAttempts += 1
        var orders = DispatchOrders()
        dispatch(start, to: place, orders: &orders, at: now, into: &outcome)
        send(orders, into: &outcome)
    }

    private func holder(of attempt: AttemptReference) -> Int32? {
        sessions.read(attempt.session) { session in
            session.liveAttempts(of: Int(attempt.task))
                .first { $0.reference == attempt }?.worker
        } ?? nil
    }

    /// Whether another attempt at the same task runs.
    @inline(always)
    func hasOther(than attempt: AttemptReference) -> Bool {
        sessions.read(attempt.session) {
            $0.graph.lifecycle[Int(attempt.task)].live?.isHedged == true
        } ?? false
    }

    /// An attempt has decided its task: the other is over, and its worker is told.
    mutating func supersedeOther(
        than winner: AttemptReference, at now: Moment, into outcome: inout Outcome
    ) {
        guard hasOther(than: winner) else { return }
        let others = sessions.read(winner.session) {
            $0.liveAttempts(of: Int(winner.task)).filter { $0.reference != winner }
        }
        for (attempt, worker) in others ?? [] {
            let ending = AttemptEnding(outcome: .superseded, disposition: .absorbed)
            end(attempt, worker: worker, ending: ending, at: now, into: &outcome)
            sendCancel(of: [attempt], to: worker, into: &outcome)
        }
    }
}
