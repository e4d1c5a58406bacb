// The other parts of a result: usage, failure, and the annex in which the coordinator keeps all of
// a result but its payload.

package import ScrivenerModel

// MARK: Usage

extension WireCodec {
    /// Empty where nothing was used.
    package static func encode(usage: Usage) -> [UInt8] {
        usage == Usage() ? [] : bytes(of: ProtoUsage(usage))
    }

    package static func decode(
        usage bytes: [UInt8], limits: WireLimits = .standard
    ) throws(WireError) -> Usage {
        try Check.size(bytes.count, limit: limits.usageBytes, "usage")
        let usage = try parse(ProtoUsage.self, bytes).model
        try check(usage)
        return usage
    }

    private static func check(_ usage: Usage) throws(WireError) {
        try Check.natural(usage.inputTokens, "usage.input_tokens")
        try Check.natural(usage.outputTokens, "usage.output_tokens")
        try Check.natural(usage.costMicros, "usage.cost_micros")
        try Check.natural(usage.cpuMicroseconds, "usage.cpu_microseconds")
        try Check.natural(usage.peakMemoryBytes, "usage.peak_memory_bytes")
    }
}

extension ProtoUsage {
    init(_ model: Usage) {
        self.init()
        inputTokens = Int64(model.inputTokens)
        outputTokens = Int64(model.outputTokens)
        costMicros = Int64(model.costMicros)
        cpuMicroseconds = Int64(model.cpuMicroseconds)
        peakMemoryBytes = Int64(model.peakMemoryBytes)
    }

    var model: Usage {
        Usage(
            inputTokens: Int(clamping: inputTokens), outputTokens: Int(clamping: outputTokens),
            costMicros: Int(clamping: costMicros), cpuMicroseconds: Int(clamping: cpuMicroseconds),
            peakMemoryBytes: Int(clamping: peakMemoryBytes))
    }
}

// MARK: Failure

extension WireCodec {
    /// Never empty.
    package static func encode(failure: AgentFailure) -> [UInt8] {
        bytes(of: ProtoFailure(failure))
    }

    package static func decode(
        failure bytes: [UInt8], limits: WireLimits = .standard
    ) throws(WireError) -> AgentFailure {
        try Check.size(bytes.count, limit: limits.failureBytes, "failure")
        let failure = try parse(ProtoFailure.self, bytes).model()
        try check(failure, limits: limits)
        return failure
    }

    package static func check(
        _ failure: AgentFailure, limits: WireLimits = .standard
    ) throws(WireError) {
        try Check.text(failure.code, limit: limits.identifierBytes, "failure.code")
        try Check.text(failure.message, limit: limits.textBytes, "failure.message")
        try Check.optionalText(
            failure.stackTrace, limit: limits.stackTraceBytes, "failure.stack_trace")
        try Check.optionalText(
            failure.worker, limit: limits.identifierBytes, "failure.worker")
        try Check.texts(
            failure.logTail, count: limits.logTailLines, each: limits.textBytes,
            "failure.log_tail")
    }
}

extension ProtoFailure {
    init(_ model: AgentFailure) {
        self.init()
        failureClass = ProtoFailureClass(model.failureClass)
        code = model.code
        message = model.message
        if let trace = model.stackTrace { stackTrace = trace }
        if let id = model.worker { worker = id }
        logTail = model.logTail
    }

    func model() throws(WireError) -> AgentFailure {
        AgentFailure(
            try failureClass.model(), code: code, message: message,
            stackTrace: hasStackTrace ? stackTrace : nil, worker: hasWorker ? worker : nil,
            logTail: logTail)
    }
}

extension ProtoFailureClass {
    init(_ model: FailureClass) {
        self =
            switch model {
            case .transient: .transient
            case .permanent: .permanent
            case .timeout: .timeout
            case .workerLost: .workerLost
            case .invalidInput: .invalidInput
            case .cancelled: .cancelled
            // Not an agent's to say.
            case .poison: .permanent
            }
    }

    /// Unlike a source's kind, a class decides what happens next: one that we do not know is
    /// refused.
    func model() throws(WireError) -> FailureClass {
        switch self {
        case .transient: .transient
        case .permanent: .permanent
        case .timeout: .timeout
        case .workerLost: .workerLost
        case .invalidInput: .invalidInput
        case .cancelled: .cancelled
        case .unspecified, .UNRECOGNIZED:
            throw .outOfRange(
                field: "failure.failure_class", allowed: "1…6", actual: "\(rawValue)")
        }
    }
}

// MARK: Annex

extension WireCodec {
    /// Findings, usage, failure and proposed tasks of a result. Empty where it has none of them.
    package static func encode(annexOf result: AgentResult) -> [UInt8] {
        guard
            !result.findings.isEmpty || result.usage != Usage() || result.failure != nil
                || result.proposedTasks != nil
        else { return [] }
        return bytes(of: ProtoAnnex(result))
    }

    /// The result again, from its annex and its payload. The payload is taken as it is.
    package static func decode(
        annex bytes: [UInt8], payload: RawJSON, limits: WireLimits = .standard
    ) throws(WireError) -> AgentResult {
        let longest =
            limits.findingsBytes + limits.usageBytes + limits.failureBytes
            + limits.proposedTasksBytes + annexOverhead
        try Check.size(bytes.count, limit: longest, "annex")
        let result = try parse(ProtoAnnex.self, bytes).model(payload)
        try checkAnnex(result, limits)
        return result
    }

    /// Whether a coordinator takes this result. A worker asks for each before it puts it into a
    /// batch: a result that is too large fails its own attempt, not its neighbours.
    ///
    /// - Parameter known: what was read before, and is JSON: a payload that is equal to it is not read
    ///   again.
    package static func check(
        _ result: AgentResult, limits: WireLimits = .standard, known: RawJSON? = nil
    ) throws(WireError) {
        if let known, result.payload == known {
            try Check.size(known.bytes.count, limit: limits.resultBytes, "payload")
        } else {
            try Check.json(result.payload, limit: limits.resultBytes, "payload")
        }
        try checkAnnex(result, limits)
        if !result.findings.isEmpty {
            try Check.size(
                encode(findings: result.findings).count, limit: limits.findingsBytes, "findings")
        }
        if let failure = result.failure {
            try Check.size(
                encode(failure: failure).count, limit: limits.failureBytes, "failure")
        }
    }

    /// Tags and lengths of the annex's four fields.
    private static let annexOverhead = 64

    private static func checkAnnex(
        _ result: AgentResult, _ limits: WireLimits
    ) throws(WireError) {
        try check(result.findings, limits: limits)
        try check(result.usage)
        if let failure = result.failure { try check(failure, limits: limits) }
        if let tasks = result.proposedTasks {
            try Check.json(tasks, limit: limits.proposedTasksBytes, "proposed_tasks")
        }
    }
}

extension ProtoAnnex {
    init(_ result: AgentResult) {
        self.init()
        if !result.findings.isEmpty { findings = ProtoFindings(result.findings) }
        if result.usage != Usage() { usage = ProtoUsage(result.usage) }
        if let reason = result.failure { failure = ProtoFailure(reason) }
        if let tasks = result.proposedTasks { proposedTasksBytes = tasks.bytes }
    }

    func model(_ payload: RawJSON) throws(WireError) -> AgentResult {
        AgentResult(
            payload: payload, findings: findings.model, usage: usage.model,
            proposedTasks: proposedTasks.isEmpty ? nil : RawJSON(proposedTasksBytes),
            failure: hasFailure ? try failure.model() : nil)
    }
}
