// The feeds of all sessions that somebody follows, and what drives them. A feed begins with its first reader
// and goes with its last.

import Logging
import ScrivenerModel
import ServiceLifecycle

/// Keeps the feeds, and drives them while it runs.
actor SessionFeeds: Service {
    /// How many ends of tasks are kept for all feeds together; about 150 bytes each.
    static let maximumEnds = 1_000_000
    /// Of each session at least.
    static let minimumEndsEach = 1_024
    /// Sessions that have ended are read as a whole: together they may have so many tasks, or there is one.
    static let maximumArchivedEnds = 2_000_000

    private let gateway: any CoordinatorGateway
    private let logger: Logger
    private var feeds: [String: Entry] = [:]
    private var lastReader: UInt64 = 0
    private let drives = FeedDrives<SessionFeed, Subscription>()

    private struct Entry {
        let feed: SessionFeed
        let series: String
        let stop: AsyncStream<Void>.Continuation
        var readers = 1
        /// How many ends it holds of a session that has ended.
        var archivedEnds: Int
    }

    /// Somebody who reads a feed.
    struct Subscription: Sendable {
        let feed: SessionFeed
        let reader: UInt64
        let wakes: AsyncStream<FeedWake>
        let waker: AsyncStream<FeedWake>.Continuation
    }

    init(gateway: any CoordinatorGateway, logger: Logger) {
        self.gateway = gateway
        self.logger = logger
    }

    func run() async throws {
        await drives.run(
            drive: { await self.drive($0) }, ended: { await self.end($0) },
            departed: { await self.remove($0) })
    }

    // MARK: Readers

    /// - Throws: `overloaded` when sessions that have ended, and are followed already, have too many tasks.
    func subscribe(
        to session: ResearchSession
    ) async throws(ScrivenerError) -> Subscription {
        lastReader += 1
        let (wakes, waker) = AsyncStream.makeStream(
            of: FeedWake.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = Subscription(
            feed: try feed(of: session), reader: lastReader, wakes: wakes, waker: waker)
        await subscription.feed.add(waker, as: subscription.reader)
        return subscription
    }

    private func feed(of session: ResearchSession) throws(ScrivenerError) -> SessionFeed {
        let id = session.sessionID
        let series = StreamCursor.series(of: session)
        if var entry = feeds[id], entry.series == series {
            entry.readers += 1
            feeds[id] = entry
            return entry.feed
        }
        let archived = session.status.isTerminal ? session.progress.totalTasks : 0
        let held = feeds.values.reduce(0) { $0 + $1.archivedEnds }
        guard archived == 0 || held == 0 || held + archived <= Self.maximumArchivedEnds else {
            throw ScrivenerError(
                .overloaded,
                "sessions that have ended, and are followed now, have \(held) tasks; this one has "
                    + "\(archived), and the limit is \(Self.maximumArchivedEnds)",
                retryAfterSeconds: 5)
        }
        let feed = SessionFeed(sessionID: id, series: series)
        feeds[id] = Entry(
            feed: feed, series: series, stop: drives.begin(feed), archivedEnds: archived)
        return feed
    }

    /// From any thread.
    nonisolated func leave(_ subscription: Subscription) { drives.leave(subscription) }

    private func remove(_ subscription: Subscription) async {
        await subscription.feed.remove(subscription.reader)
        let id = subscription.feed.sessionID
        guard var entry = feeds[id], entry.feed === subscription.feed else { return }
        entry.readers -= 1
        feeds[id] = entry.readers > 0 ? entry : nil
        if entry.readers == 0 { entry.stop.finish() }
    }

    // MARK: Driving

    private func end(_ feed: SessionFeed) async {
        await feed.breakOff()
        let id = feed.sessionID
        guard await feed.isBroken, feeds[id]?.feed === feed else { return }
        // Whoever comes now begins another.
        feeds[id] = nil
    }

    private nonisolated func drive(_ feed: SessionFeed) async {
        do {
            let following = try await patiently { () async throws in
                try await self.gateway.follow(feed.sessionID)
            }
            switch following {
            case .over: try await finish(feed)
            case .open(let reports):
                for await report in reports {
                    if report.status.isTerminal { return try await finish(feed) }
                    await feed.begin(after: max(0, report.endedTasks - Self.maximumEnds))
                    try await catchUp(feed)
                    await feed.take(report)
                }
            }
        } catch {
            logger.warning(
                "a session can be followed no more",
                metadata: ["session": "\(feed.sessionID)", "error": "\(error)"])
        }
    }

    private nonisolated func catchUp(_ feed: SessionFeed) async throws {
        while true {
            let position = FollowerPosition(
                ended: await feed.endedCount, running: await feed.runningNumbers)
            let answer = try await patiently { () async throws in
                try await self.gateway.changes(feed.sessionID, since: position)
            }
            // It has just ended, and the next report says so.
            guard let changes = answer else { return }
            try await feed.take(changes, keeping: await endsEach)
            if changes.ended.count < SessionChanges.maximumEnded { return }
        }
    }

    /// The rest, from the archive; or all of it, so that nobody who comes late has to ask for it again.
    private nonisolated func finish(_ feed: SessionFeed) async throws {
        let (session, ends) = try await patiently { () async throws in
            try await self.gateway.ended(feed.sessionID)
        }
        if await mayHold(ends.count, of: feed) { await feed.beginAnew() }
        await feed.begin(after: 0)
        let known = await feed.endedCount
        for start in stride(from: known, to: ends.count, by: SessionChanges.maximumEnded) {
            let part = ends[start..<min(ends.count, start + SessionChanges.maximumEnded)]
            try await feed.take(
                SessionChanges(endedCount: ends.count, ended: Array(part)), keeping: .max / 2)
        }
        await feed.finish(with: session.progress)
    }

    /// Whether there is room for all ends of a session that has ended.
    private func mayHold(_ count: Int, of feed: SessionFeed) -> Bool {
        let id = feed.sessionID
        guard var entry = feeds[id], entry.feed === feed else { return false }
        let others = feeds.reduce(0) { $0 + ($1.key == id ? 0 : $1.value.archivedEnds) }
        guard others == 0 || others + count <= Self.maximumArchivedEnds else { return false }
        entry.archivedEnds = count
        feeds[id] = entry
        return true
    }

    private var endsEach: Int {
        max(Self.minimumEndsEach, Self.maximumEnds / max(1, feeds.count))
    }
}
