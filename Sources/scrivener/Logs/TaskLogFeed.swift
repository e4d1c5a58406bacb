// What a task's agent says, as it is said: the stream of the task's log, opened again when it breaks, from
// where it was.

import ScrivenerClient
import ScrivenerModel
import ScrivenerOutbound

/// Follows one task's log to its end.
struct TaskLogFeed {
    /// What the stream says.
    enum Update {
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
        // A coordinator that is not there, or knows no such task, is not waited for.
        _ = try await client.get(request.attemptsPath)
        var end: End?
        var failure: CommandFailure?
        let feed = EventFeed(
            client: client, path: request.path,
            query: request.query + [(name: "follow", value: "true")],
            patience: APIClient.streamPatience)
        await feed.run(
            onTurn: { turn in
                switch turn {
                case .interrupted(let error, _):
                    yield(.interrupted(reason: error.failure.message))
                case .restored: return
                case .lost(let error):
                    failure = error.isPassing ? givenUp(error) : error.failure
                }
            },
            onEvent: { event in
                switch event.name {
                case "attempt":
                    let told: Attempt = try value(of: event)
                    yield(.attempt(told.attempt, worker: told.workerID))
                case "log":
                    let piece: Piece = try value(of: event)
                    yield(.text(piece.text, json: event.data))
                case "reset": yield(.gap)
                case "end": end = try value(of: event)
                default: break
                }
                return end != nil
            })
        if let failure { throw failure }
        guard let end else { throw CancellationError() }
        return end
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
            of: "GET /" + request.path.joined(separator: "/"))
    }

    private func givenUp(_ error: APIError) -> CommandFailure {
        CommandFailure(
            "lost sight of task \(request.taskID): \(error.failure.message); "
                + "gave up after \(APIClient.streamPatience.components.seconds) s",
            hint: "The task does not depend on this command. See it again with:\n"
                + "scrivener task logs \(request.sessionID) \(request.taskID) --follow")
    }
}
