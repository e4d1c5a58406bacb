// Those who follow the pool: woken when there is something to ask for, and answered from the log of its changes
// and from what the machine says of those whom they are about.

import ScrivenerCore
import ScrivenerModel
import ZeroMQ

/// What somebody who follows the pool asks.
enum PoolRequest: Sendable {
    /// To be woken from now on.
    case follow
    /// The pool as it is, with so many of its open sessions.
    case view(sessions: Int)
    case changes(since: PoolCursor, limit: Int)
}

/// The answer.
enum PoolReply: Sendable {
    case following(AsyncStream<Void>, PoolCursor)
    case view(PoolView, PoolCursor)
    case changes(PoolChanges)
    /// What lies behind the cursor is not known.
    case unknown
    case refused(ScrivenerError)
}

/// Whoever waits for it.
typealias PoolContinuation = CheckedContinuation<PoolReply, Never>

/// Somebody who waits for the machine's part of an answer.
struct PoolWaiter {
    /// What the log has said already.
    enum Part {
        /// The position that the view is of: changes behind it may be in no log yet.
        case view(at: Int)
        case changes(since: PoolCursor, [LoggedChange])
    }

    var part: Part
    var continuation: PoolContinuation
}

/// The followers of the pool. Confined to the loop's thread.
struct PoolDesk {
    private let notices: Mailbox<LoopNotice>
    private var log: PoolLog
    private var followers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    private var last: UInt64 = 0

    init(log: PoolLog, notices: Mailbox<LoopNotice>) {
        self.log = log
        self.notices = notices
    }

    // MARK: Followers

    var isFollowed: Bool { !followers.isEmpty }

    mutating func follow() -> (AsyncStream<Void>, PoolCursor) {
        last += 1
        let follower = last
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { [notices] _ in
            _ = notices.post(.unfollowPool(follower: follower))
        }
        followers[follower] = continuation
        // Sessions may have moved that nobody has asked for: of those there is no word again.
        continuation.yield()
        return (stream, log.cursor(at: log.end))
    }

    mutating func leave(_ follower: UInt64) { followers[follower] = nil }

    /// Changes are on disk.
    mutating func publish(_ changes: [PoolChange], commit: Int64) {
        log.append(changes, commit: commit)
        if !changes.isEmpty { wake() }
    }

    /// There is something to ask for.
    func wake() {
        for follower in followers.values { follower.yield() }
    }

    mutating func close() {
        let all = followers.values
        followers.removeAll()
        for follower in all { follower.finish() }
    }

    // MARK: Answers

    /// The log's part of the answer, and what the machine is asked for the rest.
    ///
    /// - Parameter unseen: how many changes are on their way to the disk.
    /// - Returns: `nil` when the cursor says nothing.
    func part(of request: PoolRequest, unseen: Int) -> (PoolWaiter.Part, Query)? {
        switch request {
        case .follow: return nil
        case .view(let sessions):
            return (.view(at: log.end + unseen), .pool(sessions: sessions))
        case .changes(let cursor, let limit):
            guard let position = log.position(of: cursor) else { return nil }
            let changes = log.changes(from: position, limit: limit)
            var sessions: [Int64] = []
            var workers: [Int32] = []
            for logged in changes {
                switch logged.change.subject {
                case .session(let number, _, _): sessions.append(number)
                case .worker(let number, _): workers.append(number)
                }
            }
            return (
                .changes(since: log.cursor(at: position), changes),
                .poolSubjects(sessions: sessions, workers: workers)
            )
        }
    }

    func answer(_ waiter: PoolWaiter, _ reply: Reply) {
        let answer: PoolReply
        switch (waiter.part, reply) {
        case (.view(let position), .pool(let view)):
            answer = .view(view, log.cursor(at: position))
        case (.changes(let start, let changes), .poolSubjects(let subjects)):
            answer = .changes(
                PoolChanges(start: start, changes: Self.told(changes, of: subjects)))
        case (_, .refused(let error)): answer = .refused(error)
        default: answer = .unknown
        }
        waiter.continuation.resume(returning: answer)
    }

    /// - Parameter subjects: those of the changes, in their order.
    private static func told(
        _ changes: [LoggedChange], of subjects: PoolSubjects
    ) -> [ToldChange] {
        var sessions = subjects.sessions.makeIterator()
        var workers = subjects.workers.makeIterator()
        return changes.compactMap { logged in
            let subject: ToldChange.Subject
            switch logged.change.subject {
            case .session(_, let id, let step):
                subject = .session(step, id: id, sessions.next() ?? nil)
            case .worker(_, let step):
                guard let worker = workers.next() else { return nil }
                subject = .worker(step, worker)
            }
            return ToldChange(cursor: logged.cursor, at: logged.change.at, subject: subject)
        }
    }
}
