// The span of a session: one, whatever happens to the coordinator meanwhile.

import ScrivenerCore
import ScrivenerMetrics
import ScrivenerModel
import Testing
import Tracing

@testable import ScrivenerCoordinator
@testable import ScrivenerTracing

@Suite struct SessionSpanTests {
    private let queue = SpanQueue(tally: SpanExportTally())
    private let submitted: TraceContext

    init() throws {
        submitted = try #require(
            TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    }

    private func spans(_ sampler: TraceSampler = .standard) throws -> SessionSpans {
        try #require(SessionSpans(OTLPTracer(sampler: sampler, queue: queue)))
    }

    private func ended(
        _ trace: SessionTrace?, _ status: SessionStatus = .completed, id: String = "s"
    ) -> ResearchSession {
        ResearchSession(
            sessionID: id, query: "?", status: status,
            sessionState: status == .failed ? .failed : .completed, statusTransitions: [],
            stateTransitions: [], submittedAt: WallTime(millisecondsSince1970: 1_000),
            endedAt: nil, reason: status == .failed ? "1 of 2 tasks failed" : nil,
            traceparent: trace?.context.traceparent,
            progress: ProgressReport(
                sessionID: "s", status: status, currentState: .completed, progressPercentage: 100,
                completedTasks: 1, totalTasks: 2, tasksByStatus: [:], currentTasks: [],
                sourcesFound: 0, insightsGenerated: 0, hasFinalDocument: false, revision: 1))
    }

    /// Without a backend nothing is kept of it, and nothing asked.
    @Test func `Nobody records, nobody pays`() {
        #expect(SessionSpans(NoOpTracer()) == nil)
    }

    @Test func `A session has a span below what it was submitted with`() throws {
        let spans = try spans()
        let trace = try #require(spans.begin("s", below: submitted))
        #expect(trace.span == .child(of: submitted.spanID))
        #expect(trace.context.traceID == submitted.traceID)
        spans.end(ended(trace, .failed))
        spans.end(ended(trace, .failed))

        let records = queue.takeBatch()
        #expect(records.map(\.context) == [trace.context])
        #expect(records.first?.parent?.context == submitted)
        #expect(records.first?.attributes.get("scrivener.session.id") == "s")
        #expect(records.first?.attributes.get("scrivener.session.tasks_completed") == 1)
        #expect(records.first?.status == SpanStatus(code: .error, message: "1 of 2 tasks failed"))
    }

    /// An agent of a session submits another, with its own place and not recorded: that one's end is not this one's.
    @Test func `A session without a span ends nobody's`() throws {
        let spans = try spans()
        let outer = try #require(spans.begin("s", below: submitted))
        let place = try #require(
            TraceContext(traceparent: outer.context.traceparent.dropLast(2) + "00"))
        let inner = try #require(spans.begin("inner", below: place))
        #expect(inner.span == .none)
        spans.end(ended(inner, id: "inner"))
        #expect(queue.takeBatch().isEmpty)
        spans.end(ended(outer))
        #expect(queue.takeBatch().map(\.context) == [outer.context])
    }

    /// The process that began the span is gone: the next one ends the same span, from its true beginning.
    @Test(arguments: [true, false])
    func `A coordinator that was started anew goes on with it`(hasParent: Bool) throws {
        let trace = try #require(try spans().begin("s", below: hasParent ? submitted : nil))
        let later = try spans(TraceSampler(ratio: 0))
        later.resume([
            TracedSession(
                sessionID: "s", submittedAt: WallTime(millisecondsSince1970: 1_000), trace: trace)
        ])
        later.end(ended(trace))

        let records = queue.takeBatch()
        #expect(records.map(\.context) == [trace.context])
        #expect(records.first?.parent?.context.spanID == (hasParent ? submitted.spanID : nil))
        #expect(records.first?.start == 1_000_000_000)
        #expect(records.first?.status == nil)
    }

    /// Whether a trace is recorded is decided once. What workers are told is a place that somebody knows.
    @Test func `What is not sampled has no span`() throws {
        let quiet = submitted.moved(to: 3, isSampled: false)
        #expect(try spans().begin("s", below: quiet) == SessionTrace(quiet))
        let root = try #require(try spans(TraceSampler(ratio: 0)).begin("s", below: nil))
        #expect(root.span == .none)
        #expect(!root.context.isSampled)
        #expect(queue.takeBatch().isEmpty)
    }

    /// An application that embeds the orchestrator has a span of its own around the submission.
    @Test func `A session descends from where the application is`() throws {
        let tracer = OTLPTracer(sampler: .standard, queue: queue)
        let spans = try #require(SessionSpans(tracer))
        let outer = tracer.startSpan("request", context: .topLevel)
        let trace = ServiceContext.$current.withValue(outer.context) {
            spans.begin("s", below: nil)
        }
        outer.end()
        let own = try #require(queue.takeBatch().first).context
        #expect(trace?.context.traceID == own.traceID)
        #expect(trace?.span == .child(of: own.spanID))
    }
}
