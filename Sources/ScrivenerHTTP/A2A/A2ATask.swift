// A session as a task of the Agent2Agent protocol. Its id is the session's, and so is that of its context:
// nothing else belongs to it. `cancelling` is work that goes on, until every agent has been seen to stop.

import ScrivenerInterop
import ScrivenerModel

enum A2ATask {
    static func state(_ status: SessionStatus) -> A2ATaskState {
        switch status {
        case .pending: .submitted
        case .inProgress, .cancelling: .working
        case .completed: .completed
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }

    /// - Parameter results: of a session that has ended.
    static func task(
        _ session: ResearchSession, results: SessionResults? = nil
    ) throws -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("id", .string(session.sessionID)), ("contextId", .string(session.sessionID)),
            ("status", status(session)),
        ]
        if let results {
            let artifacts = try results.tasks.compactMap(artifact)
            members.append((key: "artifacts", value: .array(artifacts)))
        }
        return .object(members)
    }

    // MARK: Status

    private static func status(_ session: ResearchSession) -> JSONValue {
        let time = session.statusTransitions.last?.at ?? session.submittedAt
        let words = session.reason.map { "\(session.sessionState.rawValue): \($0)" }
        return status(
            session.status, words ?? session.progress.words, of: session.sessionID,
            revision: session.progress.revision, at: time)
    }

    /// - Parameter time: absent where it is not known yet.
    private static func status(
        _ status: SessionStatus, _ words: String, of id: String, revision: Int64,
        at time: WallTime?
    ) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("state", .string(state(status).rawValue)),
            (
                "message",
                .object([
                    ("messageId", .string("\(id)-\(revision)")), ("contextId", .string(id)),
                    ("taskId", .string(id)), ("role", .string("ROLE_AGENT")),
                    ("parts", .array([.object([("text", .string(words))])])),
                ])
            ),
        ]
        if let time { members.append((key: "timestamp", value: .string("\(time)"))) }
        return .object(members)
    }

    /// The event of a session that has moved on.
    static func update(_ report: ProgressReport) -> JSONValue {
        update(
            status(
                report.status, report.words, of: report.sessionID, revision: report.revision,
                at: nil), of: report.sessionID)
    }

    static func update(_ session: ResearchSession) -> JSONValue {
        update(status(session), of: session.sessionID)
    }

    private static func update(_ status: JSONValue, of id: String) -> JSONValue {
        .object([
            (
                "statusUpdate",
                .object([
                    ("taskId", .string(id)), ("contextId", .string(id)), ("status", status),
                ])
            )
        ])
    }

    // MARK: Artifacts

    /// What one task of the session came to; `nil` when that is nothing.
    private static func artifact(_ result: TaskResult) throws -> JSONValue? {
        guard let value = try result.payload?.value(), value != .null else { return nil }
        let part: JSONValue =
            if case .string = value {
                .object([("text", value), ("mediaType", .string("text/plain"))])
            } else {
                .object([("data", value), ("mediaType", .string("application/json"))])
            }
        return .object([
            ("artifactId", .string(result.task.taskID)), ("name", .string(result.task.taskType)),
            ("parts", .array([part])),
        ])
    }

    /// The events that bring the artifacts of a session that has ended.
    static func artifactUpdates(_ results: SessionResults) throws -> [JSONValue] {
        let id = results.session.sessionID
        return try results.tasks.compactMap(artifact).map { artifact in
            .object([
                (
                    "artifactUpdate",
                    .object([
                        ("taskId", .string(id)), ("contextId", .string(id)),
                        ("artifact", artifact), ("lastChunk", .bool(true)),
                    ])
                )
            ])
        }
    }
}
