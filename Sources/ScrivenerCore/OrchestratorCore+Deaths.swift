// A worker's process has died, and what ran in it may be what killed it. Its successor tells what it
// was doing; where that could not be written down, whatever a newer process does not claim was there.
// Only the death of a process counts: a lease that ran out says nothing of a task.

package import ScrivenerModel

extension OrchestratorCore {
    /// Notes the deaths that a worker tells, or that its new process gives away, and ends what is still
    /// taken to run there.
    mutating func noteDeaths(
        _ told: [AttemptDeath], toldBy registration: WorkerRegistration, worker: Int32,
        at now: Moment, into outcome: inout Outcome
    ) {
        let deaths =
            registration.tellsDeaths
            ? told : givenAway(by: registration, worker: worker).map { AttemptDeath($0) }
        // Whoever says that it died and that it is there is wrong somewhere: then it is there.
        let claimed = claims(of: registration)
        let before = counters.workerDeaths
        for death in deaths where !claimed.contains(death.attempt) {
            noteDeath(death, worker: worker, at: now, into: &outcome)
        }
        if counters.workerDeaths > before { tally.workerDeaths += 1 }
    }

    /// What a process of the worker held that a newer one does not claim: of each agent the oldest, as
    /// many as it had slots for. What waited there for a slot cannot have harmed it, and of a process
    /// that this coordinator never saw nothing is known. Nor is known which came first of what was
    /// given out before this coordinator was started: of these all had begun, or nobody can say which.
    private func givenAway(
        by registration: WorkerRegistration, worker: Int32
    ) -> [AttemptReference] {
        let known = registry.workers[Int(worker)].incarnation
        guard known > 0, registration.incarnation > known else { return [] }
        var free: [Int32: Int32] = [:]
        for offer in registration.agents {
            if let agent = registry.agentNumber(offer.name) { free[agent] = offer.slots }
        }
        let held = unclaimed(by: registration, worker: worker).compactMap { attempt in
            registry.held(attempt, worker: worker).map { (attempt: attempt, held: $0) }
        }
        var unordered: [Int32: Int32] = [:]
        for (_, held) in held where held.order <= registry.recoveredDispatches {
            unordered[held.agent, default: 0] += held.slots
        }
        let crowded = Set(unordered.filter { $0.value > free[$0.key, default: 0] }.keys)
        return held.sorted { $0.held.order < $1.held.order }.compactMap { attempt, held in
            free[held.agent, default: 0] -= held.slots
            let hadBegun = free[held.agent, default: 0] >= 0 && !crowded.contains(held.agent)
            return hadBegun && !held.isLingering ? attempt : nil
        }.sorted()
    }

    /// Whether what a worker tells of an attempt's death is news: for whoever keeps what it tells.
    package func countsDeath(of attempt: AttemptReference, workerID: String) -> Bool {
        guard let worker = registry.workerNumber(workerID) else { return false }
        return sessions.read(attempt.session) {
            $0.graph.mayCountDeath(of: attempt, worker: worker)
        } ?? false
    }

    private mutating func noteDeath(
        _ death: AttemptDeath, worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        let attempt = death.attempt
        let counts = sessions.read(attempt.session) {
            $0.graph.mayCountDeath(of: attempt, worker: worker)
        }
        guard counts == true else { return }
        counters.workerDeaths += 1
        let verdict = verdict(on: attempt)
        keep(.attemptDied(attempt, verdict, death.record), at: now, into: &outcome)
        if holdsLive(attempt, worker: worker) {
            var ending = AttemptEnding(
                outcome: .workerLost, record: death.record,
                disposition: lossDisposition(of: attempt))
            if verdict == .quarantined, ending.disposition == .requeue {
                ending.outcome = .failed(.poison)
                ending.disposition = .final
            }
            numberClasses(of: attempt.session)
            end(attempt, worker: worker, ending: ending, at: now, into: &outcome)
        } else {
            // Its task waits, or runs elsewhere, since a lease ran out.
            enqueueReady(of: attempt.session, at: now.instant)
            settle(attempt.session, at: now, into: &outcome)
        }
        changed.append(attempt.session)
    }

    private func verdict(on attempt: AttemptReference) -> DeathVerdict {
        guard !isTaskCancelling(attempt), !isAtMostOnce(attempt) else { return .counted }
        let earlier = sessions.read(attempt.session) { $0.graph.deaths[attempt.task] } ?? nil
        return TaskDeaths.verdict(
            after: earlier, attempt: attempt.attempt, limit: configuration.poisonDeaths)
    }
}
