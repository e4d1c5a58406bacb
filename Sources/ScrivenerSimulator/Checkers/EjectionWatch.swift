// An agent on a worker that keeps failing is taken out of service, and let in again by single
// tasks. What follows is read off the promise: five failures in a row, thirty seconds, one task at a
// time, three successes; and it holds wherever somebody else is certainly able to do the work.
//
// An observer does not know all that the machine knows. Where the machine may have decided either
// way, the pair is not judged any more.

import ScrivenerCore
import ScrivenerModel

/// An agent on a worker, by their numbers in the journal.
struct AgentPlace: Hashable {
    var worker: Int32
    var agent: Int32
}

/// What is known of one agent on one worker since the coordinator started.
struct EjectionRecord {
    enum State: Equatable {
        /// In service.
        case serving(failuresInARow: Int)
        /// Out of service, at least until then.
        case ejected(until: Instant)
        /// Let in by single tasks, of which one may run.
        case trying(AttemptReference?, successes: Int)
        /// May be in service or not.
        case unsure
    }

    private static let failuresToEject = 5
    private static let successesToReturn = 3
    private static let shortest = TimeSpan.seconds(30)
    /// So many outcomes can eject by their share of failures as well, which is not judged here.
    private static let tooManyToTell = 20

    private(set) var state = State.serving(failuresInARow: 0)
    private(set) var failures = 0
    private var recent: [Instant] = []

    /// - Parameter hasAlternative: whether somebody else could certainly have taken the task.
    /// - Returns: what is wrong with that, if anything is.
    mutating func began(
        _ attempt: AttemptReference, at now: Instant, hasAlternative: () -> Bool
    ) -> String? {
        switch state {
        case .serving, .unsure: return nil
        case .ejected(let until):
            let isEarly = now < until && hasAlternative()
            state = .trying(attempt, successes: 0)
            return isEarly ? "is given to an agent that is out of service" : nil
        case .trying(let probe?, let successes):
            state = .trying(attempt, successes: successes)
            return "is tried on an agent on which \(probe.short) is being tried"
        case .trying(nil, let successes):
            state = .trying(attempt, successes: successes)
            return nil
        }
    }

    /// - Parameter hasAlternative: whether somebody else can certainly do such work.
    mutating func ended(
        _ attempt: AttemptReference, _ ending: AttemptEnding, at now: Instant,
        hasAlternative: () -> Bool
    ) {
        guard let isSuccess = ending.isSuccess else {
            if case .trying(attempt, let successes) = state {
                state = .trying(nil, successes: successes)
            }
            return
        }
        if !isSuccess { failures += 1 }
        note(at: now)
        switch state {
        case .serving(let failures):
            let inARow = isSuccess ? 0 : failures + 1
            state = .serving(failuresInARow: inARow)
            if recent.count >= Self.tooManyToTell { state = .unsure }
            if inARow >= Self.failuresToEject { eject(at: now, isCertain: hasAlternative()) }
        case .trying(attempt, let successes) where isSuccess:
            let isBack = successes + 1 >= Self.successesToReturn
            state =
                isBack
                ? .serving(failuresInARow: 0) : .trying(nil, successes: successes + 1)
            if isBack { recent = [] }
        case .trying(attempt, _): eject(at: now, isCertain: hasAlternative())
        case .trying, .ejected, .unsure: return
        }
    }

    private mutating func eject(at now: Instant, isCertain: Bool) {
        state = isCertain ? .ejected(until: now.advanced(by: Self.shortest)) : .unsure
    }

    private mutating func note(at now: Instant) {
        recent.append(now)
        recent.removeAll { now.since($0) > Self.shortest }
    }
}

extension AttemptEnding {
    /// Whether the agent did well; `nil` when the end says nothing about it.
    fileprivate var isSuccess: Bool? {
        switch outcome {
        case .completed: true
        // Worked, and what it proposed came too late.
        case .failed where disposition == .requeue: nil
        case .failed(let failure):
            switch failure {
            case .transient, .timeout, .workerLost: false
            case .permanent, .invalidInput, .cancelled: nil
            }
        case .workerLost: false
        case .cancelled, .released: nil
        }
    }
}

extension World {
    /// Takes note of who is in service, as the coordinator has been told.
    func noteService(_ event: OrchestratorEvent) {
        let connection: ConnectionID
        switch event {
        case .draining(let number, _), .register(let number, _): connection = number
        case .goodbye(let number, _), .unroutable(let number), .overflowed(let number):
            connection = number
        default: return
        }
        let name = workers[connections[Int(connection.rawValue)].worker].name
        watch.inService.remove(name)
        if case .unroutable = event, watch.registered[name] == connection {
            watch.registered[name] = nil
        }
    }

    func checkPlace(of attempt: AttemptReference, worker: Int32, agent: Int32, at instant: Instant) {
        let place = AgentPlace(worker: worker, agent: agent)
        guard let task = handled.task(of: attempt) else { return }
        var record = watch.ejections[place] ?? EjectionRecord()
        let wrong = record.began(
            attempt, at: instant, hasAlternative: { hasAlternative(to: place, for: task) })
        watch.ejections[place] = record
        if let wrong { report(.ejection, "\(attempt.short) \(wrong)", subject(attempt)) }
        guard let last = task.history.dropLast().last, let ending = last.ending,
            last.worker == worker, last.agent == agent
        else { return }
        switch ending.outcome {
        case .failed, .workerLost:
            if hasAlternative(to: place, for: task, needsSlot: true) {
                report(
                    .ejection, "\(attempt.short) goes where it has just failed, and others are idle",
                    subject(attempt))
            }
        case .completed, .cancelled, .released: return
        }
    }

    func noteEnd(of attempt: AttemptReference, _ ending: AttemptEnding, at instant: Instant) {
        guard let task = handled.task(of: attempt), let last = task.history.last else { return }
        let place = AgentPlace(worker: last.worker, agent: last.agent)
        var record = watch.ejections[place] ?? EjectionRecord()
        record.ended(
            attempt, ending, at: instant,
            hasAlternative: { hasAlternative(to: place, for: task) })
        watch.ejections[place] = record
    }

    /// Whether some other agent can certainly do a task: its worker is in service, and it has not
    /// failed at anything.
    private func hasAlternative(
        to place: AgentPlace, for task: TaskRecord, needsSlot: Bool = false
    ) -> Bool {
        for (number, name) in handled.workers.enumerated() where watch.inService.contains(name) {
            let renewed = watch.lastRenewals[name] ?? .zero
            guard now < renewed.advanced(by: watch.lease),
                let slot = workers.last(where: { $0.name == name })
            else { continue }
            for offer in slot.blueprint.offers where offer.satisfies(task.kind) {
                guard let agent = handled.agents.firstIndex(of: offer.name) else { continue }
                let other = AgentPlace(worker: Int32(number), agent: Int32(agent))
                let held = handled.liveByAgent[
                    Ledger.key(worker: other.worker, agent: other.agent)] ?? 0
                if other != place, watch.ejections[other]?.failures ?? 0 == 0,
                    !needsSlot || held < Int(offer.slots)
                {
                    return true
                }
            }
        }
        return false
    }
}

extension AgentOffer {
    func satisfies(_ kind: TaskClass) -> Bool {
        switch kind.demand {
        case .agent(let agent): name == agent
        case .capability(let word): name == word || capabilities.contains(word)
        }
    }
}
