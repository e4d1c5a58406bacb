// An agent on a worker that keeps failing is taken out of service, and let in again by single
// tasks. What follows is read off the promise: five failures in a row, thirty seconds (or what the
// coordinator was told) and twice as long each time, one task at a time, three successes; and it
// holds wherever somebody else is certainly able to do the work.
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
    /// For so long the machine remembers single outcomes.
    private static let memory = TimeSpan.seconds(30)
    /// So many outcomes can eject by their share of failures as well, which is not judged here.
    private static let tooManyToTell = 20

    /// How long the first ejection lasts, and the longest.
    let first: TimeSpan
    let longest: TimeSpan
    private(set) var state = State.serving(failuresInARow: 0)
    private var ejections = 0
    private(set) var failures = 0
    private var recent: [Instant] = []

    init(_ configuration: CoreConfiguration) {
        first = configuration.firstEjection
        longest = configuration.longestEjection
    }

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
            if recent.count >= Self.tooManyToTell {
                state = .unsure
            } else if inARow >= Self.failuresToEject {
                eject(at: now, isCertain: hasAlternative())
            }
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
        guard isCertain else {
            state = .unsure
            return
        }
        let grown = first.nanoseconds << min(ejections, 20)
        state = .ejected(
            until: now.advanced(by: TimeSpan(nanoseconds: min(grown, longest.nanoseconds))))
        ejections += 1
    }

    private mutating func note(at now: Instant) {
        recent.append(now)
        recent.removeAll { now.since($0) > Self.memory }
    }
}

extension AttemptEnding {
    /// Whether the agent did well; `nil` when the end says nothing about it.
    fileprivate var isSuccess: Bool? {
        switch outcome {
        case .completed: true
        case .failed(let failure):
            switch failure {
            case .transient, .timeout, .workerLost: false
            case .permanent, .invalidInput, .cancelled, .poison: nil
            }
        case .workerLost: false
        case .cancelled, .released, .superseded: nil
        }
    }
}

extension World {
    /// Agents that were repaired are tried before they are trusted: where there are such, an observer
    /// cannot tell who is in service.
    private var judgesEjections: Bool { scenario.rate(of: .sickAgents) == 0 }

    func checkEjection(_ attempt: AttemptReference, worker: Int32, agent: Int32, at now: Instant) {
        guard judgesEjections, let task = handled.task(of: attempt) else { return }
        let place = AgentPlace(worker: worker, agent: agent)
        var record = watch.ejections[place] ?? EjectionRecord(configuration)
        let wrong = record.began(
            attempt, at: now, hasAlternative: { hasAlternative(to: place, for: task) })
        watch.ejections[place] = record
        if let wrong { report(.ejection, "\(attempt.short) \(wrong)", subject(attempt)) }
        // Who runs alone goes where a worker is kept free, which may have been for another like it.
        guard let last = task.history.dropLast().last, let ending = last.ending,
            last.worker == worker, last.agent == agent,
            !task.deaths.isAlone(attempt.attempt)
        else { return }
        switch ending.outcome {
        case .failed, .workerLost:
            guard task.kind.resources.isEmpty, configuration.agentLimits.isEmpty,
                hasAlternative(to: place, for: task, needsSlot: true)
            else { return }
            report(
                .ejection, "\(attempt.short) goes where it has just failed, and others are idle",
                subject(attempt))
        case .completed, .cancelled, .released, .superseded: return
        }
    }

    func noteEnd(of attempt: AttemptReference, _ ending: AttemptEnding, at instant: Instant) {
        guard judgesEjections, let task = handled.task(of: attempt),
            let past = task.history.last(where: { $0.attempt == attempt.attempt })
        else { return }
        let place = AgentPlace(worker: past.worker, agent: past.agent)
        var record = watch.ejections[place] ?? EjectionRecord(configuration)
        record.ended(
            attempt, ending, at: instant,
            hasAlternative: { hasAlternative(to: place, for: task) })
        watch.ejections[place] = record
    }

    /// Whether some other agent can certainly do a task as well: its worker is in service, and it has
    /// not failed at anything.
    private func hasAlternative(
        to place: AgentPlace, for task: TaskRecord, needsSlot: Bool = false
    ) -> Bool {
        let rank = rank(of: place, for: task.kind.demand) ?? .max
        for (number, name) in handled.workers.enumerated() {
            let heard = watch.lastRenewals[name] ?? .zero
            let half = TimeSpan(nanoseconds: watch.lease.nanoseconds / 2)
            guard now < heard.advanced(by: half), !watch.keptFree.contains(Int32(number)),
                let slot = workers.last(where: { $0.name == name }),
                !needsSlot
                    || slot.blueprint.resources.allSatisfy({
                        // What was learned of a task's memory is not in the facts.
                        $0.name != ResourceAmount.memoryName
                    })
            else { continue }
            for (index, offer) in slot.blueprint.offers.enumerated() {
                guard watch.service.isReady(index, of: name),
                    let agent = handled.agents.firstIndex(of: offer.name)
                else { continue }
                let other = AgentPlace(worker: Int32(number), agent: Int32(agent))
                guard other != place, watch.ejections[other]?.failures ?? 0 == 0,
                    let otherRank = self.rank(of: other, for: task.kind.demand), otherRank <= rank
                else { continue }
                let held = handled.taken(on: other.worker) {
                    $1.agent == other.agent ? Int64($0.kind.slots) : 0
                }
                // What is over for its task takes a slot until its worker has said so.
                let isLeft = watch.service.lingering.values.contains { $0.worker == other.worker }
                if !needsSlot || (!isLeft && held + Int64(task.kind.slots) <= Int64(offer.slots)) {
                    return true
                }
            }
        }
        return false
    }

    /// How well an agent on a worker fits a demand; `nil` when it cannot do the work.
    private func rank(of place: AgentPlace, for demand: Demand) -> Int32? {
        guard let name = handled.name(ofWorker: place.worker),
            let blueprint = workers.last(where: { $0.name == name })?.blueprint,
            let offer = blueprint.offers.first(where: {
                $0.name == handled.agents[Int(place.agent)]
            })
        else { return nil }
        let suffices = demand.resources.allSatisfy { wanted in
            blueprint.resources.contains { $0.name == wanted.name && $0.amount >= wanted.amount }
        }
        return suffices ? demand.rank(of: offer) : nil
    }
}
