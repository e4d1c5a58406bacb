// The plan of a session that has ended, from the facts that had made it.

/// What a session's tasks came from: its plan, and what it gained while it ran.
package struct EndedPlan: Sendable, Equatable {
    package private(set) var plan: CompiledPlan
    package private(set) var additions: [GraphExtension]

    /// - Parameter facts: all of a session's facts that brought tasks, in their order; others are passed
    ///   over.
    /// - Returns: `nil` where the opening is not among them.
    package init?(_ facts: [SessionFact]) {
        var plan: CompiledPlan?
        additions = []
        for fact in facts {
            switch fact {
            case .sessionOpened(let opening): plan = opening.plan
            case .graphExtended(let addition): additions.append(addition)
            case .sessionRerun(let rerun): additions += rerun.additions
            default: continue
            }
        }
        guard let plan else { return nil }
        self.plan = plan
    }

    package var taskCount: Int { additions.reduce(plan.tasks.count) { $0 + $1.tasks.count } }

    /// The class of each task, in the order of their numbers.
    package var taskClasses: [TaskClass] {
        ([plan.tasks] + additions.map(\.tasks)).flatMap { columns in
            columns.classOf.map { columns.classes[Int($0)] }
        }
    }
}

extension SessionFact {
    /// The session that it brings tasks, if it does.
    package var plannedSession: Int64? {
        switch self {
        case .sessionOpened(let opening): opening.number
        case .graphExtended(let addition): addition.session
        case .sessionRerun(let rerun): rerun.session
        default: nil
        }
    }

    /// How many tasks it brings.
    package var plannedTaskCount: Int {
        switch self {
        case .sessionOpened(let opening): opening.plan.tasks.count
        case .graphExtended(let addition): addition.tasks.count
        case .sessionRerun(let rerun): rerun.additions.reduce(0) { $0 + $1.tasks.count }
        default: 0
        }
    }
}
