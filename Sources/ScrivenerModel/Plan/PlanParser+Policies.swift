// The part of a task that says how it is executed: see `TaskPolicy`.

extension PlanParser {
    /// Reads one of the fields that say how a task is executed.
    mutating func readPolicy(
        _ key: ResearchTask.CodingKeys, of task: inout ResearchTask, at path: String
    ) throws(JSONError) {
        switch key {
        case .onDependencyFailure: task.onDependencyFailure = try choice(at: path) ?? .skip
        case .progressTimeoutSeconds: task.progressTimeoutSeconds = try seconds(at: path)
        case .priority:
            task.priority = try integer(at: path, in: 1...10) ?? ResearchTask.defaultPriority
        case .expectedSeconds: task.expectedSeconds = try seconds(at: path)
        case .delivery: task.delivery = try choice(at: path) ?? .atLeastOnce
        case .requires: task.requires = try fewNames(at: path)
        case .tags: task.tags = try fewNames(at: path)
        case .fallbackAgents: task.fallbackAgents = try fewNames(at: path)
        case .idempotent: task.idempotent = try flag(at: path) ?? false
        case .exclusive: task.exclusive = try flag(at: path) ?? false
        case .retry: task.retry = try readRetry(at: path)
        case .needs: task.needs = try readJoin(at: path)
        case .resources: task.resources = try readResources(at: path)
        case .description, .parameters, .dependencies, .taskID, .taskType, .assignedAgent,
            .timeoutSeconds, .extendsSession:
            preconditionFailure("\(key.rawValue) is read where tasks are read")
        }
    }

    private mutating func readRetry(at path: String) throws(JSONError) -> RetryRule? {
        var rule = RetryRule()
        let seen = try readObject(at: path) { (parser, key, path) throws(JSONError) in
            switch RetryRule.CodingKeys(rawValue: key) {
            case .maxRetryAttempts:
                rule.maxRetryAttempts = try parser.integer(at: path, in: 0...100)
            case .delaySeconds: rule.delaySeconds = try parser.number(at: path, in: 0...86_400)
            case .factor: rule.factor = try parser.number(at: path, in: 1...100)
            case .maxDelaySeconds:
                rule.maxDelaySeconds = try parser.number(at: path, in: 0...86_400)
            case nil:
                try parser.unknownField(
                    key, at: path, known: RetryRule.CodingKeys.allCases.map(\.rawValue))
            }
        }
        return seen == nil ? nil : rule
    }

    /// `"all"`, or an object.
    private mutating func readJoin(at path: String) throws(JSONError) -> JoinRule? {
        if try reader.peekKind() == .string {
            let word = try reader.readString()
            guard word != "all" else { return nil }
            findings.add(
                Mistake(
                    .planOutOfRange, at: path, "must be all, or an object with at_least",
                    limit: "all", actual: word))
            return nil
        }
        var rule = JoinRule(atLeast: 1)
        let seen = try readObject(at: path) { (parser, key, path) throws(JSONError) in
            switch JoinRule.CodingKeys(rawValue: key) {
            case .atLeast: rule.atLeast = try parser.integer(at: path, in: 1...100_000) ?? 1
            case .withinSeconds: rule.withinSeconds = try parser.seconds(at: path)
            case .rest: rule.rest = try parser.choice(at: path) ?? .finish
            case nil:
                try parser.unknownField(
                    key, at: path, known: JoinRule.CodingKeys.allCases.map(\.rawValue))
            }
        }
        guard let seen else { return nil }
        let atLeast = JoinRule.CodingKeys.atLeast.rawValue
        if !seen.contains(atLeast) { findings.missing(atLeast, at: path) }
        return rule
    }

    /// An object of whole amounts, by name.
    private mutating func readResources(at path: String) throws(JSONError) -> [ResourceAmount] {
        var resources: [ResourceAmount] = []
        _ = try readObject(at: path) { (parser, key, path) throws(JSONError) in
            if let mistake = PlanName.mistake(
                key, at: path, limit: parser.limits.maximumNameLength)
            {
                parser.findings.add(mistake)
            }
            guard let amount = try parser.integer(at: path, in: 1...1_000_000_000) else { return }
            resources.append(ResourceAmount(name: key, amount: Int64(amount)))
        }
        guard resources.count <= limits.maximumResources else {
            findings.add(
                Mistake(
                    .planTooLarge, at: path, "too many resources",
                    limit: "\(limits.maximumResources)", actual: "\(resources.count)"))
            return []
        }
        return resources.sorted()
    }

    /// Names that say what an instance must have.
    private mutating func fewNames(at path: String) throws(JSONError) -> [String] {
        let names = try names(at: path)
        guard names.count > limits.maximumNames else { return names }
        findings.add(
            Mistake(
                .planTooLarge, at: path, "too many names", limit: "\(limits.maximumNames)",
                actual: "\(names.count)"))
        return []
    }
}
