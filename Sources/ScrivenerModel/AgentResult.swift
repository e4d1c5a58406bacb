// What an agent hands back for one attempt at a task.
//
// The result has an opaque part and a typed part. The payload is bytes for whoever depends on the
// task; nobody between two agents parses it. Findings, usage and failure are typed and bounded,
// because progress and aggregation read them.

/// The outcome of one attempt at a task, as its agent reports it.
public struct AgentResult: Sendable, Equatable, Codable {
    /// JSON for the tasks that depend on this one. Opaque to everything but agents.
    public var payload: RawJSON
    /// What progress and the aggregated results are computed from.
    public var findings: Findings
    /// What the attempt used.
    public var usage: Usage
    /// Tasks that the agent proposes to add to its session: a JSON object with a `tasks` array,
    /// in the form that a plan has. Taken only from a task that may extend its session.
    public var proposedTasks: RawJSON?
    /// Present when the attempt failed.
    public var failure: AgentFailure?

    public init(
        payload: RawJSON = .null, findings: Findings = Findings(), usage: Usage = Usage(),
        proposedTasks: RawJSON? = nil, failure: AgentFailure? = nil
    ) {
        self.payload = payload
        self.findings = findings
        self.usage = usage
        self.proposedTasks = proposedTasks
        self.failure = failure
    }

    /// A result that says only that, and how, the attempt failed.
    public static func failed(_ failure: AgentFailure) -> AgentResult {
        AgentResult(failure: failure)
    }

    enum CodingKeys: String, CodingKey {
        case payload, findings, usage, failure
        case proposedTasks = "proposed_tasks"
    }
}

/// What an attempt used. Zero where the agent did not say.
public struct Usage: Sendable, Equatable, Codable {
    /// Tokens read by a language model.
    public var inputTokens: Int
    /// Tokens written by a language model.
    public var outputTokens: Int
    /// Cost in millionths of the currency unit that the pool accounts in.
    public var costMicros: Int
    /// Processor time, in microseconds.
    public var cpuMicroseconds: Int
    /// Largest resident memory, in bytes.
    public var peakMemoryBytes: Int

    public init(
        inputTokens: Int = 0, outputTokens: Int = 0, costMicros: Int = 0,
        cpuMicroseconds: Int = 0, peakMemoryBytes: Int = 0
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.costMicros = costMicros
        self.cpuMicroseconds = cpuMicroseconds
        self.peakMemoryBytes = peakMemoryBytes
    }

    enum CodingKeys: String, CodingKey {
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case costMicros = "cost_micros"
        case cpuMicroseconds = "cpu_microseconds"
        case peakMemoryBytes = "peak_memory_bytes"
    }
}

/// Whose fault a failed attempt is, and so what may be done about it.
///
/// Only `transient`, `timeout` and `workerLost` speak against the instance; `invalidInput`,
/// `permanent` and `poison` are never retried.
public enum FailureClass: UInt8, Sendable, Equatable, CaseIterable, Codable {
    /// May succeed when tried again: a network error, a busy service.
    case transient = 1
    /// Will fail again wherever it runs.
    case permanent = 2
    /// Ran longer than its timeout.
    case timeout = 3
    /// The worker that ran it is gone.
    case workerLost = 4
    /// The task's parameters or inputs are not what the agent takes.
    case invalidInput = 5
    /// Stopped because somebody asked for it.
    case cancelled = 6
    /// Processes of workers died under it until it was tried no more. Only the coordinator says so.
    case poison = 7

    /// The name in JSON and on the command line.
    public var name: String {
        switch self {
        case .transient: "transient"
        case .permanent: "permanent"
        case .timeout: "timeout"
        case .workerLost: "worker_lost"
        case .invalidInput: "invalid_input"
        case .cancelled: "cancelled"
        case .poison: "poison"
        }
    }

    public init?(name: String) {
        guard let found = FailureClass.allCases.first(where: { $0.name == name }) else {
            return nil
        }
        self = found
    }

    public init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let found = FailureClass(name: name) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "unknown failure class \(name)"))
        }
        self = found
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// Why an attempt failed. An agent may throw it.
public struct AgentFailure: Error, Sendable, Equatable, Codable {
    public var failureClass: FailureClass
    /// A stable word for programs, such as `corpus_missing`.
    public var code: String
    /// A sentence for people.
    public var message: String
    /// Where there is one.
    public var stackTrace: String?
    /// The worker that ran the attempt. Filled in by the worker.
    public var worker: String?
    /// The last lines that the agent logged.
    public var logTail: [String]

    public init(
        _ failureClass: FailureClass, code: String, message: String, stackTrace: String? = nil,
        worker: String? = nil, logTail: [String] = []
    ) {
        self.failureClass = failureClass
        self.code = code
        self.message = message
        self.stackTrace = stackTrace
        self.worker = worker
        self.logTail = logTail
    }

    /// Whether the worker stopped the attempt because its lease was about to run out, because it had
    /// not heard its coordinator for too long, or because it had to leave. Says nothing about the
    /// agent, and is no retry.
    public var isHandedBack: Bool {
        failureClass == .cancelled
            && [Self.leaseMarginCode, Self.orphanedCode, Self.drainedCode].contains(code)
    }

    public static let leaseMarginCode = "lease_margin"
    public static let orphanedCode = "orphaned"
    public static let drainedCode = "drained"

    enum CodingKeys: String, CodingKey {
        case failureClass = "class"
        case code, message, worker
        case stackTrace = "stack_trace"
        case logTail = "log_tail"
    }
}
