// Graphs to submit: random ones, and the shapes that schedulers are usually tried with.

import ScrivenerCore
import ScrivenerModel

/// The shape of a session's graph.
package enum GraphShape: String, Sendable, CaseIterable {
    /// Each task depends on up to three earlier ones.
    case random
    /// One, many in parallel, one.
    case fan
    case chain
    /// One, two, one, two, one …
    case diamonds

    /// The edges of a graph: for each task the earlier ones that it depends on.
    func edges(count: Int, random: inout SeededGenerator) -> [[Int]] {
        (0..<count).map { task in
            switch self {
            case .random: Self.someOf(task, random: &random)
            case .fan:
                task == 0 ? [] : task == count - 1 && count > 2 ? Array(1..<task) : [0]
            case .chain: task == 0 ? [] : [task - 1]
            case .diamonds:
                switch (task, task % 3) {
                case (0, _): []
                case (_, 0): [task - 2, task - 1]
                case (_, let place): [task - place]
                }
            }
        }
    }

    private static func someOf(_ count: Int, random: inout SeededGenerator) -> [Int] {
        guard count > 0 else { return [] }
        var chosen: [Int] = []
        for _ in 0..<random.below(4) {
            let candidate = random.below(count)
            if !chosen.contains(candidate) { chosen.append(candidate) }
        }
        return chosen
    }
}

/// What sessions are made of.
package enum Workload: Sendable {
    /// Sessions of all shapes.
    case mixed
    case shape(GraphShape)
    /// One session: a recorded workflow.
    case workflow(WorkflowGraph)
}
