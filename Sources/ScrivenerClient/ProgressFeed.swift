// A session's progress as it happens, from the stream of its events.

package import ScrivenerModel
import ScrivenerOutbound

/// Follows one session until it has ended.
package struct ProgressFeed: Sendable {
    /// What the stream says.
    package enum Update: Sendable {
        /// The session's progress, and the bytes that said so.
        case report(ProgressReport, json: String)
        /// The session is over; nothing follows.
        case ended(ProgressReport, json: String)
        /// The stream broke; it will be opened again.
        case interrupted(APIError, retryIn: Duration)
        /// The stream is back.
        case restored
        /// The stream is given up; nothing follows.
        case lost(APIError)
    }

    private let client: APIClient
    private let sessionID: String
    private let patience: Duration?

    /// - Parameter patience: how long an outage may last; for ever when absent.
    package init(client: APIClient, sessionID: String, patience: Duration?) {
        self.client = client
        self.sessionID = sessionID
        self.patience = patience
    }

    /// Hands on updates until the session has ended, the stream is given up, or the task is
    /// cancelled.
    package func run(_ yield: @Sendable (Update) -> Void) async {
        let feed = EventFeed(
            client: client, path: ["v1", "sessions", sessionID, "events"],
            query: [("events", "progress")], patience: patience)
        await feed.run(onTurn: { yield(Self.update($0)) }) { event in
            guard let update = try update(from: event) else { return false }
            yield(update)
            if case .ended = update { return true }
            return false
        }
    }

    private static func update(_ turn: EventFeed.Turn) -> Update {
        switch turn {
        case .interrupted(let error, let wait): .interrupted(error, retryIn: wait)
        case .restored: .restored
        case .lost(let error): .lost(error)
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
