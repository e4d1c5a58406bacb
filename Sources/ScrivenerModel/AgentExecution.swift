// One task for one agent, without a plan: what is asked for, and what it came to. It runs as a session of its
// own, so that all that holds for sessions holds for it.

/// A single execution of an agent.
public struct AgentExecutionRequest: Sendable, Equatable {
    /// The id of the task in its session.
    public static let taskID = "execute"

    public var agent: String
    /// For the agent.
    public var parameters: RawJSON
    /// The question, for agents that want one.
    public var query: String
    /// How long one attempt may run; the coordinator's default when absent.
    public var timeoutSeconds: Double?

    public init(
        agent: String, parameters: RawJSON = .emptyObject, query: String = "",
        timeoutSeconds: Double? = nil
    ) {
        self.agent = agent
        self.parameters = parameters
        self.query = query
        self.timeoutSeconds = timeoutSeconds
    }

    /// The plan of its session.
    public var plan: ResearchPlan {
        ResearchPlan(
            query: query.isEmpty ? "Execute \(agent)." : query,
            tasks: [
                ResearchTask(
                    taskID: Self.taskID, taskType: agent, parameters: parameters,
                    assignedAgent: agent, timeoutSeconds: timeoutSeconds)
            ])
    }
}

/// What a single execution came to, or where it is.
public struct AgentExecutionOutcome: Sendable, Equatable, Codable {
    public var sessionID: String
    public var status: SessionStatus
    /// The task with its attempts; absent while it has not ended, as what follows.
    public var task: TaskRecord?
    /// What the agent returned, when the task completed.
    public var payload: RawJSON?
    public var findings: Findings?

    public init(
        sessionID: String, status: SessionStatus, task: TaskRecord? = nil,
        payload: RawJSON? = nil, findings: Findings? = nil
    ) {
        self.sessionID = sessionID
        self.status = status
        self.task = task
        self.payload = payload
        self.findings = findings
    }

    enum CodingKeys: String, CodingKey {
        case status, task, payload, findings
        case sessionID = "session_id"
    }
}
