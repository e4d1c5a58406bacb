// Who waits for each task: compressed rows, one array for all edges and one for where each row ends.
//
// Rows can gain entries while the session runs. Such a row moves, with what it had, to a second array
// of edges, and a table says where it lies there. Its old place is wasted; the waste is bounded by the
// edges that extensions add.

/// The dependants of each task of a session. 4 bytes a task and 4 an edge.
struct DependantRows: Sendable {
    /// Where a task's dependants lie.
    struct Row: Sendable {
        var edges: Range<Int>
        var isMoved: Bool
    }

    private(set) var edges: [Int32] = []
    private var ends: [Int32] = []
    private(set) var movedEdges: [Int32] = []
    private var moved: [Int32: Range<Int32>] = [:]

    subscript(task: Int) -> ArraySlice<Int32> {
        let row = row(of: task)
        return row.isMoved ? movedEdges[row.edges] : edges[row.edges]
    }

    @inline(always)
    func row(of task: Int) -> Row {
        if !moved.isEmpty, let range = moved[Int32(task)] {
            return Row(edges: Int(range.lowerBound)..<Int(range.upperBound), isMoved: true)
        }
        let start = task == 0 ? 0 : Int(ends[task - 1])
        return Row(edges: start..<Int(ends[task]), isMoved: false)
    }

    @inline(always)
    func dependant(at edge: Int, in row: Row) -> Int {
        Int(row.isMoved ? movedEdges[edge] : edges[edge])
    }

    // MARK: Growing

    /// Tasks were added behind the first so many: counted first, then filled, as compressed rows are
    /// built.
    mutating func append(_ new: TaskColumns, first: Int) {
        var added = [Int32](repeating: 0, count: first + new.count)
        for dependency in new.dependencies { added[Int(dependency)] += 1 }
        for task in 0..<first where added[task] > 0 { move(task, toGain: Int(added[task])) }
        var next = Int32(edges.count)
        for task in first..<added.count {
            next += added[task]
            ends.append(next)
        }
        edges.append(contentsOf: repeatElement(0, count: Int(next) - edges.count))
        fill(new, first: first, &added)
    }

    /// - Parameter missing: how many entries each row is still to be given.
    private mutating func fill(_ new: TaskColumns, first: Int, _ missing: inout [Int32]) {
        for place in 0..<new.count {
            for dependency in new.dependencies(of: place) {
                let row = row(of: Int(dependency))
                let edge = row.edges.upperBound - Int(missing[Int(dependency)])
                missing[Int(dependency)] -= 1
                if row.isMoved {
                    movedEdges[edge] = Int32(first + place)
                } else {
                    edges[edge] = Int32(first + place)
                }
            }
        }
    }

    private mutating func move(_ task: Int, toGain count: Int) {
        let old = Array(self[task])
        let start = Int32(movedEdges.count)
        movedEdges.append(contentsOf: old)
        movedEdges.append(contentsOf: repeatElement(0, count: count))
        moved[Int32(task)] = start..<Int32(movedEdges.count)
    }
}
