// When each task could run, did run and ended, and what released it: the timeline seen through the
// dependencies.
//
// The snapshot does not say when a task became ready, so it is derived: with the latest end among
// its dependencies, or with the submission. A dependency that ended after the task's first dispatch
// did not hold it up (a join that waits for some of its inputs does that) and is left out.

import ScrivenerModel

/// The tasks of a session on its timeline.
struct TaskSchedule {
    struct Entry {
        /// From when on it could run; `nil` as long as something that it waits for is open.
        var ready: Double?
        /// The dependency that ended last before that, or -1.
        var releasedBy: Int32 = -1
        /// The first attempt; `nil` before it.
        var dispatched: Double?
        /// When its dependants were released; `nil` while it is open.
        var ended: Double?
        /// The attempt that decided it, or that runs, in the timeline's attempts; or -1.
        var decisive = -1
        /// Run time of the longest chain of tasks that ends with it.
        var longestChain = 0.0
        /// The task before it on that chain, or -1.
        var chainedAfter: Int32 = -1

        var queueWait: Double? {
            guard let dispatched, let ready else { return nil }
            return max(0, dispatched - ready)
        }
    }

    private(set) var entries: [Entry]
    let timeline: Timeline

    init(_ snapshot: SessionSnapshot, _ timeline: Timeline) {
        self.timeline = timeline
        entries = Array(repeating: Entry(), count: snapshot.tasks.count)
        let edges = DependencyRows(snapshot)
        for task in edges.topologicalOrder {
            enter(task, snapshot.tasks[task].status, edges.dependencies(of: task))
        }
    }

    private mutating func enter(
        _ task: Int, _ status: TaskStatus, _ dependencies: ArraySlice<Int32>
    ) {
        let attempts = timeline.attempts(of: task)
        var entry = Entry()
        entry.dispatched = timeline.attempts[attempts].lazy.map(\.dispatched).min()
        var (ready, isHeldUp) = (0.0, false)
        for dependency in dependencies {
            let other = entries[Int(dependency)]
            guard let ended = other.ended, ended <= entry.dispatched ?? ended else {
                isHeldUp = true
                continue
            }
            if ended > ready || entry.releasedBy < 0 {
                (ready, entry.releasedBy) = (max(ready, ended), dependency)
            }
            if other.longestChain > entry.longestChain || entry.chainedAfter < 0 {
                (entry.longestChain, entry.chainedAfter) = (other.longestChain, dependency)
            }
        }
        entry.ready =
            isHeldUp && entry.dispatched == nil && !status.isTerminal ? nil : ready
        entry.decisive = decisive(of: attempts, status)
        if entry.decisive >= 0, status.isTerminal || timeline.attempts[entry.decisive].isOpen {
            entry.longestChain += timeline.attempts[entry.decisive].runTime
        }
        if status.isTerminal {
            entry.ended = entry.decisive >= 0 ? timeline.attempts[entry.decisive].ended : ready
        }
        entries[task] = entry
    }

    /// The attempt whose result counts; of another task the one that runs, or else ended last.
    private func decisive(of attempts: Range<Int>, _ status: TaskStatus) -> Int {
        let all = timeline.attempts
        if status == .completed, let committed = attempts.last(where: { all[$0].isCompleted }) {
            return committed
        }
        if !status.isTerminal, let running = attempts.first(where: { all[$0].isOpen }) {
            return running
        }
        return attempts.max { all[$0].ended < all[$1].ended } ?? -1
    }

    /// Run time that the task's outcome needed; 0 while it is between attempts.
    func usefulRunTime(of task: Int) -> Double {
        guard let attempt = decisiveAttempt(of: task) else { return 0 }
        return entries[task].ended != nil || attempt.isOpen ? attempt.runTime : 0
    }

    func decisiveAttempt(of task: Int) -> Timeline.Attempt? {
        let place = entries[task].decisive
        return place < 0 ? nil : timeline.attempts[place]
    }

    /// The longest chain of run times, the first task first.
    var criticalPath: [Int] {
        guard let last = entries.indices.max(by: { isShorter($0, $1) }),
            entries[last].longestChain > 0
        else { return [] }
        var path: [Int] = []
        var task = last
        while task >= 0 {
            if entries[task].decisive >= 0 { path.append(task) }
            task = Int(entries[task].chainedAfter)
        }
        return path.reversed()
    }

    /// Of chains of the same length, that of the task which stands first is taken.
    private func isShorter(_ one: Int, _ other: Int) -> Bool {
        let (left, right) = (entries[one].longestChain, entries[other].longestChain)
        return left == right ? one > other : left < right
    }
}

/// Dependencies in rows. Numbers that mean no task are left out, and so is all that would close a
/// circle: a plan has none, and a snapshot that was read from a disk must not trap.
private struct DependencyRows {
    private var edges: [Int32] = []
    private var starts: [Int] = [0]
    /// Every task, after what it depends on.
    private(set) var topologicalOrder: [Int] = []

    init(_ snapshot: SessionSnapshot) {
        let count = snapshot.tasks.count
        for (task, node) in snapshot.tasks.enumerated() {
            for dependency in node.dependencies
            where dependency >= 0 && dependency < count && dependency != task {
                edges.append(dependency)
            }
            if let adder = node.addedBy, adder >= 0, adder < count,
                adder != task
            {
                edges.append(adder)
            }
            starts.append(edges.count)
        }
        topologicalOrder = sorted(count)
    }

    func dependencies(of task: Int) -> ArraySlice<Int32> { edges[starts[task]..<starts[task + 1]] }

    /// Kahn's algorithm; what lies on a circle comes last.
    private func sorted(_ count: Int) -> [Int] {
        var open = (0..<count).map { starts[$0 + 1] - starts[$0] }
        let dependants = transposed(count)
        var order = (0..<count).filter { open[$0] == 0 }
        var next = 0
        while next < order.count {
            let task = order[next]
            next += 1
            for dependant in dependants.edges[dependants.starts[task]..<dependants.starts[task + 1]]
            {
                open[Int(dependant)] -= 1
                if open[Int(dependant)] == 0 { order.append(Int(dependant)) }
            }
        }
        return order + (order.count < count ? (0..<count).filter { open[$0] > 0 } : [])
    }

    private func transposed(_ count: Int) -> (edges: [Int32], starts: [Int]) {
        var ends = Array(repeating: 0, count: count + 1)
        for dependency in edges { ends[Int(dependency) + 1] += 1 }
        for task in 0..<count { ends[task + 1] += ends[task] }
        let starts = ends
        var turned = Array(repeating: Int32(0), count: edges.count)
        for task in 0..<count {
            for dependency in dependencies(of: task) {
                turned[ends[Int(dependency)]] = Int32(clamping: task)
                ends[Int(dependency)] += 1
            }
        }
        return (turned, starts)
    }
}
