// A span between its beginning and its end. One that is not recorded is only a place in the trace.

import ScrivenerModel
import Synchronization
package import Tracing

package final class OTLPSpan: Span {
    package let context: ServiceContext
    /// `nil` when it is not recorded, or has ended.
    private let record: Mutex<SpanRecord?>
    private let queue: SpanQueue

    init(_ context: ServiceContext, recording record: SpanRecord?, into queue: SpanQueue) {
        self.context = context
        self.record = Mutex(record)
        self.queue = queue
    }

    package var isRecording: Bool { record.withLock { $0 != nil } }

    package var operationName: String {
        get { record.withLock { $0?.name } ?? "" }
        set { record.withLock { $0?.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { record.withLock { $0?.attributes } ?? [:] }
        set { record.withLock { $0?.attributes = newValue } }
    }

    package func setStatus(_ status: SpanStatus) { record.withLock { $0?.status = status } }

    package func addEvent(_ event: SpanEvent) { record.withLock { $0?.add(event) } }

    package func addLink(_ link: SpanLink) {
        guard let position = link.context.position else { return }
        record.withLock {
            $0?.add(SpanRecord.Link(context: position.context, attributes: link.attributes))
        }
    }

    /// As an event, under the names of the specification.
    package func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var all = attributes
        all["exception.type"] = "\(type(of: error))"
        all["exception.message"] = "\(error)"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: all))
    }

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let record = record.withLock { record -> SpanRecord? in
            defer { record = nil }
            return record
        }
        guard var record else { return }
        record.end = max(record.start, instant().nanosecondsSinceEpoch)
        queue.append(record)
    }
}
