// The feeds of all sessions that somebody follows, and what drives them. A feed begins with its first reader
// and goes with its last.

import Logging
import ScrivenerModel
import ServiceLifecycle

/// Keeps the feeds, and drives them while it runs.
actor SessionFeeds: Service {
    /// How many ends of tasks are kept for all feeds together; about 150 bytes each.
    static let maximumEnds = 1_000_000
    /// How many of one session at most.
    static let maximumEndsEach = 65_536
    /// Sessions that have ended are read as a whole: together they may have so many tasks, or there is one.
    static let maximumArchivedEnds = 2_000_000

    private let gateway: any CoordinatorGateway
    private let logger: Logger
    private var feeds: [String: Entry] = [:]
    private var lastReader: UInt64 = 0
    private let drives: AsyncStream<Drive>
    private let driver: AsyncStream<Drive>.Continuation

    private struct Entry {
        let feed: SessionFeed
        let stop: AsyncStream<Void>.Continuation
        var readers = 0
        /// Of a session that had ended when its feed began.
        let archivedEnds: Int
    }

    /// A feed that begins.
    private struct Drive: Sendable {
        let feed: SessionFeed
        let stop: AsyncStream<Void>
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
        (drives, driver) = AsyncStream.makeStream()
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await drive in drives.cancelOnGracefulShutdown() {
                group.addTask { await self.follow(drive) }
            }
            group.cancelAll()
        }
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
        if var entry = feeds[id] {
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
        let feed = SessionFeed(sessionID: id, series: StreamCursor.series(of: session))
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        feeds[id] = Entry(feed: feed, stop: stop, readers: 1, archivedEnds: archived)
        driver.yield(Drive(feed: feed, stop: stops))
        return feed
    }

    func leave(_ subscription: Subscription) async {
        await subscription.feed.remove(subscription.reader)
        let id = subscription.feed.sessionID
        guard var entry = feeds[id], entry.feed === subscription.feed else { return }
        entry.readers -= 1
        feeds[id] = entry.readers > 0 ? entry : nil
        if entry.readers == 0 { entry.stop.finish() }
    }

    // MARK: Driving

    private func follow(_ drive: Drive) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.drive(drive.feed) }
            group.addTask { for await _ in drive.stop {} }
            await group.next()
            group.cancelAll()
        }
        await drive.feed.breakOff()
        let id = drive.feed.sessionID
        guard await drive.feed.isBroken, feeds[id]?.feed === drive.feed else { return }
        // Whoever comes now begins another.
        feeds[id] = nil
    }

    private nonisolated func drive(_ feed: SessionFeed) async {
        do {
            switch try await gateway.follow(feed.sessionID) {
            case .over: try await finish(feed)
            case .open(let reports):
                for await report in reports {
                    if report.status.isTerminal { return try await finish(feed) }
                    await feed.begin(after: max(0, report.endedTasks - Self.maximumEndsEach))
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
        var position = FollowerPosition()
        while true {
            position.ended = await feed.endedCount
            position.running = await feed.runningNumbers
            guard let changes = try await gateway.changes(feed.sessionID, since: position) else {
                // It has just ended, and the next report says so.
                return
            }
            try await feed.take(changes, keeping: await endsEach)
            if changes.ended.count < SessionChanges.maximumEnded { return }
        }
    }

    /// The rest, from the archive.
    private nonisolated func finish(_ feed: SessionFeed) async throws {
        let (session, ends) = try await gateway.ended(feed.sessionID)
        await feed.begin(after: 0)
        let known = await feed.endedCount
        for start in stride(from: known, to: ends.count, by: SessionChanges.maximumEnded) {
            let part = ends[start..<min(ends.count, start + SessionChanges.maximumEnded)]
            try await feed.take(
                SessionChanges(endedCount: ends.count, ended: Array(part)), keeping: .max / 2)
        }
        await feed.finish(with: session.progress)
    }

    private var endsEach: Int {
        max(1_024, min(Self.maximumEndsEach, Self.maximumEnds / max(1, feeds.count)))
    }
}
