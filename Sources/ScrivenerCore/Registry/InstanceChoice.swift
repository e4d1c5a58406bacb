// Which of several instances takes a task: the three strategies as choices among a few numbers.
//
// Up to eight instances are all looked at. Of more, two are drawn and the better is taken: "the
// power of two choices" (M. Mitzenmacher, IEEE TPDS 12(10), 2001), which comes close to looking at
// all of them at the price of looking at two. A draw that hits nobody who can take the task is
// repeated; after four, a walk around the whole ring decides, so that `nil` means that nobody can.
//
// `performanceAware` deviates from "queue × learned duration ÷ slots" in one point: a task that
// finds a slot free runs for its whole duration, so the queue counts only beyond the slots.
// Otherwise an idle slow machine with many slots would look faster than an idle fast one with few.
// Its duration is multiplied by the expected number of attempts, 1 ÷ (1 − error rate).

import ScrivenerModel

/// What a choice needs to know of an instance.
struct Candidate: Sendable, Equatable {
    /// Attempts that it holds, prefetched ones included.
    var used: Int32
    var slots: Int32
    /// How many it may hold: its slots and what may be prefetched.
    var limit: Int32
    /// The learned run time of this task's type on this instance.
    var expected: TimeSpan
    /// Infrastructure failures of a thousand attempts.
    var errorPermille: Int64
    var admission: CircuitBreaker.Admission

    init(
        used: Int32, slots: Int32, limit: Int32? = nil, expected: TimeSpan = .zero,
        errorPermille: Int64 = 0, admission: CircuitBreaker.Admission = .yes
    ) {
        self.used = used
        self.slots = slots
        self.limit = limit ?? slots
        self.expected = expected
        self.errorPermille = errorPermille
        self.admission = admission
    }

    /// Whether it can take a task now.
    var takes: Bool {
        guard slots > 0, used >= 0, used < limit else { return false }
        switch admission {
        case .yes, .probe: return true
        case .no, .probeRunning: return false
        }
    }

    /// When a task that it is given now is expected to be done, retries included, in nanoseconds.
    var expectedCompletion: Int64 {
        let rounds = (expected.nanoseconds, Int64(max(slots, used + 1)))
        let (work, overflow) = max(1, rounds.0).multipliedReportingOverflow(by: rounds.1)
        guard !overflow else { return .max }
        let error = min(max(errorPermille, 0), 990)
        let (scaled, tooLong) = (work / Int64(slots)).multipliedReportingOverflow(by: 1_000)
        return tooLong ? .max : scaled / (1_000 - error)
    }

    /// Compares used/slots as fractions, without dividing; then who has more slots free.
    func isLessLoaded(than other: Candidate) -> Bool {
        let mine = Int64(used) * Int64(other.slots)
        let others = Int64(other.used) * Int64(slots)
        if mine != others { return mine < others }
        return slots - used > other.slots - other.used
    }
}

/// Chooses an instance for a task.
struct InstanceChoice: Sendable, Equatable {
    typealias Strategy = PlacementStrategy

    /// So many are all looked at; of more, two are drawn.
    static let lookedAt = 8
    private static let draws = 4

    let strategy: Strategy
    /// Where `roundRobin` goes on.
    private(set) var turn = 0

    init(_ strategy: Strategy = .performanceAware) { self.strategy = strategy }

    /// One look at some of the places, an equal distance apart on the ring of all.
    struct Round: Equatable {
        var start: Int
        var distance: Int
        var looks: Int
        /// Whether the first that can take the task is taken, and not the best.
        var takesFirst: Bool

        @inline(always)
        func place(_ look: Int, among count: Int) -> Int {
            let place = start + look * distance
            return place < count ? place : place % count
        }
    }

    /// Where to look; the first round in which somebody can take the task decides.
    ///
    /// - Parameter number: of the rounds before this one.
    /// - Returns: `nil` when there are no more: nobody can take it.
    func round(_ number: Int, among count: Int, random: inout SeededGenerator) -> Round? {
        guard count > 0 else { return nil }
        if strategy == .roundRobin {
            guard number == 0 else { return nil }
            return Round(start: turn % count, distance: 1, looks: count, takesFirst: true)
        }
        if count <= Self.lookedAt {
            guard number == 0 else { return nil }
            return Round(start: 0, distance: 1, looks: count, takesFirst: false)
        }
        guard number <= Self.draws else { return nil }
        let start = Int.random(in: 0..<count, using: &random)
        if number == Self.draws {
            return Round(start: start, distance: 1, looks: count, takesFirst: true)
        }
        // A different one: drawn from the others, by their distance.
        let distance = Int.random(in: 1..<count, using: &random)
        return Round(start: start, distance: distance, looks: 2, takesFirst: false)
    }

    /// A round has come to this place: `roundRobin` goes on behind it.
    mutating func note(_ chosen: Int) {
        if strategy == .roundRobin { turn = chosen + 1 }
    }

    /// The place of the instance that takes the task; `nil` when none can.
    ///
    /// An instance whose breaker asks for a probe goes before all others that are looked at: it is
    /// one task, and without it the instance would never come back.
    ///
    /// - Parameters:
    ///   - count: how many there are. `roundRobin` expects them in the same order each time.
    ///   - candidate: what is known of the one at a place; called for those that are looked at.
    mutating func choose(
        among count: Int, random: inout SeededGenerator, candidate: (Int) -> Candidate
    ) -> Int? {
        var number = 0
        while let round = round(number, among: count, random: &random) {
            var best = BestCandidate(round, strategy)
            for look in 0..<round.looks where best.isOpen {
                let place = round.place(look, among: count)
                best.offer(candidate(place), at: place)
            }
            if let place = best.place {
                note(place)
                return place
            }
            number += 1
        }
        return nil
    }

    /// When none takes the task because of breakers alone: the instance whose breaker is to be
    /// given a reprieve, so that the last is never ejected. That one is chosen whose ejection ends
    /// first.
    ///
    /// Looks at all of them, which only happens where nothing else can be done.
    static func lastResort(among count: Int, candidate: (Int) -> Candidate) -> Int? {
        var earliest: (place: Int, until: Instant)?
        for place in 0..<count {
            let seen = candidate(place)
            switch seen.admission {
            // Somebody is merely busy, or about to be tried: there is something to wait for.
            case .yes, .probe, .probeRunning: return nil
            case .no(let until):
                guard seen.used < seen.limit, seen.slots > 0 else { continue }
                if until < earliest?.until ?? .distantFuture { earliest = (place, until) }
            }
        }
        return earliest?.place
    }
}

/// The best of the candidates that were looked at so far.
struct BestCandidate {
    private(set) var place: Int?
    /// Its instance, for whoever works out what is expected of a candidate when there is another.
    var instance: Int32 = -1
    var isRated = true
    var candidate = Candidate(used: 0, slots: 0)
    private let takesFirst: Bool
    private let strategy: InstanceChoice.Strategy

    init(_ round: InstanceChoice.Round, _ strategy: InstanceChoice.Strategy) {
        takesFirst = round.takesFirst
        self.strategy = strategy
    }

    /// Whether another could still be chosen.
    var isOpen: Bool { place == nil || !takesFirst }

    mutating func offer(_ seen: Candidate, of instance: Int32 = -1, at place: Int) {
        guard seen.takes, self.place == nil || isBetter(seen, than: candidate) else { return }
        self.place = place
        self.instance = instance
        candidate = seen
    }

    private func isBetter(_ left: Candidate, than right: Candidate) -> Bool {
        let probes = (left.admission == .probe, right.admission == .probe)
        if probes.0 != probes.1 { return probes.0 }
        if strategy == .performanceAware {
            let times = (left.expectedCompletion, right.expectedCompletion)
            if times.0 != times.1 { return times.0 < times.1 }
        }
        return left.isLessLoaded(than: right)
    }
}
