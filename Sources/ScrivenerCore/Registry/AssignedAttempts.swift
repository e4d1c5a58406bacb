// What a worker holds, by attempt: looked up, entered and removed with every dispatch and every
// result. A table of its own, because the standard dictionary's hash, made to withstand keys that an
// enemy chooses, costs more than all else that is done there; these keys are numbers that we gave.
//
// Open addressing with linear probing; a removal closes the gap that it leaves (Knuth, TAOCP vol. 3,
// 6.4, algorithm R).

import ScrivenerModel

/// The attempts that one worker holds.
struct AssignedAttempts: Sendable {
    private struct Slot: Sendable {
        /// Nothing lies here while it is of no session.
        var key = AttemptReference(session: vacant, task: 0, attempt: 0)
        var value = AssignedAttempt(
            agent: 0, slots: 0, dispatchedAt: .zero, expected: .zero, order: 0)

        var isVacant: Bool { key.session == vacant }
    }

    private static let vacant = Int64.min

    /// As many as a power of two, at most half of them in use.
    private var slots: [Slot] = []
    private(set) var count = 0
    /// What attempts take of their worker's resources, by their place in `WorkerState.resources`:
    /// of those that take any.
    private var resources: [AttemptReference: [ReservedResource]] = [:]

    var isEmpty: Bool { count == 0 }

    /// In no particular order, but one that follows from what happened; the same as that of `values`.
    var keys: [AttemptReference] { slots.lazy.filter { !$0.isVacant }.map(\.key) }
    var values: [AssignedAttempt] { slots.lazy.filter { !$0.isVacant }.map(\.value) }

    subscript(attempt: AttemptReference) -> AssignedAttempt? {
        slot(of: attempt).map { slots[$0].value }
    }

    func contains(_ attempt: AttemptReference) -> Bool { slot(of: attempt) != nil }

    /// What an attempt takes of its worker's resources.
    @inline(always)
    func resources(of attempt: AttemptReference) -> [ReservedResource] {
        resources.isEmpty ? [] : resources[attempt] ?? []
    }

    mutating func setResources(_ taken: [ReservedResource], of attempt: AttemptReference) {
        if !taken.isEmpty || !resources.isEmpty {
            resources[attempt] = taken.isEmpty ? nil : taken
        }
    }

    /// Enters an attempt, or takes the place of what was known of it.
    mutating func set(_ held: AssignedAttempt, for attempt: AttemptReference) {
        precondition(attempt.session != Self.vacant, "an attempt of no session")
        if (count + 1) * 2 > slots.count { grow() }
        let place = firstPlace(for: attempt)
        if slots[place].isVacant { count += 1 }
        slots[place] = Slot(key: attempt, value: held)
    }

    mutating func modify(_ attempt: AttemptReference, _ body: (inout AssignedAttempt) -> Void) {
        if let slot = slot(of: attempt) { body(&slots[slot].value) }
    }

    mutating func remove(_ attempt: AttemptReference) -> AssignedAttempt? {
        if !resources.isEmpty { resources[attempt] = nil }
        guard count > 0 else { return nil }
        // As a span, which need not be found unshared with every move.
        var slots = slots.mutableSpan
        let mask = slots.count - 1
        var place = Self.home(attempt, mask)
        while slots[place].key != attempt {
            if slots[place].isVacant { return nil }
            place = (place + 1) & mask
        }
        let held = slots[place].value
        Self.close(place, &slots)
        count -= 1
        return held
    }

    /// An attempt will be looked for soon, or entered. Changes nothing, see `OrchestratorCore+Placement`.
    @inline(always)
    mutating func anticipate(_ attempt: AttemptReference) {
        let home = Self.home(attempt, slots.count - 1)
        slots.anticipate(home)
        // Its other end.
        slots.anticipate(home + 1)
    }

    // MARK: Places

    /// Where the search for a key begins: the upper bits of a product mix all bits of the key.
    @inline(always)
    private static func home(_ attempt: AttemptReference, _ mask: Int) -> Int {
        let place = UInt64(UInt32(bitPattern: attempt.task)) << 8
        let key =
            place ^ UInt64(UInt32(bitPattern: attempt.attempt))
            ^ UInt64(bitPattern: attempt.session) << 40
        return Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    /// Where a key lies, or would lie.
    @inline(always)
    private func firstPlace(for attempt: AttemptReference) -> Int {
        var place = Self.home(attempt, slots.count - 1)
        while slots[place].key != attempt, !slots[place].isVacant {
            place = (place + 1) & (slots.count - 1)
        }
        return place
    }

    @inline(always)
    private func slot(of attempt: AttemptReference) -> Int? {
        guard count > 0 else { return nil }
        let place = firstPlace(for: attempt)
        return slots[place].isVacant ? nil : place
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: max(16, slots.count * 2))
        for slot in old where !slot.isVacant { slots[firstPlace(for: slot.key)] = slot }
    }

    /// Empties a slot, and moves up whatever was only pushed behind it.
    @inline(always)
    private static func close(_ vacant: Int, _ slots: inout MutableSpan<Slot>) {
        let mask = slots.count - 1
        var gap = vacant
        var place = (vacant + 1) & mask
        while !slots[place].isVacant {
            // An entry may fill the gap if its search begins at the gap or before it.
            let distance = (place - home(slots[place].key, mask)) & mask
            if distance >= (place - gap) & mask {
                slots[gap] = slots[place]
                gap = place
            }
            place = (place + 1) & mask
        }
        slots[gap].key.session = Self.vacant
    }
}
