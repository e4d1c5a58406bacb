// A span on its way to be exported. Whatever an agent puts into it, its events and links are bounded as they come, and
// its attributes and texts when it is encoded.

import ScrivenerModel
import Tracing

struct SpanRecord: Sendable {
    /// How many attributes, events and links are kept of a span: the specification's own bound.
    static let maximumParts = 128
    /// How long a text may be, in bytes of UTF-8.
    static let maximumTextBytes = 4_096

    struct Link: Sendable {
        var context: TraceContext
        var attributes: SpanAttributes
    }

    let context: TraceContext
    let parent: TracePosition?
    var name: String
    let kind: SpanKind
    /// In nanoseconds since 1970; so is the end.
    let start: UInt64
    var end: UInt64 = 0
    var attributes = SpanAttributes()
    private(set) var events: [SpanEvent] = []
    private(set) var links: [Link] = []
    var status: SpanStatus?
    private(set) var droppedEvents = 0
    private(set) var droppedLinks = 0

    init(
        _ context: TraceContext, below parent: TracePosition?, name: String, kind: SpanKind,
        start: UInt64
    ) {
        self.context = context
        self.parent = parent
        self.name = name
        self.kind = kind
        self.start = start
    }

    mutating func add(_ event: SpanEvent) {
        guard events.count < Self.maximumParts else {
            droppedEvents += 1
            return
        }
        events.append(event)
    }

    mutating func add(_ link: Link) {
        guard links.count < Self.maximumParts else {
            droppedLinks += 1
            return
        }
        links.append(link)
    }
}
