// A recorded workflow as a scheduling problem: numbers instead of names, run times with noise of the
// seed's own, tasks in an order that decides between equals, and four workers of unequal speed.
//
// A thousandth of the recorded time passes, as in `scrivener simulate --dag`: what the core knows of
// time itself (how fast knowledge fades, how soon a timer may fire) is made for tasks of seconds,
// and the recorded ones take up to an hour.

import ScrivenerCore
import ScrivenerModel

/// What has to be scheduled, and on what.
struct SchedulingProblem: Sendable {
    /// The types' names.
    let typeNames: [String]
    /// By task: its type, those that it depends on, and those that depend on it. Every dependency
    /// has a smaller number.
    let types: [Int]
    let dependencies: [[Int]]
    let dependants: [[Int]]
    /// By task, at speed 1, in nanoseconds.
    let runTimes: [Int64]
    let pool: Pool

    /// Workers that differ in speed alone.
    struct Pool: Sendable, Equatable {
        /// What the run times are divided by, for each worker.
        var speeds: [Int64] = [1, 1, 2, 4]
        var slotsEach: Int

        var totalSpeed: Int64 { speeds.reduce(0, +) * Int64(slotsEach) }
        var topSpeed: Int64 { speeds.max() ?? 1 }

        /// Slots are shared out evenly.
        init(slots: Int) { slotsEach = max(1, slots / 4) }
    }

    var count: Int { types.count }

    func runTime(of task: Int, on worker: Int) -> Int64 {
        max(1, runTimes[task] / pool.speeds[worker])
    }

    /// HEFT's upward ranks: each task's run time at speed 1 and the longest path behind it.
    func ranks(_ runTimes: [Int64]) -> [Int64] {
        var ranks = runTimes
        for task in types.indices.reversed() {
            ranks[task] += dependants[task].map { ranks[$0] }.max() ?? 0
        }
        return ranks
    }
}

extension SchedulingProblem {
    /// - Parameters:
    ///   - graph: tasks in topological order.
    ///   - random: where the order of submission and the noise come from.
    init(_ graph: WorkflowGraph, slots: Int, random: inout SeededGenerator) {
        let recorded = Self.numbered(graph)
        let order = Self.shuffled(recorded, random: &random)
        var places = Array(repeating: 0, count: order.count)
        for (place, task) in order.enumerated() { places[task] = place }
        var names: [String] = []
        for task in graph.tasks where !names.contains(task.type) { names.append(task.type) }
        typeNames = names
        types = order.map { task in names.firstIndex(of: graph.tasks[task].type) ?? 0 }
        dependencies = order.map { task in recorded[task].map { places[$0] } }
        var dependants = Array(repeating: [Int](), count: order.count)
        for (task, row) in dependencies.enumerated() {
            for dependency in row { dependants[dependency].append(task) }
        }
        self.dependants = dependants
        runTimes = order.map { task in
            let seconds = graph.tasks[task].runTime.seconds / 1_000 * random.noise()
            return max(1, TimeSpan.seconds(seconds).nanoseconds)
        }
        pool = Pool(slots: slots)
    }

    private static func numbered(_ graph: WorkflowGraph) -> [[Int]] {
        var numbers: [String: Int] = [:]
        for (number, task) in graph.tasks.enumerated() { numbers[task.id] = number }
        return graph.tasks.map { task in task.dependencies.compactMap { numbers[$0] } }
    }

    /// An order in which every task stands behind its dependencies.
    private static func shuffled(
        _ dependencies: [[Int]], random: inout SeededGenerator
    ) -> [Int] {
        var dependants = Array(repeating: [Int](), count: dependencies.count)
        for (task, row) in dependencies.enumerated() {
            for dependency in row { dependants[dependency].append(task) }
        }
        var open = dependencies.map(\.count)
        var free = open.indices.filter { open[$0] == 0 }
        var order: [Int] = []
        while !free.isEmpty {
            free.swapAt(random.below(free.count), free.count - 1)
            let task = free.removeLast()
            order.append(task)
            for dependant in dependants[task] {
                open[dependant] -= 1
                if open[dependant] == 0 { free.append(dependant) }
            }
        }
        return order
    }
}

extension SeededGenerator {
    /// Log-normal with a sigma of 0.2: what run times of one task are multiplied by.
    mutating func noise() -> Double { Statistics.exponential(0.2 * normal()) }

    /// Normal, near enough: twelve even draws (the central limit theorem).
    mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + unit() } }
}
