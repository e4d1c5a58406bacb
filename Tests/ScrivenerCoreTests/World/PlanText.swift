// Graphs as text, so that a story shows the one that it is about.

import ScrivenerModel

/// Reads tasks from `id[:type][@agent][?][+] [< dependency …]`, separated by `;`.
///
/// The type is `work` where none stands. `?` means that the task goes on without a dependency that
/// failed, `+` that its result may add tasks to the session.
func tasks(_ text: String) -> [ResearchTask] {
    text.split(separator: ";").map { part in
        let sides = part.split(separator: "<")
        var head = String(sides[0]).filter { $0 != " " }
        let extends = head.contains("+")
        let goesOn = head.contains("?")
        head.removeAll { $0 == "+" || $0 == "?" }
        let byAgent = head.split(separator: "@").map(String.init)
        let byType = byAgent[0].split(separator: ":").map(String.init)
        let dependencies = sides.count > 1 ? sides[1].split(separator: " ").map(String.init) : []
        return ResearchTask(
            taskID: byType[0], taskType: byType.count > 1 ? byType[1] : "work",
            dependencies: dependencies, assignedAgent: byAgent.count > 1 ? byAgent[1] : nil,
            onDependencyFailure: goesOn ? .continue : .skip, extendsSession: extends)
    }
}

/// Reads what a worker offers from `agent[(capability,…)]*slots`, separated by spaces.
func offers(_ text: String) -> [AgentOffer] {
    text.split(separator: " ").map { part in
        let halves = part.split(separator: "*")
        let names = halves[0].split { "(,)".contains($0) }.map(String.init)
        let slots = halves.count > 1 ? Int32(halves[1]) ?? 1 : 1
        return AgentOffer(name: names[0], capabilities: Array(names.dropFirst()), slots: slots)
    }
}
