// Which session is next among those that wait for one demand: the one with the smallest tag, and
// among equals the one that has waited longer.
//
// Tags change when a session is served elsewhere. They mostly grow, and a session whose entry is
// behind its tag is put right when it comes to the head; after the rare correction downwards it
// enters anew. Entries that have lost their meaning are thrown away at the head, and altogether
// when they are the greater part.

import HeapModule
import ScrivenerModel

/// Sessions that wait for the same thing.
struct TurnQueue: Sendable {
    private struct Entry: Comparable, Sendable {
        var tag: UInt64
        var number: UInt64
        var session: Int64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.tag, left.number) < (right.tag, right.number)
        }
    }

    private var heap = Heap<Entry>()
    /// The number of each waiting session's entry.
    private var waiting: [Int64: UInt64] = [:]
    private var entries: UInt64 = 0
    /// The number of the entry that was found at the head and to be valid; 0 when that may have
    /// changed.
    private var valid: UInt64 = 0

    var count: Int { waiting.count }

    func contains(_ session: Int64) -> Bool { waiting[session] != nil }

    /// - Returns: whether the session did not wait here before.
    mutating func enter(_ session: Int64, tag: UInt64) -> Bool {
        let isNew = waiting[session] == nil
        entries += 1
        valid = 0
        waiting[session] = entries
        heap.insert(Entry(tag: tag, number: entries, session: session))
        dropStale()
        return isNew
    }

    /// - Returns: whether the session waited here.
    mutating func leave(_ session: Int64) -> Bool {
        guard waiting.removeValue(forKey: session) != nil else { return false }
        valid = 0
        dropStale()
        return true
    }

    /// The session whose turn it is, and its tag.
    mutating func next(_ share: FairShare) -> (session: Int64, tag: UInt64)? {
        while let first = heap.min {
            guard first.number == valid || waiting[first.session] == first.number,
                let tag = share.tag(of: first.session)
            else {
                heap.removeMin()
                continue
            }
            valid = first.number
            guard tag > first.tag else { return (first.session, first.tag) }
            heap.replaceMin(
                with: Entry(tag: tag, number: first.number, session: first.session))
        }
        return nil
    }

    /// All tags were moved back.
    mutating func rebase(by base: UInt64) {
        heap = Heap(
            heap.unordered.map {
                Entry(
                    tag: $0.tag > base ? $0.tag - base : 0, number: $0.number,
                    session: $0.session)
            })
    }

    private mutating func dropStale() {
        guard heap.count > 2 * waiting.count + 64 else { return }
        heap = Heap(heap.unordered.filter { waiting[$0.session] == $0.number })
    }
}
