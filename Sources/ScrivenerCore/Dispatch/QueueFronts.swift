// For each demand, what is looked at with every choice between demands: the first task of its queue.
// Kept beside the queues, dense, and made anew with every change of one of them.
//
// A front is certain only where one session waits for the demand: where several do, their turns change
// with what they are served elsewhere, and the queue itself has to be asked.

import ScrivenerModel

/// The fronts of all demands' queues.
struct QueueFronts: Sendable {
    /// Whose turn it is, and its first task.
    struct Front: Sendable {
        var session: Int64 = 0
        var first = TaskPriority(key: PriorityKey(.zero), task: 0, readyAt: 0)
        /// In the demand's queue.
        var lane: Int32 = 0
        /// Where the session's tag lies.
        var flow: Int32 = 0
        var isCertain = false
    }

    private var fronts: [Front] = []
    /// The keys of those that are certain, and 0 for the others.
    private var keys: [UInt64] = []

    @inline(always)
    subscript(demand: Int32) -> Front { fronts[Int(demand)] }

    mutating func append() {
        fronts.append(Front())
        keys.append(0)
    }

    mutating func forget(_ demand: Int32) {
        fronts[Int(demand)].isCertain = false
        keys[Int(demand)] = 0
    }

    mutating func set(_ demand: Int32, _ front: Front) {
        fronts[Int(demand)] = front
        keys[Int(demand)] = front.first.key.rawValue
    }

    /// The lane of a session that is the only one that waits for the demand.
    @inline(always)
    func certainLane(_ demand: Int32, of session: Int64) -> Int? {
        let place = Int(demand)
        return fronts[place].isCertain && fronts[place].session == session
            ? Int(fronts[place].lane) : nil
    }

    /// A task has come to the lane of a front that is certain.
    @inline(always)
    mutating func consider(_ demand: Int32, _ task: TaskPriority) {
        if task < fronts[Int(demand)].first { change(demand, task) }
    }

    /// Another task comes first now.
    @inline(always)
    mutating func change(_ demand: Int32, _ first: TaskPriority) {
        fronts[Int(demand)].first = first
        keys[Int(demand)] = first.key.rawValue
    }

    /// The demand with the smallest key among some; `nil` where not all of theirs are certain, or
    /// there are none.
    func firstByKey(among demands: DemandSet) -> Int32? {
        var first: Int32?
        for number in 0..<demands.wordCount {
            let word = demands.word(number)
            guard word != 0 else { continue }
            guard let place = firstByKey(among: word, from: number * 64) else { return nil }
            if let known = first, !(fronts[Int(place)].first < fronts[Int(known)].first) {
                continue
            }
            first = place
        }
        return first
    }

    /// The demand with the smallest key among some; `nil` where not all of theirs are certain.
    ///
    /// - Parameters:
    ///   - word: a bit for each, at least one.
    ///   - base: the demand that the first bit stands for.
    @inline(always)
    func firstByKey(among word: UInt64, from base: Int = 0) -> Int32? {
        let keys = keys.span
        var rest = word
        var firstKey = UInt64.max
        // Those that have it.
        var first: UInt64 = 0
        // Without a branch on a key: which is the smallest is as good as random.
        while rest != 0 {
            let bit = rest & (~rest &+ 1)
            let key = keys[base + rest.trailingZeroBitCount]
            rest ^= bit
            first = key < firstKey ? bit : key == firstKey ? first | bit : first
            firstKey = min(key, firstKey)
        }
        guard firstKey > 0 else { return nil }
        let place = base + first.trailingZeroBitCount
        return Int32(
            truncatingIfNeeded: first & (first &- 1) == 0 ? place : firstOfEqual(first, base))
    }

    /// Of those that have the same key, the one whose first task is the earlier.
    private func firstOfEqual(_ word: UInt64, _ base: Int) -> Int {
        var rest = word
        var first = base + rest.trailingZeroBitCount
        rest &= rest &- 1
        while rest != 0 {
            let demand = base + rest.trailingZeroBitCount
            rest &= rest &- 1
            if fronts[demand].first.task <= fronts[first].first.task { first = demand }
        }
        return first
    }
}
