// The circuit breakers of the pool, by worker and agent. They belong to the pair and not to its
// instance: a worker that registers again, with a new process or over a new line, finds its breaker
// as it left it.
//
// Live state: a coordinator that starts again begins with closed breakers.

import ScrivenerModel

/// The breakers of all agents on all workers.
struct CircuitBreakers: Sendable {
    /// An agent on a worker, by their numbers in the journal.
    struct Key: Sendable, Hashable {
        var worker: Int32
        var agent: Int32
    }

    /// Below so many nobody looks for breakers that can be forgotten.
    private static let fewest = 64

    private let limits: CircuitBreaker.Limits
    private var breakers = AgentTable<CircuitBreaker>()
    /// How many are not closed. While there are none, all are admitted without a look.
    private(set) var unsettledCount = 0
    private var sweepAt = Self.fewest

    init(limits: CircuitBreaker.Limits = CircuitBreaker.Limits()) { self.limits = limits }

    var count: Int { breakers.count }

    func breaker(_ key: Key) -> CircuitBreaker? { breakers[key] }

    /// All of them in order: for `Invariants`.
    var inOrder: [(key: Key, breaker: CircuitBreaker)] {
        breakers.keys.compactMap { key in breakers[key].map { (key, $0) } }
    }

    func admits(_ key: Key, at now: Instant) -> CircuitBreaker.Admission {
        guard unsettledCount > 0, let breaker = breakers[key] else { return .yes }
        return breaker.admits(at: now)
    }

    @inline(always)
    mutating func began(_ attempt: AttemptReference, by key: Key, at now: Instant) {
        // To a closed one a dispatch means nothing.
        if unsettledCount > 0 { tell(of: attempt, by: key, at: now) }
    }

    @inline(never)
    private mutating func tell(of attempt: AttemptReference, by key: Key, at now: Instant) {
        if breakers.contains(key) { change(key, at: now) { $0.began(attempt, at: now) } }
    }

    /// Notes how an attempt ended.
    ///
    /// - Returns: when the breaker that opened at this lets a probe through.
    @inline(always)
    mutating func record(
        _ outcome: CircuitBreaker.Outcome, of attempt: AttemptReference, by key: Key,
        at now: Instant, mayOpen: Bool
    ) -> Instant? {
        // Mostly nothing fails, and a success changes no breaker's state but a probe's.
        if outcome == .success, unsettledCount == 0,
            breakers.change(key, { $0.succeed(at: now) })
        {
            return nil
        }
        return recordInFull(outcome, of: attempt, by: key, at: now, mayOpen: mayOpen)
    }

    private mutating func recordInFull(
        _ outcome: CircuitBreaker.Outcome, of attempt: AttemptReference, by key: Key,
        at now: Instant, mayOpen: Bool
    ) -> Instant? {
        var opened: Instant?
        change(key, at: now) { breaker in
            let before = breaker.nextDeadline
            breaker.record(outcome, of: attempt, at: now, mayOpen: mayOpen)
            let after = breaker.nextDeadline
            opened = after == before ? nil : after
        }
        return opened
    }

    mutating func reprieve(_ key: Key, at now: Instant) {
        guard breakers.contains(key) else { return }
        change(key, at: now) { $0.reprieve() }
    }

    mutating func demandProbe(_ key: Key, at now: Instant) {
        change(key, at: now) { $0.demandProbe() }
    }

    private mutating func change(
        _ key: Key, at now: Instant, _ body: (inout CircuitBreaker) -> Void
    ) {
        let added = Self.change(
            &breakers[key, default: CircuitBreaker(at: now, limits: limits)], body)
        unsettledCount += added
    }

    /// - Returns: how many more breakers are unsettled than before.
    private static func change(
        _ breaker: inout CircuitBreaker, _ body: (inout CircuitBreaker) -> Void
    ) -> Int {
        let before = breaker.isClosed
        body(&breaker)
        return (before ? 1 : 0) - (breaker.isClosed ? 1 : 0)
    }

    // MARK: Forgetting

    /// Whether there are so many that a sweep is worth its time.
    var wantsSweep: Bool { breakers.count >= sweepAt }

    /// Forgets the breakers of workers that are gone and have served their ejection some time ago.
    /// Called when their number has doubled, so a sweep costs little for each that was added.
    mutating func sweep(at now: Instant, keepingWorkers isThere: (Int32) -> Bool) {
        let longest = limits.longestEjection
        breakers.removeAll { key, breaker in
            if isThere(key.worker) { return false }
            guard let until = breaker.nextDeadline else { return true }
            return now >= until.advanced(by: longest)
        }
        unsettledCount = inOrder.count { !$0.breaker.isClosed }
        sweepAt = max(Self.fewest, 2 * breakers.count)
    }
}

extension CircuitBreaker {
    var isClosed: Bool {
        if case .closed = state { true } else { false }
    }
}

extension CircuitBreaker.Outcome {
    /// What the end of an attempt says about the instance that it ran on.
    init(_ ending: AttemptEnding) {
        switch ending.outcome {
        case .completed: self = .success
        case .failed(let failure): self = CircuitBreaker.Outcome(failure)
        case .workerLost: self = .failure
        case .cancelled, .released, .superseded: self = .neutral
        }
    }
}
