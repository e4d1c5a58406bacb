// The bodies of messages to callbacks, in the form that the Standard Webhooks specification proposes:
// `type`, `timestamp` and `data`, with the message's id beside them.

import ScrivenerCore
import ScrivenerModel

/// Writes what callbacks are told.
enum CallbackBody {
    /// How much of a failure's message is told, in characters.
    private static let maximumMessage = 1_000

    static func message(
        id: String, _ event: CallbackEvent, at time: WallTime, data: JSONValue
    ) -> [UInt8] {
        RawJSON(
            .object([
                ("id", .string(id)), ("type", .string(event.rawValue)),
                ("timestamp", .string(time.description)), ("data", data),
            ])
        ).bytes
    }

    /// - Parameter running: of a pause, what becomes of tasks that run.
    static func session(_ session: ResearchSession, running: PauseMode? = nil) -> JSONValue {
        let progress = session.progress
        var members: [(key: String, value: JSONValue)] = [
            ("session_id", .string(session.sessionID)),
            ("status", .string(session.status.rawValue)),
            ("session_state", .string(session.sessionState.rawValue)),
            ("submitted_at", .string(session.submittedAt.description)),
        ]
        if let ended = session.endedAt { members.append(("ended_at", .string(ended.description))) }
        if let reason = session.reason { members.append(("reason", .string(cut(reason)))) }
        if let running {
            members.append(("running_tasks", .string(running == .now ? "now" : "finish")))
        }
        let counts = progress.tasksByStatus.sorted { $0.key < $1.key }
        members.append(("total_tasks", .integer(Int64(progress.totalTasks))))
        members.append(
            ("tasks_by_status", .object(counts.map { ($0.key, .integer(Int64($0.value))) })))
        return .object(members)
    }

    static func task(
        id: String, status: TaskStatus, of sessionID: String, attempt: Int,
        failureClass: FailureClass, failure: AgentFailure?
    ) -> JSONValue {
        var error: [(key: String, value: JSONValue)] = [("class", .string(failureClass.name))]
        if let failure {
            error.append(("code", .string(cut(failure.code))))
            error.append(("message", .string(cut(failure.message))))
        }
        return .object([
            ("session_id", .string(sessionID)), ("task_id", .string(id)),
            ("status", .string(status.rawValue)), ("attempt", .integer(Int64(attempt))),
            ("error", .object(error)),
        ])
    }

    private static func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximumMessage)))
    }
}
