// Who submitted a session and waits for its end. The loop knows of both, so that nobody has to follow a
// session, or ask again, to be told that it is over.

import ScrivenerBatch
import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel

/// Pending ends of open sessions. Confined to the loop's thread.
struct EndWaiters {
    struct Waiter {
        /// The session as it was when the wait began.
        var accepted: ResearchSession
        var due: Instant
        var end: PendingEnd
    }

    private var waiters: [Int64: [Waiter]] = [:]
    /// When the first of them has waited long enough, or sooner; far away when all were told.
    private(set) var nextDue: Instant?
    /// Nobody waits any more: the coordinator stops.
    private var isReleased = false

    /// A session was opened, or found open.
    mutating func add(
        _ end: PendingEnd, of number: Int64, _ session: ResearchSession, at now: Instant
    ) {
        guard session.endedAt == nil, !isReleased else { return end.fulfil(session) }
        let due = now.advanced(by: .seconds(Double(end.patience)))
        waiters[number, default: []].append(Waiter(accepted: session, due: due, end: end))
        nextDue = min(nextDue ?? due, due)
    }

    mutating func end(_ ending: SessionEnding) {
        // Mostly nobody waits.
        guard !waiters.isEmpty, let told = waiters.removeValue(forKey: ending.number) else {
            return
        }
        for waiter in told { waiter.end.fulfil(ending.session) }
        if waiters.isEmpty { nextDue = nil }
    }

    /// Those who have waited long enough, or all of them; each is named once. They are kept until the
    /// session was looked at: it may end before that.
    mutating func due(at now: Instant) -> [Waiter] {
        guard let nextDue, nextDue <= now else { return [] }
        var found: [Waiter] = []
        for number in waiters.keys.sorted() {
            for index in waiters[number, default: []].indices
            where waiters[number, default: []][index].due <= now {
                waiters[number, default: []][index].due = .distantFuture
                found.append(waiters[number, default: []][index])
            }
        }
        self.nextDue = waiters.values.joined().map(\.due).min()
        return found
    }

    /// Nobody waits any more: all are due now, and so are those that come.
    mutating func release() {
        isReleased = true
        for number in waiters.keys {
            for index in waiters[number, default: []].indices {
                waiters[number, default: []][index].due = .zero
            }
        }
        nextDue = waiters.isEmpty ? nil : .zero
    }

    /// A session was looked at that has not ended: whoever was due is told of it as it is.
    mutating func tell(_ waiter: Waiter, of number: Int64, _ session: ResearchSession) {
        waiter.end.fulfil(session)
        waiters[number]?.removeAll { $0.end === waiter.end }
        if waiters[number]?.isEmpty == true { waiters[number] = nil }
    }

    /// The last word to all who are left.
    mutating func close() {
        for waiter in waiters.values.joined() { waiter.end.fulfil(waiter.accepted) }
        waiters.removeAll()
    }
}
