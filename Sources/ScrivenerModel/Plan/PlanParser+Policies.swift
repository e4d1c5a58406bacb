// The part of a task that says how it is executed: see `TaskPolicy`.

extension PlanParser {
    /// Reads one of the fields that say how a task is executed.
    mutating func readPolicy(
        _ key: ResearchTask.CodingKeys, of task: inout ResearchTask
    ) throws(JSONError) {
        switch key {
        case .onDependencyFailure: task.onDependencyFailure = try choice() ?? .skip
        case .progressTimeoutSeconds: task.progressTimeoutSeconds = try seconds()
        case .priority:
            task.priority = try integer(in: 1...10) ?? ResearchTask.defaultPriority
        case .expectedSeconds: task.expectedSeconds = try seconds()
        case .delivery: task.delivery = try choice() ?? .atLeastOnce
        case .requires: task.requires = try fewNames()
        case .tags: task.tags = try fewNames()
        case .fallbackAgents: task.fallbackAgents = try fewNames()
        case .idempotent: task.idempotent = try flag() ?? false
        case .exclusive: task.exclusive = try flag() ?? false
        case .retry: task.retry = try readRetry()
        case .needs: task.needs = try readJoin()
        case .resources: task.resources = try readResources()
        case .description, .parameters, .dependencies, .taskID, .taskType, .assignedAgent,
            .timeoutSeconds, .extendsSession:
            preconditionFailure("\(key.rawValue) is read where tasks are read")
        }
    }

    private mutating func readRetry() throws(JSONError) -> RetryRule? {
        var rule = RetryRule()
        let seen = try readObject {
            (parser, field: RetryRule.CodingKeys) throws(JSONError) in
            switch field {
            case .maxRetryAttempts:
                rule.maxRetryAttempts = try parser.integer(in: 0...100)
            case .delaySeconds: rule.delaySeconds = try parser.number(in: 0...86_400)
            case .factor: rule.factor = try parser.number(in: 1...100)
            case .maxDelaySeconds:
                rule.maxDelaySeconds = try parser.number(in: 0...86_400)
            }
        }
        return seen == nil ? nil : rule
    }

    /// `"all"`, or an object.
    private mutating func readJoin() throws(JSONError) -> JoinRule? {
        if try reader.peekKind() == .string {
            let word = try reader.readString()
            guard word != "all" else { return nil }
            findings.add(
                Mistake(
                    .planOutOfRange, at: path.pointer, "must be all, or an object with at_least",
                    limit: "all", actual: word))
            return nil
        }
        var rule = JoinRule(atLeast: 1)
        let seen = try readObject {
            (parser, field: JoinRule.CodingKeys) throws(JSONError) in
            switch field {
            case .atLeast: rule.atLeast = try parser.integer(in: 1...100_000) ?? 1
            case .withinSeconds: rule.withinSeconds = try parser.seconds()
            case .rest: rule.rest = try parser.choice() ?? .finish
            }
        }
        guard let seen else { return nil }
        require(.atLeast, in: seen)
        return rule
    }

    /// An object of whole amounts, by name.
    private mutating func readResources() throws(JSONError) -> [ResourceAmount] {
        guard try expect(.object) else { return [] }
        var resources: [ResourceAmount] = []
        var seen: Set<String> = []
        var first = true
        try reader.beginObject()
        while let name = try reader.nextKey(first: first) {
            first = false
            path.enter(name)
            if seen.insert(name).inserted {
                checkName(name)
                if let amount = try integer(in: 1...1_000_000_000) {
                    resources.append(ResourceAmount(name: name, amount: Int64(amount)))
                }
            } else {
                findings.add(
                    Mistake(.planDuplicateField, at: path.pointer, "the field stands twice"))
                _ = try reader.skipValue()
            }
            path.leave()
        }
        guard resources.count <= limits.maximumResources else {
            findings.add(
                Mistake(
                    .planTooLarge, at: path.pointer, "too many resources",
                    limit: "\(limits.maximumResources)", actual: "\(resources.count)"))
            return []
        }
        return resources.sorted()
    }

    /// Names that say what an instance must have.
    private mutating func fewNames() throws(JSONError) -> [String] {
        let names = try names()
        guard names.count > limits.maximumNames else { return names }
        findings.add(
            Mistake(
                .planTooLarge, at: path.pointer, "too many names", limit: "\(limits.maximumNames)",
                actual: "\(names.count)"))
        return []
    }
}
