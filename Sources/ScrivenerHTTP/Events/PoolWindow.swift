// The latest changes of the pool as events, written once for all readers. Who is behind the window asks the
// coordinator, which keeps as many changes but not their events.

import DequeModule
import ScrivenerModel

/// A window over the changes of the pool.
struct PoolWindow: Sendable {
    static let maximumChanges = 4_096
    static let maximumBytes = 16 << 20

    private struct Entry {
        var event: StreamEvent
        /// The session that ended with it.
        var ended: String?
    }

    /// How many changes lie before the window.
    private(set) var base: Int
    private var entries: Deque<Entry> = []
    private var bytes = 0
    /// The sessions that ended within it.
    private var over: Set<String> = []

    init(base: Int) { self.base = base }

    /// The position behind the last change.
    var end: Int { base + entries.count }

    func hasEnded(_ session: String) -> Bool { over.contains(session) }

    mutating func append(_ change: ToldChange) throws {
        var ended: String?
        if case .session(.ended, let id, _) = change.subject { ended = id }
        let event = try StreamEvent(change)
        entries.append(Entry(event: event, ended: ended))
        bytes += event.data.count
        if let ended { over.insert(ended) }
        trim()
    }

    private mutating func trim() {
        while entries.count > Self.maximumChanges || bytes > Self.maximumBytes,
            let gone = entries.popFirst()
        {
            base += 1
            bytes -= gone.event.data.count
            if let ended = gone.ended { over.remove(ended) }
        }
    }

    /// - Parameter position: within the window, or beyond it: then there is nothing yet.
    func events(from position: Int, limit: Int) -> [StreamEvent] {
        entries.dropFirst(position - base).prefix(limit).map(\.event)
    }
}
