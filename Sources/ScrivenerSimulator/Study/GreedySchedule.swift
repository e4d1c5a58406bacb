// What schedulers do that think of nothing: a task starts when it is its turn and a slot is free.
// The study's yardsticks from below.

import HeapModule
import ScrivenerCore

/// Gives tasks out as soon as it can.
struct GreedySchedule {
    enum Order {
        /// As they became ready; among those that did at once, in the order of submission.
        case fifo
        case random
    }

    enum Placement {
        /// Where the smallest share of slots is in use; the first worker of several.
        case leastLoaded
        /// The fastest worker with a free slot.
        case fastest
        /// Any free slot.
        case random
    }

    let problem: SchedulingProblem
    let order: Order
    let placement: Placement
    private var free: [Int]
    private var open: [Int]
    private var ready = Heap<Waiting>()
    private var running = Heap<Running>()
    private var random: SeededGenerator

    private struct Waiting: Comparable {
        var key: UInt64
        var task: Int

        static func < (left: Waiting, right: Waiting) -> Bool {
            (left.key, left.task) < (right.key, right.task)
        }
    }

    struct Running: Comparable {
        var end: Int64
        var task: Int
        var worker: Int

        static func < (left: Running, right: Running) -> Bool {
            (left.end, left.task) < (right.end, right.task)
        }
    }

    private init(
        _ problem: SchedulingProblem, _ order: Order, _ placement: Placement,
        random: SeededGenerator
    ) {
        self.problem = problem
        self.order = order
        self.placement = placement
        self.random = random
        free = problem.pool.speeds.map { _ in problem.pool.slotsEach }
        open = problem.dependencies.map(\.count)
    }

    /// The makespan, in nanoseconds.
    static func makespan(
        of problem: SchedulingProblem, _ order: Order, _ placement: Placement, seed: UInt64
    ) -> Int64 {
        var schedule = GreedySchedule(
            problem, order, placement, random: SeededGenerator(seed: seed))
        return schedule.run()
    }

    private mutating func run() -> Int64 {
        var now: Int64 = 0
        for task in open.indices where open[task] == 0 { enqueue(task, at: now) }
        while true {
            while let worker = worker(), let next = ready.popMin() {
                free[worker] -= 1
                let end = now + problem.runTime(of: next.task, on: worker)
                running.insert(Running(end: end, task: next.task, worker: worker))
            }
            guard let first = running.min else { return now }
            now = first.end
            while let ended = running.min, ended.end == now {
                running.removeMin()
                free[ended.worker] += 1
                for dependant in problem.dependants[ended.task] {
                    open[dependant] -= 1
                    if open[dependant] == 0 { enqueue(dependant, at: now) }
                }
            }
        }
    }

    private mutating func enqueue(_ task: Int, at now: Int64) {
        let key = order == .fifo ? UInt64(now) : random.next()
        ready.insert(Waiting(key: key, task: task))
    }

    private mutating func worker() -> Int? {
        let able = free.indices.filter { free[$0] > 0 }
        switch placement {
        case .leastLoaded: return able.max { (free[$0], -$0) < (free[$1], -$1) }
        case .fastest:
            return able.max { (problem.pool.speeds[$0], -$0) < (problem.pool.speeds[$1], -$1) }
        case .random:
            var slot = random.below(able.reduce(0) { $0 + free[$1] })
            for worker in able {
                if slot < free[worker] { return worker }
                slot -= free[worker]
            }
            return able.last
        }
    }
}
