// The best that is found by a scheduler that knows every run time beforehand. The study's yardstick
// from above: no order and no placement that learns can be expected to do better.
//
// HEFT (Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002): tasks by their upward rank, each to the slot
// where it finishes first, into a gap where it fits. Then the same with ranks that were tampered
// with, and with orders that were drawn; and each of these orders once more as a schedule that is
// decided as time goes by, where a task may wait for a better slot. The shortest of all counts.

import HeapModule
import ScrivenerCore

/// The search for a short schedule.
enum ClairvoyantSchedule {
    /// The shortest makespan of so many list schedules, in nanoseconds.
    static func makespan(
        of problem: SchedulingProblem, schedules: Int, random: inout SeededGenerator
    ) -> Int64 {
        let ranks = problem.ranks(problem.runTimes)
        var best = Int64.max
        for number in 0..<max(1, schedules) {
            // Two schedules of each order.
            let variant = number / 2
            let priorities =
                variant == 0 ? ranks : tampered(ranks, variant: variant, random: &random)
            if number % 2 == 0 {
                var schedule = InsertionSchedule(problem)
                best = min(best, schedule.run(priorities))
            } else {
                var schedule = WaitingSchedule(problem)
                best = min(best, schedule.run(priorities))
            }
        }
        return best
    }

    /// Every fourth order is drawn; the others deviate from the ranks, some more than others.
    private static func tampered(
        _ ranks: [Int64], variant: Int, random: inout SeededGenerator
    ) -> [Int64] {
        guard variant % 4 != 3 else { return ranks.map { _ in Int64(random.next() >> 2) } }
        let strength = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9][variant % 7]
        return ranks.map { Int64(Double($0) * (1 + strength * (2 * random.unit() - 1))) }
    }
}

/// A task that can be scheduled, the one with the highest priority first.
private struct Listed: Comparable {
    var priority: Int64
    var task: Int

    static func < (left: Listed, right: Listed) -> Bool {
        (right.priority, left.task) < (left.priority, right.task)
    }
}

// MARK: - Into gaps

/// One pass over the tasks, by priority: each goes where it finishes first, now or later.
private struct InsertionSchedule {
    private struct Gap {
        var start: Int64
        var end: Int64
    }

    let problem: SchedulingProblem
    /// Per worker: when each slot is free for good.
    private var ends: [[Int64]]
    /// Per worker: times in which a slot has nothing to do.
    private var gaps: [[Gap]]

    init(_ problem: SchedulingProblem) {
        self.problem = problem
        let slots = Array(repeating: Int64(0), count: problem.pool.slotsEach)
        ends = problem.pool.speeds.map { _ in slots }
        gaps = problem.pool.speeds.map { _ in [] }
    }

    mutating func run(_ priorities: [Int64]) -> Int64 {
        var open = problem.dependencies.map(\.count)
        var earliest = Array(repeating: Int64(0), count: problem.count)
        var ready = Heap<Listed>()
        for task in open.indices where open[task] == 0 {
            ready.insert(Listed(priority: priorities[task], task: task))
        }
        var makespan: Int64 = 0
        while let next = ready.popMin() {
            let end = place(next.task, after: earliest[next.task])
            makespan = max(makespan, end)
            for dependant in problem.dependants[next.task] {
                earliest[dependant] = max(earliest[dependant], end)
                open[dependant] -= 1
                guard open[dependant] == 0 else { continue }
                ready.insert(Listed(priority: priorities[dependant], task: dependant))
            }
        }
        return makespan
    }

    private struct Option {
        var end = Int64.max
        var worker = 0
        var slot = 0
        var gap: Int?
    }

    private mutating func place(_ task: Int, after earliest: Int64) -> Int64 {
        var best = Option()
        for worker in ends.indices {
            let length = problem.runTime(of: task, on: worker)
            let slot = slot(of: worker, after: earliest)
            let end = max(ends[worker][slot], earliest) + length
            if end < best.end { best = Option(end: end, worker: worker, slot: slot) }
            for (number, gap) in gaps[worker].enumerated() {
                let end = max(gap.start, earliest) + length
                guard end <= gap.end, end < best.end else { continue }
                best = Option(end: end, worker: worker, gap: number)
            }
        }
        let start = best.end - problem.runTime(of: task, on: best.worker)
        if let number = best.gap {
            let gap = gaps[best.worker].remove(at: number)
            leave(Gap(start: gap.start, end: start), on: best.worker)
            leave(Gap(start: best.end, end: gap.end), on: best.worker)
        } else {
            leave(Gap(start: ends[best.worker][best.slot], end: start), on: best.worker)
            ends[best.worker][best.slot] = best.end
        }
        return best.end
    }

    /// The slot that is free last of those that are free in time; else the one that is free first.
    private func slot(of worker: Int, after earliest: Int64) -> Int {
        var (fitting, first): (Int?, Int) = (nil, 0)
        let ends = ends[worker]
        for slot in ends.indices {
            if ends[slot] <= earliest, fitting.map({ ends[slot] > ends[$0] }) ?? true {
                fitting = slot
            }
            if ends[slot] < ends[first] { first = slot }
        }
        return fitting ?? first
    }

    private mutating func leave(_ gap: Gap, on worker: Int) {
        if gap.start < gap.end { gaps[worker].append(gap) }
    }
}

// MARK: - As time goes by

/// At each end of a task, those that are ready are looked at by priority: each goes where it
/// finishes first, and waits where that is a slot that is busy.
private struct WaitingSchedule {
    let problem: SchedulingProblem
    private var running = Heap<GreedySchedule.Running>()
    /// Per worker: when its slots are free, the soonest first.
    private var ends: [[Int64]]
    private var ready: [Listed] = []

    init(_ problem: SchedulingProblem) {
        self.problem = problem
        let slots = Array(repeating: Int64(0), count: problem.pool.slotsEach)
        ends = problem.pool.speeds.map { _ in slots }
    }

    mutating func run(_ priorities: [Int64]) -> Int64 {
        var open = problem.dependencies.map(\.count)
        for task in open.indices where open[task] == 0 {
            enqueue(Listed(priority: priorities[task], task: task))
        }
        var now: Int64 = 0
        while true {
            startReady(at: now)
            guard let first = running.min else { return now }
            now = first.end
            while let ended = running.min, ended.end == now {
                running.removeMin()
                for dependant in problem.dependants[ended.task] {
                    open[dependant] -= 1
                    guard open[dependant] == 0 else { continue }
                    enqueue(Listed(priority: priorities[dependant], task: dependant))
                }
            }
        }
    }

    private mutating func enqueue(_ task: Listed) {
        var (low, high) = (0, ready.count)
        while low < high {
            let middle = (low + high) / 2
            if ready[middle] < task { low = middle + 1 } else { high = middle }
        }
        ready.insert(task, at: low)
    }

    private mutating func startReady(at now: Int64) {
        var promised = ends
        var free = ends.reduce(0) { $0 + $1.prefix { $0 <= now }.count }
        guard free > 0 else { return }
        var waiting: [Listed] = []
        var next = 0
        while next < ready.count, free > 0 {
            let task = ready[next].task
            let worker = bestWorker(for: task, promised, at: now)
            let start = max(now, promised[worker][0])
            let end = start + problem.runTime(of: task, on: worker)
            Self.book(end, in: &promised[worker])
            if start == now {
                free -= 1
                Self.book(end, in: &ends[worker])
                running.insert(GreedySchedule.Running(end: end, task: task, worker: worker))
            } else {
                waiting.append(ready[next])
            }
            next += 1
        }
        ready.replaceSubrange(0..<next, with: waiting)
    }

    private func bestWorker(for task: Int, _ promised: [[Int64]], at now: Int64) -> Int {
        var (best, bestEnd) = (0, Int64.max)
        for worker in promised.indices.reversed() {
            let end = max(now, promised[worker][0]) + problem.runTime(of: task, on: worker)
            if end < bestEnd { (best, bestEnd) = (worker, end) }
        }
        return best
    }

    /// The slot that is free first is taken until an instant.
    private static func book(_ end: Int64, in slots: inout [Int64]) {
        var place = 0
        while place + 1 < slots.count, slots[place + 1] < end {
            slots[place] = slots[place + 1]
            place += 1
        }
        slots[place] = end
    }
}
