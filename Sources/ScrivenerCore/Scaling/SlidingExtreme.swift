// The largest, or the smallest, of what was seen within the last so many seconds.
//
// The ascending minima algorithm: what an older and smaller value says is over as soon as a larger one
// comes, so a queue of falling values suffices, and each is entered and removed once.

import DequeModule
import ScrivenerModel

/// An extreme over a window of time.
struct SlidingExtreme: Sendable {
    private var values: Deque<(at: Instant, value: Int)> = []
    private let window: TimeSpan
    private let isLargest: Bool

    static func largest(within window: TimeSpan) -> SlidingExtreme {
        SlidingExtreme(window: window, isLargest: true)
    }

    static func smallest(within window: TimeSpan) -> SlidingExtreme {
        SlidingExtreme(window: window, isLargest: false)
    }

    private init(window: TimeSpan, isLargest: Bool) {
        self.window = window
        self.isLargest = isLargest
    }

    /// Takes in a value.
    ///
    /// - Returns: the extreme of all that are no older than the window, this one included.
    mutating func add(_ value: Int, at now: Instant) -> Int {
        while let last = values.last, isLargest ? last.value <= value : last.value >= value {
            values.removeLast()
        }
        values.append((now, value))
        while let first = values.first, first.at.advanced(by: window) < now {
            values.removeFirst()
        }
        return values.first?.value ?? value
    }
}
