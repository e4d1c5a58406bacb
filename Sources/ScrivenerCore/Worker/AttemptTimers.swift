// When running attempts have to be looked at, in one heap. Each that has a timeout of any kind has
// one entry; progress only moves what is found when the entry falls due. Entries of attempts that
// have ended are left until they come to the head, or are too many.

import HeapModule
import ScrivenerModel

/// A heap of attempts by when they are due.
struct AttemptTimers: Sendable {
    private struct Entry: Comparable, Sendable {
        var due: Instant
        var attempt: AttemptReference

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.attempt) < (right.due, right.attempt)
        }
    }

    private var heap = Heap<Entry>()

    /// No more entries of attempts that have ended than of others, but for so many.
    private static let slack = 1_024

    var next: Instant? { heap.min?.due }
    var count: Int { heap.count }

    var first: (due: Instant, attempt: AttemptReference)? {
        heap.min.map { ($0.due, $0.attempt) }
    }

    mutating func removeFirst() { heap.removeMin() }

    mutating func add(_ attempt: AttemptReference, at due: Instant) {
        heap.insert(Entry(due: due, attempt: attempt))
    }

    /// Drops what has ended, when that is much of it.
    ///
    /// - Parameter live: how many attempts run.
    mutating func compact(live: Int, keeping isLive: (AttemptReference) -> Bool) {
        guard heap.count > 2 * live + Self.slack else { return }
        heap = Heap(heap.unordered.filter { isLive($0.attempt) })
    }
}
