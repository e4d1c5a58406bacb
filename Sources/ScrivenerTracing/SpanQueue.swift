// Spans that have ended and wait to be exported. Whoever ends a span never waits: what finds no room is dropped, and
// counted.

import DequeModule
package import ScrivenerMetrics
import Synchronization

package final class SpanQueue: Sendable {
    /// How many spans wait at most: the specification's default.
    package static let standardCapacity = 2_048
    /// How many go into one request.
    static let batchSize = 512

    private let spans = Mutex<Deque<SpanRecord>>([])
    private let capacity: Int
    let tally: SpanExportTally
    /// One element when there is something to do.
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(capacity: Int = SpanQueue.standardCapacity, tally: SpanExportTally) {
        self.capacity = capacity
        self.tally = tally
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func append(_ span: SpanRecord) {
        let count = spans.withLock { spans -> Int? in
            guard spans.count < capacity else { return nil }
            spans.append(span)
            return spans.count
        }
        guard let count else { return tally.count(dropped: 1, because: .queueFull) }
        if count % min(Self.batchSize, capacity) == 0 { wake() }
    }

    /// Has what there is exported soon.
    func wake() { waker.yield() }

    /// The oldest, as many as go into one request.
    func takeBatch() -> [SpanRecord] {
        spans.withLock { spans in
            let batch = Array(spans.prefix(Self.batchSize))
            spans.removeFirst(batch.count)
            return batch
        }
    }

    /// What was taken and could not be sent yet is the next again, as far as there is room.
    func putBack(_ batch: [SpanRecord]) {
        let dropped = spans.withLock { spans in
            let kept = batch.suffix(max(0, capacity - spans.count))
            spans.prepend(contentsOf: kept)
            return batch.count - kept.count
        }
        if dropped > 0 { tally.count(dropped: dropped, because: .queueFull) }
    }
}
