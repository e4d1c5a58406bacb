// Which demand is looked at next: of those that something has changed for, the one whose head is the
// most urgent.

import ScrivenerModel

extension TaskDispatcher {
    /// The demand that is to be looked at next: of those that are pending, the one whose head is
    /// the most urgent.
    mutating func takePending() -> Int32? {
        pending.setTagged(areInAWord || share.waitingCount > 1)
        pending.beginLook(keeping: waiting)
        // Where one session waits, its tag is the same everywhere, and keys decide.
        if isLookQuick, !pending.hasSorted, pending.woken.firstWord != 0,
            let first = fronts.firstByKey(among: pending.woken.firstWord)
        {
            pending.removeWoken(first)
            return first
        }
        return takePendingInFull()
    }

    private mutating func takePendingInFull() -> Int32? {
        if pending.wantsSorting, !isLookQuick { sortWoken() }
        let sorted = pending.hasSorted ? firstSorted() : nil
        guard let woken = firstWoken() else { return takeSorted(sorted) }
        if let sorted, sorted < woken { return takeSorted(sorted) }
        pending.removeWoken(woken.demand)
        return woken.demand
    }

    /// Whether a word holds all demands.
    @inline(always)
    private var areInAWord: Bool { queues.count <= DemandSet.inAWord }

    /// Whether a look at all that are pending is quicker than to keep them sorted: keys lie side by
    /// side, while every task that is served makes the tags of its session's heads untrue.
    @inline(always)
    private var isLookQuick: Bool {
        areInAWord && share.waitingCount == 1
    }

    private mutating func takeSorted(_ head: PendingDemands.Head?) -> Int32? {
        guard let head else { return nil }
        pending.removeFirstSorted()
        return head.demand
    }

    private mutating func sortWoken() {
        var demand: Int32 = 0
        while let woken = pending.woken.first(from: demand) {
            if let head = head(of: woken) { pending.sort(head) } else { pending.removeWoken(woken) }
            demand = woken + 1
        }
    }

    /// The most urgent of those that were woken lately.
    private mutating func firstWoken() -> PendingDemands.Head? {
        guard var demand = pending.woken.first(from: 0) else { return nil }
        guard areInAWord else { return firstWokenOfMany() }
        var rest = pending.woken.firstWord
        if share.waitingCount == 1, let key = fronts.firstByKey(among: rest) {
            return PendingDemands.Head(
                tag: tag(at: fronts[key].flow), first: fronts[key].first, demand: key)
        }
        var first = PendingDemands.Head.none
        repeat {
            demand = Int32(truncatingIfNeeded: rest.trailingZeroBitCount)
            rest &= rest &- 1
            // Not as a `Head`: this is done for each demand with every event.
            let front = fronts[demand]
            guard front.isCertain else {
                if let head = headAmongSeveral(demand), head < first { first = head }
                continue
            }
            let tag = tag(at: front.flow)
            if tag < first.tag || (tag == first.tag && front.first < first.first) {
                first = PendingDemands.Head(tag: tag, first: front.first, demand: demand)
            }
        } while rest != 0
        return first.demand < 0 ? nil : first
    }

    private mutating func firstWokenOfMany() -> PendingDemands.Head? {
        if !pending.isTagged, let key = fronts.firstByKey(among: pending.woken) {
            return PendingDemands.Head(tag: 0, first: fronts[key].first, demand: key)
        }
        var first: PendingDemands.Head?
        var demand: Int32 = 0
        while let woken = pending.woken.first(from: demand) {
            demand = woken + 1
            guard let head = head(of: woken) else { continue }
            if let known = first, known < head { continue }
            first = head
        }
        return first
    }

    /// The most urgent of those that are sorted. One that has fallen back waits for the others.
    private mutating func firstSorted() -> PendingDemands.Head? {
        while let first = pending.firstSorted {
            guard let head = head(of: first.demand) else {
                pending.removeFirstSorted()
                continue
            }
            guard head > first else { return head }
            pending.replaceFirstSorted(with: head)
        }
        return nil
    }

    @inline(always)
    private mutating func head(of demand: Int32) -> PendingDemands.Head? {
        let front = fronts[demand]
        guard front.isCertain else { return headAmongSeveral(demand) }
        return PendingDemands.Head(
            tag: tag(at: front.flow), first: front.first, demand: demand)
    }

    /// Of many demands and one session that waits, heads bear none: so they stay true when it is
    /// served.
    @inline(always)
    private func tag(at flow: Int32) -> UInt64 {
        pending.isTagged ? share.tag(at: Int(flow)) : 0
    }

    private mutating func headAmongSeveral(_ demand: Int32) -> PendingDemands.Head? {
        guard let (lane, tag) = queues[Int(demand)].next(share),
            let first = queues[Int(demand)][lane].tasks.min
        else { return nil }
        return PendingDemands.Head(
            tag: pending.isTagged ? tag : 0, first: first, demand: demand)
    }
}
