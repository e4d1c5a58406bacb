// What a task brings, as types of the agent's own.

import ScrivenerModel

extension AgentTask {
    /// All parameters, decoded.
    ///
    /// - Throws: `AgentFailure` of class `invalid_input` that says what did not fit.
    public func parameters<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try parameters.decode()
    }

    /// One parameter, decoded; `nil` where there is none, and where it is null.
    ///
    /// - Throws: as `parameters(as:)`.
    public func parameter<Value: Decodable>(
        _ name: String, as type: Value.Type = Value.self
    ) throws -> Value? {
        let value: JSONValue
        do {
            value = try parameters.value()
        } catch {
            throw AgentFailure(
                .invalidInput, code: "undecodable_json", message: "the parameters are not JSON")
        }
        guard let parameter = value[name], parameter != .null else { return nil }
        return try RawJSON(parameter).decode()
    }

    /// The result of one dependency, decoded.
    ///
    /// - Throws: as `parameters(as:)`; also where the task does not depend on that, or it has no result because it
    ///   failed and the task goes on without.
    public func input<Value: Decodable>(
        _ taskID: String, as type: Value.Type = Value.self
    ) throws -> Value {
        guard let input = inputs.first(where: { $0.taskID == taskID }) else {
            throw AgentFailure(
                .invalidInput, code: "no_such_input",
                message: "there is no input of task \(taskID); there are "
                    + "\(inputs.map(\.taskID).joined(separator: ", "))")
        }
        return try input.payload.decode()
    }

    /// The results of all dependencies of one type, decoded, in the order in which the plan lists them.
    ///
    /// - Throws: as `parameters(as:)`.
    public func inputs<Value: Decodable>(
        ofType taskType: String, as type: Value.Type = Value.self
    ) throws -> [Value] {
        try inputs.filter { $0.taskType == taskType }.map { try $0.payload.decode() }
    }
}

extension AgentContext {
    /// How long the attempt may still run; `nil` without a timeout, and never less than nothing.
    public var timeLeft: Duration? {
        deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    }

    /// Whether the attempt is to stop. Waiting for whatever knows of cancellation throws by itself; an agent that
    /// computes looks at this now and then, and throws `CancellationError`.
    public var isCancelled: Bool { Task.isCancelled }

    /// Keeps a value for the next attempt at the task, as JSON; see `checkpoint(_:)`.
    public func checkpoint(encoding value: some Encodable) throws {
        try checkpoint(RawJSON(encoding: value).bytes)
    }

    /// What the attempt before this one kept with `checkpoint(encoding:)`; `nil` when there is nothing, and when it
    /// was another version of the agent that kept something else.
    public func previousCheckpoint<Value: Decodable>(as type: Value.Type = Value.self) -> Value? {
        previousCheckpoint.flatMap { try? RawJSON($0).decode() }
    }
}
