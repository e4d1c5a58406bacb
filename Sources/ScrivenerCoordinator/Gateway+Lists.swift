// Lists of sessions and of tasks, page by page. A page goes on where the one before it stopped, whatever
// has happened meanwhile: by the numbers of sessions, and by the places of tasks in their plan.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerStore

extension Gateway {
    /// Open sessions come first: they are what people look for. One that ends between two pages comes
    /// again among those that have ended, and none is left out.
    func sessions(_ filter: SessionFilter) async throws(ScrivenerError) -> SessionPage {
        let cursor = try SessionCursor(filter.after)
        let since = filter.since.map(Self.time)
        var page: [ResearchSession] = []
        if cursor?.isOpen != false {
            let matching = try await openSessions(filter, after: cursor?.number, since: since)
            let taken = matching.prefix(filter.limit)
            page = taken.map(\.session)
            if matching.count > taken.count, let last = taken.last {
                let next = SessionCursor(number: last.number, isOpen: true)
                return SessionPage(sessions: page, next: next.text)
            }
        }
        let room = filter.limit - page.count
        let ended = cursor.flatMap { $0.isOpen ? nil : $0.number }
        // One more than there is room for: whether there is another page.
        let listings = try await journal.archives(
            limit: room + 1, after: ended, status: filter.status, since: since)
        let taken = listings.prefix(room)
        page += taken.map(\.session)
        guard listings.count > room else { return SessionPage(sessions: page, next: nil) }
        let last = taken.last?.number ?? .max
        return SessionPage(
            sessions: page, next: SessionCursor(number: last, isOpen: false).text)
    }

    private func openSessions(
        _ filter: SessionFilter, after number: Int64?, since: WallTime?
    ) async throws(ScrivenerError) -> [NumberedSession] {
        let reply = await ask { .query(.openSessions, $0) }
        guard case .sessions(let all) = reply else { throw unexpected(reply) }
        return all.filter { each in
            each.number < number ?? .max
                && (filter.status == nil || each.session.status == filter.status)
                && (since.map { each.session.submittedAt >= $0 } ?? true)
        }
    }

    func tasks(_ id: String, _ filter: TaskFilter) async throws(ScrivenerError) -> TaskList {
        let first = try TaskCursor.place(after: filter.after)
        let snapshot = try await snapshot(id)
        let matching = snapshot.tasks.indices.lazy.filter { place in
            place >= first && filter.takes(snapshot.tasks[place])
        }
        let taken = Array(matching.prefix(filter.limit.map { $0 + 1 } ?? .max))
        let places = taken.prefix(filter.limit ?? .max)
        // Only of these is anything read.
        var page = snapshot
        page.tasks = places.map { snapshot.tasks[$0] }
        let (annexes, _) = try await journal.records(of: page, withPayloads: false)
        let records = page.tasks.map {
            ResultAggregator.record(of: $0, in: snapshot, annexes: annexes)
        }
        let hasMore = taken.count > places.count
        return TaskList(tasks: records, next: hasMore ? places.last.map { "\($0)" } : nil)
    }
}

extension Gateway {
    func attempts(
        of task: String, in id: String
    ) async throws(ScrivenerError) -> AttemptList {
        let reply = await ask { .query(.task(sessionID: id, taskID: task), $0) }
        let known: TaskSnapshot
        switch reply {
        case .task(let snapshot): known = snapshot
        case .notOpen: known = try await archived(id).task(task)
        default: throw unexpected(reply)
        }
        return AttemptList(
            taskID: known.taskID, status: known.status,
            attempts: ResultAggregator.executions(
                of: known, annexes: try await journal.annexes(of: known)))
    }
}

extension SessionSnapshot {
    /// The task with an id that comes from outside.
    func task(_ id: String) throws(ScrivenerError) -> TaskSnapshot {
        guard let task = tasks.first(where: { $0.taskID == id }) else {
            throw ScrivenerError(
                .taskNotFound, "session \(session.sessionID) has no task \(id)")
        }
        return task
    }
}

extension TaskFilter {
    fileprivate func takes(_ task: TaskSnapshot) -> Bool {
        guard status == nil || task.status == status else { return false }
        guard let agent else { return true }
        return task.assignedAgent == agent || task.executions.last?.agent == agent
    }
}

/// Where the next page of a list of sessions begins: after the session of a number, among those that
/// are open or those that have ended.
private struct SessionCursor {
    private static let openMark: Character = "o"

    var number: Int64
    var isOpen: Bool

    init(number: Int64, isOpen: Bool) {
        self.number = number
        self.isOpen = isOpen
    }

    /// - Returns: `nil` for the first page.
    init?(_ text: String?) throws(ScrivenerError) {
        guard let text else { return nil }
        isOpen = text.first == Self.openMark
        guard let number = Int64(isOpen ? text.dropFirst() : text[...]), number > 0 else {
            throw cursorError(text)
        }
        self.number = number
    }

    var text: String { (isOpen ? String(Self.openMark) : "") + "\(number)" }
}

/// Where the next page of a list of tasks begins.
private enum TaskCursor {
    static func place(after text: String?) throws(ScrivenerError) -> Int {
        guard let text else { return 0 }
        guard let place = Int(text), (0..<Int.max).contains(place) else { throw cursorError(text) }
        return place + 1
    }
}

private func cursorError(_ text: String) -> ScrivenerError {
    ScrivenerError(
        .requestInvalid, "the cursor was not made by this coordinator",
        mistakes: [
            Mistake(
                .requestInvalid, at: "?after", "must be the `next` of an earlier page",
                actual: String(text.prefix(64)))
        ])
}
