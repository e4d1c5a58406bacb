// Which session is next among those that wait for one demand: the one with the smallest tag, and
// among equals the one that has waited longer.
//
// While few wait, all of them are looked at. Of many there is a heap. Tags change when a session is
// served elsewhere. They mostly grow, and a session whose entry is behind its tag is put right when
// it comes to the head; after the rare correction downwards it enters anew. Entries that have lost
// their meaning are thrown away at the head, and altogether when they are the greater part.

import HeapModule
import ScrivenerModel

/// Sessions that wait for the same thing.
struct TurnQueue: Sendable {
    /// A session that waits.
    struct Turn: Equatable, Sendable {
        var session: Int64
        /// In the demand's queue.
        var lane: Int32
        /// Where the session's tag lies.
        var flow: Int32
        /// Grows with everyone who enters.
        var number: UInt64 = 0
    }

    private struct Entry: Comparable, Sendable {
        var tag: UInt64
        var turn: Turn

        static func < (left: Entry, right: Entry) -> Bool {
            (left.tag, left.turn.number) < (right.tag, right.turn.number)
        }
    }

    /// So many are few; half of them are again when they were many.
    static let few = 16

    /// Who waits while they are few, in no particular order.
    private var list: [Turn] = []
    /// Who waits while they are many, and their entries.
    private var waiting: [Int64: Turn] = [:]
    private var heap = Heap<Entry>()
    private var entries: UInt64 = 0
    /// The number of the entry that was found at the head and to be valid; 0 when that may have
    /// changed.
    private var valid: UInt64 = 0

    @inline(always)
    var count: Int { list.isEmpty ? waiting.count : list.count }

    /// Where nobody else waits, who does.
    @inline(always)
    var only: Turn? { list.count == 1 ? list[0] : nil }

    func contains(_ session: Int64) -> Bool {
        waiting[session] != nil || list.contains { $0.session == session }
    }

    /// - Parameter tag: the session's present tag.
    /// - Returns: whether the session did not wait here before.
    mutating func enter(_ turn: Turn, tag: UInt64) -> Bool {
        entries += 1
        var turn = turn
        turn.number = entries
        guard waiting.isEmpty else { return enterHeap(turn, tag: tag) }
        if let place = list.firstIndex(where: { $0.session == turn.session }) {
            list[place] = turn
            return false
        }
        guard list.count == Self.few else {
            list.append(turn)
            return true
        }
        // Behind their tags, and put right at the head like all others.
        for each in list { _ = enterHeap(each, tag: 0) }
        list.removeAll()
        return enterHeap(turn, tag: tag)
    }

    private mutating func enterHeap(_ turn: Turn, tag: UInt64) -> Bool {
        valid = 0
        let isNew = waiting.updateValue(turn, forKey: turn.session) == nil
        heap.insert(Entry(tag: tag, turn: turn))
        dropStale()
        return isNew
    }

    /// - Returns: whether the session waited here.
    mutating func leave(_ session: Int64) -> Bool {
        guard waiting.isEmpty else { return leaveHeap(session) }
        guard let place = list.firstIndex(where: { $0.session == session }) else { return false }
        list.swapAt(place, list.count - 1)
        list.removeLast()
        return true
    }

    private mutating func leaveHeap(_ session: Int64) -> Bool {
        guard waiting.removeValue(forKey: session) != nil else { return false }
        valid = 0
        guard waiting.count <= Self.few / 2 else {
            dropStale()
            return true
        }
        list = waiting.values.sorted { $0.number < $1.number }
        waiting = [:]
        heap = Heap()
        return true
    }

    /// The session whose turn it is, and its tag.
    @inline(always)
    mutating func next(_ share: FairShare) -> (turn: Turn, tag: UInt64)? {
        list.isEmpty ? nextOfMany(share) : nextOfFew(share)
    }

    @inline(always)
    private func nextOfFew(_ share: FairShare) -> (turn: Turn, tag: UInt64) {
        let list = list.span
        var first = 0
        var tag = share.tag(at: Int(list[0].flow))
        for place in 1..<list.count {
            let other = share.tag(at: Int(list[place].flow))
            if other < tag || (other == tag && list[place].number < list[first].number) {
                first = place
                tag = other
            }
        }
        return (list[first], tag)
    }

    private mutating func nextOfMany(_ share: FairShare) -> (turn: Turn, tag: UInt64)? {
        while let first = heap.min {
            guard
                first.turn.number == valid
                    || waiting[first.turn.session]?.number == first.turn.number
            else {
                heap.removeMin()
                continue
            }
            valid = first.turn.number
            let tag = share.tag(at: Int(first.turn.flow))
            guard tag > first.tag else { return (first.turn, first.tag) }
            heap.replaceMin(with: Entry(tag: tag, turn: first.turn))
        }
        return nil
    }

    /// All tags were moved back.
    mutating func rebase(by base: UInt64) {
        guard !heap.isEmpty else { return }
        heap = Heap(
            heap.unordered.map {
                Entry(tag: $0.tag > base ? $0.tag - base : 0, turn: $0.turn)
            })
    }

    private mutating func dropStale() {
        guard heap.count > 2 * waiting.count + 64 else { return }
        heap = Heap(
            heap.unordered.filter { waiting[$0.turn.session]?.number == $0.turn.number })
    }
}
