// A session's progress as it happens, from the stream of its events.

import ScrivenerModel

/// Follows one session until it has ended.
struct ProgressFeed: Sendable {
    /// What the stream says.
    enum Update: Sendable {
        /// The session's progress, and the bytes that said so.
        case report(ProgressReport, json: String)
        /// The session is over; nothing follows.
        case ended(ProgressReport, json: String)
        /// The stream broke; it will be opened again.
        case interrupted(reason: String, retryIn: Duration)
        /// The stream is back.
        case restored
        /// The stream is given up; nothing follows.
        case lost(CommandFailure)
    }

    let client: APIClient
    let sessionID: String

    /// Hands on updates until the session has ended, the stream is given up, or the task is
    /// cancelled.
    func run(_ yield: @Sendable (Update) -> Void) async {
        let feed = EventFeed(
            client: client, path: ["v1", "sessions", sessionID, "events"],
            query: [("events", "progress")]
        ) { [sessionID] reason in
            CommandFailure(
                "lost sight of session \(sessionID): \(reason); "
                    + "gave up after \(ReconnectBackoff.budget.components.seconds) s",
                hint: "The session does not depend on this command. See it again with:\n"
                    + "scrivener session watch \(sessionID)")
        }
        await feed.run(onTurn: { yield(Self.update($0)) }) { event in
            guard let update = try update(from: event) else { return false }
            yield(update)
            if case .ended = update { return true }
            return false
        }
    }

    private static func update(_ turn: EventFeed.Turn) -> Update {
        switch turn {
        case .interrupted(let reason, let wait): .interrupted(reason: reason, retryIn: wait)
        case .restored: .restored
        case .lost(let failure): .lost(failure)
        }
    }

    /// The last progress is that of the session's end: the event `end`, which follows it, says
    /// nothing that it does not say.
    private func update(from event: ServerEvent) throws -> Update? {
        guard event.name == "progress" else { return nil }
        let report = try APIAnswer.decode(
            ProgressReport.self, from: Array(event.data.utf8),
            of: "GET /v1/sessions/\(sessionID)/events")
        return report.status.isTerminal
            ? .ended(report, json: event.data) : .report(report, json: event.data)
    }
}
