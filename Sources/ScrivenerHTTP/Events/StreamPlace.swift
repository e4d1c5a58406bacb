// A stream's place among the streams, and in what it reads. It is given up once, however the stream
// ends: also where its response is never written, as for HEAD or when the client has gone before.

import Synchronization

/// Held by a response as long as it may be written.
final class StreamPlace: Sendable {
    private let streams: StreamCount
    private let leave: @Sendable () -> Void
    private let isHeld = Mutex(true)

    /// - Parameter leave: called once, when the stream reads no more.
    /// - Precondition: `streams.begin()` has said that there is room.
    init(_ streams: StreamCount, leaving leave: @escaping @Sendable () -> Void) {
        self.streams = streams
        self.leave = leave
    }

    func giveUp() {
        let wasHeld = isHeld.withLock { held in
            defer { held = false }
            return held
        }
        guard wasHeld else { return }
        streams.end()
        leave()
    }

    deinit { giveUp() }
}
