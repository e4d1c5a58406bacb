// The span of an attempt: what it says, and what descends from it.

import Logging
import ScrivenerAgentKit
import ScrivenerMetrics
import ScrivenerModel
import ScrivenerShell
import Testing
import Tracing

@testable import ScrivenerTracing
@testable import ScrivenerWorker

/// Ends as each test wants.
private struct OneShotAgent: BaseAgent {
    let name = "writer"
    let body: @Sendable (AgentContext) async throws -> AgentResult

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        try await body(context)
    }
}

@Suite struct AttemptSpanTests {
    private let queue = SpanQueue(tally: SpanExportTally())
    private let session: TraceContext

    init() throws {
        session = try #require(
            TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    }

    /// Executes one attempt, and returns the spans that were recorded.
    private func spans(
        below trace: TraceContext?, timeout: TimeSpan = .zero, startedAt: Instant = BootClock.now,
        _ body: @escaping @Sendable (AgentContext) async throws -> AgentResult
    ) async -> [SpanRecord] {
        let (reports, said) = AsyncStream.makeStream(of: HostReport.self)
        let tracer = OTLPTracer(sampler: .standard, queue: queue)
        let host = AgentHost(
            agents: [OneShotAgent(body: body)], workerID: "w",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            reports: HostReports(
                tell: { said.yield($0) }, leave: { said.yield($0) }, wake: {}),
            spans: AttemptSpans(tracer, workerID: "w", agents: ["writer"]))
        let assignment = Assignment(
            DispatchItem(
                attempt: AttemptReference(session: 1, task: 2, attempt: 3), agentIndex: 0,
                timeout: timeout, taskID: "t", taskType: "drafting", description: "",
                parameters: .emptyObject, inputs: []),
            DispatchSession(number: 1, sessionID: "s", query: "?", trace: trace))
        _ = host.runner.start([
            HostedAttempt(assignment, host: host, startedAt: startedAt)
        ])
        for await _ in reports { break }
        await host.leave()
        return queue.takeBatch()
    }

    @Test func `An attempt says who did what, and what it used`() async throws {
        let spans = await spans(below: session) { context in
            #expect(context.traceparent?.contains("b7ad6b7169203331") == false)
            let inner = OTLPTracer(sampler: .standard, queue: queue).startSpan("call")
            inner.end()
            return AgentResult(usage: Usage(inputTokens: 10, outputTokens: 20))
        }
        let attempt = try #require(spans.last)
        #expect(spans.map(\.name) == ["call", "invoke_agent writer"])
        #expect(attempt.parent?.context == session)
        // What the agent does through the same backend descends from its attempt without a word.
        #expect(spans[0].parent?.context == attempt.context)
        let expected: [String: SpanAttribute] = [
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "writer",
            "gen_ai.conversation.id": "s", "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 20, "scrivener.session.id": "s",
            "scrivener.task.id": "t", "scrivener.task.type": "drafting", "scrivener.attempt": 3,
            "scrivener.worker.id": "w", "scrivener.outcome": "completed",
        ]
        for (name, value) in expected { #expect(attempt.attributes.get(name) == value, "\(name)") }
        #expect(attempt.attributes.get("scrivener.queue_wait_seconds") != nil)
        #expect(attempt.status == nil)
        #expect(attempt.start <= spans[0].start && spans[0].end <= attempt.end)
    }

    @Test func `A failure is one in the trace as well`() async {
        let spans = await spans(below: session) { _ in
            throw AgentFailure(.transient, code: "corpus_busy", message: "try again")
        }
        #expect(spans.first?.attributes.get("scrivener.outcome") == "transient")
        #expect(spans.first?.attributes.get("error.type") == "corpus_busy")
        #expect(spans.first?.status == SpanStatus(code: .error, message: "try again"))
    }

    /// The agent sees a cancellation, whatever it is for; whoever reads the trace wants to know.
    @Test func `An attempt whose time was up has timed out`() async {
        let spans = await spans(below: session, timeout: TimeSpan(nanoseconds: 1)) { _ in
            throw CancellationError()
        }
        #expect(spans.first?.attributes.get("scrivener.outcome") == "timeout")
        #expect(spans.first?.attributes.get("error.type") == "task_timeout")
    }

    /// Somebody cancels a session: nothing of it is wrong.
    @Test(arguments: [TimeSpan.zero, .seconds(3_600)])
    func `An attempt that is stopped before its time is no failure`(timeout: TimeSpan) async {
        let spans = await spans(below: session, timeout: timeout) { _ in
            throw CancellationError()
        }
        #expect(spans.first?.attributes.get("scrivener.outcome") == "cancelled")
        #expect(spans.first?.attributes.get("error.type") == nil)
        #expect(spans.count == 1 && spans.first?.status == nil)
    }

    /// A busy worker begins late what its machine has started: the time is up all the same.
    @Test func `An attempt's time counts from its start`() async {
        let start = BootClock.now.advanced(by: .seconds(-60))
        let spans = await spans(below: session, timeout: .seconds(60), startedAt: start) { _ in
            throw CancellationError()
        }
        #expect(spans.first?.attributes.get("scrivener.outcome") == "timeout")
    }

    /// Its agent has done its work, and the task fails all the same: the trace has to say why.
    @Test func `A result that is too large is a failure in the trace as well`() async throws {
        let spans = await spans(below: session) { _ in
            AgentResult(payload: RawJSON(.string(String(repeating: "x", count: 1 << 20))))
        }
        let attempt = try #require(spans.first)
        #expect(attempt.attributes.get("scrivener.outcome") == "permanent")
        #expect(attempt.attributes.get("error.type") == "result_too_large")
        #expect(attempt.status?.code == .error)
    }

    /// Whoever began the trace has decided: what the agent does there is not recorded either, through whatever
    /// else is in its process, and whoever it calls learns so.
    @Test func `What is not sampled has no span, and passes its place on`() async {
        let quiet = session.moved(to: 9, isSampled: false)
        for _ in 1...2 {
            let spans = await spans(below: quiet) { context in
                #expect(context.traceparent == quiet.traceparent)
                let tracer = OTLPTracer(sampler: .standard, queue: queue)
                let inner = tracer.startSpan("call")
                let place = tracer.traceContext(of: inner.context)
                #expect(place?.traceID == quiet.traceID && place?.isSampled == false)
                inner.end()
                return AgentResult()
            }
            #expect(spans.isEmpty)
        }
    }

    /// Attempts of many sessions share a worker: each stands in its own trace.
    @Test func `Each session has a place of its own`() async {
        let other = session.moved(to: 9, isSampled: true)
        for trace in [session, other, session] {
            let spans = await spans(below: trace) { _ in AgentResult() }
            #expect(spans.map(\.parent?.context) == [trace])
        }
    }
}
