// How long to wait before trying again: exponential with full jitter (Marc Brooker, "Exponential
// Backoff and Jitter", AWS Architecture Blog, 2015), within a budget of time.

/// The waits of one outage, and of those that follow closely.
package struct ReconnectBackoff: Sendable, Equatable {
    package static let base = Duration.milliseconds(250)
    package static let cap = Duration.seconds(5)

    /// How long an outage may last before it is given up; for ever when absent.
    package let budget: Duration?
    package private(set) var attempts = 0

    package init(budget: Duration?) { self.budget = budget }

    /// What was back has broken again, after so long. Where that is less than the longest wait the waits go on
    /// growing: what breaks at once would otherwise be tried again at once for ever.
    package mutating func restart(afterLasting duration: Duration) {
        if duration >= Self.cap { attempts = 0 }
    }

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
