// A session's place in a trace. It is kept with the session, so that a coordinator that was started anew tells the
// same trace of it.

/// What the attempts of a session descend from, and what the session itself does.
public struct SessionTrace: Sendable, Equatable {
    /// Whether there is a span of the session, and what it descends from.
    public enum Span: Sendable, Equatable {
        /// There is none: attempts descend from what the session was submitted with.
        case none
        /// It begins its trace.
        case root
        /// It descends from the span with this id.
        case child(of: UInt64)
    }

    /// What attempts descend from: the session's own span, if there is one.
    public let context: TraceContext
    public let span: Span

    public init(_ context: TraceContext, span: Span = .none) {
        self.context = context
        self.span = span
    }
}
