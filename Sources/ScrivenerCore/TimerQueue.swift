// All deadlines of the machine in one heap; its head is the one deadline that the shell waits for.
//
// Entries are never searched and removed. A timer that has lost its reason still fires, and whoever
// handles it looks whether the reason still holds: cheaper than finding it, and nothing can be
// forgotten by a removal that went wrong. When half of them may have lost theirs, the heap is made
// anew without those, so that it stays in proportion to what is open.

import HeapModule
import ScrivenerModel

/// What is due.
enum TimerReason: Sendable, Equatable {
    /// A worker's lease may have run out.
    case lease(worker: Int32)
    /// A task's backoff is over.
    case backOff(session: Int64, task: Int32)
    /// A session's `timeout_seconds` have passed.
    case sessionTimeout(session: Int64)
    /// An agent on a worker may be tried again after its ejection.
    case circuit(worker: Int32, agent: Int32)
    /// A task that has enough dependencies goes on without the others.
    case join(session: Int64, task: Int32)
    /// An attempt has run longer than most of its kind do.
    case hedge(AttemptReference)
    /// A pass over a session's ranks goes on.
    case rank(session: Int64)
    /// A demand that waits for a faster slot looks again.
    case patience(demand: Int32)
    /// A demand whose tasks have found no room may have a worker kept free.
    case room(demand: Int32)
    /// A step of the instances' history is over.
    case metrics
    /// How many replicas pools should have is worked out anew.
    case scaling
    /// A watched session's progress may be published again.
    case progress(session: Int64)
}

/// A heap of deadlines.
struct TimerQueue: Sendable {
    private struct Entry: Comparable, Sendable {
        var due: Instant
        /// Keeps entries of one instant in the order in which they were added.
        var order: UInt64
        var reason: TimerReason

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.order) < (right.due, right.order)
        }
    }

    private var heap = Heap<Entry>()
    private var added: UInt64 = 0
    /// How many entries may have lost their reason, at most so many.
    private var stale = 0

    /// The earliest deadline, beside the heap: it is asked for with every event.
    private(set) var next: Instant?
    var count: Int { heap.count }

    /// Looks at every entry: for `Invariants`.
    func contains(_ reason: TimerReason) -> Bool {
        heap.unordered.contains { $0.reason == reason }
    }

    mutating func add(_ reason: TimerReason, at due: Instant) {
        added += 1
        heap.insert(Entry(due: due, order: added, reason: reason))
        next = min(next ?? due, due)
    }

    /// Notes that an entry may have lost its reason, and now and then drops those that have.
    mutating func noteStale(keeping hasReason: (TimerReason) -> Bool) {
        stale += 1
        guard stale > 1_024, stale > heap.count / 2 else { return }
        stale = 0
        heap = Heap(heap.unordered.filter { hasReason($0.reason) })
        next = heap.min?.due
    }

    /// Takes the earliest entry that is due.
    mutating func popDue(at now: Instant) -> (due: Instant, reason: TimerReason)? {
        guard let next, next <= now, let first = heap.popMin() else { return nil }
        self.next = heap.min?.due
        return (first.due, first.reason)
    }
}
