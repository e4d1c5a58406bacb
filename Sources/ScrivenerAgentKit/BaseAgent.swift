// What an agent author implements. A worker owns the agent: it initialises it once, executes
// attempts on it concurrently up to its slots, asks for its health, and shuts it down.

public import ScrivenerModel

/// An agent: something that can execute tasks of the kinds that it names.
///
/// One instance serves many attempts at once, up to its slots; what it
/// shares between them is its own to protect.
public protocol BaseAgent: Sendable {
    /// The name under which plans assign tasks to it (`assigned_agent`). 1…128 characters of
    /// `a–z A–Z 0–9 _ - . :`.
    var name: String { get }

    /// The task types that it takes from plans that name no agent.
    var capabilities: [String] { get }

    /// What tasks may ask for of it (`tags`), beside the tags of its worker.
    var tags: [String] { get }

    /// How many attempts it executes at once; as many as its worker says when `nil`. 1…10,000.
    var slots: Int32? { get }

    /// Which version of it this is: for people, and empty when there are none.
    var version: String { get }

    /// Called before the first attempt, and again after a health check that failed; attempts that had
    /// begun by then still run. Throwing keeps the instance out of service, and the worker tries again
    /// after growing pauses. A first failure of class `permanent` or `invalid_input` ends the worker:
    /// nothing but a person can help.
    func initialize() async throws

    /// Executes one attempt.
    ///
    /// Throw `AgentFailure` to say how it failed; any other error counts as `transient`. Honour
    /// cancellation: when the surrounding task is cancelled, stop and throw `CancellationError`.
    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult

    /// Asked now and then, every 30 s by default. A degraded instance gets what nobody else can take,
    /// an unhealthy one nothing: it is initialised again, and then tried with one task. One that does
    /// not answer within 10 s counts as unhealthy.
    func healthCheck() async -> AgentCondition

    /// Called once, after the last attempt.
    func shutdown() async
}

extension BaseAgent {
    public var capabilities: [String] { [] }
    public var tags: [String] { [] }
    public var slots: Int32? { nil }
    public var version: String { "" }
    public func initialize() async throws {}
    public func healthCheck() async -> AgentCondition { .healthy }
    public func shutdown() async {}
}

/// How an agent says it is.
public enum AgentCondition: Sendable, Equatable {
    case healthy
    /// Works, but badly; the reason is for people.
    case degraded(reason: String)
    /// Cannot work; the reason is for people.
    case unhealthy(reason: String)
}
