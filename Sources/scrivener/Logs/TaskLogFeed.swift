// What a task's agent says, as it is said: the stream of the task's log, opened again when it breaks, from
// where it was.

import AsyncHTTPClient
import NIOCore
import ScrivenerClient
import ScrivenerModel

/// Whose log is asked for.
struct TaskLogRequest: Sendable {
    var sessionID: String
    var taskID: String
    var attempt: Int?

    var path: [String] { ["v1", "sessions", sessionID, "tasks", taskID, "log"] }
    var query: [(name: String, value: String)] {
        attempt.map { [(name: "attempt", value: "\($0)")] } ?? []
    }
}

/// Follows one task's log to its end.
struct TaskLogFeed: Sendable {
    /// What the stream says.
    enum Update: Sendable {
        /// What follows is this attempt's.
        case attempt(Int, worker: String?)
        /// A piece of text, and the bytes that said so.
        case text(String, json: String)
        /// Something was said that is not held any more.
        case gap
        /// The stream broke; it will be opened again.
        case interrupted(reason: String)
    }

    /// How it ended.
    struct End: Decodable {
        var status: TaskStatus
    }

    let client: APIClient
    let request: TaskLogRequest

    /// Hands on updates until the task, or the attempt that was asked for, has ended.
    ///
    /// - Throws: `APIError`; `CommandFailure` when the stream is given up.
    func run(_ yield: (Update) -> Void) async throws -> End {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff()
        var lastEventID: String?
        var hasBegun = false
        var brokenSince: ContinuousClock.Instant?
        while true {
            let reason: String
            do {
                let end = try await follow(&lastEventID, &hasBegun) { update in
                    brokenSince = nil
                    backoff = ReconnectBackoff()
                    yield(update)
                }
                if let end { return end }
                reason = "the stream ended early"
            } catch {
                let error = client.classified(error)
                guard let known = error as? APIError, known.isPassing else { throw error }
                // From the first: nobody is there.
                guard hasBegun else { throw error }
                reason = known.failure.message
            }
            let since = brokenSince ?? .now
            brokenSince = since
            guard let wait = backoff.next(outage: .now - since, using: &generator) else {
                throw givenUp(reason: reason)
            }
            yield(.interrupted(reason: reason))
            try await Task.sleep(for: wait)
        }
    }

    /// Reads one connection.
    private func follow(
        _ lastEventID: inout String?, _ hasBegun: inout Bool, _ yield: (Update) -> Void
    ) async throws -> End? {
        let body = try await client.openEvents(
            request.path, query: request.query + [(name: "follow", value: "true")],
            lastEventID: lastEventID)
        hasBegun = true
        var parser = EventStreamParser()
        for try await buffer in body {
            for event in try parser.append(buffer.readableBytesView) {
                lastEventID = event.id ?? lastEventID
                switch event.name {
                case "attempt":
                    let told: Attempt = try value(of: event)
                    yield(.attempt(told.attempt, worker: told.workerID))
                case "log":
                    let piece: Piece = try value(of: event)
                    yield(.text(piece.text, json: event.data))
                case "reset": yield(.gap)
                case "end": return try value(of: event)
                default: continue
                }
            }
        }
        return nil
    }

    private struct Attempt: Decodable {
        var attempt: Int
        var workerID: String?

        enum CodingKeys: String, CodingKey {
            case attempt
            case workerID = "worker_id"
        }
    }

    private struct Piece: Decodable {
        var text: String
    }

    private func value<Value: Decodable>(of event: ServerEvent) throws -> Value {
        try APIAnswer.decode(
            Value.self, from: Array(event.data.utf8),
            of: "GET /v1/sessions/\(request.sessionID)/tasks/\(request.taskID)/log")
    }

    private func givenUp(reason: String) -> CommandFailure {
        CommandFailure(
            "lost sight of task \(request.taskID): \(reason); "
                + "gave up after \(ReconnectBackoff.budget.components.seconds) s",
            hint: "The task does not depend on this command. See it again with:\n"
                + "scrivener task logs \(request.sessionID) \(request.taskID) --follow")
    }
}
