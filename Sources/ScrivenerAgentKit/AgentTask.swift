// What an agent is asked to do: the task as its plan has it, and the results that it depends on.

public import ScrivenerModel

/// One task, as an agent sees it.
public struct AgentTask: Sendable {
    public var sessionID: String
    /// The question of the session.
    public var query: String
    public var taskID: String
    public var taskType: String
    public var description: String
    /// The task's parameters, as the plan has them.
    public var parameters: RawJSON
    /// The results of the task's dependencies, in the order in which the plan lists them.
    public var inputs: [AgentInput]

    public init(
        sessionID: String, query: String, taskID: String, taskType: String,
        description: String = "", parameters: RawJSON = .emptyObject, inputs: [AgentInput] = []
    ) {
        self.sessionID = sessionID
        self.query = query
        self.taskID = taskID
        self.taskType = taskType
        self.description = description
        self.parameters = parameters
        self.inputs = inputs
    }
}

/// The result of a dependency.
public struct AgentInput: Sendable {
    public var taskID: String
    public var taskType: String
    /// What the dependency's agent returned as its payload.
    public var payload: RawJSON

    public init(taskID: String, taskType: String, payload: RawJSON) {
        self.taskID = taskID
        self.taskType = taskType
        self.payload = payload
    }
}
