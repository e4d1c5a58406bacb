// Plans as JSON. What is at its default is left out, so that a plan reads like one that somebody
// wrote. Reading is `PlanParser`'s: it knows every mistake, and `Decodable` only the first.

extension ResearchPlan: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(query, forKey: .query)
        try container.encodeIfPresent(sessionID, forKey: .sessionID)
        try container.encode(tasks, forKey: .tasks)
        try container.encodeIfPresent(estimatedDurationMinutes, forKey: .estimatedDurationMinutes)
        try container.encodeIfPresent(config, forKey: .config)
        try container.encodeIfPresent(timeoutSeconds, forKey: .timeoutSeconds)
        try container.encode(weight, forKey: .weight, unless: 1)
        try container.encode(callbacks, forKey: .callbacks, unless: [])
    }
}

extension ResearchTask: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(taskID, forKey: .taskID)
        try container.encode(taskType, forKey: .taskType)
        try container.encode(description, forKey: .description, unless: "")
        try container.encode(parameters, forKey: .parameters, unless: .emptyObject)
        try container.encode(dependencies, forKey: .dependencies, unless: [])
        try container.encodeIfPresent(assignedAgent, forKey: .assignedAgent)
        try container.encodeIfPresent(timeoutSeconds, forKey: .timeoutSeconds)
        try container.encodeIfPresent(progressTimeoutSeconds, forKey: .progressTimeoutSeconds)
        try container.encode(onDependencyFailure, forKey: .onDependencyFailure, unless: .skip)
        try container.encodeIfPresent(needs, forKey: .needs)
        try container.encode(extendsSession, forKey: .extendsSession, unless: false)
        try container.encode(priority, forKey: .priority, unless: Self.defaultPriority)
        try container.encodeIfPresent(expectedSeconds, forKey: .expectedSeconds)
        try container.encodeIfPresent(retry, forKey: .retry)
        try container.encode(delivery, forKey: .delivery, unless: .atLeastOnce)
        try container.encode(requires, forKey: .requires, unless: [])
        try container.encode(tags, forKey: .tags, unless: [])
        let amounts = resources.reduce(into: [String: Int64]()) { $0[$1.name] = $1.amount }
        try container.encode(amounts, forKey: .resources, unless: [:])
        try container.encode(fallbackAgents, forKey: .fallbackAgents, unless: [])
        try container.encode(idempotent, forKey: .idempotent, unless: false)
        try container.encode(exclusive, forKey: .exclusive, unless: false)
    }
}

extension KeyedEncodingContainer {
    fileprivate mutating func encode<Value: Encodable & Equatable>(
        _ value: Value, forKey key: Key, unless usual: Value
    ) throws {
        if value != usual { try encode(value, forKey: key) }
    }
}
