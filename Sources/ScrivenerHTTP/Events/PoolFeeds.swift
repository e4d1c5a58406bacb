// The feed of the pool, and what drives it. It begins with its first reader and goes with its last: while nobody reads,
// the coordinator is asked nothing.

import Logging
import ScrivenerModel
import ServiceLifecycle

/// Keeps the pool's feed, and drives it while it runs.
actor PoolFeeds: Service {
    /// How often the coordinator is asked for changes, at most.
    static let changesInterval = Duration.milliseconds(50)
    /// And for progress: so often each session is told of, at most.
    static let progressInterval = Duration.seconds(1)

    private let gateway: any CoordinatorGateway
    private let logger: Logger
    private var current: Entry?
    private var lastReader: UInt64 = 0
    private let drives = FeedDrives<PoolFeed, Subscription>()

    private struct Entry {
        let feed: PoolFeed
        let stop: AsyncStream<Void>.Continuation
        var readers = 0
    }

    /// Somebody who reads the feed.
    struct Subscription: Sendable {
        let feed: PoolFeed
        let reader: UInt64
        let wakes: AsyncStream<FeedWake>
        let waker: AsyncStream<FeedWake>.Continuation
        /// Of the last progress that came before it.
        let stamp: Int
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

    func subscribe() async -> Subscription {
        lastReader += 1
        let reader = lastReader
        let (wakes, waker) = AsyncStream.makeStream(
            of: FeedWake.self, bufferingPolicy: .bufferingNewest(1))
        var entry = current ?? begin()
        entry.readers += 1
        current = entry
        let stamp = await entry.feed.add(waker, as: reader)
        return Subscription(
            feed: entry.feed, reader: reader, wakes: wakes, waker: waker, stamp: stamp)
    }

    private func begin() -> Entry {
        let feed = PoolFeed()
        return Entry(feed: feed, stop: drives.begin(feed))
    }

    /// From any thread.
    nonisolated func leave(_ subscription: Subscription) { drives.leave(subscription) }

    private func remove(_ subscription: Subscription) async {
        await subscription.feed.remove(subscription.reader)
        guard var entry = current, entry.feed === subscription.feed else { return }
        entry.readers -= 1
        current = entry.readers > 0 ? entry : nil
        if entry.readers == 0 { entry.stop.finish() }
    }

    // MARK: Driving

    private func end(_ feed: PoolFeed) async {
        await feed.breakOff()
        // Whoever comes now begins another.
        if current?.feed === feed { current = nil }
    }

    private nonisolated func drive(_ feed: PoolFeed) async {
        do {
            let (news, start) = try await patiently { () async throws in
                try await self.gateway.followPool()
            }
            await feed.begin(at: start.position)
            let (changes, changed) = Self.wakes()
            let (moves, moved) = Self.wakes()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in news {
                        changed.yield()
                        moved.yield()
                    }
                    changed.finish()
                    moved.finish()
                }
                group.addTask { try await self.tellChanges(feed, from: start, changes) }
                group.addTask { try await self.tellProgress(feed, moves) }
                for try await _ in group {}
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("the pool can be followed no more", metadata: ["error": "\(error)"])
        }
    }

    private nonisolated func tellChanges(
        _ feed: PoolFeed, from start: PoolCursor, _ wakes: AsyncStream<Void>
    ) async throws {
        var cursor = start
        for await _ in wakes {
            while true {
                let (since, limit) = (cursor, PoolChanges.maximumCount)
                let answer = try await patiently { () async throws in
                    try await self.gateway.changes(since: since, limit: limit)
                }
                guard let answer else {
                    // More at once than the coordinator keeps: readers begin anew, and so does the feed.
                    cursor = try await patiently { () async throws in
                        try await self.gateway.pool().cursor
                    }
                    await feed.begin(at: cursor.position)
                    continue
                }
                try await feed.take(answer)
                cursor = answer.changes.last?.cursor ?? cursor
                if answer.changes.count < limit { break }
            }
            try await Task.sleep(for: Self.changesInterval)
        }
    }

    private nonisolated func tellProgress(
        _ feed: PoolFeed, _ wakes: AsyncStream<Void>
    ) async throws {
        for await _ in wakes {
            var hasMore = true
            while hasMore {
                let answer = try await patiently { () async throws in
                    try await self.gateway.movedSessions()
                }
                if !answer.reports.isEmpty { try await feed.take(answer.reports) }
                hasMore = answer.hasMore
                try await Task.sleep(for: Self.progressInterval)
            }
        }
    }

    private static func wakes() -> (AsyncStream<Void>, AsyncStream<Void>.Continuation) {
        AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }
}
