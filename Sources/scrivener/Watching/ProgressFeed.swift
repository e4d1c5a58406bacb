// A session's progress as it happens: the stream of events, opened again when it breaks. Nothing is
// ever asked for twice by the clock; the coordinator speaks when there is something to say.

import AsyncHTTPClient
import NIOCore
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
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff()
        var lastEventID: String?
        var brokenSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let reason: String
            do {
                let hasEnded = try await follow(&lastEventID) { update in
                    if brokenSince != nil { yield(.restored) }
                    brokenSince = nil
                    backoff = ReconnectBackoff()
                    yield(update)
                }
                if hasEnded { return }
                reason = "the stream of events ended early"
            } catch {
                guard !Task.isCancelled else { return }
                let error = client.classified(error)
                guard let known = error as? APIError, known.isPassing else {
                    return yield(.lost(Self.failure(error)))
                }
                reason = known.failure.message
            }
            let since = brokenSince ?? .now
            brokenSince = since
            guard let wait = backoff.next(outage: .now - since, using: &generator) else {
                return yield(.lost(givenUp(reason: reason)))
            }
            yield(.interrupted(reason: reason, retryIn: wait))
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
            ProgressReport.self, from: Array(event.data.utf8),
            of: "GET /v1/sessions/\(sessionID)/events")
        return report.status.isTerminal
            ? .ended(report, json: event.data) : .report(report, json: event.data)
    }

    private static func failure(_ error: any Error) -> CommandFailure {
        if let error = error as? APIError { return error.failure }
        return CommandFailure("the stream of events cannot be read: \(error)")
    }

    private func givenUp(reason: String) -> CommandFailure {
        CommandFailure(
            "lost sight of session \(sessionID): \(reason); "
                + "gave up after \(ReconnectBackoff.budget.components.seconds) s",
            hint: "The session does not depend on this command. See it again with:\n"
                + "scrivener session watch \(sessionID)")
    }
}
