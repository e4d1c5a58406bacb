// Reads a plan from JSON and checks it as a whole, so that every mistake of one plan is in one
// answer, each with a JSON pointer (RFC 6901) to its place.
//
// A pull parser and not `Codable`: decoding stops at its first error, knows no duplicate or
// unknown fields, and cannot leave parameters as the bytes that they are.

/// Reads plans.
public struct PlanParser {
    var reader: JSONReader
    private let bytes: [UInt8]
    let limits: PlanLimits
    private let defaults: OrchestrationConfig
    var findings: MistakeList

    /// Reads a plan and checks everything that can be known without the pool.
    ///
    /// - Parameters:
    ///   - json: one JSON object, in UTF-8.
    ///   - defaults: what holds where the plan's `config` is silent.
    ///   - catalogue: the agents that a plan may name; `nil` where any may be named.
    /// - Throws: `ScrivenerError` with all mistakes that were found, the first hundred listed.
    public static func plan(
        fromJSON json: [UInt8], defaults: OrchestrationConfig = OrchestrationConfig(),
        limits: PlanLimits = PlanLimits(), catalogue: AgentCatalogue? = nil
    ) throws(ScrivenerError) -> ResearchPlan {
        guard json.count <= limits.maximumPlanBytes else {
            throw ScrivenerError(
                .planTooLarge,
                "the plan has \(json.count) bytes; the limit is \(limits.maximumPlanBytes)")
        }
        var parser = PlanParser(json, defaults: defaults, limits: limits)
        let plan: ResearchPlan
        do {
            plan = try parser.readPlan()
            try parser.reader.expectEnd()
        } catch {
            throw parser.syntaxError(error)
        }
        PlanValidator.check(
            plan.tasks, following: [], limits: limits, catalogue: catalogue,
            into: &parser.findings)
        try parser.findings.throwIfAny()
        return plan
    }

    /// Reads `{"tasks": […]}` as an agent proposes it for its session.
    ///
    /// - Parameter existing: ids of the tasks that the session has.
    public static func proposedTasks(
        fromJSON json: [UInt8], existing: [String],
        defaults: OrchestrationConfig = OrchestrationConfig(), limits: PlanLimits = PlanLimits(),
        catalogue: AgentCatalogue? = nil
    ) throws(ScrivenerError) -> [ResearchTask] {
        var parser = PlanParser(json, defaults: defaults, limits: limits)
        let tasks: [ResearchTask]
        do {
            tasks = try parser.readProposal()
            try parser.reader.expectEnd()
        } catch {
            throw parser.syntaxError(error)
        }
        PlanValidator.check(
            tasks, following: existing, limits: limits, catalogue: catalogue,
            into: &parser.findings)
        try parser.findings.throwIfAny()
        return tasks
    }

    private init(_ json: [UInt8], defaults: OrchestrationConfig, limits: PlanLimits) {
        self.bytes = json
        self.reader = JSONReader(json)
        self.limits = limits
        self.defaults = defaults
        self.findings = MistakeList(limit: limits.maximumMistakes)
    }

    private func syntaxError(_ error: JSONError) -> ScrivenerError {
        let before = bytes.prefix(error.offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column =
            error.offset
            - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
        let place = "line \(line), column \(column)"
        return ScrivenerError(
            .planInvalid, "the plan is not JSON",
            mistakes: findings.mistakes + [
                Mistake(.planSyntax, at: "", "\(error.reason.rawValue) at \(place)")
            ])
    }
}

// MARK: - Objects

extension PlanParser {
    private mutating func readPlan() throws(JSONError) -> ResearchPlan {
        var plan = ResearchPlan(query: "", tasks: [])
        let seen = try readObject(at: "") { (parser, key, path) throws(JSONError) in
            switch ResearchPlan.CodingKeys(rawValue: key) {
            case .query: plan.query = try parser.text(at: path) ?? ""
            case .sessionID: plan.sessionID = try parser.name(at: path)
            case .tasks: plan.tasks = try parser.readTasks(at: path)
            case .config: plan.config = try parser.readConfig(at: path)
            case .estimatedDurationMinutes:
                plan.estimatedDurationMinutes = try parser.seconds(at: path, zeroAllowed: true)
            case .timeoutSeconds: plan.timeoutSeconds = try parser.seconds(at: path)
            case .weight: plan.weight = try parser.integer(at: path, in: 1...1_000) ?? 1
            case nil: try parser.unknownField(key, at: path, known: ResearchPlan.fieldNames)
            }
        }
        guard let seen else { return plan }
        require([.query, .tasks], in: seen, at: "")
        if seen.contains(ResearchPlan.CodingKeys.tasks.rawValue), plan.tasks.isEmpty,
            !findings.contains(at: "/tasks")
        {
            findings.add(Mistake(.planNoTasks, at: "/tasks", "the plan has no tasks"))
        }
        return plan
    }

    private mutating func readProposal() throws(JSONError) -> [ResearchTask] {
        var tasks: [ResearchTask] = []
        _ = try readObject(at: "") { (parser, key, path) throws(JSONError) in
            if key == "tasks" {
                tasks = try parser.readTasks(at: path)
            } else {
                try parser.unknownField(key, at: path, known: ["tasks"])
            }
        }
        return tasks
    }

    private mutating func require(
        _ keys: [ResearchPlan.CodingKeys], in seen: Set<String>, at path: String
    ) {
        for key in keys where !seen.contains(key.rawValue) {
            findings.missing(key.rawValue, at: path)
        }
    }

    private mutating func readTasks(at path: String) throws(JSONError) -> [ResearchTask] {
        guard try expect(.array, at: path) else { return [] }
        var tasks: [ResearchTask] = []
        var count = 0
        try reader.beginArray()
        while try reader.nextElement(first: count == 0) {
            if count < limits.maximumTasks {
                tasks.append(try readTask(at: "\(path)/\(count)"))
            } else {
                _ = try reader.skipValue()
            }
            count += 1
        }
        if count > limits.maximumTasks {
            findings.add(
                Mistake(
                    .planTooLarge, at: path, "too many tasks", limit: "\(limits.maximumTasks)",
                    actual: "\(count)"))
        }
        return tasks
    }

    private mutating func readTask(at path: String) throws(JSONError) -> ResearchTask {
        var task = ResearchTask(taskID: "", taskType: "")
        let seen = try readObject(at: path) { (parser, key, path) throws(JSONError) in
            guard let known = ResearchTask.CodingKeys(rawValue: key) else {
                return try parser.unknownField(key, at: path, known: ResearchTask.fieldNames)
            }
            switch known {
            case .taskID: task.taskID = try parser.name(at: path) ?? ""
            case .taskType: task.taskType = try parser.name(at: path) ?? ""
            case .description: task.description = try parser.text(at: path) ?? ""
            case .parameters: task.parameters = try parser.parameters(at: path)
            case .dependencies: task.dependencies = try parser.names(at: path)
            case .assignedAgent: task.assignedAgent = try parser.name(at: path)
            case .timeoutSeconds: task.timeoutSeconds = try parser.seconds(at: path)
            case .extendsSession: task.extendsSession = try parser.flag(at: path) ?? false
            default: try parser.readPolicy(known, of: &task, at: path)
            }
        }
        guard let seen else { return task }
        for key in [ResearchTask.CodingKeys.taskID, .taskType] where !seen.contains(key.rawValue) {
            findings.missing(key.rawValue, at: path)
        }
        return task
    }

    private mutating func readConfig(
        at path: String
    ) throws(JSONError) -> OrchestrationConfig? {
        var config = defaults
        let seen = try readObject(at: path) { (parser, key, path) throws(JSONError) in
            switch OrchestrationConfig.CodingKeys(rawValue: key) {
            case .maxConcurrentTasks:
                config.maxConcurrentTasks =
                    try parser.integer(at: path, in: 1...100_000) ?? config.maxConcurrentTasks
            case .taskTimeoutSeconds:
                config.taskTimeoutSeconds =
                    try parser.seconds(at: path) ?? config.taskTimeoutSeconds
            case .progressUpdateIntervalSeconds:
                config.progressUpdateIntervalSeconds =
                    try parser.number(at: path, in: 0.01...3_600)
                    ?? config.progressUpdateIntervalSeconds
            case .maxRetryAttempts:
                config.maxRetryAttempts =
                    try parser.integer(at: path, in: 0...100) ?? config.maxRetryAttempts
            case .retryDelaySeconds:
                config.retryDelaySeconds =
                    try parser.number(at: path, in: 0...86_400) ?? config.retryDelaySeconds
            case .enableParallelExecution:
                config.enableParallelExecution =
                    try parser.flag(at: path) ?? config.enableParallelExecution
            case nil:
                try parser.unknownField(key, at: path, known: OrchestrationConfig.fieldNames)
            }
        }
        return seen == nil ? nil : config
    }

    /// Reads an object field by field; `nil` when the value is something else.
    ///
    /// Returns the keys that were there. A key that stands twice is a mistake, and its second
    /// value is passed over.
    mutating func readObject(
        at path: String,
        _ field: (inout PlanParser, String, String) throws(JSONError) -> Void
    ) throws(JSONError) -> Set<String>? {
        guard try expect(.object, at: path) else { return nil }
        var seen: Set<String> = []
        var first = true
        try reader.beginObject()
        while let key = try reader.nextKey(first: first) {
            first = false
            let fieldPath = path + "/" + MistakeList.escape(key)
            if seen.insert(key).inserted {
                try field(&self, key, fieldPath)
            } else {
                findings.add(
                    Mistake(.planDuplicateField, at: fieldPath, "the field stands twice"))
                _ = try reader.skipValue()
            }
        }
        return seen
    }

    mutating func unknownField(
        _ key: String, at path: String, known: [String]
    ) throws(JSONError) {
        findings.unknown(key, at: path, known: known)
        _ = try reader.skipValue()
    }
}

// MARK: - Values

extension PlanParser {
    /// Whether the next value is of the kind; otherwise it is a mistake and passed over.
    mutating func expect(_ kind: JSONKind, at path: String) throws(JSONError) -> Bool {
        let actual = try reader.peekKind()
        guard actual != kind else { return true }
        findings.add(
            Mistake(
                .planWrongType, at: path, "expected \(kind.described), found \(actual.described)",
                limit: kind.described, actual: actual.described))
        _ = try reader.skipValue()
        return false
    }

    private mutating func text(at path: String) throws(JSONError) -> String? {
        guard try expect(.string, at: path) else { return nil }
        let value = try reader.readString()
        guard value.utf8.count <= limits.maximumTextBytes else {
            findings.add(
                Mistake(
                    .planTooLarge, at: path, "the text is too long",
                    limit: "\(limits.maximumTextBytes) bytes",
                    actual: "\(value.utf8.count) bytes"))
            return nil
        }
        return value
    }

    /// An id, type or name. What makes one valid is `PlanName`'s to say.
    mutating func name(at path: String) throws(JSONError) -> String? {
        guard try expect(.string, at: path) else { return nil }
        let value = try reader.readString()
        if let mistake = PlanName.mistake(value, at: path, limit: limits.maximumNameLength) {
            findings.add(mistake)
        }
        return value
    }

    mutating func names(at path: String) throws(JSONError) -> [String] {
        guard try expect(.array, at: path) else { return [] }
        var values: [String] = []
        var index = 0
        try reader.beginArray()
        while try reader.nextElement(first: index == 0) {
            if let value = try name(at: "\(path)/\(index)") { values.append(value) }
            index += 1
        }
        return values
    }

    private mutating func parameters(at path: String) throws(JSONError) -> RawJSON {
        guard try expect(.object, at: path) else { return .emptyObject }
        let range = try reader.skipValue()
        guard range.count <= limits.maximumParameterBytes else {
            findings.add(
                Mistake(
                    .planTooLarge, at: path, "the parameters are too large",
                    limit: "\(limits.maximumParameterBytes) bytes",
                    actual: "\(range.count) bytes"))
            return .emptyObject
        }
        return RawJSON(Array(bytes[range]))
    }

    mutating func flag(at path: String) throws(JSONError) -> Bool? {
        guard try expect(.bool, at: path) else { return nil }
        return try reader.readBool()
    }

    mutating func choice<Choice>(
        at path: String
    ) throws(JSONError) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard try expect(.string, at: path) else { return nil }
        let value = try reader.readString()
        if let choice = Choice(rawValue: value) { return choice }
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        findings.add(
            Mistake(
                .planOutOfRange, at: path, "must be one of \(allowed)", limit: allowed,
                actual: value))
        return nil
    }

    mutating func integer(
        at path: String, in range: ClosedRange<Int>
    ) throws(JSONError) -> Int? {
        guard try expect(.number, at: path) else { return nil }
        let value = try reader.readNumber()
        if let exact = value.integerValue, let small = Int(exactly: exact), range.contains(small) {
            return small
        }
        findings.outOfRange(
            "\(range.lowerBound)…\(range.upperBound), whole", value.doubleValue ?? 0, at: path)
        return nil
    }

    mutating func number(
        at path: String, in range: ClosedRange<Double>
    ) throws(JSONError) -> Double? {
        guard try expect(.number, at: path) else { return nil }
        guard let value = try reader.readNumber().doubleValue else { return nil }
        guard range.contains(value) else {
            findings.outOfRange("\(range.lowerBound)…\(range.upperBound)", value, at: path)
            return nil
        }
        return value
    }

    /// A span of time. More than nothing, unless zero is allowed.
    mutating func seconds(
        at path: String, zeroAllowed: Bool = false
    ) throws(JSONError) -> Double? {
        guard try expect(.number, at: path) else { return nil }
        guard let value = try reader.readNumber().doubleValue else { return nil }
        guard value > 0 || (zeroAllowed && value == 0), value <= limits.maximumSeconds else {
            let least = zeroAllowed ? "0 or more" : "more than 0"
            findings.outOfRange("\(least), at most \(limits.maximumSeconds)", value, at: path)
            return nil
        }
        return value
    }
}

extension ResearchPlan {
    static var fieldNames: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension ResearchTask {
    static var fieldNames: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension OrchestrationConfig {
    static var fieldNames: [String] { CodingKeys.allCases.map(\.rawValue) }
}
