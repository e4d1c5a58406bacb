// What drives feeds while they have readers: of sessions, and of the pool. Readers go from any thread, and feeds begin
// in the middle of a request; what follows from that happens in here, in the order in which it came.

import ServiceLifecycle

/// Runs what drives feeds, each from its first reader to its last.
struct FeedDrives<Feed: Sendable, Subscription: Sendable>: Sendable {
    /// A feed that begins.
    private struct Drive: Sendable {
        let feed: Feed
        let stop: AsyncStream<Void>
    }

    private let drives: AsyncStream<Drive>
    private let driver: AsyncStream<Drive>.Continuation
    private let departures: AsyncStream<Subscription>
    private let departing: AsyncStream<Subscription>.Continuation

    init() {
        (drives, driver) = AsyncStream.makeStream()
        (departures, departing) = AsyncStream.makeStream()
    }

    /// Has a feed driven.
    ///
    /// - Returns: what to finish when it has no readers any more.
    func begin(_ feed: Feed) -> AsyncStream<Void>.Continuation {
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        driver.yield(Drive(feed: feed, stop: stops))
        return stop
    }

    /// A reader goes. From any thread.
    func leave(_ subscription: Subscription) { departing.yield(subscription) }

    /// Runs until graceful shutdown.
    ///
    /// - Parameters:
    ///   - drive: cancelled when the feed has no readers any more, and when the coordinator stops.
    ///   - ended: called when that has ended, however it has.
    ///   - departed: called for each reader that goes.
    func run(
        drive: @escaping @Sendable (Feed) async -> Void,
        ended: @escaping @Sendable (Feed) async -> Void,
        departed: @escaping @Sendable (Subscription) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await gone in departures { await departed(gone) } }
            for await next in drives.cancelOnGracefulShutdown() {
                group.addTask {
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { await drive(next.feed) }
                        group.addTask { for await _ in next.stop {} }
                        await group.next()
                        group.cancelAll()
                    }
                    await ended(next.feed)
                }
            }
            group.cancelAll()
        }
    }
}
