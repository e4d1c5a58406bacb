// The slots of one agent on the worker, and what waits for them. The coordinator may send more than
// fits: what waits begins as soon as a slot frees, without a round trip. First come, first served:
// nothing overtakes an attempt that needs several slots, or it might never begin.

import DequeModule
import ScrivenerModel

/// One agent's slots and queue.
struct AttemptQueue: Sendable {
    struct Waiting: Sendable {
        let assignment: Assignment
        let place: HeldAttempts.Place
    }

    let slots: Int32
    private(set) var taken: Int32 = 0
    private var waiting: Deque<Waiting> = []

    init(slots: Int32) { self.slots = slots }

    var count: Int { waiting.count }
    var isEmpty: Bool { waiting.isEmpty }

    /// The next in line, if there is room for it.
    var next: Assignment? {
        guard let first = waiting.first?.assignment, first.item.slots <= slots - taken else {
            return nil
        }
        return first
    }

    mutating func append(_ assignment: Assignment, at place: HeldAttempts.Place) {
        waiting.append(Waiting(assignment: assignment, place: place))
    }

    /// Gives the next in line its slots.
    ///
    /// - Precondition: there is a `next`.
    mutating func takeNext() -> Waiting {
        let next = waiting.removeFirst()
        taken += next.assignment.item.slots
        return next
    }

    mutating func free(_ count: Int32) {
        precondition(count <= taken, "an agent frees \(count) slots of \(taken) that are taken")
        taken -= count
    }

    mutating func remove(_ attempt: AttemptReference) {
        waiting.removeAll { $0.assignment.item.attempt == attempt }
    }

    /// Empties the queue.
    mutating func removeAll() -> [AttemptReference] {
        let attempts = waiting.map(\.assignment.item.attempt)
        waiting.removeAll()
        return attempts
    }
}
