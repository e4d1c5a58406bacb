// What those ask who follow the pool as a whole. Sessions that are not open any more are read from the journal.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerStore
import ZeroMQ

extension Gateway {
    /// How many sessions' progress one answer tells of.
    private static let maximumReports = 256

    func followPool() async throws(ScrivenerError) -> (news: AsyncStream<Void>, cursor: PoolCursor)
    {
        let reply = await ask(.follow)
        guard case .following(let news, let cursor) = reply else { throw Self.unexpected(reply) }
        return (news, cursor)
    }

    func pool() async throws(ScrivenerError) -> PoolSnapshot {
        let reply = await ask(.view(sessions: PoolSnapshot.maximumOpen))
        guard case .view(let view, let cursor) = reply else { throw Self.unexpected(reply) }
        let ended = try await journal.archives(
            limit: PoolSnapshot.maximumEnded, after: nil, status: nil, since: nil)
        // One that has ended meanwhile is shown as the cursor has it.
        let open = Set(view.sessions.map(\.sessionID))
        return PoolSnapshot(
            cursor: cursor, status: view.status,
            sessions: view.sessions
                + ended.map(\.session).filter { !open.contains($0.sessionID) },
            workers: view.workers)
    }

    func changes(
        since cursor: PoolCursor, limit: Int
    ) async throws(ScrivenerError) -> PoolChanges? {
        let reply = await ask(
            .changes(since: cursor, limit: min(max(0, limit), PoolChanges.maximumCount)))
        switch reply {
        case .changes(let changes): return try await completed(changes)
        case .unknown: return nil
        default: throw Self.unexpected(reply)
        }
    }

    private func completed(
        _ told: PoolChanges
    ) async throws(ScrivenerError) -> PoolChanges {
        var missing: Set<String> = []
        for change in told.changes {
            if case .session(_, let id, nil) = change.subject { missing.insert(id) }
        }
        let ended = try await journal.listings(missing)
        var told = told
        for (place, change) in told.changes.enumerated() {
            guard case .session(let step, let id, nil) = change.subject else { continue }
            told.changes[place].subject = .session(step, id: id, ended[id])
        }
        return told
    }

    func movedSessions() async throws(ScrivenerError) -> (reports: [ProgressReport], hasMore: Bool)
    {
        let reply = await ask { .query(.moved(limit: Self.maximumReports), $0) }
        guard case .moved(let reports, let hasMore) = reply else { throw unexpected(reply) }
        return (reports, hasMore)
    }

    // MARK: Asking

    private func ask(_ request: PoolRequest) async -> PoolReply {
        await withCheckedContinuation { (continuation: PoolContinuation) in
            if !mailbox.post(.pool(request, continuation)) {
                continuation.resume(returning: .refused(Self.overloaded))
            }
        }
    }

    private static func unexpected(_ reply: PoolReply) -> ScrivenerError {
        if case .refused(let error) = reply { return error }
        return ScrivenerError(.internalError, "the coordinator gave an answer of another kind")
    }
}
