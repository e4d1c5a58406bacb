// A message to the pool as an agent: what it is about, and the plan that is made of it. Text is a question; data
// is a plan, or the parameters of one task. `docs/agents/a2a.md` has the rules for whoever writes messages.

import Crypto
import Foundation
import ScrivenerInterop
import ScrivenerModel

struct A2AMessage: Sendable, Equatable {
    /// As its sender made it.
    let id: String
    /// Of the whole message: the same again is the same message.
    let digest: String
    /// The text parts, one after the other.
    let text: String
    let data: JSONValue?
    /// A capability of the pool that the sender has chosen.
    let skill: String?

    init(_ params: JSONValue) throws(A2AFailure) {
        guard let message = params["message"], case .object = message else {
            throw A2AFailure(at: "message", "is missing")
        }
        guard let id = message["messageId"]?.stringValue, !id.isEmpty else {
            throw A2AFailure(at: "message.messageId", "is missing")
        }
        guard message["role"] == .string("ROLE_USER") else {
            throw A2AFailure(at: "message.role", "must be ROLE_USER")
        }
        if let task = message["taskId"], task != .string(""), task != .null {
            throw A2AFailure(.unsupportedOperation, "a task takes no further messages")
        }
        if let context = message["contextId"], context != .string(""), context != .null {
            throw A2AFailure(
                at: "message.contextId",
                "contexts are not kept from one message to the next; leave it out")
        }
        self.id = id
        digest = SHA256.hash(data: RawJSON(message).bytes).map { byte in
            (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        (text, data) = try Self.contents(message["parts"])
        let named = message["metadata"]?["skill"] ?? params["metadata"]?["skill"]
        skill = named?.stringValue
        guard named == nil || skill != nil else {
            throw A2AFailure(at: "message.metadata.skill", "must be a string")
        }
    }

    private static let contentFields = ["text", "data", "raw", "url"]

    private static func contents(
        _ value: JSONValue?
    ) throws(A2AFailure) -> (text: String, data: JSONValue?) {
        guard let parts = value?.arrayValue, !parts.isEmpty else {
            throw A2AFailure(at: "message.parts", "At least one part is required")
        }
        var texts: [String] = []
        var data: JSONValue?
        for (index, part) in parts.enumerated() {
            let place = "message.parts[\(index)]"
            guard Self.contentFields.count(where: { part[$0] != nil }) < 2 else {
                throw A2AFailure(
                    at: place, "has one of \(Self.contentFields.joined(separator: ", "))")
            }
            if let text = part["text"]?.stringValue {
                texts.append(text)
            } else if let value = part["data"] {
                guard data == nil, case .object = value else {
                    throw A2AFailure(at: place, "data is one object in one part")
                }
                data = value
            } else {
                throw A2AFailure(
                    .contentTypeNotSupported, "\(place): text and data are taken, and no files")
            }
        }
        return (texts.joined(separator: "\n"), data)
    }

    // MARK: The plan

    private static let taskFields = ["task_type", "agent", "parameters", "timeout_seconds"]

    /// - Parameter agents: those of the pool.
    func plan(for agents: [AgentRecord]) throws -> [UInt8] {
        if let data, data["tasks"] != nil {
            guard data["session_id"] == nil else {
                throw A2AFailure(
                    at: "message.parts: data.session_id", "is given by the message; leave it out")
            }
            return RawJSON(whole(data)).bytes
        }
        if case .object(let members)? = data,
            let other = members.first(where: { !Self.taskFields.contains($0.key) })
        {
            throw A2AFailure(
                at: "message.parts: data.\(other.key.prefix(64))",
                "data is a plan, with tasks, or has \(Self.taskFields.joined(separator: ", "))")
        }
        let capabilities = Set(agents.flatMap(\.capabilities)).sorted()
        let agent = try member("agent", "a string") { $0.stringValue }
        let timeout = try member("timeout_seconds", "a number") { $0.doubleValue }
        let named = try member("task_type", "a string") { $0.stringValue }
        if let type = named ?? skill ?? agent { return try encoded(task(type, agent, timeout)) }
        if data == nil, capabilities.contains(Self.planning) { return try encoded(research) }
        guard capabilities.count == 1, let only = capabilities.first else {
            throw A2AFailure(
                at: "message.metadata.skill",
                "is missing: which of \(capabilities.joined(separator: ", "))?")
        }
        return try encoded(task(only, agent, timeout))
    }

    /// What is of another kind is a mistake, and not left out: a task without the timeout that was meant for it
    /// could run for ever.
    private func member<Value>(
        _ name: String, _ kind: String, _ read: (JSONValue) -> Value?
    ) throws(A2AFailure) -> Value? {
        guard let value = data?[name] else { return nil }
        guard let member = read(value) else {
            throw A2AFailure(at: "message.parts: data.\(name)", "must be \(kind)")
        }
        return member
    }

    private func encoded(_ plan: ResearchPlan) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Array(try encoder.encode(plan))
    }

    /// A plan may leave its question to the text.
    private func whole(_ plan: JSONValue) -> JSONValue {
        guard plan["query"] == nil, !text.isEmpty, case .object(var members) = plan else {
            return plan
        }
        members.append((key: "query", value: .string(text)))
        return .object(members)
    }

    private func task(_ type: String, _ agent: String?, _ timeout: Double?) -> ResearchPlan {
        ResearchPlan(
            query: text.isEmpty ? "Execute \(type)." : text,
            tasks: [
                ResearchTask(
                    taskID: "message", taskType: type,
                    parameters: data?["parameters"].map { RawJSON($0) } ?? .emptyObject,
                    assignedAgent: agent, timeoutSeconds: timeout)
            ])
    }

    /// What plans a whole research.
    static let planning = "planning"

    private var research: ResearchPlan {
        ResearchPlan(
            query: text,
            tasks: [
                ResearchTask(
                    taskID: "plan", taskType: Self.planning, description: "Plan the research.",
                    parameters: RawJSON(.object([("question", .string(text))])),
                    extendsSession: true)
            ])
    }
}
