// What workers tell of the deaths of their processes, and what is made of it.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// Whoever is blamed ran there when the process died. Where the process could not write down what
    /// ran, it may also have been on its way there; but a newer process says that the old one is gone,
    /// and what waited for a slot did no harm.
    func checkDeath(of attempt: AttemptReference, at event: OrchestratorEvent) {
        guard case .register(_, let registration, _) = event else {
            return report(.poison, "\(attempt.short) is blamed by nobody", subject(attempt))
        }
        let name = registration.workerID
        let holder = handled.task(of: attempt)?.history.last { $0.attempt == attempt.attempt }
        if holder.flatMap({ handled.name(ofWorker: $0.worker) }) != name {
            report(.poison, "\(attempt.short) was not on \(name), which died", subject(attempt))
        }
        guard !watch.deaths.contains(attempt), !isUnreliable else { return }
        let couldTell = workers.filter { $0.name == name }.allSatisfy { $0.kept != nil }
        let isNew = registration.incarnation > watch.registered[name] ?? 0
        if couldTell {
            report(.poison, "\(attempt.short) did not run when \(name) died", subject(attempt))
        } else if !fits(attempt, beside: registration) {
            report(.poison, "\(attempt.short) cannot have begun on \(name)", subject(attempt))
        } else if !isNew {
            report(
                .poison, "\(attempt.short) is blamed, and the process of \(name) lives",
                subject(attempt))
        }
    }

    /// Whether an attempt is among those that its agent had slots for, the oldest first: what waited
    /// behind them did no harm.
    private func fits(
        _ attempt: AttemptReference, beside registration: WorkerRegistration
    ) -> Bool {
        guard
            let own = handled.task(of: attempt)?.history.last(where: {
                $0.attempt == attempt.attempt
            }),
            let offer = registration.agents.first(where: {
                $0.name == handled.agents[Int(own.agent)]
            }), let since = watch.dispatches[attempt]
        else { return false }
        var taken: Int32 = 0
        for session in handled.sessions.indices where handled.sessions[session].ended == nil {
            for (number, task) in handled.sessions[session].tasks.enumerated() {
                for live in task.live where live.worker == own.worker && live.agent == own.agent {
                    let other = AttemptReference(
                        session: Int64(session + 1), task: Int32(number), attempt: live.attempt)
                    if other != attempt, watch.dispatches[other] ?? since < since {
                        taken += task.kind.slots
                    }
                }
            }
        }
        return taken < offer.slots
    }

    /// Takes note of who has registered.
    func noteProcess(_ event: OrchestratorEvent) {
        guard case .register(_, let registration, _) = event else { return }
        let known = watch.registered[registration.workerID] ?? 0
        watch.registered[registration.workerID] = max(known, registration.incarnation)
    }

    /// A worker tells what its last process was doing when it died, until somebody has heard of it.
    func checkTelling(_ death: WorkerDeath?, by worker: SimulatedWorker) {
        guard death != worker.untoldDeath, !worker.isLiar else { return }
        let attempts = (worker.untoldDeath ?? death)?.attempts.map(\.short) ?? []
        report(
            .poison,
            "\(worker.name) \(death == nil ? "conceals" : "tells again") how it died of "
                + "\(attempts.joined(separator: ", "))", worker.subject)
    }

    /// A worker thinks that its death is known: every task that it may have been due to has it on its
    /// account.
    func checkHeard(_ death: WorkerDeath, of worker: SimulatedWorker) {
        for attempt in death.attempts where !isUnreliable {
            guard let task = committed.task(of: attempt), !task.isOver,
                !task.deaths.attempts.contains(attempt.attempt)
            else { continue }
            let ended = task.history.last { $0.attempt == attempt.attempt }
            guard let ended, ended.ending == nil || ended.ending?.outcome == .workerLost,
                committed.name(ofWorker: ended.worker) == worker.name
            else { continue }
            report(
                .poison, "\(attempt.short) is not blamed for the death of \(worker.name)",
                subject(attempt, worker))
        }
    }

    /// What nobody would do again is written down before it is sent, where there is a folder for it.
    func checkKept(_ result: AttemptResult, by worker: SimulatedWorker) {
        guard let kept = worker.kept, !worker.isLiar,
            committed.task(of: result.attempt)?.kind.delivery == .atMostOnce,
            started.contains(result.attempt),
            !kept.values.contains(where: { $0[result.attempt] != nil })
        else { return }
        report(
            .outbox, "\(worker.name) sends \(result.attempt.short), which is not kept",
            subject(result.attempt, worker))
    }
}
