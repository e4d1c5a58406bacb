// What a task's agent says, as a stream: the tail of an attempt and what comes, then the next attempt's, until
// the task is over. Nothing is kept for a reader but its place: one that is too slow for the tail is told that
// it has lost something, and goes on with what is held.

import ScrivenerModel
import Synchronization

/// One reader's stream of a task's log.
final class TaskLogEvents: EventSource {
    /// How much text one event has, and how much is written at once.
    static let bytesPerEvent = 16 << 10

    let sessionID: String
    let taskID: String
    let query: LogQuery
    let gateway: any CoordinatorGateway
    /// Whatever happens in the session; nothing where it is over.
    let reports: AsyncStream<ProgressReport>?
    let wakes: AsyncStream<FeedWake>
    let waker: AsyncStream<FeedWake>.Continuation
    /// Whether there was a report that nobody has looked at the attempts for.
    private let isReported = Mutex(true)

    init(
        sessionID: String, taskID: String, query: LogQuery, gateway: any CoordinatorGateway,
        reports: AsyncStream<ProgressReport>?, wakes: AsyncStream<FeedWake>,
        waker: AsyncStream<FeedWake>.Continuation
    ) {
        self.sessionID = sessionID
        self.taskID = taskID
        self.query = query
        self.gateway = gateway
        self.reports = reports
        self.wakes = wakes
        self.waker = waker
    }

    /// Where a reader is.
    struct Place: Sendable {
        /// Absent until there is one.
        var attempt: Int?
        /// Absent until anything was said.
        var series: String?
        var offset = 0
        /// Whether something was told since the attempts were looked at.
        var wasTold = false
    }

    /// Whatever may have ended an attempt wakes the stream as what is said does.
    func accompany() async {
        guard let reports else { return }
        for await _ in reports { report() }
        report()
    }

    private func report() {
        isReported.withLock { $0 = true }
        waker.yield(.news)
    }

    func beginning() async throws -> ([StreamEvent], Place) {
        waker.yield(.news)
        let list = try await gateway.attempts(of: taskID, in: sessionID)
        let known = query.cursor.flatMap { cursor in
            gateway.output.origin(ofSeries: cursor.series, session: sessionID)
        }
        if let cursor = query.cursor, let known, known.taskID == taskID,
            query.attempt.map({ $0 == known.attempt }) ?? true
        {
            let place = Place(
                attempt: known.attempt, series: cursor.series, offset: cursor.position)
            return ([], place)
        }
        var events: [StreamEvent] = []
        if let cursor = query.cursor {
            events.append(try StreamEvent("reset", ["cursor": cursor.text]))
        }
        var place = Place()
        if let first = query.attempt ?? list.attempts.map(\.attempt).max() {
            try begin(first, of: list, at: &place, &events)
        }
        return (events, place)
    }

    func next(after place: inout Place) async throws -> NextEvents {
        if let event = try said(after: &place) { return NextEvents(events: [event]) }
        guard isDue(&place) else { return NextEvents(events: []) }
        let list = try await gateway.attempts(of: taskID, in: sessionID)
        // What was said last came before the end did.
        if let event = try said(after: &place) {
            place.wasTold = false
            return NextEvents(events: [event])
        }
        let current = list.attempts.first { $0.attempt == place.attempt }
        guard current?.outcome != .running else { return NextEvents(events: []) }
        if let only = query.attempt {
            let isOver = current != nil || list.status.isTerminal
            return isOver ? try end(list, attempt: only) : NextEvents(events: [])
        }
        var events: [StreamEvent] = []
        let later = list.attempts.map(\.attempt).filter { $0 > place.attempt ?? 0 }
        if let next = later.min() {
            try begin(next, of: list, at: &place, &events)
            return NextEvents(events: events)
        }
        return list.status.isTerminal
            ? try end(list, attempt: place.attempt) : NextEvents(events: [])
    }

    /// Whether the coordinator is asked for the attempts: not for each word of an agent. A wake that brought
    /// something of the attempt is explained by that, unless there was a report as well.
    private func isDue(_ place: inout Place) -> Bool {
        let wasReported = isReported.withLock { isReported in
            defer { isReported = false }
            return isReported
        }
        defer { place.wasTold = false }
        return wasReported || !place.wasTold
    }

    private func begin(
        _ attempt: Int, of list: AttemptList, at place: inout Place,
        _ events: inout [StreamEvent]
    ) throws {
        place = Place(attempt: attempt)
        let execution = list.attempts.first { $0.attempt == attempt }
        events.append(
            try StreamEvent(
                "attempt",
                LogAttempt(taskID: taskID, attempt: attempt, workerID: execution?.workerID)))
    }

    /// What was said after a place, if anything was.
    private func said(after place: inout Place) throws -> StreamEvent? {
        guard let attempt = place.attempt else { return nil }
        let origin = OutputOrigin(sessionID: sessionID, taskID: taskID, attempt: attempt)
        let part = gateway.output.part(
            of: origin, from: place.offset, limit: Self.bytesPerEvent)
        guard let part else { return nil }
        if let series = place.series, !part.isContinued || series != part.series {
            let lost = StreamCursor(series: series, position: place.offset)
            place = Place(attempt: attempt)
            return try StreamEvent("reset", ["cursor": lost.text])
        }
        guard !part.text.isEmpty else { return nil }
        place.series = part.series
        place.offset = part.next
        place.wasTold = true
        return try StreamEvent(
            "log", id: StreamCursor(series: part.series, position: part.next).text,
            LogText(taskID: taskID, attempt: attempt, offset: part.offset, text: part.text))
    }

    private func end(_ list: AttemptList, attempt: Int?) throws -> NextEvents {
        let end = LogEnd(taskID: taskID, status: list.status, attempt: attempt)
        return NextEvents(events: [try StreamEvent("end", end)], isLast: true)
    }
}

/// The data of the event `attempt`: what follows is this attempt's.
private struct LogAttempt: Encodable {
    var taskID: String
    var attempt: Int
    var workerID: String?

    enum CodingKeys: String, CodingKey {
        case attempt
        case taskID = "task_id"
        case workerID = "worker_id"
    }
}

/// The data of the event `end`.
private struct LogEnd: Encodable {
    var taskID: String
    var status: TaskStatus
    var attempt: Int?

    enum CodingKeys: String, CodingKey {
        case status, attempt
        case taskID = "task_id"
    }
}
