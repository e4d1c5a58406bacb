// What no schedule can be shorter than.
//
// Two bounds everybody knows: the longest path at the top speed, and all work at the speed of all
// slots together. And one that takes them together: let a set of tasks have paths before them of at
// least `head`, and paths behind them of at least `tail`. None of them starts before the head is
// over, together they need work ÷ speed, and after the last of them its tail remains. The sets that
// are looked at are "head ≥ h and tail ≥ t", for some values of h and all of t (E. Fernández and
// B. Bussell, "Bounds on the number of processors and time for multiprocessor optimal schedules",
// IEEE Trans. Computers C-22(8), 1973, in a weaker and quicker form).

/// A bound from below on the makespan of a problem.
enum LowerBound {
    /// So many values of the head are tried.
    private static let heads = 64

    /// In nanoseconds, rounded down.
    static func of(_ problem: SchedulingProblem) -> Int64 {
        let runTimes = problem.runTimes
        let ranks = problem.ranks(runTimes)
        let heads = heads(of: problem)
        let top = problem.pool.topSpeed
        let longest = problem.types.indices.map { (heads[$0] + ranks[$0]) / top }.max() ?? 0
        let byTail = problem.types.indices.sorted {
            (ranks[$0] - runTimes[$0], $0) > (ranks[$1] - runTimes[$1], $1)
        }
        let values = Set(heads).sorted()
        let step = max(1, values.count / Self.heads)
        let combined = stride(from: 0, to: values.count, by: step).map { index in
            var (work, best): (Int64, Int64) = (0, 0)
            for task in byTail where heads[task] >= values[index] {
                work += runTimes[task]
                let tail = ranks[task] - runTimes[task]
                let ends = (values[index] + tail) / top + work / problem.pool.totalSpeed
                best = max(best, ends)
            }
            return best
        }
        return max(longest, combined.max() ?? 0)
    }

    /// The longest path before each task, at speed 1.
    private static func heads(of problem: SchedulingProblem) -> [Int64] {
        var heads = Array(repeating: Int64(0), count: problem.count)
        for task in problem.types.indices {
            let ends = problem.dependencies[task].map { heads[$0] + problem.runTimes[$0] }
            heads[task] = ends.max() ?? 0
        }
        return heads
    }
}
