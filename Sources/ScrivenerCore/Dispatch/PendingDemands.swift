// Demands that are to be looked at, because something changed. When a slot becomes free, all demands
// that its instance could serve are woken, and mostly one of them gets a task and the slot is taken
// again. So they are only gathered; which is the most urgent is found by looking at them all, and
// they are sorted when more than a few of them are served before they are forgotten.

import HeapModule
import ScrivenerModel

/// Demands that are pending.
struct PendingDemands: Sendable {
    /// The first task of a demand's queue.
    struct Head: Comparable, Sendable {
        var tag: UInt64
        var key: PriorityKey
        var demand: Int32

        static func < (left: Head, right: Head) -> Bool {
            (left.tag, left.key, left.demand) < (right.tag, right.key, right.demand)
        }
    }

    private enum Standing: Sendable {
        case absent, woken, sorted
    }

    /// So often all are looked at, before they are sorted.
    private static let looks = 2

    /// In no particular order; their heads are not known.
    private(set) var woken: [Int32] = []
    /// With the heads that they had; a head may be more urgent than the truth.
    private var sorted = Heap<Head>()
    /// Per demand. An entry of `sorted` whose demand stands elsewhere means nothing.
    private var standings: [Standing] = []
    /// How often all that were woken have been looked at.
    private var looked = 0

    func contains(_ demand: Int32) -> Bool { standings[Int(demand)] != .absent }

    mutating func grow(to count: Int) {
        while standings.count < count { standings.append(.absent) }
    }

    mutating func add(_ demand: Int32) {
        guard standings[Int(demand)] != .woken else { return }
        standings[Int(demand)] = .woken
        woken.append(demand)
    }

    mutating func removeAll() {
        for demand in woken { standings[Int(demand)] = .absent }
        woken.removeAll(keepingCapacity: true)
        looked = 0
        guard !sorted.isEmpty else { return }
        for head in sorted.unordered { standings[Int(head.demand)] = .absent }
        sorted = Heap()
    }

    // MARK: Woken

    /// Whether it is better to sort those that were woken than to look at them all once more.
    var wantsSorting: Bool { looked >= Self.looks && woken.count > 2 }

    mutating func noteLook() { looked += 1 }

    mutating func removeWoken(at place: Int) {
        standings[Int(woken[place])] = .absent
        let last = woken.removeLast()
        if place < woken.count { woken[place] = last }
        if woken.isEmpty { looked = 0 }
    }

    mutating func takeWoken() -> [Int32] {
        for demand in woken { standings[Int(demand)] = .absent }
        looked = 0
        defer { woken = [] }
        return woken
    }

    // MARK: Sorted

    mutating func sort(_ head: Head) {
        standings[Int(head.demand)] = .sorted
        sorted.insert(head)
    }

    var firstSorted: Head? {
        mutating get {
            while let first = sorted.min {
                if standings[Int(first.demand)] == .sorted { return first }
                sorted.removeMin()
            }
            return nil
        }
    }

    mutating func removeFirstSorted() {
        standings[Int(sorted.removeMin().demand)] = .absent
    }

    mutating func replaceFirstSorted(with head: Head) { sorted.replaceMin(with: head) }
}
