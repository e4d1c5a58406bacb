// Spans as they are made: which trace they are of, what they descend from, and whether they are recorded.

import ScrivenerMetrics
import ScrivenerModel
import ScrivenerShell
import Testing
import Tracing

@testable import ScrivenerTracing

@Suite struct TracerTests {
    private let queue = SpanQueue(tally: SpanExportTally())
    private let submitted: TraceContext

    init() throws {
        submitted = try #require(
            TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                tracestate: "a=1"))
    }

    private func tracer(_ sampler: TraceSampler = .standard) -> OTLPTracer {
        OTLPTracer(sampler: sampler, queue: queue)
    }

    /// A request is followed across processes: what is made of it is of its trace, and says whose child it is.
    @Test func `A span descends from what was submitted`() throws {
        let tracer = tracer()
        let parent = tracer.startSpan("session", context: tracer.serviceContext(below: submitted))
        tracer.startSpan("attempt", context: parent.context).end()
        parent.end()

        let spans = queue.takeBatch()
        #expect(spans.map(\.name) == ["attempt", "session"])
        #expect(spans.allSatisfy { $0.context.traceID == submitted.traceID })
        #expect(spans[1].parent?.context == submitted)
        #expect(spans[1].parent?.isRemote == true)
        #expect(spans[0].parent?.context.spanID == spans[1].context.spanID)
        #expect(spans[0].parent?.isRemote == false)
        #expect(tracer.traceContext(of: parent.context) == spans[1].context)
        #expect(spans[1].context.tracestate == "a=1")
    }

    /// Whoever has asked not to be recorded is not, and neither is what descends from it.
    @Test func `What is not sampled is not recorded`() {
        let tracer = tracer()
        let quiet = submitted.moved(to: 5, isSampled: false)
        let span = tracer.startSpan("session", context: tracer.serviceContext(below: quiet))
        let child = tracer.startSpan("attempt", context: span.context)
        #expect(!span.isRecording && !child.isRecording)
        child.end()
        span.end()
        #expect(queue.takeBatch().isEmpty)
        #expect(tracer.traceContext(of: child.context)?.isSampled == false)
        #expect(tracer.traceContext(of: child.context)?.traceID == submitted.traceID)
    }

    /// A coordinator that was started anew goes on with the span that it had begun: another id would be another
    /// span, and what descends from the first would descend from nothing.
    @Test func `A span can be resumed under its id`() throws {
        let tracer = tracer(TraceSampler(ratio: 0))
        let own = submitted.moved(to: 7, isSampled: true)
        var context = tracer.serviceContext(below: submitted)
        context.resumedSpan = own
        let span = tracer.startSpan(
            "session", context: context,
            at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 5))
        tracer.startSpan("attempt", context: span.context).end()
        span.end()
        let spans = queue.takeBatch()
        #expect(spans.map(\.context.spanID).last == 7)
        #expect(spans.last?.context == own)
        #expect(spans.last?.parent?.context == submitted)
        #expect(spans.last?.start == 5)
        #expect(spans.first?.parent?.context == own)
    }

    @Test(arguments: [
        ("always_on", true, true), ("always_off", false, false), ("traceidratio", true, true),
        ("parentbased_always_on", true, true), ("parentbased_always_off", false, true),
        ("parentbased_traceidratio", true, true),
    ])
    func `Samplers decide as the specification has it`(
        name: String, root: Bool, child: Bool
    ) throws {
        let sampler = try #require(TraceSampler(name: name))
        let id = try #require(TraceID(high: 1, low: .max))
        #expect(sampler.records(id, below: nil) == root)
        #expect(sampler.records(id, below: submitted) == child)
    }

    /// Every process that looks at a trace has to come to the same.
    @Test func `A ratio is a share of trace ids`() throws {
        let sampler = TraceSampler(ratio: 0.25)
        for (low, isRecorded) in [(UInt64(1), true), (1 << 61, true), (1 << 62, false)] {
            let id = try #require(TraceID(high: 0, low: low))
            #expect(sampler.records(id, below: nil) == isRecorded)
        }
    }

    /// Spans are not worth a task's time, nor memory without end.
    @Test func `What finds no room is dropped and counted`() {
        let tally = SpanExportTally()
        let small = SpanQueue(capacity: 2, tally: tally)
        let tracer = OTLPTracer(sampler: .standard, queue: small)
        for _ in 0..<5 { tracer.startSpan("s", context: .topLevel).end() }
        #expect(tally.dropped(because: .queueFull) == 3)
        let batch = small.takeBatch()
        #expect(batch.count == 2)
        tracer.startSpan("s", context: .topLevel).end()
        small.putBack(batch)
        #expect(tally.dropped(because: .queueFull) == 4)
        #expect(small.takeBatch().count == 2)
    }
}
