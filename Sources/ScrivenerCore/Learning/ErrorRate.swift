// How often an instance fails for reasons of its own, as one number that follows it in both
// directions: a share of recent outcomes with a prior of four successes, halved at 64 outcomes and
// for each minute without any, so that one failure is not yet a verdict and none lasts for ever.

import ScrivenerModel

/// The share of infrastructure failures of one instance. 24 bytes.
struct ErrorRate: Sendable, Equatable {
    static let capacity: Int64 = 64
    static var halfLife: TimeSpan { TimeSpan(nanoseconds: 60_000_000_000) }
    private static let prior: Int64 = 4 * 16

    /// Sixteenths of outcomes.
    private(set) var outcomes: Int64 = 0
    private(set) var failures: Int64 = 0
    private(set) var latest = Instant.zero

    @inline(always)
    mutating func add(_ outcome: CircuitBreaker.Outcome, at now: Instant) {
        guard outcome != .neutral else { return }
        (outcomes, failures) = faded(at: now)
        outcomes += 16
        if outcome == .failure { failures += 16 }
        latest = max(latest, now)
        guard outcomes >= Self.capacity * 16 else { return }
        outcomes /= 2
        failures /= 2
    }

    /// Expected failures of a thousand attempts.
    func permille(at now: Instant) -> Int64 {
        guard failures > 0 else { return 0 }
        let (outcomes, failures) = faded(at: now)
        return failures * 1_000 / (outcomes + Self.prior)
    }

    @inline(always)
    private func faded(at now: Instant) -> (Int64, Int64) {
        let silence = now.since(latest)
        return silence < Self.halfLife ? (outcomes, failures) : faded(after: silence)
    }

    private func faded(after silence: TimeSpan) -> (Int64, Int64) {
        let halvings = silence.nanoseconds / Self.halfLife.nanoseconds
        return halvings > 12 ? (0, 0) : (outcomes >> halvings, failures >> halvings)
    }
}
