// Calls tools for a model. Whatever goes wrong with a call is told to the model, which may do better; only a
// cancelled attempt ends. A name that is not on the list is no tool, whatever the worker has beside it.

import Logging
import ScrivenerAgentKit
import ScrivenerModel

struct ModelToolbox: Sendable {
    let tools: [ModelTool]
    let maximumBytes: Int

    /// What a call came to, as the model is told.
    struct Outcome: Sendable {
        var text: String
        var usage = Usage()
    }

    /// Calls one tool.
    ///
    /// - Parameter number: of the call within the attempt, from 1.
    /// - Throws: `CancellationError` only.
    func outcome(
        of call: ChatToolCall, number: Int, for task: AgentTask, _ context: AgentContext
    ) async throws -> Outcome {
        guard let tool = tools.first(where: { $0.settings.name == call.name }) else {
            let known = tools.map(\.settings.name).joined(separator: ", ")
            return Self.refusal("no_such_tool", "there is no such tool; there are: \(known)")
        }
        let arguments: JSONValue
        do throws(JSONError) {
            arguments = try RawJSON(call.arguments.isEmpty ? "{}" : call.arguments).value()
        } catch {
            return Self.refusal(
                "invalid_arguments",
                "the arguments are no JSON: \(error.reason.rawValue), at byte \(error.offset)")
        }
        let mistakes = tool.settings.parameters.mistakes(of: arguments)
        guard mistakes.isEmpty else {
            return Self.refusal(
                "invalid_arguments", mistakes.map(\.described).joined(separator: "; "))
        }
        let part = AgentTask(
            sessionID: task.sessionID, query: task.query, taskID: task.taskID,
            taskType: tool.taskType, description: tool.settings.description,
            parameters: RawJSON(arguments))
        return try await outcome(of: tool, part, context.part("tool-\(number)"))
    }

    private func outcome(
        of tool: ModelTool, _ task: AgentTask, _ context: AgentContext
    ) async throws -> Outcome {
        let result: AgentResult
        do {
            result = try await tool.agent.execute(task, context: context)
        } catch {
            // What a cancelled attempt's tools throw says nothing.
            try Task.checkCancellation()
            let failure =
                error as? AgentFailure
                ?? AgentFailure(.transient, code: "agent_error", message: "\(error)")
            return Self.told(failure, of: tool, context)
        }
        var outcome = Outcome(text: result.payload.text)
        let size = result.payload.bytes.count
        if let failure = result.failure {
            outcome = Self.told(failure, of: tool, context)
        } else if size > maximumBytes {
            outcome = Self.refusal(
                "result_too_large", "the result has \(size) bytes; \(maximumBytes) are taken")
        }
        // Whatever became of it, it has cost.
        outcome.usage = result.usage
        return outcome
    }

    private static func told(
        _ failure: AgentFailure, of tool: ModelTool, _ context: AgentContext
    ) -> Outcome {
        context.logger.warning(
            "a tool of a model failed",
            metadata: [
                "tool": "\(tool.settings.name)", "code": "\(failure.code)",
                "error": "\(failure.message)",
            ])
        return refusal(failure.code, failure.message)
    }

    private static func refusal(_ code: String, _ message: String) -> Outcome {
        let error = JSONValue.object([
            ("code", .string(code)),
            ("message", .string(String(message.beginning(ofBytes: 2_000)))),
        ])
        return Outcome(text: RawJSON(.object([("error", error)])).text)
    }
}
