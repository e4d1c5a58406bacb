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
        var first: TaskPriority
        var demand: Int32

        /// Behind every other.
        static var none: Head {
            Head(
                tag: .max,
                first: TaskPriority(key: PriorityKey(.distantFuture), task: .max, readyAt: 0),
                demand: -1)
        }

        @inline(always)
        static func < (left: Head, right: Head) -> Bool {
            if left.tag != right.tag { return left.tag < right.tag }
            if left.first < right.first { return true }
            return !(right.first < left.first) && left.demand < right.demand
        }
    }

    /// So often all that were woken are looked at, before they are sorted.
    private static let looks = 2

    /// Those whose heads are not known.
    private(set) var woken = DemandSet()
    /// With the heads that they had; a head may be more urgent than the truth. An entry whose demand
    /// is not among `sorted` means nothing.
    private var heads = Heap<Head>()
    private var sorted = DemandSet()
    /// Whether heads bear the tags of their sessions.
    private(set) var isTagged = true
    /// How often all that were woken have been looked at.
    private var looked = 0

    func contains(_ demand: Int32) -> Bool { woken.contains(demand) || sorted.contains(demand) }

    @inline(always)
    mutating func add(_ demand: Int32) {
        woken.insert(demand)
        if !heads.isEmpty { sorted.remove(demand) }
    }

    @inline(always)
    mutating func add(word: UInt64) {
        woken.formUnion(word: word)
        if !heads.isEmpty { sorted.subtract(word: word) }
    }

    @inline(always)
    mutating func add(_ demands: DemandSet) {
        woken.formUnion(demands)
        if !heads.isEmpty { sorted.subtract(demands) }
    }

    @inline(always)
    mutating func removeAll() {
        woken.removeAll()
        looked = 0
        if !heads.isEmpty { removeSorted() }
    }

    @inline(never)
    private mutating func removeSorted() {
        heads = Heap()
        sorted.removeAll()
    }

    // MARK: Woken

    /// Whether it is better to sort those that were woken than to look at them all once more.
    var wantsSorting: Bool { looked >= Self.looks }

    /// All that were woken are about to be looked at.
    ///
    /// - Parameter demands: those for which anything waits; the others are forgotten.
    @inline(always)
    mutating func beginLook(keeping demands: DemandSet) {
        woken.formIntersection(demands)
        looked += 1
    }

    /// From now on heads bear tags, or bear none. Those of the other kind are of no use any more.
    @inline(always)
    mutating func setTagged(_ isTagged: Bool) {
        if !heads.isEmpty, isTagged != self.isTagged { unsort() }
        self.isTagged = isTagged
    }

    private mutating func unsort() {
        woken.formUnion(sorted)
        sorted.removeAll()
        heads = Heap()
    }

    @inline(always)
    mutating func removeWoken(_ demand: Int32) { woken.remove(demand) }

    // MARK: Sorted

    /// One that was woken has its place by its head from now on.
    mutating func sort(_ head: Head) {
        woken.remove(head.demand)
        sorted.insert(head.demand)
        heads.insert(head)
        looked = 0
    }

    @inline(always)
    var hasSorted: Bool { !heads.isEmpty }

    var firstSorted: Head? {
        mutating get {
            while let first = heads.min {
                if sorted.contains(first.demand) { return first }
                heads.removeMin()
            }
            return nil
        }
    }

    mutating func removeFirstSorted() { sorted.remove(heads.removeMin().demand) }

    mutating func replaceFirstSorted(with head: Head) { heads.replaceMin(with: head) }
}
