// What of a session's life a callback can be told of.

/// An event that a callback may be told of. Its raw value is the `type` of the message.
public enum CallbackEvent: String, Sendable, Codable, CaseIterable {
    /// The session has ended: every task completed.
    case sessionCompleted = "session.completed"
    /// The session has ended: some tasks completed, some did not.
    case sessionPartial = "session.partial"
    /// The session has ended with nothing to show.
    case sessionFailed = "session.failed"
    /// The session has ended because somebody cancelled it, or its time ran out.
    case sessionCancelled = "session.cancelled"
    case sessionPaused = "session.paused"
    case sessionResumed = "session.resumed"
    /// A task has failed for good, or its outcome is uncertain and it is not executed again.
    case taskFailed = "task.failed"

    /// The session's end, however it ends: what a callback is told of whose plan does not say.
    public static let ends: [CallbackEvent] = [
        .sessionCompleted, .sessionPartial, .sessionFailed, .sessionCancelled,
    ]

    /// The end in a state; `nil` for a state that is none.
    package static func end(in state: SessionState) -> CallbackEvent? {
        switch state {
        case .completed: .sessionCompleted
        case .partial: .sessionPartial
        case .failed: .sessionFailed
        case .cancelled: .sessionCancelled
        case .initializing, .planning, .researching, .analyzing, .drafting, .reviewing, .paused:
            nil
        }
    }
}
