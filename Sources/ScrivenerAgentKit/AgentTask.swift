// What an agent is asked to do: the task as its plan has it, and the results that it depends on.

public import ScrivenerModel

/// One task, as an agent sees it.
public struct AgentTask: Sendable {
    private let assignment: Assignment
    /// The results of the task's dependencies, in the order in which the plan lists them.
    public let inputs: [AgentInput]

    public var sessionID: String { assignment.session.sessionID }
    /// The question of the session.
    public var query: String { assignment.session.query }
    public var taskID: String { assignment.item.taskID }
    public var taskType: String { assignment.item.taskType }
    public var description: String { assignment.item.description }
    /// The task's parameters, as the plan has them.
    public var parameters: RawJSON { assignment.item.parameters }

    public init(
        sessionID: String, query: String, taskID: String, taskType: String,
        description: String = "", parameters: RawJSON = .emptyObject, inputs: [AgentInput] = []
    ) {
        self.init(
            Assignment(
                DispatchItem(
                    attempt: AttemptReference(session: 1, task: 0, attempt: 1), agentIndex: 0,
                    timeout: .zero, taskID: taskID, taskType: taskType, description: description,
                    parameters: parameters,
                    inputs: inputs.map {
                        DispatchInput(
                            taskID: $0.taskID, taskType: $0.taskType, payload: $0.payload)
                    }),
                DispatchSession(number: 1, sessionID: sessionID, query: query)))
    }

    package init(_ assignment: Assignment) {
        self.assignment = assignment
        inputs = assignment.item.inputs.map {
            AgentInput(taskID: $0.taskID, taskType: $0.taskType, payload: $0.payload)
        }
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
