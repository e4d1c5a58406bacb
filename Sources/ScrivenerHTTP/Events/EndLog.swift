// The latest ends of a session's tasks as JSON, written once for all readers: a window over the order in
// which tasks ended. Who is behind it asks the coordinator.

import NIOCore
import ScrivenerModel

/// A window over the ends of a session's tasks.
struct EndLog: Sendable {
    /// How many ends lie before the window.
    private(set) var base: Int
    private var bytes: [UInt8] = []
    /// Where each of the window's ends stops in `bytes`.
    private var stops: [Int] = []

    init(base: Int) { self.base = base }

    /// How many tasks have ended.
    var count: Int { base + stops.count }

    mutating func append(_ change: TaskChange) throws {
        bytes += try encoded(change)
        stops.append(bytes.count)
    }

    /// Lets go of the oldest. Half as many again are let gather before, so that little is moved.
    mutating func trim(to limit: Int) {
        guard stops.count > limit + limit / 2 else { return }
        let dropped = stops.count - limit
        let start = stops[dropped - 1]
        bytes.removeFirst(start)
        stops.removeFirst(dropped)
        for place in stops.indices { stops[place] -= start }
        base += dropped
    }

    /// - Parameter position: within the window.
    func event(at position: Int, series: String) -> StreamEvent {
        let place = position - base
        let start = place == 0 ? 0 : stops[place - 1]
        return StreamEvent(
            "task", id: StreamCursor(series: series, position: position + 1).text,
            data: Array(bytes[start..<stops[place]]))
    }
}
