// When running attempts have to be looked at. Each that has a timeout of any kind has one entry; progress
// only moves what is found when the entry falls due. Entries of attempts that have ended are left until they
// come to the head, or are too many.
//
// Most attempts of a worker have one of a few timeouts, and those that have the same fall due in the order in
// which they began: they stand in a row, and only what fits no row is sorted, in a heap (cf. G. Varghese,
// A. Lauck: "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 2 for each timeout).

import DequeModule
import HeapModule
import ScrivenerModel

/// Attempts by when they are due.
struct AttemptTimers: Sendable {
    struct Entry: Comparable, Sendable {
        var due: Instant
        var attempt: AttemptReference
        var place: HeldAttempts.Place

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.attempt) < (right.due, right.attempt)
        }
    }

    private struct Row: Sendable {
        var timeout: TimeSpan
        var entries: Deque<Entry>
    }

    private var rows: [Row] = []
    private var heap = Heap<Entry>()

    /// No more entries of attempts that have ended than of others, but for so many.
    private static let slack = 1_024
    /// More timeouts than that at once are sorted.
    private static let mostRows = 8

    var next: Instant? { first?.due }
    var count: Int { rows.reduce(heap.count) { $0 + $1.entries.count } }

    var first: Entry? {
        var first = heap.min
        for row in rows {
            guard let head = row.entries.first else { continue }
            if first.map({ head < $0 }) ?? true { first = head }
        }
        return first
    }

    mutating func removeFirst() {
        guard let first else { return }
        guard let row = rows.firstIndex(where: { $0.entries.first == first }) else {
            heap.removeMin()
            return
        }
        rows[row].entries.removeFirst()
        if rows[row].entries.isEmpty { rows.remove(at: row) }
    }

    mutating func add(
        _ attempt: AttemptReference, in place: HeldAttempts.Place, at due: Instant, now: Instant
    ) {
        let entry = Entry(due: due, attempt: attempt, place: place)
        let timeout = due.since(now)
        let row = rows.firstIndex { row in
            row.timeout == timeout && row.entries.last.map { $0.due <= due } ?? true
        }
        if let row {
            rows[row].entries.append(entry)
        } else if rows.count < Self.mostRows {
            rows.append(Row(timeout: timeout, entries: [entry]))
        } else {
            heap.insert(entry)
        }
    }

    /// Drops what has ended, when that is much of it.
    ///
    /// - Parameter live: how many attempts run.
    mutating func compact(live: Int, keeping isLive: (Entry) -> Bool) {
        guard count > 2 * live + Self.slack else { return }
        heap = Heap(heap.unordered.filter(isLive))
        for row in rows.indices { rows[row].entries.removeAll { !isLive($0) } }
        rows.removeAll { $0.entries.isEmpty }
    }
}
