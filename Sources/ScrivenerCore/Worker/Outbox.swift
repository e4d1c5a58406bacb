// Results that ended here and that nobody has acknowledged. They are sent again after each
// registration, and when they have waited for long; those of another journal are set aside, since
// their attempts bear the same numbers and mean other work.
//
// Those that wait for longer than usual are kept where they outlive the process: its successor finds
// them, and sends them as its own.

import DequeModule
package import ScrivenerModel

/// Results that outlived the process that had them, by the journal that they belong to.
package struct KeptResults: Sendable, Equatable {
    package var journalID: String
    package var results: [AttemptResult]

    package init(journalID: String, results: [AttemptResult]) {
        self.journalID = journalID
        self.results = results
    }
}

/// What a worker has still to tell.
struct Outbox: Sendable {
    private struct Entry: Sendable {
        var result: AttemptResult
        /// When it was last sent; `nil` when that was before this registration.
        var sentAt: Instant?
        /// Whether it outlives the process.
        var isKept = false
    }

    private var entries: [AttemptReference: Entry] = [:]
    private var parked: [String: [AttemptReference: Entry]] = [:]
    /// Those that may have to be kept, in the order in which they ended.
    private var unkept = Deque<(attempt: AttemptReference, since: Instant)>()

    var isEmpty: Bool { entries.isEmpty }
    var attempts: [AttemptReference] { entries.keys.sorted() }
    /// Those that wait for journals that are not the present one: the first few in order of their ids.
    var parkedAttempts: [ParkedResults] {
        parked.keys.sorted().prefix(Self.mostParkedJournals).map {
            ParkedResults(journalID: $0, attempts: parked[$0, default: [:]].keys.sorted())
        }
    }
    /// More are kept, and not told.
    private static let mostParkedJournals = 16
    /// How many wait for a journal that is not the present one.
    var parkedCount: Int { parked.values.reduce(0) { $0 + $1.count } }

    init() {}

    /// - Parameter kept: what a process before this one has left; the last journal is the present.
    init(_ kept: [KeptResults]) {
        for one in kept {
            parked[one.journalID, default: [:]].merge(
                one.results.map { ($0.attempt, Entry(result: $0, sentAt: nil, isKept: true)) },
                uniquingKeysWith: { first, _ in first })
        }
        if let last = kept.last { entries = parked.removeValue(forKey: last.journalID) ?? [:] }
    }

    func contains(_ attempt: AttemptReference) -> Bool { entries[attempt] != nil }

    /// - Parameters:
    ///   - sentAt: `nil` when it has yet to be sent.
    ///   - isKept: whether it outlives the process from the beginning.
    ///   - now: from when on it waits.
    mutating func add(
        _ result: AttemptResult, sentAt: Instant?, isKept: Bool = false, at now: Instant
    ) {
        entries[result.attempt] = Entry(result: result, sentAt: sentAt, isKept: isKept)
        if !isKept { unkept.append((result.attempt, now)) }
    }

    /// - Returns: those that were kept, and need not be any longer.
    mutating func acknowledge(_ attempts: [AttemptReference]) -> [AttemptReference] {
        let kept = attempts.filter { entries.removeValue(forKey: $0)?.isKept == true }
        dropSettled()
        return kept
    }

    /// A new registration: everything has yet to be sent.
    mutating func forgetSending() {
        for attempt in attempts { entries[attempt]?.sentAt = nil }
    }

    /// Sets what is here aside, and takes back what was set aside for another journal.
    mutating func change(from journal: String, to other: String) {
        if !entries.isEmpty { parked[journal] = entries }
        entries = parked.removeValue(forKey: other) ?? [:]
        unkept.removeAll()
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

    // MARK: Keeping

    /// Since when the first of those that are not kept has waited.
    var unkeptSince: Instant? { unkept.first?.since }

    /// Those that have waited since a moment or longer: they are kept from now on.
    mutating func keep(waitingSince moment: Instant) -> [AttemptResult] {
        var results: [AttemptResult] = []
        while let first = unkept.first, first.since <= moment {
            unkept.removeFirst()
            guard var entry = entries[first.attempt], !entry.isKept else { continue }
            entry.isKept = true
            entries[first.attempt] = entry
            results.append(entry.result)
        }
        return results
    }

    /// The front is what deadlines are made of; what is behind it may be over.
    private mutating func dropSettled() {
        while let first = unkept.first, entries[first.attempt]?.isKept != false {
            unkept.removeFirst()
        }
    }
}
