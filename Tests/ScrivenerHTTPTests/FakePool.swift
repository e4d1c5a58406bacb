// The double's pool: what has happened in it, and who is woken for that.

import ScrivenerHTTP
import ScrivenerModel

struct FakePool {
    static let journal = "3f9a1c22"
    static let start = 118_203

    /// Changes before these are not kept.
    private(set) var dropped = 0
    private var changes: [ToldChange] = []
    private var moved: [ProgressReport] = []
    private var followers: [AsyncStream<Void>.Continuation] = []

    static func cursor(_ position: Int) -> PoolCursor {
        PoolCursor(journal: journal, start: start, position: position, commit: 7, index: 0)
    }

    var cursor: PoolCursor { Self.cursor(changes.count) }

    mutating func follow(onLeave: @escaping @Sendable () -> Void) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in onLeave() }
        followers.append(continuation)
        return stream
    }

    mutating func happen(_ subjects: [ToldChange.Subject]) {
        for subject in subjects {
            changes.append(
                ToldChange(
                    cursor: Self.cursor(changes.count + 1), at: Sample.time, subject: subject))
        }
        wake()
    }

    mutating func move(_ reports: [ProgressReport]) {
        moved += reports
        wake()
    }

    mutating func drop(_ count: Int) { dropped = count }

    private func wake() { for follower in followers { follower.yield() } }

    func since(_ cursor: PoolCursor, limit: Int) -> PoolChanges? {
        guard cursor.journal == Self.journal, cursor.start == Self.start,
            (dropped...changes.count).contains(cursor.position)
        else { return nil }
        return PoolChanges(
            start: Self.cursor(cursor.position),
            changes: Array(changes.dropFirst(cursor.position).prefix(limit)))
    }

    mutating func takeMoved() -> [ProgressReport] {
        defer { moved.removeAll() }
        return moved
    }
}
