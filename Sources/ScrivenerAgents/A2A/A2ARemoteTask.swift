// A task of another agent, as its answers and events have told of it, and what the attempt makes of its end.

import ScrivenerInterop
import ScrivenerModel

struct A2ARemoteTask: Sendable, Equatable {
    private(set) var id: String?
    private(set) var state: A2ATaskState?
    /// What the agent says of its state.
    private(set) var message = ""
    /// In the order in which they came.
    private(set) var artifacts: [JSONValue] = []
    /// The parts of a message that answers by itself, without a task.
    private(set) var reply: [JSONValue]?
    /// What came of artifacts since the task was last told as a whole.
    private var artifactBytes = 0

    /// Whether nothing more is to come without somebody doing something.
    var isOver: Bool { reply != nil || state?.isTerminal == true || needsSomebody }

    var needsSomebody: Bool { state == .inputRequired || state == .authRequired }

    // MARK: What is told of it

    /// Takes what `SendMessage` answers, or an event of a stream.
    ///
    /// - Parameter maximumBytes: how much all artifacts together may have, which may come in any number of events.
    mutating func take(
        _ response: JSONValue, maximumBytes: Int = .max
    ) throws(AgentFailure) {
        if let task = response["task"] {
            try take(task: task)
        } else if let update = response["statusUpdate"] {
            id = id ?? update["taskId"]?.stringValue
            try take(status: update["status"])
        } else if let update = response["artifactUpdate"] {
            id = id ?? update["taskId"]?.stringValue
            artifactBytes += RawJSON(update).bytes.count
            guard artifactBytes <= maximumBytes else {
                throw Self.tooLarge(artifactBytes, limit: maximumBytes)
            }
            try take(artifact: update)
        } else if let message = response["message"] {
            guard let parts = message["parts"]?.arrayValue else {
                throw Self.invalid("its message has no parts")
            }
            reply = parts
        } else {
            throw Self.invalid("an answer has no task, no message and no update")
        }
    }

    /// Takes a task as a whole.
    mutating func take(task: JSONValue) throws(AgentFailure) {
        guard let id = task["id"]?.stringValue, !id.isEmpty else {
            throw Self.invalid("its task has no id")
        }
        self.id = id
        try take(status: task["status"])
        if let all = task["artifacts"]?.arrayValue {
            artifacts = all
            artifactBytes = RawJSON(.array(all)).bytes.count
        }
    }

    private mutating func take(status: JSONValue?) throws(AgentFailure) {
        let name = status?["state"]?.stringValue ?? ""
        guard let state = A2ATaskState(rawValue: name) else {
            throw Self.invalid("its task is in the state `\(name.prefix(100))`")
        }
        self.state = state
        message = Self.text(of: status?["message"]?["parts"]?.arrayValue ?? [])
    }

    /// A piece that is to be appended extends the parts of the artifact with its id.
    private mutating func take(artifact update: JSONValue) throws(AgentFailure) {
        guard let artifact = update["artifact"], let id = artifact["artifactId"]?.stringValue,
            let parts = artifact["parts"]?.arrayValue
        else { throw Self.invalid("its artifact has no artifactId or no parts") }
        let place = artifacts.firstIndex { $0["artifactId"]?.stringValue == id }
        guard let place else { return artifacts.append(artifact) }
        guard update["append"] == .bool(true), case .object(var members) = artifacts[place] else {
            artifacts[place] = artifact
            return
        }
        let before = artifacts[place]["parts"]?.arrayValue ?? []
        members.removeAll { $0.key == "parts" }
        members.append((key: "parts", value: .array(Self.joined(before, parts))))
        artifacts[place] = .object(members)
    }

    /// Text that comes in pieces is one text.
    private static func joined(_ before: [JSONValue], _ parts: [JSONValue]) -> [JSONValue] {
        guard let last = before.last?["text"]?.stringValue,
            let next = parts.first?["text"]?.stringValue
        else { return before + parts }
        let text = JSONValue.object([("text", .string(last + next))])
        return before.dropLast() + [text] + parts.dropFirst()
    }

    static func text(of parts: [JSONValue]) -> String {
        parts.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
    }

    static func invalid(_ what: String) -> AgentFailure {
        AgentFailure(.permanent, code: "invalid_output", message: "the agent's answer: \(what)")
    }

    private static func tooLarge(_ bytes: Int, limit: Int) -> AgentFailure {
        AgentFailure(
            .permanent, code: "answer_too_large",
            message: "what the agent returned has \(bytes) bytes; the limit is \(limit)")
    }

    // MARK: What it comes to

    /// The result of a task that is over.
    func result(maximumBytes: Int) throws(AgentFailure) -> AgentResult {
        if let reply {
            return try Self.result([.object([("parts", .array(reply))])], maximumBytes)
        }
        switch state {
        case .completed?: return try Self.result(artifacts, maximumBytes)
        case .failed?: throw failure(.transient, "a2a_failed", "failed")
        case .rejected?: throw failure(.permanent, "a2a_rejected", "rejected the task")
        case .cancelled?: throw failure(.transient, "a2a_cancelled", "cancelled the task by itself")
        case .inputRequired?:
            throw failure(
                .permanent, "a2a_input_required", "asks for input, which nobody can give it here")
        case .authRequired?:
            throw failure(
                .permanent, "a2a_auth_required", "asks for a login, which nobody can do here")
        case .submitted?, .working?, nil:
            throw Self.invalid("its task has not ended")
        }
    }

    private func failure(
        _ failureClass: FailureClass, _ code: String, _ what: String
    ) -> AgentFailure {
        let said = message.isEmpty ? "" : ": " + message.beginning(ofBytes: 2_000)
        return AgentFailure(failureClass, code: code, message: "the agent \(what)\(said)")
    }

    /// All of its text, the data of its parts in their order, and what it returned as it came.
    private static func result(
        _ artifacts: [JSONValue], _ maximumBytes: Int
    ) throws(AgentFailure) -> AgentResult {
        let parts = artifacts.flatMap { $0["parts"]?.arrayValue ?? [] }
        let payload = RawJSON(
            .object([
                ("text", .string(text(of: parts))),
                ("data", .array(parts.compactMap { $0["data"] })),
                ("artifacts", .array(artifacts)),
            ]))
        guard payload.bytes.count <= maximumBytes else {
            throw tooLarge(payload.bytes.count, limit: maximumBytes)
        }
        return AgentResult(payload: payload)
    }
}
