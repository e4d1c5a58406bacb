// A stream of events of the coordinator, opened again when it breaks, behind the last event that was read.
// Nothing is ever asked for twice by the clock; the coordinator speaks when there is something to say.

import AsyncHTTPClient
import NIOCore
package import ScrivenerOutbound

/// Follows one stream.
package struct EventFeed: Sendable {
    /// What becomes of the connection.
    package enum Turn: Sendable {
        /// The stream broke; it will be opened again.
        case interrupted(APIError, retryIn: Duration)
        /// The stream is back.
        case restored
        /// The stream is given up; nothing follows.
        case lost(APIError)
    }

    private let client: APIClient
    private let path: [String]
    private let query: [(name: String, value: String)]
    private let patience: Duration?

    /// - Parameter patience: how long an outage may last; for ever when absent.
    package init(
        client: APIClient, path: [String], query: [(name: String, value: String)] = [],
        patience: Duration?
    ) {
        self.client = client
        self.path = path
        self.query = query
        self.patience = patience
    }

    /// Hands on events until one is the last, the stream is given up, or the task is cancelled.
    ///
    /// - Parameter onEvent: says whether the event was the last. What it throws gives the stream up.
    package func run(
        onTurn: (Turn) -> Void, onEvent: (ServerEvent) throws -> Bool
    ) async {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff(budget: patience)
        var lastEventID: String?
        var brokenSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let reason: APIError
            var openSince: ContinuousClock.Instant?
            do {
                let hasEnded = try await follow(&lastEventID) { event in
                    if brokenSince != nil { onTurn(.restored) }
                    brokenSince = nil
                    openSince = openSince ?? .now
                    return try onEvent(event)
                }
                if hasEnded { return }
                reason = .broken(client.address, reason: "the stream of events ended early")
            } catch {
                guard !Task.isCancelled else { return }
                reason = known(error)
            }
            if let openSince { backoff.restart(afterLasting: .now - openSince) }
            let since = brokenSince ?? .now
            brokenSince = since
            guard reason.isPassing,
                let wait = backoff.next(outage: .now - since, using: &generator)
            else { return onTurn(.lost(reason)) }
            onTurn(.interrupted(reason, retryIn: wait))
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

    private func known(_ error: any Error) -> APIError {
        // A stream that breaks its rules would break them again.
        if let error = error as? EventStreamError {
            return .unreadable(request: "GET /" + path.joined(separator: "/"), reason: "\(error)")
        }
        return client.classified(error) as? APIError
            ?? .broken(client.address, reason: "\(error)")
    }
}
