// What can be wrong with tasks taken together: ids, dependencies, cycles, and agents that nobody
// may name. Cycles are found with Kahn's algorithm (Kahn 1962, "Topological sorting of large
// networks"); what it leaves over contains one, and a walk along dependencies finds it.

enum PlanValidator {
    /// Adds every mistake to `findings`.
    ///
    /// - Parameter existing: ids of tasks that the new ones may depend on as well.
    static func check(
        _ tasks: [ResearchTask], following existing: [String], limits: PlanLimits,
        catalogue: AgentCatalogue?, into findings: inout MistakeList
    ) {
        let total = existing.count + tasks.count
        if total > limits.maximumTasks {
            findings.add(
                Mistake(
                    .planTooLarge, at: "/tasks", "too many tasks in the session",
                    limit: "\(limits.maximumTasks)", actual: "\(total)"))
            return
        }
        let edges = tasks.reduce(0) { $0 + $1.dependencies.count }
        if edges > limits.maximumEdges {
            findings.add(
                Mistake(
                    .planTooLarge, at: "/tasks", "too many dependencies",
                    limit: "\(limits.maximumEdges)", actual: "\(edges)"))
            return
        }
        let numbers = number(tasks, following: existing, into: &findings)
        let graph = resolve(tasks, numbers: numbers, into: &findings)
        if let cycle = findCycle(graph, first: existing.count, names: tasks) {
            findings.add(cycle)
        }
        checkJoins(tasks, into: &findings)
        if let catalogue { checkAgents(tasks, catalogue, into: &findings) }
    }

    private static func number(
        _ tasks: [ResearchTask], following existing: [String], into findings: inout MistakeList
    ) -> [String: Int] {
        var numbers: [String: Int] = [:]
        numbers.reserveCapacity(existing.count + tasks.count)
        for (index, id) in existing.enumerated() { numbers[id] = index }
        for (index, task) in tasks.enumerated() where !task.taskID.isEmpty {
            guard numbers[task.taskID] == nil else {
                findings.add(
                    Mistake(
                        .planDuplicateTask, at: "/tasks/\(index)/task_id",
                        "another task has this id", actual: task.taskID))
                continue
            }
            numbers[task.taskID] = existing.count + index
        }
        return numbers
    }

    /// Dependencies as numbers. Those that cannot be resolved are mistakes and left out.
    private static func resolve(
        _ tasks: [ResearchTask], numbers: [String: Int], into findings: inout MistakeList
    ) -> [[Int]] {
        var graph: [[Int]] = []
        graph.reserveCapacity(tasks.count)
        for (index, task) in tasks.enumerated() {
            var row: [Int] = []
            for (place, dependency) in task.dependencies.enumerated() where !dependency.isEmpty {
                let path = "/tasks/\(index)/dependencies/\(place)"
                guard let number = numbers[dependency] else {
                    findings.add(
                        Mistake(
                            .planUnknownDependency, at: path, "no task has this id",
                            actual: dependency))
                    continue
                }
                row.append(number)
            }
            if row.count > 1, Set(row).count < row.count {
                findings.add(
                    Mistake(
                        .planDuplicateDependency, at: "/tasks/\(index)/dependencies",
                        "a dependency stands twice"))
            }
            graph.append(row)
        }
        return graph
    }

    private static func findCycle(
        _ graph: [[Int]], first: Int, names: [ResearchTask]
    ) -> Mistake? {
        var missing = graph.map { row in row.count { $0 >= first } }
        var dependants: [[Int]] = Array(repeating: [], count: graph.count)
        for (task, row) in graph.enumerated() {
            for dependency in row where dependency >= first {
                dependants[dependency - first].append(task)
            }
        }
        var ready = missing.indices.filter { missing[$0] == 0 }
        var sorted = 0
        while let task = ready.popLast() {
            sorted += 1
            for dependant in dependants[task] {
                missing[dependant] -= 1
                if missing[dependant] == 0 { ready.append(dependant) }
            }
        }
        guard sorted < graph.count, let start = missing.firstIndex(where: { $0 > 0 }) else {
            return nil
        }
        let cycle = walk(graph, from: start, first: first, missing: missing)
        let shown = cycle.prefix(20).map { names[$0].taskID }.joined(separator: " → ")
        let rest = cycle.count > 20 ? " → … (\(cycle.count) tasks)" : ""
        let at = cycle.first ?? start
        return Mistake(
            .planCycle, at: "/tasks/\(at)/dependencies",
            "the tasks depend on each other in a circle: \(shown)\(rest)")
    }

    /// Follows unsorted dependencies until a task comes again; that part is the cycle.
    private static func walk(
        _ graph: [[Int]], from start: Int, first: Int, missing: [Int]
    ) -> [Int] {
        var order: [Int] = []
        var place: [Int: Int] = [:]
        var task = start
        while place[task] == nil {
            place[task] = order.count
            order.append(task)
            let next = graph[task].first { $0 >= first && missing[$0 - first] > 0 }
            guard let next else { return order }
            task = next - first
        }
        return Array(order[(place[task] ?? 0)...]) + [task]
    }

    private static func checkJoins(_ tasks: [ResearchTask], into findings: inout MistakeList) {
        for (index, task) in tasks.enumerated() {
            guard let join = task.needs, join.atLeast > task.dependencies.count else { continue }
            findings.add(
                Mistake(
                    .planOutOfRange, at: "/tasks/\(index)/needs/at_least",
                    "more than the task has dependencies", limit: "\(task.dependencies.count)",
                    actual: "\(join.atLeast)"))
        }
    }

    private static func checkAgents(
        _ tasks: [ResearchTask], _ catalogue: AgentCatalogue, into findings: inout MistakeList
    ) {
        let names = catalogue.names.sorted().joined(separator: ", ")
        for (index, task) in tasks.enumerated() {
            let (name, field) =
                task.assignedAgent.map { ($0, "assigned_agent") }
                ?? (task.taskType, "task_type")
            let fallbacks = task.fallbackAgents.enumerated().map {
                ($0.element, "fallback_agents/\($0.offset)")
            }
            for (name, field) in [(name, field)] + fallbacks
            where !name.isEmpty && !catalogue.names.contains(name) {
                findings.add(
                    Mistake(
                        .planUnknownAgent, at: "/tasks/\(index)/\(field)",
                        "strict_agents is on, and the catalogue has no such agent or capability",
                        limit: names, actual: name))
            }
        }
    }
}
