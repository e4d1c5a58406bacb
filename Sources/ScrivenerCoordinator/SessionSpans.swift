// The spans of sessions, through whatever backend swift-distributed-tracing has: one a session, from its submission to
// its end. A session outlives the process that began its span: the span's place is kept with it, and a coordinator that
// was started anew goes on with the same span, from its true beginning.

import ScrivenerCore
import ScrivenerModel
import ScrivenerShell
import Synchronization
import Tracing

/// The spans of open sessions.
final class SessionSpans: Sendable {
    private let tracer: any Tracer
    private struct OpenSpan {
        var sessionID: String
        var span: any Span
    }

    /// By their own ids. A session that has none bears that of whoever submitted it, which may be another's.
    private let open = Mutex<[UInt64: OpenSpan]>([:])

    /// - Returns: `nil` when nobody records spans.
    init?(_ tracer: any Tracer) {
        guard !(tracer is NoOpTracer) else { return nil }
        self.tracer = tracer
    }

    /// Begins the span of a session that is about to be submitted.
    ///
    /// - Parameter parent: what it was submitted with; otherwise it descends from where the caller is, as an
    ///   application's own spans do.
    /// - Returns: what is to be kept of it.
    func begin(_ sessionID: String, below parent: TraceContext?) -> SessionTrace? {
        let context =
            parent.map { tracer.serviceContext(below: $0) } ?? .current ?? .topLevel
        let span = tracer.startSpan(Self.name, context: context)
        let above = parent ?? tracer.traceContext(of: context)
        guard let own = tracer.traceContext(of: span.context) else {
            return above.map { SessionTrace($0) }
        }
        // What is not recorded is decided once: no worker is to begin a trace of its own.
        guard span.isRecording else { return SessionTrace(above ?? own) }
        describe(span, sessionID)
        open.withLock { $0[own.spanID] = OpenSpan(sessionID: sessionID, span: span) }
        return SessionTrace(own, span: above.map { .child(of: $0.spanID) } ?? .root)
    }

    /// The session was not opened.
    func drop(_ trace: SessionTrace?) {
        guard let trace, trace.span != .none else { return }
        _ = open.withLock { $0.removeValue(forKey: trace.context.spanID) }
    }

    /// Goes on with the spans that a coordinator before this one has begun.
    func resume(_ sessions: [TracedSession]) {
        for session in sessions where session.trace.context.isSampled {
            let own = session.trace.context
            var context = ServiceContext.topLevel
            switch session.trace.span {
            case .none: continue
            case .root: break
            case .child(let parent):
                context = tracer.serviceContext(below: own.moved(to: parent, isSampled: true))
            }
            context.resumedSpan = own
            let span = tracer.startSpan(
                Self.name, context: context,
                at: DefaultTracerClock.Timestamp(
                    nanosecondsSinceEpoch: UInt64(
                        clamping: session.submittedAt.millisecondsSince1970) * 1_000_000))
            describe(span, session.sessionID)
            open.withLock { $0[own.spanID] = OpenSpan(sessionID: session.sessionID, span: span) }
        }
    }

    /// A session has ended, and that is on disk.
    func end(_ session: ResearchSession) {
        guard let trace = session.traceparent.flatMap({ TraceContext(traceparent: $0) }),
            let span = take(trace.spanID, of: session.sessionID)
        else { return }
        let progress = session.progress
        span.updateAttributes { attributes in
            attributes["scrivener.session.state"] = session.sessionState.rawValue
            attributes["scrivener.session.tasks"] = progress.totalTasks
            attributes["scrivener.session.tasks_completed"] = progress.completedTasks
        }
        if session.status == .failed {
            span.attributes["error.type"] = "session_failed"
            span.setStatus(SpanStatus(code: .error, message: session.reason))
        }
        span.end()
    }

    private func take(_ spanID: UInt64, of sessionID: String) -> (any Span)? {
        open.withLock { open in
            guard open[spanID]?.sessionID == sessionID else { return nil }
            return open.removeValue(forKey: spanID)?.span
        }
    }

    private static let name = "session"

    private func describe(_ span: any Span, _ sessionID: String) {
        span.updateAttributes { attributes in
            attributes["gen_ai.conversation.id"] = sessionID
            attributes["scrivener.session.id"] = sessionID
        }
    }
}
