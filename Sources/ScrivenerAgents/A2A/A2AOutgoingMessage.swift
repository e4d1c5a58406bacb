// What an attempt says to another agent: a text for people and models, data for programs. The agent knows all
// attempts at a task by the key in the message's metadata.

import ScrivenerAgentKit
import ScrivenerModel

enum A2AOutgoingMessage {
    private static let textParameter = "text"

    /// - Throws: `AgentFailure` of class `invalid_input` where the parameters are no object, or `text` is no text.
    static func message(
        _ task: AgentTask, _ context: AgentContext, withInputs: Bool
    ) throws(AgentFailure) -> JSONValue {
        guard let parameters = try? task.parameters.value(), case .object(let given) = parameters
        else { throw invalid("parameters: expected an object") }
        var parts = [JSONValue.object([("text", .string(try text(of: task, parameters)))])]
        let data = given.filter { $0.key != textParameter }
        if !data.isEmpty { parts.append(part(.object(data))) }
        if withInputs {
            for input in task.inputs {
                guard let payload = try? input.payload.value() else {
                    throw invalid("the payload of \(input.taskID) is no JSON")
                }
                parts.append(
                    part(
                        .object([
                            ("task_id", .string(input.taskID)),
                            ("task_type", .string(input.taskType)), ("payload", payload),
                        ])))
            }
        }
        return .object([
            ("messageId", .string("\(context.idempotencyKey).\(context.attempt)")),
            ("role", .string("ROLE_USER")), ("parts", .array(parts)),
            (
                "metadata",
                .object([
                    ("idempotency_key", .string(context.idempotencyKey)),
                    ("attempt", .integer(Int64(context.attempt))),
                    ("task_type", .string(task.taskType)),
                ])
            ),
        ])
    }

    /// The parameter; or what the plan says of the task; or the question of the session.
    private static func text(
        of task: AgentTask, _ parameters: JSONValue
    ) throws(AgentFailure) -> String {
        guard let value = parameters[textParameter] else {
            return task.description.isEmpty ? task.query : task.description
        }
        guard let text = value.stringValue else {
            throw invalid("parameters: \(textParameter): expected a string")
        }
        return text
    }

    private static func part(_ data: JSONValue) -> JSONValue {
        .object([("data", data), ("mediaType", .string("application/json"))])
    }

    private static func invalid(_ message: String) -> AgentFailure {
        AgentFailure(.invalidInput, code: "invalid_parameters", message: message)
    }
}
