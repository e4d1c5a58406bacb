// The spans of attempts, through whatever backend swift-distributed-tracing has: one an attempt, from when its agent
// begins to when it has returned. The attributes are those of OpenTelemetry's conventions for generative AI where they
// have one (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/), and ours beside them.

import ScrivenerModel
import ScrivenerShell
import Tracing

/// Makes the spans of attempts.
struct AttemptSpans: Sendable {
    private let tracer: any Tracer
    private let workerID: String
    private let agents: [String]

    /// - Returns: `nil` when nobody records spans.
    init?(_ tracer: any Tracer, workerID: String, agents: [String]) {
        guard !(tracer is NoOpTracer) else { return nil }
        self.tracer = tracer
        self.workerID = workerID
        self.agents = agents
    }

    /// An attempt's span, and its place in the trace.
    struct AttemptSpan {
        fileprivate let span: any Span
        /// `nil` when the backend does not say.
        let trace: TraceContext?
        var context: ServiceContext { span.context }
    }

    /// - Returns: `nil` when it is not recorded: whoever began the trace has decided that for all of it.
    func begin(_ assignment: Assignment, at now: Instant) -> AttemptSpan? {
        let session = assignment.session
        if let trace = session.trace, !trace.isSampled { return nil }
        let context = session.trace.map { tracer.serviceContext(below: $0) } ?? .topLevel
        let item = assignment.item
        let index = Int(item.agentIndex)
        let agent = agents.indices.contains(index) ? agents[index] : "\(index)"
        let span = tracer.startSpan("invoke_agent \(agent)", context: context)
        guard span.isRecording else { return nil }
        span.updateAttributes { attributes in
            attributes["gen_ai.operation.name"] = "invoke_agent"
            attributes["gen_ai.agent.name"] = agent
            attributes["gen_ai.conversation.id"] = session.sessionID
            attributes["scrivener.session.id"] = session.sessionID
            attributes["scrivener.task.id"] = item.taskID
            attributes["scrivener.task.type"] = item.taskType
            attributes["scrivener.attempt"] = Int(item.attempt.attempt)
            attributes["scrivener.worker.id"] = workerID
            attributes["scrivener.queue_wait_seconds"] =
                Double(max(0, now.since(assignment.receivedAt).nanoseconds)) / 1e9
        }
        return AttemptSpan(span: span, trace: tracer.traceContext(of: span.context))
    }

    /// - Parameter isOverdue: whether it was stopped because its time was up.
    func end(_ attempt: AttemptSpan, with result: AgentResult, isOverdue: Bool) {
        let span = attempt.span
        let usage = result.usage
        span.updateAttributes { attributes in
            if usage.inputTokens > 0 {
                attributes["gen_ai.usage.input_tokens"] = Int(usage.inputTokens)
            }
            if usage.outputTokens > 0 {
                attributes["gen_ai.usage.output_tokens"] = Int(usage.outputTokens)
            }
            guard let failure = result.failure else {
                attributes["scrivener.outcome"] = "completed"
                return
            }
            let isTimeout = isOverdue && failure.failureClass == .cancelled
            attributes["scrivener.outcome"] =
                (isTimeout ? FailureClass.timeout : failure.failureClass).name
            if isTimeout || failure.failureClass != .cancelled {
                attributes["error.type"] = isTimeout ? "task_timeout" : failure.code
                span.setStatus(SpanStatus(code: .error, message: failure.message))
            }
        }
        span.end()
    }
}
