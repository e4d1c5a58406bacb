// How much work hangs on each task: its own expected run time and that of the longest path behind
// it.
//
// HEFT's upward rank (Topcuoglu, Hariri, Wu, "Performance-effective and low-complexity task
// scheduling for heterogeneous computing", IEEE TPDS 13(3), 2002), without communication costs,
// which are small here beside run times. One pass against the edges (Kahn's algorithm, or simply
// backwards through a plan whose tasks stand behind all that they depend on) gives all ranks; it is cut into slices of bounded length, and the old ranks stay readable until the new
// ones are complete.
//
// Ranks are integers in a unit that is chosen for each pass, so that all the graph's work together
// is 2^31 of them: no path can overflow, and the shortest task still counts as one. The unit grows
// with the graph. A new pass is due when the estimate of a task class has moved by more than a
// factor of two, not at every sample: order does not change with less, and keys need not be made
// again.
//
// Graphs grow while they run. New tasks only hang on old ones, never the other way about: a few are
// ranked at once, exactly; a pass is due only if that raised the rank of an old task that is open.

import ScrivenerModel

/// What a rank is computed from: a graph's columns, lent for one call.
struct RankedGraph {
    let classOf: [Int32]
    /// Rows of dependencies, and where each ends.
    let dependencies: [Int32]
    let dependencyEnds: [Int32]
    /// Run times that the plan states, in nanoseconds, 0 where it states none; empty where it
    /// states none at all.
    var stated: [Int64] = []
    /// Whether all that a task depends on stands before it.
    var isOrdered = false
    /// How many tasks there are of each class; not asked for where run times are stated.
    var classCounts: [ClassCount] = []

    var count: Int { classOf.count }

    func row(_ task: Int) -> Range<Int> {
        (task == 0 ? 0 : Int(dependencyEnds[task - 1]))..<Int(dependencyEnds[task])
    }
}

/// The ranks of one session's tasks. 4 bytes a task, 16 while a pass runs.
struct UpwardRank: Sendable {
    /// So many new tasks are ranked at once when a graph grows; more wait for a pass.
    static let rankedAtOnce = 1_024

    /// Where the computation is.
    enum Phase: Sendable, Equatable {
        /// → `counting`
        case idle
        /// Counts dependants, up to the task. → `ranking`
        case counting(next: Int)
        /// Takes tasks whose dependants have their ranks. → `idle`
        case ranking(done: Int)
        /// Takes tasks from the last one down, where dependants stand behind what they depend on: so
        /// much quicker that it is worth a way of its own. → `idle`
        case descending(next: Int)
    }

    private(set) var phase = Phase.idle
    /// Whether the ranks no longer follow from the graph as it is.
    private(set) var hasOutgrown = false
    /// What the unit of `ranks` and of `costs` is worth.
    private(set) var unit = TimeSpan(nanoseconds: 1)
    private var ranks: [UInt32] = []
    private var costs: [UInt32] = []
    /// All the graph's work, from which the unit follows, in nanoseconds.
    private var work: UInt64 = 0
    /// The estimates behind `costs`.
    private var estimates: [TimeSpan] = []
    private var pass = Pass()

    /// The pass that runs: empty when none does.
    private struct Pass: Sendable {
        var unit = TimeSpan(nanoseconds: 1)
        var work: UInt64 = 0
        var estimates: [TimeSpan] = []
        var costs: [UInt32] = []
        var ranks: [UInt32] = []
        /// Dependants without a rank, per task.
        var open: [Int32] = []
        var free: [Int32] = []
    }

    // MARK: Reading

    /// How many tasks have a rank.
    var count: Int { ranks.count }

    /// A task will be asked for soon. Any may be named.
    @inline(always)
    func anticipate(_ task: Int) { ranks.anticipate(task) }

    /// The longest path from a task to an end of the graph, its own run time included.
    @inline(__always)
    func remaining(_ task: Int) -> TimeSpan {
        guard task < ranks.count else { return TimeSpan(nanoseconds: 0) }
        return TimeSpan(nanoseconds: saturatedProduct(Int64(ranks[task]), unit.nanoseconds))
    }

    /// The longest path of all. Looks at all ranks: once after a pass.
    var longest: TimeSpan { longest(from: 0) }

    /// The longest path that begins with one of the tasks from a place on.
    func longest(from first: Int) -> TimeSpan {
        let rank = Int64(ranks.dropFirst(first).max() ?? 0)
        return TimeSpan(nanoseconds: saturatedProduct(rank, unit.nanoseconds))
    }

    /// Whether a pass is due: the graph has changed, or an estimate has moved by more than 2×.
    func isDue(for latest: [TimeSpan]) -> Bool {
        guard phase == .idle else { return false }
        if hasOutgrown { return true }
        return zip(estimates, latest).contains { old, new in
            let (small, large) = (min(old, new).nanoseconds, max(old, new).nanoseconds)
            return large / 2 > max(1, small)
        }
    }

    // MARK: The pass

    /// Starts a pass over the graph as it is. A pass that runs is given up.
    ///
    /// - Parameter estimates: expected run times by task class.
    mutating func begin(_ graph: RankedGraph, estimates: [TimeSpan]) {
        hasOutgrown = false
        let work = Self.work(graph, from: 0, estimates)
        let unit = Self.unit(for: work)
        pass = Pass(
            unit: unit, work: work, estimates: estimates, costs: Self.costs(estimates, unit: unit),
            ranks: Array(repeating: 0, count: graph.count))
        if graph.isOrdered {
            phase = .descending(next: graph.count)
        } else {
            pass.open = Array(repeating: 0, count: graph.count)
            phase = .counting(next: 0)
        }
    }

    /// Goes on for at most so many tasks.
    ///
    /// - Returns: whether new ranks are complete with this call.
    mutating func advance(_ graph: RankedGraph, limit: Int) -> Bool {
        switch phase {
        case .idle: return false
        case .counting(let next): return count(graph, from: next, limit: max(1, limit))
        case .ranking(let done): return rank(graph, from: done, limit: max(1, limit))
        case .descending(let next): return descend(graph, from: next, limit: max(1, limit))
        }
    }

    /// The pass covers the tasks that were there when it began.
    private mutating func count(_ graph: RankedGraph, from start: Int, limit: Int) -> Bool {
        let end = min(pass.ranks.count, start + limit)
        if start < end {
            for edge in graph.row(start).lowerBound..<graph.row(end - 1).upperBound {
                pass.open[Int(graph.dependencies[edge])] += 1
            }
        }
        guard end == pass.ranks.count else {
            phase = .counting(next: end)
            return false
        }
        for task in pass.open.indices where pass.open[task] == 0 { pass.free.append(Int32(task)) }
        phase = .ranking(done: 0)
        return pass.free.isEmpty ? publish() : false
    }

    private mutating func rank(_ graph: RankedGraph, from start: Int, limit: Int) -> Bool {
        var done = start
        while done < start + limit, let task = pass.free.popLast() {
            // Until here a task's rank is the largest among its dependants.
            let rank = Self.sum(
                pass.ranks[Int(task)],
                Self.cost(Int(task), graph, pass.costs, unit: pass.unit))
            pass.ranks[Int(task)] = rank
            for edge in graph.row(Int(task)) {
                let dependency = Int(graph.dependencies[edge])
                pass.ranks[dependency] = max(pass.ranks[dependency], rank)
                pass.open[dependency] -= 1
                if pass.open[dependency] == 0 { pass.free.append(Int32(dependency)) }
            }
            done += 1
        }
        phase = .ranking(done: done)
        guard pass.free.isEmpty else { return false }
        precondition(done == pass.ranks.count, "a graph with a cycle was let in")
        return publish()
    }

    private mutating func descend(_ graph: RankedGraph, from next: Int, limit: Int) -> Bool {
        let end = max(0, next - limit)
        let (costs, unit) = (pass.costs, pass.unit)
        // As spans, which need not be found unshared for each edge.
        let (classOf, costsOfClasses) = (graph.classOf.span, costs.span)
        let (dependencies, ends) = (graph.dependencies.span, graph.dependencyEnds.span)
        let isStated = !graph.stated.isEmpty
        var ranks = pass.ranks.mutableSpan
        var task = next
        var edge = next == 0 ? 0 : Int(ends[next - 1])
        while task > end {
            task -= 1
            let cost =
                isStated
                ? Self.cost(task, graph, costs, unit: unit) : costsOfClasses[Int(classOf[task])]
            let rank = Self.sum(ranks[task], cost)
            ranks[task] = rank
            let start = task == 0 ? 0 : Int(ends[task - 1])
            while edge > start {
                edge -= 1
                let dependency = Int(dependencies[edge])
                ranks[dependency] = max(ranks[dependency], rank)
            }
        }
        phase = .descending(next: end)
        return end == 0 ? publish() : false
    }

    /// Puts the new ranks in the place of the old. What was added meanwhile keeps its own.
    private mutating func publish() -> Bool {
        let added = ranks.dropFirst(pass.ranks.count)
        ranks = pass.ranks + Self.converted(added, from: unit, to: pass.unit)
        unit = pass.unit
        work = pass.work
        estimates = pass.estimates
        costs = pass.costs
        pass = Pass()
        phase = .idle
        return true
    }

    // MARK: Growth

    /// The graph has gained tasks at its end.
    ///
    /// - Parameters:
    ///   - estimates: expected run times by task class; classes may have been added.
    ///   - isOpen: whether an old task may still have to be started.
    mutating func grow(
        _ graph: RankedGraph, estimates latest: [TimeSpan], isOpen: (Int) -> Bool
    ) {
        let first = ranks.count
        guard graph.count > first else { return }
        estimates.append(contentsOf: latest.dropFirst(estimates.count))
        makeRoom(for: Self.work(graph, from: first, estimates))
        costs = Self.costs(estimates, unit: unit)
        // For now, each as if nothing hung on it.
        for task in first..<graph.count {
            ranks.append(Self.cost(task, graph, costs, unit: unit))
        }
        if first == 0 || graph.count - first > Self.rankedAtOnce || phase != .idle {
            hasOutgrown = true
        } else {
            rankNew(graph, first: first)
            if raisesOld(graph, first: first, isOpen: isOpen) { hasOutgrown = true }
        }
    }

    /// The same pass as above, over the new rows only.
    private mutating func rankNew(_ graph: RankedGraph, first: Int) {
        var open = [Int32](repeating: 0, count: graph.count - first)
        for edge in graph.row(first).lowerBound..<graph.row(graph.count - 1).upperBound {
            let dependency = Int(graph.dependencies[edge])
            if dependency >= first { open[dependency - first] += 1 }
        }
        var free = open.indices.filter { open[$0] == 0 }
        while let place = free.popLast() {
            let rank = ranks[first + place]
            for edge in graph.row(first + place) {
                let dependency = Int(graph.dependencies[edge])
                guard dependency >= first else { continue }
                let through = Self.sum(
                    rank, Self.cost(dependency, graph, costs, unit: unit))
                ranks[dependency] = max(ranks[dependency], through)
                open[dependency - first] -= 1
                if open[dependency - first] == 0 { free.append(dependency - first) }
            }
        }
    }

    private func raisesOld(
        _ graph: RankedGraph, first: Int, isOpen: (Int) -> Bool
    ) -> Bool {
        for task in first..<graph.count {
            for edge in graph.row(task) {
                let old = Int(graph.dependencies[edge])
                guard old < first, isOpen(old) else { continue }
                let through = Self.sum(
                    ranks[task], Self.cost(old, graph, costs, unit: unit))
                if through > ranks[old] { return true }
            }
        }
        return false
    }

    // MARK: Units

    /// A larger unit where the work outgrows the old one; twice as large as it must be, so that
    /// it is seldom done.
    private mutating func makeRoom(for added: UInt64) {
        let (sum, overflow) = work.addingReportingOverflow(added)
        work = overflow ? .max : sum
        guard Self.unit(for: work) > unit else { return }
        let larger = TimeSpan(nanoseconds: Self.unit(for: work).nanoseconds * 2)
        ranks = Self.converted(ranks[...], from: unit, to: larger)
        unit = larger
    }

    private static func work(
        _ graph: RankedGraph, from first: Int, _ estimates: [TimeSpan]
    ) -> UInt64 {
        if first == 0, graph.stated.isEmpty, !graph.classCounts.isEmpty {
            return work(graph.classCounts, estimates)
        }
        var total: UInt64 = 0
        for task in first..<graph.count {
            let stated = task < graph.stated.count ? graph.stated[task] : 0
            let cost = stated > 0 ? stated : estimates[Int(graph.classOf[task])].nanoseconds
            let (sum, overflow) = total.addingReportingOverflow(UInt64(max(0, cost)))
            total = overflow ? .max : sum
        }
        return total
    }

    /// The same of all tasks, where it depends on their classes alone.
    private static func work(_ counts: [ClassCount], _ estimates: [TimeSpan]) -> UInt64 {
        var total: UInt64 = 0
        for (kind, count) in counts.enumerated() {
            let cost = UInt64(max(0, estimates[kind].nanoseconds))
            let (product, tooLong) = cost.multipliedReportingOverflow(by: UInt64(count.all))
            let (sum, overflow) = total.addingReportingOverflow(product)
            total = tooLong || overflow ? .max : sum
        }
        return total
    }

    /// What the plan states of a task's run time, or what is estimated of its class, in units.
    private static func cost(
        _ task: Int, _ graph: RankedGraph, _ costs: [UInt32], unit: TimeSpan
    ) -> UInt32 {
        guard task < graph.stated.count, graph.stated[task] > 0 else {
            return costs[Int(graph.classOf[task])]
        }
        return UInt32(clamping: max(1, graph.stated[task] / max(1, unit.nanoseconds)))
    }

    /// Such that all work together is 2^31 units at most, beside the rounding up of each task.
    private static func unit(for work: UInt64) -> TimeSpan {
        TimeSpan(nanoseconds: Int64(work >> 31) + 1)
    }

    private static func converted(
        _ ranks: ArraySlice<UInt32>, from old: TimeSpan, to new: TimeSpan
    ) -> [UInt32] {
        ranks.map {
            UInt32(clamping: saturatedProduct(Int64($0), old.nanoseconds) / new.nanoseconds)
        }
    }

    private static func costs(_ estimates: [TimeSpan], unit: TimeSpan) -> [UInt32] {
        estimates.map { estimate in
            UInt32(clamping: max(1, estimate.nanoseconds / max(1, unit.nanoseconds)))
        }
    }

    private static func sum(_ left: UInt32, _ right: UInt32) -> UInt32 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}

private func saturatedProduct(_ left: Int64, _ right: Int64) -> Int64 {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
}
