// How long to wait before trying again: exponential with full jitter (Marc Brooker, "Exponential
// Backoff and Jitter", AWS Architecture Blog, 2015), within a budget of time.

/// The waits of one outage.
struct ReconnectBackoff: Sendable, Equatable {
    static let base = Duration.milliseconds(250)
    static let cap = Duration.seconds(5)
    /// How long an outage may last before it is given up.
    static let budget = Duration.seconds(60)

    private(set) var attempts = 0

    /// The next wait, or `nil` when the outage has lasted too long.
    mutating func next(
        outage: Duration, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard outage < Self.budget else { return nil }
        let ceiling = min(Self.cap, Self.base * (1 << min(attempts, 8)))
        attempts += 1
        return ceiling * Double.random(in: 0...1, using: &generator)
    }
}
