// How long to wait before trying again: exponential with full jitter (Marc Brooker, "Exponential
// Backoff and Jitter", AWS Architecture Blog, 2015), within a budget of time.

/// The waits of one outage.
package struct ReconnectBackoff: Sendable, Equatable {
    package static let base = Duration.milliseconds(250)
    package static let cap = Duration.seconds(5)

    /// How long an outage may last before it is given up; for ever when absent.
    package let budget: Duration?
    package private(set) var attempts = 0

    package init(budget: Duration?) { self.budget = budget }

    /// The next wait, or `nil` when the outage has lasted too long.
    package mutating func next(
        outage: Duration, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        if let budget, outage >= budget { return nil }
        let ceiling = min(Self.cap, Self.base * (1 << min(attempts, 8)))
        attempts += 1
        return ceiling * Double.random(in: 0...1, using: &generator)
    }
}
