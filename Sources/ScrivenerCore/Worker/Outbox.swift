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
        /// From when on it waits.
        var since: Instant
        /// When it was last sent; `nil` when that was before this registration.
        var sentAt: Instant?
        /// Whether it outlives the process.
        var isKept = false
        var isSettled = false
    }

    /// In the order in which they came, with gaps where one was settled before others.
    private var entries: Deque<Entry> = []
    /// Of each entry; `nil` in gaps.
    private var results: Deque<AttemptResult?> = []
    /// How many entries there were before the first.
    private var passed = 0
    /// Which entry an attempt has, counted from the first that ever was.
    private var places: [AttemptReference: Int] = [:]
    /// Before this place there is nothing that has yet to be kept.
    private var firstUnkept = 0
    /// Of other journals.
    private var parked: [String: [AttemptReference: Parked]] = [:]

    private struct Parked: Sendable {
        var result: AttemptResult
        var isKept: Bool
    }

    /// No more gaps than entries, but for so many.
    private static let slack = 1_024

    var isEmpty: Bool { places.isEmpty }
    /// Those of the present journal.
    var count: Int { places.count }
    /// With those of gaps.
    var placesTaken: Int { entries.count }
    var attempts: [AttemptReference] { places.keys.sorted() }
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
                one.results.map { ($0.attempt, Parked(result: $0, isKept: true)) },
                uniquingKeysWith: { first, _ in first })
        }
        if let last = kept.last { unpark(last.journalID) }
    }

    func contains(_ attempt: AttemptReference) -> Bool {
        !places.isEmpty && places[attempt] != nil
    }

    /// - Parameters:
    ///   - sentAt: `nil` when it has yet to be sent.
    ///   - isKept: whether it outlives the process from the beginning.
    ///   - now: from when on it waits.
    mutating func add(
        _ result: AttemptResult, sentAt: Instant?, isKept: Bool = false, at now: Instant
    ) {
        add(result, Entry(since: now, sentAt: sentAt, isKept: isKept))
    }

    private mutating func add(_ result: AttemptResult, _ entry: Entry) {
        let earlier = places.updateValue(passed + entries.count, forKey: result.attempt)
        if let earlier { settle(earlier) }
        entries.append(entry)
        results.append(result)
        if entry.isKept { passKept() }
    }

    /// - Returns: those that were kept, and need not be any longer.
    mutating func acknowledge(_ attempts: [AttemptReference]) -> [AttemptReference] {
        var kept: [AttemptReference] = []
        for attempt in attempts {
            guard let place = places.removeValue(forKey: attempt) else { continue }
            if entries[place - passed].isKept { kept.append(attempt) }
            settle(place)
        }
        closeGaps()
        return kept
    }

    private mutating func settle(_ place: Int) {
        entries[place - passed].isSettled = true
        results[place - passed] = nil
    }

    /// A new registration: everything has yet to be sent.
    mutating func forgetSending() {
        for index in entries.indices { entries[index].sentAt = nil }
    }

    /// Sets what is here aside, and takes back what was set aside for another journal. Whoever keeps
    /// results has kept those that are here.
    mutating func change(from journal: String, to other: String) {
        if !isEmpty {
            parked[journal] = places.compactMapValues { place in
                results[place - passed].map {
                    Parked(result: $0, isKept: entries[place - passed].isKept)
                }
            }
        }
        removeAll()
        unpark(other)
    }

    private mutating func unpark(_ journal: String) {
        let unparked = parked.removeValue(forKey: journal) ?? [:]
        for attempt in unparked.keys.sorted() {
            guard let one = unparked[attempt] else { continue }
            add(one.result, Entry(since: .zero, sentAt: nil, isKept: one.isKept))
        }
    }

    /// What was not sent in this registration, and what has been waiting for `patience` since.
    mutating func due(after patience: TimeSpan, at now: Instant) -> [AttemptResult] {
        attempts.compactMap { attempt in
            guard let place = places[attempt],
                entries[place - passed].sentAt.map({ $0.advanced(by: patience) <= now }) ?? true
            else { return nil }
            entries[place - passed].sentAt = now
            return results[place - passed]
        }
    }

    // MARK: Keeping

    /// Since when the first of those that are not kept has waited.
    var unkeptSince: Instant? {
        let index = firstUnkept - passed
        return entries.indices.contains(index) ? entries[index].since : nil
    }

    /// Those that have waited since a moment or longer: they are kept from now on.
    mutating func keep(waitingSince moment: Instant) -> [AttemptResult] {
        var kept: [AttemptResult] = []
        while let since = unkeptSince, since <= moment {
            entries[firstUnkept - passed].isKept = true
            if let result = results[firstUnkept - passed] { kept.append(result) }
            passKept()
        }
        return kept
    }

    /// Deadlines are made of the first that is not kept.
    private mutating func passKept() {
        while firstUnkept - passed < entries.count,
            entries[firstUnkept - passed].isKept || entries[firstUnkept - passed].isSettled
        {
            firstUnkept += 1
        }
    }

    // MARK: Gaps

    private mutating func closeGaps() {
        let settled = entries.firstIndex { !$0.isSettled } ?? entries.count
        entries.removeFirst(settled)
        results.removeFirst(settled)
        passed += settled
        firstUnkept = max(firstUnkept, passed)
        if entries.count > 2 * places.count + Self.slack { moveTogether() }
        passKept()
    }

    /// One that waits for long must not have the gaps behind it pile up.
    private mutating func moveTogether() {
        let all = zip(results, entries).compactMap { result, entry in result.map { ($0, entry) } }
        removeAll()
        for (result, entry) in all { add(result, entry) }
    }

    private mutating func removeAll() {
        passed += entries.count
        firstUnkept = passed
        entries.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
    }
}
