// What a worker that registers claims, and what becomes of the rest.
//
// A dispatch that is on its way when a connection ends reaches nobody: a worker drops what lies in the old
// connection, and from its registration on takes nothing of an epoch before. So it has not begun what was given
// out behind the last dispatch that it says it took, and never will: that is given out again as if it had been
// handed back, also where a task may be executed once only. Of what it took and does not claim nobody knows how
// far it came.

import ScrivenerModel

extension OrchestratorCore {
    /// Ends what the worker should hold and does not claim.
    mutating func endUnclaimed(
        by registration: WorkerRegistration, worker: Int32, at now: Moment,
        into outcome: inout Outcome
    ) {
        let taken = lastTaken(toldBy: registration, worker: worker)
        for attempt in unclaimed(by: registration, worker: worker) {
            guard let held = registry.held(attempt, worker: worker) else { continue }
            if held.order > taken {
                handBack(attempt, worker: worker, at: now, into: &outcome)
            } else {
                endAsLost(attempt, worker: worker, at: now, into: &outcome)
            }
        }
    }

    /// Where the last attempt stands that the worker may have begun, by `AssignedAttempt.order`.
    ///
    /// Only the process that was given the attempts can tell: another one of the worker knows nothing of what the one
    /// before it began. Nor can a registration that says nothing of its order: the worker may have taken more
    /// since. And what was given out before this coordinator was started is in no order.
    private func lastTaken(toldBy registration: WorkerRegistration, worker: Int32) -> Int64 {
        let known = registry.workers[Int(worker)]
        guard let told = registration.taken, let numbering = known.numbering,
            registration.incarnation == known.incarnation, registration.registrationNumber > 0,
            isOfThisJournal(registration)
        else { return .max }
        // The welcome to the present epoch has not reached it, nor has anything that followed.
        guard told.epoch == numbering.epoch else { return numbering.base }
        return numbering.base + min(max(0, told.number), registry.dispatches)
    }

    /// What a worker should hold and does not claim.
    func unclaimed(by registration: WorkerRegistration, worker: Int32) -> [AttemptReference] {
        let claimed = claims(of: registration)
        return registry.workers[Int(worker)].heldInOrder.filter { !claimed.contains($0) }
    }

    /// What a worker says that it runs, or has the result of.
    func claims(of registration: WorkerRegistration) -> Set<AttemptReference> {
        // Attempts of another journal bear the same numbers and mean nothing here. But a worker that
        // served another one for a while may have results of this one.
        let parked = registration.parked.first { $0.journalID == journalID }?.attempts ?? []
        return isOfThisJournal(registration)
            ? Set(registration.running).union(registration.outbox) : Set(parked)
    }

    private func isOfThisJournal(_ registration: WorkerRegistration) -> Bool {
        registration.journalID.isEmpty || registration.journalID == journalID
    }
}
