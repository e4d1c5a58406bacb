// A session's events for one reader: the session as it is, then each end of a task from the reader's cursor
// on, with what runs and the progress between them.

import ScrivenerModel

struct SessionEvents: EventSource {
    let session: ResearchSession
    let query: StreamQuery
    let subscription: SessionFeeds.Subscription
    let gateway: any CoordinatorGateway

    var wakes: AsyncStream<FeedWake> { subscription.wakes }
    var waker: AsyncStream<FeedWake>.Continuation { subscription.waker }

    private var series: String { StreamCursor.series(of: session) }

    /// A cursor of another series, or beyond the session's ends as they are on disk, was not given out for
    /// what is here: the reader begins anew.
    func beginning() throws -> ([StreamEvent], FeedReader) {
        var events: [StreamEvent] = []
        var position = query.isProgressOnly ? session.progress.endedTasks : 0
        if let cursor = query.cursor {
            if cursor.series == series, cursor.position <= session.progress.endedTasks {
                position = cursor.position
            } else {
                let start = StreamCursor(series: series, position: position)
                events.append(
                    try StreamEvent("reset", id: start.text, ["cursor": cursor.text]))
            }
        }
        let start = StreamCursor(series: series, position: position).text
        events.append(
            try StreamEvent(
                "snapshot", id: start, SessionBeginning(session: session, cursor: start)))
        return (events, FeedReader(ended: position, wantsTasks: !query.isProgressOnly))
    }

    func next(after place: inout FeedReader) async throws -> NextEvents {
        let (contents, reader) = try await subscription.feed.read(place)
        place = reader
        switch contents {
        case .events(let events): return NextEvents(events: events)
        case .last(let events): return NextEvents(events: events, isLast: true)
        case .behind: return try await missed(after: &place)
        }
    }

    /// What is kept nowhere but in the coordinator.
    private func missed(after place: inout FeedReader) async throws -> NextEvents {
        let position = FollowerPosition(ended: place.ended)
        let ends: [TaskChange]
        if let changes = try await gateway.changes(session.sessionID, since: position) {
            ends = changes.ended
        } else {
            let all = try await gateway.ended(session.sessionID).ends
            ends = Array(all.dropFirst(place.ended).prefix(SessionChanges.maximumEnded))
        }
        let first = place.ended
        place.ended += ends.count
        let events = try ends.enumerated().map { offset, change in
            let cursor = StreamCursor(series: series, position: first + offset + 1)
            return try StreamEvent("task", id: cursor.text, change)
        }
        return NextEvents(events: events)
    }
}

/// The data of the event `snapshot`.
private struct SessionBeginning: Encodable {
    var session: ResearchSession
    var cursor: String
}
