// What a worker holds, by attempt: looked up, entered and removed with every dispatch and every
// result. A table of its own, because the standard dictionary's hash, made to withstand keys that an
// enemy chooses, costs more than all else that is done there; these keys are numbers that we gave.
//
// Entries lie densely in arrays; an open-addressed index with linear probing leads to them, and a
// removal closes the gap that it leaves (Knuth, TAOCP vol. 3, 6.4, algorithm R).

import ScrivenerModel

/// The attempts that one worker holds.
struct AssignedAttempts: Sendable {
    /// In no particular order, but one that follows from what happened.
    private(set) var keys: [AttemptReference] = []
    private(set) var values: [AssignedAttempt] = []
    /// Places in these, or -1. As long as a power of two, at most half full.
    private var index: [Int32] = []
    /// What attempts take of their worker's resources, by their place in `WorkerState.resources`:
    /// of those that take any.
    private var resources: [AttemptReference: [ReservedResource]] = [:]

    var count: Int { keys.count }
    var isEmpty: Bool { keys.isEmpty }

    subscript(attempt: AttemptReference) -> AssignedAttempt? {
        slot(of: attempt).map { values[Int(index[$0])] }
    }

    func contains(_ attempt: AttemptReference) -> Bool { slot(of: attempt) != nil }

    /// What an attempt takes of its worker's resources.
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
        if let slot = slot(of: attempt) {
            values[Int(index[slot])] = held
            return
        }
        keys.append(attempt)
        values.append(held)
        if keys.count * 2 > index.count { grow() } else { enter(keys.count - 1) }
    }

    mutating func modify(_ attempt: AttemptReference, _ body: (inout AssignedAttempt) -> Void) {
        if let slot = slot(of: attempt) { body(&values[Int(index[slot])]) }
    }

    mutating func remove(_ attempt: AttemptReference) -> AssignedAttempt? {
        if !resources.isEmpty { resources[attempt] = nil }
        guard let slot = slot(of: attempt) else { return nil }
        let place = Int(index[slot])
        let last = keys.count - 1
        if place < last, let moved = self.slot(of: keys[last]) {
            index[moved] = Int32(place)
        }
        let held = values[place]
        let (lastKey, lastValue) = (keys.removeLast(), values.removeLast())
        if place < last {
            keys[place] = lastKey
            values[place] = lastValue
        }
        close(slot)
        return held
    }

    // MARK: The index

    /// Where the search for a key begins: the upper bits of a product mix all bits of the key.
    private func home(_ attempt: AttemptReference) -> Int {
        let place = UInt64(UInt32(bitPattern: attempt.task)) << 8
        let key =
            place ^ UInt64(UInt32(bitPattern: attempt.attempt))
            ^ UInt64(bitPattern: attempt.session) << 40
        return Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (index.count - 1)
    }

    private func slot(of attempt: AttemptReference) -> Int? {
        guard !index.isEmpty else { return nil }
        var slot = home(attempt)
        while index[slot] >= 0 {
            if keys[Int(index[slot])] == attempt { return slot }
            slot = (slot + 1) & (index.count - 1)
        }
        return nil
    }

    private mutating func enter(_ place: Int) {
        var slot = home(keys[place])
        while index[slot] >= 0 { slot = (slot + 1) & (index.count - 1) }
        index[slot] = Int32(place)
    }

    private mutating func grow() {
        index = Array(repeating: -1, count: max(16, index.count * 2))
        for place in keys.indices { enter(place) }
    }

    /// Empties a slot, and moves up whatever was only pushed behind it.
    private mutating func close(_ vacant: Int) {
        let mask = index.count - 1
        var gap = vacant
        var slot = (vacant + 1) & mask
        index[gap] = -1
        while index[slot] >= 0 {
            // An entry may fill the gap if its search begins at the gap or before it.
            let distance = (slot - home(keys[Int(index[slot])])) & mask
            if distance >= (slot - gap) & mask {
                index[gap] = index[slot]
                index[slot] = -1
                gap = slot
            }
            slot = (slot + 1) & mask
        }
    }
}
