// Traces between the vocabulary and swift-distributed-tracing, whose backends have contexts of their own kinds: what
// they all understand are the two headers of W3C Trace Context.

package import ScrivenerModel
package import Tracing

/// The headers' names, and a carrier of them.
package struct TraceHeaders: Injector, Extractor {
    package static let parent = "traceparent"
    package static let state = "tracestate"

    package typealias Carrier = [String: String]

    package func inject(_ value: String, forKey key: String, into carrier: inout Carrier) {
        carrier[key] = value
    }

    package func extract(key: String, from carrier: Carrier) -> String? { carrier[key] }
}

extension Instrument {
    /// Where what descends from a place in a trace is to begin.
    package func serviceContext(below trace: TraceContext) -> ServiceContext {
        var context = ServiceContext.topLevel
        var carrier = [TraceHeaders.parent: trace.traceparent]
        if !trace.tracestate.isEmpty { carrier[TraceHeaders.state] = trace.tracestate }
        extract(carrier, into: &context, using: TraceHeaders())
        return context
    }

    /// The place that a backend has given to a span; `nil` when it does not say so as the standard has it.
    package func traceContext(of context: ServiceContext) -> TraceContext? {
        var carrier: [String: String] = [:]
        inject(context, into: &carrier, using: TraceHeaders())
        return carrier[TraceHeaders.parent].flatMap {
            TraceContext(traceparent: $0, tracestate: carrier[TraceHeaders.state] ?? "")
        }
    }
}

private enum ResumedSpanKey: ServiceContextKey {
    typealias Value = TraceContext
}

extension ServiceContext {
    /// A span that a process before this one has begun: the next span that is started in this context is that one. A
    /// backend that does not know of this begins another.
    package var resumedSpan: TraceContext? {
        get { self[ResumedSpanKey.self] }
        set { self[ResumedSpanKey.self] = newValue }
    }
}
