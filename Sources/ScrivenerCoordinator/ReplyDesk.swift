// Everybody who waits for an answer of the loop: to a request, to the end of a session, to be told of its
// progress. What the machine has to hear of that is gathered for the loop to tell it.

import ScrivenerBatch
import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ZeroMQ

/// Who waits for a reply, and what for.
enum PendingReply {
    case request(ReplyContinuation)
    /// Who wants a session, and later to hear of its end.
    case session(ReplyContinuation, PendingEnd)
    /// Who has waited for the end of a session long enough.
    case late(EndWaiters.Waiter)
    case watch(WatchContinuation)
    case pool(PoolWaiter)
}

/// Those who wait. Confined to the loop's thread.
struct ReplyDesk {
    private let notices: Mailbox<LoopNotice>
    private var replies: [ReplyToken: PendingReply] = [:]
    private var lastToken: UInt64 = 0
    private var readers = ProgressReaders()
    private var endWaiters = EndWaiters()
    private var pool: PoolDesk
    /// How many of `replies` are for somebody who wants to follow a session.
    private var pendingWatches = 0
    /// Sessions that nobody follows any more, unless one of the pending ones comes to.
    private var deserted: Set<Int64> = []
    private var events: [OrchestratorEvent] = []

    init(notices: Mailbox<LoopNotice>, log: PoolLog) {
        self.notices = notices
        pool = PoolDesk(log: log, notices: notices)
    }

    /// When somebody will have waited long enough.
    var nextDue: Instant? { endWaiters.nextDue }

    /// A token under which the machine's reply will come.
    mutating func token(_ waiter: PendingReply) -> ReplyToken {
        if case .watch = waiter { pendingWatches += 1 }
        lastToken += 1
        let token = ReplyToken(lastToken)
        replies[token] = waiter
        return token
    }

    /// A token for somebody who wants a session, and perhaps to hear of its end.
    mutating func token(_ waiter: ReplyContinuation, _ end: PendingEnd?) -> ReplyToken {
        token(end.map { .session(waiter, $0) } ?? .request(waiter))
    }

    /// What the machine has to hear, in order.
    mutating func takeEvents() -> [OrchestratorEvent] {
        guard !events.isEmpty else { return [] }
        defer { events.removeAll() }
        return events
    }

    // MARK: Answers

    mutating func answer(_ token: ReplyToken, _ reply: Reply, at now: Instant) {
        switch replies.removeValue(forKey: token) {
        case .request(let waiter): waiter.resume(returning: reply)
        case .session(let waiter, let end):
            if case .session(let number, let session) = reply {
                endWaiters.add(end, of: number, session, at: now)
            }
            waiter.resume(returning: reply)
        case .late(let waiter):
            // Otherwise it has ended, and its end tells.
            if case .session(let number, let session) = reply {
                endWaiters.tell(waiter, of: number, session)
            }
        case .watch(let waiter):
            waiter.resume(returning: following(reply))
            pendingWatches -= 1
            unwatchDeserted()
        case .pool(let waiter): pool.answer(waiter, reply)
        case nil: return
        }
    }

    /// A session has ended, and that is on disk.
    mutating func end(_ ending: SessionEnding) { endWaiters.end(ending) }

    /// Those who have waited long enough get the session as it is.
    ///
    /// - Parameter isFull: whether replies wait until the disk has room. Nobody shall wait for that: they get
    ///   the session as it was when it was accepted.
    mutating func tellDue(at now: Instant, isFull: Bool) {
        for waiter in endWaiters.due(at: now) {
            guard !isFull else {
                waiter.end.fulfil(waiter.accepted)
                continue
            }
            let token = token(.late(waiter))
            events.append(.query(.session(id: waiter.accepted.sessionID), token))
        }
    }

    /// The disk has no room: whoever has waited long enough, and waits for a reply now, gets the session as it
    /// was when it was accepted.
    func tellLate() {
        for case .late(let waiter) in replies.values { waiter.end.fulfil(waiter.accepted) }
    }

    /// Nobody waits for the end of a session any more.
    mutating func stopWaiting() { endWaiters.release() }

    /// Whoever still waits is told that the coordinator stops; whoever's session was accepted, that it
    /// was.
    mutating func close() {
        for token in replies.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            answer(token, .refused(.stopping), at: .zero)
        }
        endWaiters.close()
        readers.finishAll()
        pool.close()
    }

    // MARK: The pool

    /// Somebody follows the pool, and asks.
    ///
    /// - Parameter unseen: how many changes are on their way to the disk.
    mutating func take(_ request: PoolRequest, _ waiter: PoolContinuation, unseen: Int) {
        if case .follow = request {
            if !pool.isFollowed { events.append(.followPool(true)) }
            let (news, cursor) = pool.follow()
            return waiter.resume(returning: .following(news, cursor))
        }
        guard let (part, query) = pool.part(of: request, unseen: unseen) else {
            return waiter.resume(returning: .unknown)
        }
        let token = token(.pool(PoolWaiter(part: part, continuation: waiter)))
        events.append(.query(query, token))
    }

    mutating func leavePool(_ follower: UInt64) {
        pool.leave(follower)
        if !pool.isFollowed { events.append(.followPool(false)) }
    }

    mutating func publish(_ changes: [PoolChange], commit: Int64) {
        pool.publish(changes, commit: commit)
    }

    func wakePool() { pool.wake() }

    // MARK: Progress

    mutating func publish(session: Int64, _ report: ProgressReport) {
        readers.publish(session: session, report)
    }

    /// A reader has gone.
    mutating func leave(session: Int64, watcher: UInt64) {
        guard readers.remove(session: session, watcher: watcher) else { return }
        deserted.insert(session)
        unwatchDeserted()
    }

    private mutating func following(_ reply: Reply) -> WatchReply {
        switch reply {
        case .session(let number, let session):
            .following(
                readers.add(session: number, first: session.progress) { [notices] watcher in
                    _ = notices.post(.unwatch(session: number, watcher: watcher))
                })
        case .refused(let error): .refused(error)
        default: .notOpen
        }
    }

    /// The machine stops publishing a session's progress when nobody follows it: not while the
    /// reply to somebody who will is on its way.
    private mutating func unwatchDeserted() {
        guard pendingWatches == 0, !deserted.isEmpty else { return }
        for session in deserted.sorted() where !readers.follow(session) {
            events.append(.unwatch(session: session))
        }
        deserted.removeAll()
    }
}
