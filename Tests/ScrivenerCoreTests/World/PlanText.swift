// Graphs, offers and resources as text, so that a story shows the ones that it is about.

import ScrivenerModel

/// Reads tasks from `id[:type][@agent][?][+][{option …}] [< dependency …]`, separated by `;`.
///
/// The type is `work` where none stands. `?` means that the task goes on without a dependency that
/// failed, `+` that its result may add tasks to the session. Options are separated by spaces: see
/// `ResearchTask.set`.
func tasks(_ text: String) -> [ResearchTask] {
    text.split(separator: ";").map { part in
        let sides = part.split(separator: "<")
        let halves = sides[0].split(separator: "{")
        var head = String(halves[0]).filter { $0 != " " }
        let extends = head.contains("+")
        let goesOn = head.contains("?")
        head.removeAll { $0 == "+" || $0 == "?" }
        let byAgent = head.split(separator: "@").map(String.init)
        let byType = byAgent[0].split(separator: ":").map(String.init)
        let dependencies = sides.count > 1 ? sides[1].split(separator: " ").map(String.init) : []
        var task = ResearchTask(
            taskID: byType[0], taskType: byType.count > 1 ? byType[1] : "work",
            dependencies: dependencies, assignedAgent: byAgent.count > 1 ? byAgent[1] : nil,
            onDependencyFailure: goesOn ? .continue : .skip, extendsSession: extends)
        let options = halves.count > 1 ? halves[1].split { " }".contains($0) } : []
        for option in options { task.set(String(option)) }
        return task
    }
}

extension ResearchTask {
    /// One of `once` (at most), `idempotent`, `exclusive`, `priority=9`, `expected=3`, `needs=2`,
    /// `within=5`, `rest=cancel`, `retries=0`, `tag=…`, `requires=…`, `fallback=…` (the last three as
    /// often as is wanted), or an amount of a resource, such as `slots=2` or `gpu=1`.
    fileprivate mutating func set(_ option: String) {
        let sides = option.split(separator: "=").map(String.init)
        let value = sides.count > 1 ? sides[1] : ""
        switch sides[0] {
        case "once": delivery = .atMostOnce
        case "idempotent": idempotent = true
        case "exclusive": exclusive = true
        case "priority": priority = Int(value) ?? priority
        case "expected": expectedSeconds = Double(value)
        case "needs": needs = JoinRule(atLeast: Int(value) ?? 1)
        case "within": needs?.withinSeconds = Double(value)
        case "rest": needs?.rest = JoinRule.Rest(rawValue: value) ?? .finish
        case "retries": retry = RetryRule(maxRetryAttempts: Int(value), delaySeconds: 0)
        case "tag": tags.append(value)
        case "requires": requires.append(value)
        case "fallback": fallbackAgents.append(value)
        default: resources += amounts(option)
        }
    }
}

/// Reads what a worker offers from `agent[(capability,…)][#tag,…]*slots`, separated by spaces.
func offers(_ text: String) -> [AgentOffer] {
    text.split(separator: " ").map { part in
        let halves = part.split(separator: "*")
        let byTag = halves[0].split(separator: "#")
        let names = byTag[0].split { "(,)".contains($0) }.map(String.init)
        let tags = byTag.count > 1 ? byTag[1].split(separator: ",").map(String.init) : []
        let slots = halves.count > 1 ? Int32(halves[1]) ?? 1 : 1
        return AgentOffer(
            name: names[0], capabilities: Array(names.dropFirst()), tags: tags, slots: slots)
    }
}

/// Reads amounts of resources from `gpu=1 memory_mib=512`.
func amounts(_ text: String) -> [ResourceAmount] {
    text.split(separator: " ").map { part in
        let sides = part.split(separator: "=").map(String.init)
        return ResourceAmount(name: sides[0], amount: sides.count > 1 ? Int64(sides[1]) ?? 0 : 0)
    }
}
