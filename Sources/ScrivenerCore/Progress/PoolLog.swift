// The latest changes of sessions and workers, as they were committed: who follows the pool goes on from any of
// them. After a restart those of sessions are read back from the tail of the journal, so that a reader who was
// told of them by the coordinator before goes on where it was; one from further back begins anew.

import DequeModule
package import ScrivenerModel

/// A window over the changes of the pool.
package struct PoolLog: Sendable {
    /// How many changes are kept; about 100 bytes each.
    package static let capacity = 4_096

    /// A change, and its place in the journal.
    private struct Entry: Sendable {
        var change: PoolChange
        /// The commit that it came with, or that was the last before it.
        var commit: Int64
        /// How many changes of sessions that commit has brought, with this one.
        var index: Int
    }

    private let journal: String
    private let start: Int
    private let capacity: Int
    /// How many changes lie before the window.
    private var base = 0
    private var entries: Deque<Entry> = []
    private var commit: Int64
    private var index = 0
    /// What the journal tells of as a whole begins behind this place.
    private var edge: (commit: Int64, index: Int)
    /// The last commit that was read back, and the position behind what it brought.
    private var readBack: (commit: Int64, end: Int)

    /// - Parameters:
    ///   - nonce: of this start of the coordinator.
    ///   - compacted: the last commit of which the journal does not have all facts any more.
    package init(
        journalID: String, nonce: UInt64, compactedThrough compacted: Int64,
        capacity: Int = PoolLog.capacity
    ) {
        journal = String(journalID.prefix(8))
        // Nine digits suffice to tell it from other starts, and are read by any client.
        start = Int(nonce % 1_000_000_000)
        self.capacity = capacity
        commit = compacted
        edge = (compacted, compacted == 0 ? 0 : .max)
        readBack = (compacted, 0)
    }

    /// The position behind the last change.
    package var end: Int { base + entries.count }

    /// Changes that came with a commit, or rest on none: then the last commit is named.
    package mutating func append(_ changes: [PoolChange], commit number: Int64) {
        if number > commit { (commit, index) = (number, 0) }
        for change in changes {
            if change.isDurable { index += 1 }
            entries.append(Entry(change: change, commit: commit, index: index))
        }
        while entries.count > capacity, let gone = entries.popFirst() {
            edge = (gone.commit, gone.index)
            base += 1
        }
    }

    /// The same for what is read back before anything happens.
    package mutating func replay(_ changes: [PoolChange], commit number: Int64) {
        guard number > readBack.commit else { return }
        append(changes, commit: number)
        readBack = (number, end)
    }

    // MARK: Readers

    /// - Parameter position: up to the end. One that is no longer kept is known as such when it is asked for.
    package func cursor(at position: Int) -> PoolCursor {
        guard position < end else { return cursor(position, commit, index) }
        let next = entries[max(0, position - base)]
        return cursor(position, next.commit, next.index - (next.change.isDurable ? 1 : 0))
    }

    private func cursor(_ position: Int, _ commit: Int64, _ index: Int) -> PoolCursor {
        PoolCursor(
            journal: journal, start: start, position: position, commit: commit, index: index)
    }

    /// A cursor as it is counted now; `nil` when what lies behind it is not kept, or it was given out for
    /// something else.
    package func position(of cursor: PoolCursor) -> Int? {
        guard cursor.journal == journal else { return nil }
        if cursor.start == start {
            return (base...end).contains(cursor.position) ? cursor.position : nil
        }
        // Of an earlier start, whose workers' changes are over; but all since this one have to be there.
        guard base <= readBack.end, cursor.commit <= readBack.commit,
            (cursor.commit, cursor.index) >= edge
        else { return nil }
        let known = entries.prefix(readBack.end - base)
        let next = known.firstIndex { ($0.commit, $0.index) > (cursor.commit, cursor.index) }
        return base + (next ?? known.count)
    }

    /// Changes, each with where to go on behind it.
    ///
    /// - Parameter position: from the first that is kept to the end.
    package func changes(from position: Int, limit: Int) -> [LoggedChange] {
        entries.dropFirst(position - base).prefix(limit).enumerated().map { offset, entry in
            LoggedChange(
                change: entry.change,
                cursor: cursor(position + offset + 1, entry.commit, entry.index))
        }
    }
}

/// A change of the pool, and where to go on behind it.
package struct LoggedChange: Sendable, Equatable {
    package var change: PoolChange
    package var cursor: PoolCursor
}
