// A stream's place among the streams, and in the feed that it reads. It is given up once, however the stream
// ends: also where its response is never written, as for HEAD or when the client has gone before.

import Synchronization

/// Held by a response as long as it may be written.
final class StreamPlace: Sendable {
    private let streams: StreamCount
    private let subscription: SessionFeeds.Subscription
    private let feeds: SessionFeeds
    private let isHeld = Mutex(true)

    /// - Precondition: `streams.begin()` has said that there is room.
    init(
        _ streams: StreamCount, _ subscription: SessionFeeds.Subscription, of feeds: SessionFeeds
    ) {
        self.streams = streams
        self.subscription = subscription
        self.feeds = feeds
    }

    func giveUp() {
        let wasHeld = isHeld.withLock { held in
            defer { held = false }
            return held
        }
        guard wasHeld else { return }
        streams.end()
        feeds.leave(subscription)
    }

    deinit { giveUp() }
}
