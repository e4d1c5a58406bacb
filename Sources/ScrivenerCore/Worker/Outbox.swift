// Results that ended here and that nobody has acknowledged. They are sent again after each
// registration, and when they have waited for long; those of another journal are set aside, since
// their attempts bear the same numbers and mean other work.

import ScrivenerModel

/// What a worker has still to tell.
struct Outbox: Sendable {
    private struct Entry: Sendable {
        var result: AttemptResult
        /// When it was last sent; `nil` when that was before this registration.
        var sentAt: Instant?
    }

    private var entries: [AttemptReference: Entry] = [:]
    private var parked: [String: [AttemptReference: Entry]] = [:]

    var isEmpty: Bool { entries.isEmpty }
    var attempts: [AttemptReference] { entries.keys.sorted() }

    func contains(_ attempt: AttemptReference) -> Bool { entries[attempt] != nil }

    /// - Parameter sentAt: `nil` when it has yet to be sent.
    mutating func add(_ result: AttemptResult, sentAt: Instant?) {
        entries[result.attempt] = Entry(result: result, sentAt: sentAt)
    }

    mutating func acknowledge(_ attempts: [AttemptReference]) {
        for attempt in attempts { entries[attempt] = nil }
    }

    /// A new registration: everything has yet to be sent.
    mutating func forgetSending() {
        for attempt in attempts { entries[attempt]?.sentAt = nil }
    }

    /// Sets what is here aside, and takes back what was set aside for another journal.
    mutating func change(from journal: String, to other: String) {
        if !entries.isEmpty { parked[journal] = entries }
        entries = parked.removeValue(forKey: other) ?? [:]
    }

    /// What was not sent in this registration, and what has been waiting for `patience` since.
    mutating func due(after patience: TimeSpan, at now: Instant) -> [AttemptResult] {
        attempts.compactMap { attempt in
            guard let entry = entries[attempt],
                entry.sentAt.map({ $0.advanced(by: patience) <= now }) ?? true
            else { return nil }
            entries[attempt]?.sentAt = now
            return entry.result
        }
    }
}
