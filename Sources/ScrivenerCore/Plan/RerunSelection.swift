// Which tasks of an ended session run again, and which keep their results.
//
// A result is kept when its task completed and would be given the same inputs again. So whatever depends
// on a task that runs again runs again with it, also where it had completed without that task (a join, or
// `on_dependency_failure: continue`): its inputs change. Tasks that another task had added are left out
// when that one runs again, because it may add them again; and where a kept addition depends on one that
// is left out, its own adder runs again as well.

package import ScrivenerModel

/// What becomes of each task of a session that is run again.
package struct RerunSelection: Sendable {
    private struct Verdict {
        var action = RerunAction.keep
        var reason = RerunReason.completed
        /// The task that the reason is about, or -1.
        var because: Int32 = -1
    }

    private let snapshot: SessionSnapshot
    private let scope: RerunScope
    private var verdicts: [Verdict]

    /// - Parameter snapshot: of a session that has ended.
    package init(_ snapshot: SessionSnapshot, _ scope: RerunScope) {
        self.snapshot = snapshot
        self.scope = scope
        verdicts = Array(repeating: Verdict(), count: snapshot.tasks.count)
        var changed: [Int] = []
        for (task, record) in snapshot.tasks.enumerated() {
            if scope == .all {
                decide(task, .run, .requested, because: -1, &changed)
            } else if record.committed?.record == nil {
                decide(task, .run, .notCompleted, because: -1, &changed)
            }
        }
        spread(changed)
    }

    private mutating func spread(_ first: [Int]) {
        var changed = first
        let followers = Followers(snapshot)
        while let task = changed.popLast() {
            for dependant in followers.dependants[task] {
                follow(dependant, dependsOn: task, &changed)
            }
            for addition in followers.additions[task] {
                decide(addition, .drop, .adderRuns, because: task, &changed)
            }
        }
    }

    private mutating func follow(_ dependant: Int, dependsOn task: Int, _ changed: inout [Int]) {
        // What is left out cannot be depended on: the dependant is an addition too, and has to be added
        // anew.
        if verdicts[task].action == .drop, let adder = snapshot.adder(of: dependant) {
            decide(adder, .run, .additionDropped, because: dependant, &changed)
        } else {
            decide(dependant, .run, .dependencyRuns, because: task, &changed)
        }
    }

    /// A verdict only ever becomes harder: kept, run, left out.
    private mutating func decide(
        _ task: Int, _ action: RerunAction, _ reason: RerunReason, because cause: Int,
        _ changed: inout [Int]
    ) {
        guard action.severity > verdicts[task].action.severity else { return }
        verdicts[task] = Verdict(action: action, reason: reason, because: Int32(cause))
        changed.append(task)
    }

    // MARK: Reading

    package func action(of task: Int) -> RerunAction { verdicts[task].action }

    package func count(_ action: RerunAction) -> Int { verdicts.count { $0.action == action } }

    package var preview: RerunPreview {
        RerunPreview(
            sessionID: snapshot.session.sessionID, only: scope,
            tasks: zip(snapshot.tasks, verdicts).map { task, verdict in
                RerunTask(
                    taskID: task.taskID, status: task.status, action: verdict.action,
                    reason: verdict.reason,
                    because: verdict.because < 0
                        ? nil : snapshot.tasks[Int(verdict.because)].taskID)
            })
    }
}

extension RerunAction {
    fileprivate var severity: Int {
        switch self {
        case .keep: 0
        case .run: 1
        case .drop: 2
        }
    }
}

extension SessionSnapshot {
    /// The task whose result added one; `nil` for tasks of the plan, and for numbers that mean no task.
    fileprivate func adder(of task: Int) -> Int? {
        tasks[task].addedBy.map(Int.init).flatMap { tasks.indices.contains($0) ? $0 : nil }
    }
}

/// For each task, those that depend on it, and those that it added.
private struct Followers {
    private(set) var dependants: [[Int]]
    private(set) var additions: [[Int]]

    init(_ snapshot: SessionSnapshot) {
        dependants = Array(repeating: [], count: snapshot.tasks.count)
        additions = dependants
        for (number, task) in snapshot.tasks.enumerated() {
            for dependency in task.dependencies
            where snapshot.tasks.indices.contains(Int(dependency)) {
                dependants[Int(dependency)].append(number)
            }
            if let adder = snapshot.adder(of: number) { additions[adder].append(number) }
        }
    }
}
