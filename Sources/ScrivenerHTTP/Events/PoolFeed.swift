// What happens in the pool, for everybody who follows it: each change of a session or a worker, and of sessions that
// move on the latest progress. One driver asks the coordinator, however many readers there are; each reader takes what
// it has not seen when it has room for it.

import ScrivenerModel

/// Where one reader of the pool's feed is.
struct PoolReader: Sendable {
    /// What it was told of. Of this start of the coordinator, so that its position says all.
    var cursor: PoolCursor
    /// Whether it is told of changes, or of progress alone.
    let wantsChanges: Bool
    /// The last progress that it has seen.
    fileprivate(set) var stamp: Int
    /// Of sessions that the snapshot showed, the revision that it did: what is older is no news.
    fileprivate let revisions: [String: Int64]

    init(_ snapshot: PoolSnapshot, at cursor: PoolCursor, wantsChanges: Bool, stamp: Int) {
        self.cursor = cursor
        self.wantsChanges = wantsChanges
        self.stamp = stamp
        revisions = Dictionary(
            snapshot.sessions.map { ($0.sessionID, $0.progress.revision) },
            uniquingKeysWith: max)
    }
}

/// The pool's feed, from its first reader to its last.
actor PoolFeed {
    /// How many changes, or reports of progress, one look returns.
    static let maximumEvents = 256

    /// Absent until the driver has begun.
    private var window: PoolWindow?
    private var latest = LatestProgress()
    private(set) var isBroken = false
    private var wakers: [UInt64: AsyncStream<FeedWake>.Continuation] = [:]

    // MARK: Readers

    /// - Returns: the stamp of the last progress that came before the reader.
    func add(_ waker: AsyncStream<FeedWake>.Continuation, as reader: UInt64) -> Int {
        wakers[reader] = waker
        // It may have missed what came before it.
        waker.yield(.news)
        return latest.lastStamp
    }

    func remove(_ reader: UInt64) { wakers[reader] = nil }

    /// Whether nothing is missed from now on; or never will be again.
    var hasBegun: Bool { window != nil || isBroken }

    /// What the reader has not seen, and where it is then.
    func read(_ reader: PoolReader) throws -> (contents: FeedContents, reader: PoolReader) {
        guard let window else {
            return (isBroken ? .last([try .interrupted()]) : .events([]), reader)
        }
        var next = reader
        if reader.wantsChanges {
            guard reader.cursor.position >= window.base else { return (.behind, reader) }
            let events = window.events(from: reader.cursor.position, limit: Self.maximumEvents)
            next.cursor.position += events.count
            guard events.isEmpty else { return (.events(events), next) }
        }
        let progress = latest.events(
            after: reader.stamp, newerThan: reader.revisions, limit: Self.maximumEvents)
        next.stamp = progress.stamp
        guard isBroken, progress.stamp == latest.lastStamp else {
            return (.events(progress.events), next)
        }
        return (.last(progress.events + [try .interrupted()]), next)
    }

    // MARK: The driver

    /// Begins, once more where changes were missed: sessions whose progress is known may have ended among them.
    ///
    /// - Parameter position: how many changes are not kept here.
    func begin(at position: Int) {
        window = PoolWindow(base: position)
        latest.removeAll()
        wake()
    }

    func take(_ changes: PoolChanges) throws {
        guard !changes.changes.isEmpty else { return }
        for change in changes.changes {
            try window?.append(change)
            if case .session(.ended, let id, _) = change.subject { latest.remove(id) }
        }
        wake()
    }

    /// Progress, as it was before the coordinator was asked: a session may have ended since.
    func take(_ reports: [ProgressReport]) throws {
        for report in reports where window?.hasEnded(report.sessionID) != true {
            try latest.append(report)
        }
        wake()
    }

    func breakOff() {
        isBroken = true
        wake()
    }

    private func wake() {
        for waker in wakers.values { waker.yield(.news) }
    }
}
