// Spans as OpenTelemetry knows them, behind swift-distributed-tracing: they are made here, gathered in a queue, and
// exported by `OTLPExporter`. Contexts come and go as W3C Trace Context.

import ScrivenerModel
import ScrivenerShell
package import Tracing

/// Makes spans.
package struct OTLPTracer: Tracer {
    private let sampler: TraceSampler
    private let queue: SpanQueue

    package init(sampler: TraceSampler, queue: SpanQueue) {
        self.sampler = sampler
        self.queue = queue
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind, at instant: @autoclosure () -> Instant, function: String,
        file fileID: String, line: UInt
    ) -> OTLPSpan {
        var context = context()
        let parent = context.position
        let own = context.resumedSpan ?? place(below: parent?.context)
        context.resumedSpan = nil
        context.position = TracePosition(context: own, isRemote: false)
        let record =
            own.isSampled
            ? SpanRecord(
                own, below: parent, name: operationName, kind: kind,
                start: instant().nanosecondsSinceEpoch) : nil
        return OTLPSpan(context, recording: record, into: queue)
    }

    private func place(below parent: TraceContext?) -> TraceContext {
        let spanID = UInt64.random(in: 1 ... .max)
        guard let parent else {
            let id = TraceID(
                high: UInt64.random(in: .min ... .max), low: UInt64.random(in: 1 ... .max))
            guard let id else { preconditionFailure("half of the id is not 0") }
            return TraceContext(
                traceID: id, spanID: spanID, isSampled: sampler.records(id, below: nil))
        }
        return parent.moved(
            to: spanID, isSampled: sampler.records(parent.traceID, below: parent))
    }

    /// Has what there is exported soon.
    package func forceFlush() { queue.wake() }

    // MARK: Contexts

    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: TraceHeaders.parent, from: carrier),
            let trace = TraceContext(
                traceparent: parent,
                tracestate: extractor.extract(key: TraceHeaders.state, from: carrier) ?? "")
        else { return }
        context.position = TracePosition(context: trace, isRemote: true)
    }

    package func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.position?.context else { return }
        injector.inject(trace.traceparent, forKey: TraceHeaders.parent, into: &carrier)
        guard !trace.tracestate.isEmpty else { return }
        injector.inject(trace.tracestate, forKey: TraceHeaders.state, into: &carrier)
    }
}
