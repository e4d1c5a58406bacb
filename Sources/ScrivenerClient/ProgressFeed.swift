// A session's progress as it happens: the stream of events, opened again when it breaks. Nothing is
// ever asked for twice by the clock; the coordinator speaks when there is something to say.

import AsyncHTTPClient
import NIOCore
package import ScrivenerModel

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
        /// The stream is given up, after how long an outage; nothing follows.
        case lost(APIError, after: Duration)
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
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff(budget: patience)
        var lastEventID: String?
        var brokenSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let reason: APIError
            do {
                let hasEnded = try await follow(&lastEventID) { update in
                    if brokenSince != nil { yield(.restored) }
                    brokenSince = nil
                    backoff = ReconnectBackoff(budget: patience)
                    yield(update)
                }
                if hasEnded { return }
                reason = .broken(client.address, reason: "the stream of events ended early")
            } catch {
                guard !Task.isCancelled else { return }
                reason = known(error)
            }
            let since = brokenSince ?? .now
            brokenSince = since
            let outage = ContinuousClock.now - since
            guard reason.isPassing, let wait = backoff.next(outage: outage, using: &generator)
            else { return yield(.lost(reason, after: outage)) }
            yield(.interrupted(reason, retryIn: wait))
            try? await Task.sleep(for: wait)
        }
    }

    /// Reads one connection. Returns whether the session has ended.
    private func follow(
        _ lastEventID: inout String?, _ yield: (Update) -> Void
    ) async throws -> Bool {
        let body = try await client.openEvents(session: sessionID, lastEventID: lastEventID)
        var parser = EventStreamParser()
        for try await buffer in body {
            for event in try parser.append(buffer.readableBytesView) {
                lastEventID = event.id ?? lastEventID
                guard let update = try update(from: event) else { continue }
                yield(update)
                if case .ended = update { return true }
            }
        }
        return false
    }

    /// The last progress is that of the session's end: the event `end`, which follows it, says
    /// nothing that it does not say.
    private func update(from event: ServerEvent) throws -> Update? {
        guard event.name == "progress" else { return nil }
        let report = try APIAnswer.decode(
            ProgressReport.self, from: Array(event.data.utf8), of: request)
        return report.status.isTerminal
            ? .ended(report, json: event.data) : .report(report, json: event.data)
    }

    private var request: String { "GET /v1/sessions/\(sessionID)/events" }

    private func known(_ error: any Error) -> APIError {
        // A stream that breaks its rules would break them again.
        if let error = error as? EventStreamError {
            return .unreadable(request: request, reason: "\(error)")
        }
        return client.classified(error) as? APIError
            ?? .broken(client.address, reason: "\(error)")
    }
}
