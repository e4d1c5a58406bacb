// How often something may happen: so many times at once, and so many times a second from then on (J. Turner, "New
// Directions in Communications", IEEE Communications Magazine 24(10), 1986: the leaky bucket as a meter).

import ScrivenerModel

/// A meter that fills up with time and that each event takes one from.
struct TokenBucket {
    private let capacity: Double
    private let perSecond: Double
    private var level: Double
    private var filledAt: Instant

    /// Full to begin with.
    init(capacity: Int, perSecond: Double, at now: Instant) {
        self.capacity = Double(capacity)
        self.perSecond = perSecond
        level = Double(capacity)
        filledAt = now
    }

    /// - Returns: whether the event may happen now.
    mutating func take(at now: Instant) -> Bool {
        fill(at: now)
        guard level >= 1 else { return false }
        level -= 1
        return true
    }

    /// Whether nothing was taken for so long that it does not matter any more.
    mutating func isFull(at now: Instant) -> Bool {
        fill(at: now)
        return level >= capacity
    }

    private mutating func fill(at now: Instant) {
        level = min(capacity, level + max(0, now.since(filledAt).seconds) * perSecond)
        filledAt = now
    }
}
