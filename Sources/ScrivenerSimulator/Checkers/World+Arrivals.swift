// Dispatches that reach their worker, and those that do not: what a registration ends as handed back has never
// reached it, and never begins; what never reached it is not taken for lost.

import ScrivenerCore
import ScrivenerModel

/// What became of dispatches.
struct ArrivalWatch {
    /// The process that each attempt was given to, by its number among those of the worker, since the coordinator
    /// started.
    var processes: [AttemptReference: Int64] = [:]
    /// Attempts that a worker's machine was told of in the epoch in which it stood.
    var arrived: Set<AttemptReference> = []
    /// Attempts that a registration ended as handed back.
    var handedBack: Set<AttemptReference> = []
}

extension World {
    /// Takes note of whom an attempt was given to.
    func noteGiven(_ attempt: AttemptReference, to worker: Int32, at event: OrchestratorEvent) {
        guard let name = handled.name(ofWorker: worker) else { return }
        var process = watch.registered[name] ?? 0
        // Who registers is given something at once, before the rules have noted who it is.
        if case .register(_, let registration, _) = event, registration.workerID == name {
            process = max(process, registration.incarnation)
        }
        watch.arrivals.processes[attempt] = process
    }

    /// Takes note of what a worker hears. What is of another epoch does not count.
    func noteArrival(_ message: CoordinatorMessage, at worker: SimulatedWorker) {
        guard case .dispatch(let batch) = message, batch.epoch == worker.registeredEpoch else {
            return
        }
        watch.arrivals.arrived.formUnion(batch.items.map(\.attempt))
    }

    /// What a worker does not claim when it registers counts as handed back where it never came to it,
    /// and as lost otherwise. Where single messages are lost, the next one that arrives hides it.
    func checkArrival(
        of attempt: AttemptReference, _ ending: AttemptEnding, at event: OrchestratorEvent
    ) {
        guard case .register(_, let registration, _) = event,
            handled.holder(of: attempt).flatMap(handled.name(ofWorker:)) == registration.workerID
        else { return }
        let subject = Subject(
            session: attempt.session, task: attempt.task, worker: registration.workerID)
        let hasArrived = watch.arrivals.arrived.contains(attempt)
        if ending.outcome == .released {
            watch.arrivals.handedBack.insert(attempt)
            guard hasArrived else { return }
            report(
                .handBack, "\(attempt.short) counts as handed back, and had arrived", subject)
        } else if ending.outcome == .workerLost, !hasArrived, !isUnreliable,
            watch.arrivals.processes[attempt] == registration.incarnation
        {
            report(.handBack, "\(attempt.short) counts as lost, and never arrived", subject)
        }
    }

    /// What counts as handed back never begins.
    func checkBegin(_ attempt: AttemptReference, on worker: SimulatedWorker) {
        guard watch.arrivals.handedBack.contains(attempt) else { return }
        report(
            .handBack, "\(attempt.short) begins after it was handed back",
            subject(attempt, worker))
    }
}
