// Who waits for each task: compressed rows, one array for all edges. Where each row stands is kept
// with the task itself, in `LifecycleColumn`.
//
// Rows can gain entries while the session runs. Such a row moves, with what it had, to the end of the
// array. Its old place is wasted; the waste is bounded by the edges that extensions add.

/// The dependants of each task of a session. 4 bytes an edge.
struct DependantRows: Sendable {
    private(set) var edges: [Int32] = []

    /// Tasks were added behind the first so many: counted first, then filled, as compressed rows are
    /// built.
    ///
    /// - Parameter tasks: the new ones among them.
    mutating func append(_ new: TaskColumns, first: Int, to tasks: inout LifecycleColumn) {
        var added = [Int32](repeating: 0, count: first + new.count)
        for dependency in new.dependencies { added[Int(dependency)] += 1 }
        for task in 0..<first where added[task] > 0 { move(task, toGain: added[task], &tasks) }
        var next = Int32(edges.count)
        for task in first..<added.count {
            tasks.setDependants(first: next, count: added[task], of: task)
            next += added[task]
        }
        edges.append(contentsOf: repeatElement(0, count: Int(next) - edges.count))
        fill(new, first: first, &added, tasks)
    }

    /// - Parameter missing: how many entries each row is still to be given.
    private mutating func fill(
        _ new: TaskColumns, first: Int, _ missing: inout [Int32], _ tasks: LifecycleColumn
    ) {
        var edge = 0
        for place in 0..<new.count {
            let end = Int(new.dependencyEnds[place])
            while edge < end {
                let dependency = Int(new.dependencies[edge])
                let row = tasks.dependants(of: dependency)
                edges[row.upperBound - Int(missing[dependency])] = Int32(first + place)
                missing[dependency] -= 1
                edge += 1
            }
        }
    }

    private mutating func move(_ task: Int, toGain count: Int32, _ tasks: inout LifecycleColumn) {
        let row = tasks.dependants(of: task)
        let start = Int32(edges.count)
        edges.append(contentsOf: Array(edges[row]))
        edges.append(contentsOf: repeatElement(0, count: Int(count)))
        tasks.setDependants(first: start, count: Int32(row.count) + count, of: task)
    }
}
