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
    /// Where the reader stands.
    var path = PlanPath()

    /// Reads a plan and checks everything that can be known without the pool.
    ///
    /// - Parameters:
    ///   - json: one JSON object, in UTF-8.
    ///   - defaults: what holds where the plan's `config` is silent.
    ///   - limits: how much a plan may be.
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
    /// - Parameters:
    ///   - json: one JSON object, in UTF-8.
    ///   - existing: ids of the tasks that the session has.
    ///   - defaults: of the session.
    ///   - limits: how much a plan may be.
    ///   - catalogue: the agents that a task may name; `nil` where any may be named.
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
        let seen = try readObject {
            (parser, field: ResearchPlan.CodingKeys) throws(JSONError) in
            switch field {
            case .query: plan.query = try parser.text() ?? ""
            case .sessionID: plan.sessionID = try parser.name()
            case .tasks: plan.tasks = try parser.readTasks()
            case .config: plan.config = try parser.readConfig()
            case .estimatedDurationMinutes:
                plan.estimatedDurationMinutes = try parser.seconds(zeroAllowed: true)
            case .timeoutSeconds: plan.timeoutSeconds = try parser.seconds()
            case .weight: plan.weight = try parser.integer(in: 1...1_000) ?? 1
            case .callbacks: plan.callbacks = try parser.readCallbacks()
            }
        }
        guard let seen else { return plan }
        require(.query, in: seen)
        require(.tasks, in: seen)
        if seen.contains(.tasks), plan.tasks.isEmpty, !findings.contains(at: "/tasks") {
            findings.add(Mistake(.planNoTasks, at: "/tasks", "the plan has no tasks"))
        }
        return plan
    }

    private mutating func readProposal() throws(JSONError) -> [ResearchTask] {
        var tasks: [ResearchTask] = []
        _ = try readObject { (parser, field: ProposalField) throws(JSONError) in
            switch field {
            case .tasks: tasks = try parser.readTasks()
            }
        }
        return tasks
    }

    mutating func require<Field: PlanField>(_ field: Field, in seen: PlanFieldSet<Field>) {
        if !seen.contains(field) { findings.missing(field.rawValue, at: path.pointer) }
    }

    private mutating func readTasks() throws(JSONError) -> [ResearchTask] {
        guard try expect(.array) else { return [] }
        var tasks: [ResearchTask] = []
        var count = 0
        try reader.beginArray()
        while try reader.nextElement(first: count == 0) {
            if count < limits.maximumTasks {
                path.enter(count)
                tasks.append(try readTask())
                path.leave()
            } else {
                _ = try reader.skipValue()
            }
            count += 1
        }
        if count > limits.maximumTasks {
            findings.add(
                Mistake(
                    .planTooLarge, at: path.pointer, "too many tasks",
                    limit: "\(limits.maximumTasks)", actual: "\(count)"))
        }
        return tasks
    }

    private mutating func readTask() throws(JSONError) -> ResearchTask {
        var task = ResearchTask(taskID: "", taskType: "")
        let seen = try readObject {
            (parser, field: ResearchTask.CodingKeys) throws(JSONError) in
            switch field {
            case .taskID: task.taskID = try parser.name() ?? ""
            case .taskType: task.taskType = try parser.name() ?? ""
            case .description: task.description = try parser.text() ?? ""
            case .parameters: task.parameters = try parser.parameters()
            case .dependencies: task.dependencies = try parser.names()
            case .assignedAgent: task.assignedAgent = try parser.name()
            case .timeoutSeconds: task.timeoutSeconds = try parser.seconds()
            case .extendsSession: task.extendsSession = try parser.flag() ?? false
            default: try parser.readPolicy(field, of: &task)
            }
        }
        guard let seen else { return task }
        require(.taskID, in: seen)
        require(.taskType, in: seen)
        return task
    }

    private mutating func readConfig() throws(JSONError) -> OrchestrationConfig? {
        var config = defaults
        let seen = try readObject {
            (parser, field: OrchestrationConfig.CodingKeys) throws(JSONError) in
            switch field {
            case .maxConcurrentTasks:
                config.maxConcurrentTasks =
                    try parser.integer(in: 1...100_000) ?? config.maxConcurrentTasks
            case .taskTimeoutSeconds:
                config.taskTimeoutSeconds = try parser.seconds() ?? config.taskTimeoutSeconds
            case .progressUpdateIntervalSeconds:
                config.progressUpdateIntervalSeconds =
                    try parser.number(in: 0.01...3_600) ?? config.progressUpdateIntervalSeconds
            case .maxRetryAttempts:
                config.maxRetryAttempts =
                    try parser.integer(in: 0...100) ?? config.maxRetryAttempts
            case .retryDelaySeconds:
                config.retryDelaySeconds =
                    try parser.number(in: 0...86_400) ?? config.retryDelaySeconds
            case .enableParallelExecution:
                config.enableParallelExecution =
                    try parser.flag() ?? config.enableParallelExecution
            }
        }
        return seen == nil ? nil : config
    }

    /// Reads an object field by field; `nil` when the value is something else.
    ///
    /// Returns which fields were there. One that nobody knows is a mistake, and so is one that stands
    /// twice, whose second value is passed over.
    mutating func readObject<Field: PlanField>(
        _ read: (inout PlanParser, Field) throws(JSONError) -> Void
    ) throws(JSONError) -> PlanFieldSet<Field>? {
        guard try expect(.object) else { return nil }
        var seen = PlanFieldSet<Field>()
        var unknown: Set<String> = []
        var first = true
        try reader.beginObject()
        while let key = try reader.nextKey(first: first) {
            first = false
            path.enter(key)
            let field = Field.table[key]
            let isNew = field.map { seen.insert($0) } ?? unknown.insert(key).inserted
            if !isNew {
                findings.add(
                    Mistake(.planDuplicateField, at: path.pointer, "the field stands twice"))
            }
            if isNew, let field {
                try read(&self, field)
            } else {
                if isNew { findings.unknown(key, at: path, known: Field.table.names) }
                _ = try reader.skipValue()
            }
            path.leave()
        }
        return seen
    }
}

// MARK: - Values

extension PlanParser {
    /// Whether the next value is of the kind; otherwise it is a mistake and passed over.
    mutating func expect(_ kind: JSONKind) throws(JSONError) -> Bool {
        let actual = try reader.peekKind()
        guard actual != kind else { return true }
        findings.add(
            Mistake(
                .planWrongType, at: path.pointer,
                "expected \(kind.described), found \(actual.described)",
                limit: kind.described, actual: actual.described))
        _ = try reader.skipValue()
        return false
    }

    private mutating func text() throws(JSONError) -> String? {
        guard try expect(.string) else { return nil }
        let value = try reader.readString()
        guard value.utf8.count <= limits.maximumTextBytes else {
            findings.add(
                Mistake(
                    .planTooLarge, at: path.pointer, "the text is too long",
                    limit: "\(limits.maximumTextBytes) bytes",
                    actual: "\(value.utf8.count) bytes"))
            return nil
        }
        return value
    }

    /// An id, type or name. What makes one valid is `PlanName`'s to say.
    mutating func name() throws(JSONError) -> String? {
        guard try expect(.string) else { return nil }
        let value = try reader.readString()
        checkName(value)
        return value
    }

    mutating func checkName(_ name: String) {
        let mistake = PlanName.mistake(
            name, at: path.pointer, limit: limits.maximumNameLength)
        if let mistake { findings.add(mistake) }
    }

    mutating func names() throws(JSONError) -> [String] {
        guard try expect(.array) else { return [] }
        var values: [String] = []
        var index = 0
        try reader.beginArray()
        while try reader.nextElement(first: index == 0) {
            path.enter(index)
            if let value = try name() { values.append(value) }
            path.leave()
            index += 1
        }
        return values
    }

    private mutating func parameters() throws(JSONError) -> RawJSON {
        guard try expect(.object) else { return .emptyObject }
        let range = try reader.skipValue()
        guard range.count <= limits.maximumParameterBytes else {
            findings.add(
                Mistake(
                    .planTooLarge, at: path.pointer, "the parameters are too large",
                    limit: "\(limits.maximumParameterBytes) bytes",
                    actual: "\(range.count) bytes"))
            return .emptyObject
        }
        return RawJSON(Array(bytes[range]))
    }

    mutating func flag() throws(JSONError) -> Bool? {
        guard try expect(.bool) else { return nil }
        return try reader.readBool()
    }

    mutating func choice<Choice>() throws(JSONError) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard try expect(.string) else { return nil }
        let value = try reader.readString()
        if let choice = Choice(rawValue: value) { return choice }
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        findings.add(
            Mistake(
                .planOutOfRange, at: path.pointer, "must be one of \(allowed)", limit: allowed,
                actual: value))
        return nil
    }

    mutating func integer(
        in range: ClosedRange<Int>
    ) throws(JSONError) -> Int? {
        guard try expect(.number) else { return nil }
        let value = try reader.readNumber()
        if let exact = value.integerValue, let small = Int(exactly: exact), range.contains(small) {
            return small
        }
        findings.outOfRange(
            "\(range.lowerBound)…\(range.upperBound), whole", value.doubleValue ?? 0,
            at: path.pointer)
        return nil
    }

    mutating func number(
        in range: ClosedRange<Double>
    ) throws(JSONError) -> Double? {
        guard try expect(.number) else { return nil }
        guard let value = try reader.readNumber().doubleValue else { return nil }
        guard range.contains(value) else {
            findings.outOfRange("\(range.lowerBound)…\(range.upperBound)", value, at: path.pointer)
            return nil
        }
        return value
    }

    /// A span of time. More than nothing, unless zero is allowed.
    mutating func seconds(zeroAllowed: Bool = false) throws(JSONError) -> Double? {
        guard try expect(.number) else { return nil }
        guard let value = try reader.readNumber().doubleValue else { return nil }
        guard value > 0 || (zeroAllowed && value == 0), value <= limits.maximumSeconds else {
            let least = zeroAllowed ? "0 or more" : "more than 0"
            findings.outOfRange(
                "\(least), at most \(limits.maximumSeconds)", value, at: path.pointer)
            return nil
        }
        return value
    }
}
