// The spans of attempts, through whatever backend swift-distributed-tracing has: one an attempt, from when its agent
// begins to when it has returned. The attributes are those of OpenTelemetry's conventions for generative AI where they
// have one (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/), and ours beside them.

import ScrivenerModel
import ScrivenerShell
import Synchronization
import Tracing

/// Makes the spans of attempts.
final class AttemptSpans: Sendable {
    private let tracer: any Tracer
    private let workerID: String
    private let agents: [String]
    /// What attempts of the session descend from that had the last one: most have the same.
    private let last = Mutex<(trace: TraceContext, context: ServiceContext)?>(nil)

    /// - Returns: `nil` when nobody records spans.
    init?(_ tracer: any Tracer, workerID: String, agents: [String]) {
        guard !(tracer is NoOpTracer) else { return nil }
        self.tracer = tracer
        self.workerID = workerID
        self.agents = agents
    }

    /// An attempt's span, and its place in the trace.
    struct AttemptSpan {
        /// `nil` when there is none.
        fileprivate let span: (any Span)?
        /// `nil` when there is no span, or the backend does not say.
        let trace: TraceContext?
        /// What the agent does elsewhere descends from this.
        let context: ServiceContext
    }

    /// Whoever began a trace has decided for all of it whether it is recorded. Where it is not, the agent still
    /// has its place: what it does would begin a trace of its own.
    func begin(_ assignment: Assignment, at now: Instant) -> AttemptSpan {
        let session = assignment.session
        let context = session.trace.map { self.context(below: $0) } ?? .topLevel
        if let trace = session.trace, !trace.isSampled {
            return AttemptSpan(span: nil, trace: nil, context: context)
        }
        let item = assignment.item
        let index = Int(item.agentIndex)
        let agent = agents.indices.contains(index) ? agents[index] : "\(index)"
        let span = tracer.startSpan("invoke_agent \(agent)", context: context)
        let place = tracer.traceContext(of: span.context)
        guard span.isRecording else {
            return AttemptSpan(span: span, trace: place, context: span.context)
        }
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
        return AttemptSpan(span: span, trace: place, context: span.context)
    }

    private func context(below trace: TraceContext) -> ServiceContext {
        if let last = last.withLock({ $0 }), last.trace == trace { return last.context }
        let context = tracer.serviceContext(below: trace)
        last.withLock { $0 = (trace, context) }
        return context
    }

    /// - Parameter isOverdue: whether it was stopped because its time was up.
    func end(_ attempt: AttemptSpan, with result: AgentResult, isOverdue: Bool) {
        guard let span = attempt.span else { return }
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
