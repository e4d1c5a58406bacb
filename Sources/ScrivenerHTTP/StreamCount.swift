// How many of the connections are held for long: by submissions that wait for the end of their sessions, by
// streams of events. They must not take all, or nobody else could ask anything.

import Synchronization

/// Counts what is held, up to a limit.
final class StreamCount: Sendable {
    let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// - Returns: whether there is room for one more, which ends once.
    func begin() -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
