// What can go wrong with an endpoint, in the words that the pool has for it. `docs/agents/model.md` has the table.

import ScrivenerAgentKit
import ScrivenerModel

enum ModelFailure {
    static func droppedStream(afterBytes bytes: Int) -> AgentFailure {
        AgentFailure(
            .transient, code: "stream_dropped",
            message: "the endpoint's stream broke off after \(bytes) bytes of the answer")
    }

    /// An error in the middle of an answer: what the server could not go on with, it may do when asked again.
    static func inStream(_ message: String) -> AgentFailure {
        AgentFailure(
            .transient, code: "model_error",
            message: "the endpoint broke off its answer: \(message)")
    }

    static func garbage(_ message: String) -> AgentFailure {
        AgentFailure(.permanent, code: "invalid_output", message: message)
    }

    static func tooLarge(_ actual: String) -> AgentFailure {
        AgentFailure(
            .permanent, code: "output_too_large", message: "the model's answer has \(actual)")
    }

    static func cut(atTokens tokens: Int) -> AgentFailure {
        AgentFailure(
            .permanent, code: "output_cut",
            message: "the model's answer is longer than it may be: max_tokens is \(tokens)")
    }

    static func withheld(_ reason: String) -> AgentFailure {
        AgentFailure(
            .permanent, code: "output_withheld", message: "the answer was withheld: \(reason)")
    }
}

/// What servers say of their errors: `{"error": {"message": …}}`, `{"error": "…"}`, or `{"message": …}`.
enum ModelErrorText {
    static let maximumBytes = 500

    static func message(ofBody body: [UInt8]) -> String {
        guard let value = try? RawJSON(body).value() else {
            let text = String(decoding: body.prefix(maximumBytes), as: UTF8.self)
            return text.contains("<") ? "" : shortened(text)
        }
        return message(in: value)
    }

    static func message(in value: JSONValue) -> String {
        let error = value["error"] ?? value
        let text =
            error.stringValue ?? error["message"]?.stringValue ?? value["detail"]?.stringValue
            ?? RawJSON(error).text
        return shortened(text)
    }

    private static func shortened(_ text: String) -> String {
        String(OutsideText.line(text).beginning(ofBytes: maximumBytes))
    }
}
