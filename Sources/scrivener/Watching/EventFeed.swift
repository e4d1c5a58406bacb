// A stream of events of the coordinator, opened again when it breaks, behind the last event that was read. Nothing is
// ever asked for twice by the clock; the coordinator speaks when there is something to say.

import AsyncHTTPClient
import NIOCore

/// Follows one stream.
struct EventFeed: Sendable {
    /// What becomes of the connection.
    enum Turn: Sendable {
        /// The stream broke; it will be opened again.
        case interrupted(reason: String, retryIn: Duration)
        /// The stream is back.
        case restored
        /// The stream is given up; nothing follows.
        case lost(CommandFailure)
    }

    let client: APIClient
    let path: [String]
    var query: [(name: String, value: String)] = []
    /// What to say when the stream is given up.
    let givenUp: @Sendable (_ reason: String) -> CommandFailure

    /// Hands on events until one is the last, the stream is given up, or the task is cancelled.
    ///
    /// - Parameter onEvent: says whether the event was the last. What it throws gives the stream up.
    func run(
        onTurn: (Turn) -> Void, onEvent: (ServerEvent) throws -> Bool
    ) async {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff()
        var lastEventID: String?
        var brokenSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let reason: String
            do {
                let hasEnded = try await follow(&lastEventID) { event in
                    if brokenSince != nil { onTurn(.restored) }
                    brokenSince = nil
                    backoff = ReconnectBackoff()
                    return try onEvent(event)
                }
                if hasEnded { return }
                reason = "the stream of events ended early"
            } catch {
                guard !Task.isCancelled else { return }
                let error = client.classified(error)
                guard let known = error as? APIError, known.isPassing else {
                    return onTurn(.lost(Self.failure(error)))
                }
                reason = known.failure.message
            }
            let since = brokenSince ?? .now
            brokenSince = since
            guard let wait = backoff.next(outage: .now - since, using: &generator) else {
                return onTurn(.lost(givenUp(reason)))
            }
            onTurn(.interrupted(reason: reason, retryIn: wait))
            try? await Task.sleep(for: wait)
        }
    }

    /// Reads one connection. Returns whether the last event was among what it said.
    private func follow(
        _ lastEventID: inout String?, _ onEvent: (ServerEvent) throws -> Bool
    ) async throws -> Bool {
        let body = try await client.openEvents(path, query: query, lastEventID: lastEventID)
        var parser = EventStreamParser()
        for try await buffer in body {
            for event in try parser.append(buffer.readableBytesView) {
                lastEventID = event.id ?? lastEventID
                if try onEvent(event) { return true }
            }
        }
        return false
    }

    private static func failure(_ error: any Error) -> CommandFailure {
        if let error = error as? APIError { return error.failure }
        return CommandFailure("the stream of events cannot be read: \(error)")
    }
}
