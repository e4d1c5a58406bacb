// A session's events for one reader: the session as it is, then each end of a task from the reader's cursor
// on, with what runs and the progress between them, and what agents say where that is asked for.

import ScrivenerModel

struct SessionEvents: EventSource {
    let session: ResearchSession
    let query: StreamQuery
    let subscription: SessionFeeds.Subscription
    let gateway: any CoordinatorGateway
    /// Where what agents say goes on, where that is asked for.
    let output: OutputPlace?

    var wakes: AsyncStream<FeedWake> { subscription.wakes }
    var waker: AsyncStream<FeedWake>.Continuation { subscription.waker }

    private var series: String { StreamCursor.series(of: session) }

    /// A cursor of another series, or beyond the session's ends as they are on disk, was not given out for
    /// what is here: the reader begins anew.
    func beginning() throws -> ([StreamEvent], SessionPlace) {
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
        let reader = FeedReader(ended: position, wantsTasks: !query.isProgressOnly)
        return (events, SessionPlace(feed: reader, output: output))
    }

    func next(after place: inout SessionPlace) async throws -> NextEvents {
        let (contents, reader) = try await subscription.feed.read(place.feed)
        // What was said before one of these events is told before it.
        let said = try said(after: &place.output)
        // The end comes when nothing is left to be said.
        if case .last = contents, !said.isEmpty { return NextEvents(events: said) }
        place.feed = reader
        switch contents {
        case .events(let events): return NextEvents(events: said + events)
        case .last(let events): return NextEvents(events: events, isLast: true)
        case .behind:
            return NextEvents(events: said + (try await missed(after: &place.feed)))
        }
    }

    private func said(after place: inout OutputPlace?) throws -> [StreamEvent] {
        guard var reader = place else { return [] }
        defer { place = reader }
        return try gateway.output.news(of: session.sessionID, after: &reader).map {
            origin, part in
            try StreamEvent(
                "log",
                LogText(
                    taskID: origin.taskID, attempt: origin.attempt, offset: part.offset,
                    text: part.text))
        }
    }

    /// What is kept nowhere but in the coordinator.
    private func missed(after place: inout FeedReader) async throws -> [StreamEvent] {
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
        return try ends.enumerated().map { offset, change in
            let cursor = StreamCursor(series: series, position: first + offset + 1)
            return try StreamEvent("task", id: cursor.text, change)
        }
    }
}

/// Where a reader of a session is.
struct SessionPlace: Sendable {
    var feed: FeedReader
    var output: OutputPlace?
}

/// The data of the event `snapshot`.
private struct SessionBeginning: Encodable {
    var session: ResearchSession
    var cursor: String
}
