// What a program that serves says: one JSON object a line on its standard output. `docs/agents/exec.md` lists them.

import ScrivenerAgentKit
import ScrivenerModel

/// What one line says.
enum ServeMessage: Sendable, Equatable {
    /// Attempts may come.
    case ready(answersHealth: Bool)
    case health(id: String, AgentCondition)
    case progress(id: String, Double, message: String)
    case output(id: String, String)
    case checkpoint(id: String, [UInt8])
    case ended(id: String, AttemptEnd)
    /// Not what a line has to be. What can be told of whose it is.
    case garbage(id: String?, reason: String)

    enum AttemptEnd: Sendable, Equatable {
        case result(AgentResult)
        case failure(AgentFailure)
        /// As it was told.
        case stopped
    }

    init(_ line: [UInt8]) {
        let members: [String: RawJSON]
        do throws(JSONError) {
            guard let found = try RawJSON(line).members() else {
                self = .garbage(id: nil, reason: "it is not a JSON object")
                return
            }
            members = found
        } catch {
            self = .garbage(
                id: nil,
                reason: "it is not JSON: \(error.reason.rawValue), at byte \(error.offset)")
            return
        }
        let fields = Fields(members: members)
        guard let id = fields.text("id") else {
            self =
                fields.text("type") == "ready"
                ? .ready(answersHealth: fields.flag("health") ?? false)
                : .garbage(id: nil, reason: "it has no id")
            return
        }
        self = Self.message(fields, id: id)
    }

    private static func message(_ fields: Fields, id: String) -> ServeMessage {
        switch fields.text("type") {
        case "result":
            do throws(AgentFailure) {
                return .ended(
                    id: id, .result(try ExecReply.result(of: fields.members)))
            } catch {
                return .ended(id: id, .failure(error))
            }
        case "failure":
            guard let failure = fields.failure else { break }
            return .ended(id: id, .failure(failure))
        case "stopped": return .ended(id: id, .stopped)
        case "progress":
            guard let fraction = fields.number("progress") else { break }
            return .progress(id: id, fraction, message: fields.text("message") ?? "")
        case "output":
            guard let text = fields.text("text") else { break }
            return .output(id: id, text)
        case "checkpoint":
            guard let value = fields.members["checkpoint"] else { break }
            return .checkpoint(id: id, value.bytes)
        case "health":
            guard let condition = fields.condition else { break }
            return .health(id: id, condition)
        case let type?:
            return .garbage(id: id, reason: "there is no type \(type.prefix(64))")
        case nil: return .garbage(id: id, reason: "it has no type")
        }
        return .garbage(id: id, reason: "a \(fields.text("type") ?? "") has other fields")
    }
}

/// The members of a line.
private struct Fields {
    let members: [String: RawJSON]

    func text(_ name: String) -> String? { value(name)?.stringValue }
    func number(_ name: String) -> Double? { value(name)?.doubleValue }
    func flag(_ name: String) -> Bool? { value(name)?.boolValue }

    private func value(_ name: String) -> JSONValue? { try? members[name]?.value() }

    /// A program says of which of these classes a failure is; the others are not its to know.
    var failure: AgentFailure? {
        let classes: [String: FailureClass] = [
            "transient": .transient, "permanent": .permanent, "invalid_input": .invalidInput,
        ]
        guard let name = text("class"), let failureClass = classes[name],
            let message = text("message")
        else { return nil }
        // A result that says more than may be said would be refused, and with it what class this is.
        return AgentFailure(
            failureClass,
            code: text("code").map { String($0.beginning(ofBytes: 128)) } ?? "program_failure",
            message: String(message.beginning(ofBytes: 2_000)))
    }

    var condition: AgentCondition? {
        let reason = text("reason") ?? ""
        return switch text("status") {
        case "healthy": .healthy
        case "degraded": .degraded(reason: reason)
        case "unhealthy": .unhealthy(reason: reason)
        default: nil
        }
    }
}
