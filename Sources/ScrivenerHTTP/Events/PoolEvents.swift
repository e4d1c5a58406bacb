// The pool's events for one reader: the pool as it is, then each change of a session or a worker from the reader's
// cursor on, and progress between them.

import ScrivenerModel

struct PoolEvents: EventSource {
    let query: StreamQuery
    let subscription: PoolFeeds.Subscription
    let gateway: any CoordinatorGateway
    /// The pool as it is; absent where progress may have been missed since it was.
    let snapshot: PoolSnapshot?

    var wakes: AsyncStream<FeedWake> { subscription.wakes }
    var waker: AsyncStream<FeedWake>.Continuation { subscription.waker }

    func beginning() async throws -> ([StreamEvent], PoolReader) {
        let snapshot: PoolSnapshot
        if let known = self.snapshot {
            snapshot = known
        } else {
            try await feedBegins()
            snapshot = try await gateway.pool()
        }
        guard let cursor = query.cursor else {
            return try begin(snapshot, at: snapshot.cursor)
        }
        if let known = cursor.poolCursor,
            let missed = try await gateway.changes(since: known, limit: 0)
        {
            let start = query.isProgressOnly ? snapshot.cursor : missed.start
            return try begin(snapshot, at: start)
        }
        return try begin(snapshot, at: snapshot.cursor, resetting: cursor.text)
    }

    private func feedBegins() async throws {
        for await _ in wakes {
            guard await subscription.feed.hasBegun else { continue }
            // What came with this is still to be looked at.
            waker.yield(.news)
            return
        }
        throw CancellationError()
    }

    private func begin(
        _ snapshot: PoolSnapshot, at cursor: PoolCursor, resetting text: String? = nil,
        stamp: Int? = nil
    ) throws -> ([StreamEvent], PoolReader) {
        var events: [StreamEvent] = []
        if let text {
            events.append(
                try StreamEvent("reset", id: StreamCursor(cursor).text, ["cursor": text]))
        }
        events.append(try StreamEvent(snapshot, at: cursor))
        let reader = PoolReader(
            snapshot, at: cursor, wantsChanges: !query.isProgressOnly,
            stamp: stamp ?? subscription.stamp)
        return (events, reader)
    }

    func next(after place: inout PoolReader) async throws -> NextEvents {
        let (contents, reader) = try await subscription.feed.read(place)
        place = reader
        switch contents {
        case .events(let events): return NextEvents(events: events)
        case .last(let events): return NextEvents(events: events, isLast: true)
        case .behind: return try await missed(after: &place)
        }
    }

    /// What is kept nowhere but in the coordinator; if not even there, all from the beginning.
    private func missed(after place: inout PoolReader) async throws -> NextEvents {
        let missed = try await gateway.changes(
            since: place.cursor, limit: PoolChanges.maximumCount)
        if let missed {
            place.cursor = missed.changes.last?.cursor ?? place.cursor
            return NextEvents(events: try missed.changes.map { try StreamEvent($0) })
        }
        let text = StreamCursor(place.cursor).text
        let snapshot = try await gateway.pool()
        let (events, reader) = try begin(
            snapshot, at: snapshot.cursor, resetting: text, stamp: place.stamp)
        place = reader
        return NextEvents(events: events)
    }
}
