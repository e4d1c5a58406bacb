// What a restart has to tell whoever records the spans of sessions: which were open, since when, and under which ids.

package import ScrivenerModel

/// An open session that has a place in a trace.
package struct TracedSession: Sendable {
    package var sessionID: String
    package var submittedAt: WallTime
    package var trace: SessionTrace

    package init(sessionID: String, submittedAt: WallTime, trace: SessionTrace) {
        self.sessionID = sessionID
        self.submittedAt = submittedAt
        self.trace = trace
    }
}

extension OrchestratorCore {
    /// The open sessions that have a place in a trace, the oldest first.
    package var tracedSessions: [TracedSession] {
        sessions.numbers.compactMap { number in
            sessions.read(number) { session in
                session.trace.map {
                    TracedSession(
                        sessionID: session.sessionID, submittedAt: session.submittedAt, trace: $0)
                }
            } ?? nil
        }
    }
}
