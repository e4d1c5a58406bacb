// What services return for a task: the same as programs (`ExecReply`), whatever it came by.

import ScrivenerAgentKit
import ScrivenerModel

enum ResultDocument {
    /// One JSON value, which is the payload; but of an object that has a `payload`, and beside it nothing but
    /// `findings`, `usage` and `proposed_tasks`, each is what its name says.
    ///
    /// - Throws: `AgentFailure` of class `permanent`: `answer_too_large`, and `invalid_output` for what is no JSON
    ///   and for findings or usage that are not what they have to be.
    static func read(_ bytes: [UInt8], limit: Int) throws(AgentFailure) -> AgentResult {
        guard bytes.count <= limit else {
            throw AgentFailure(
                .permanent, code: "answer_too_large",
                message: "the result has \(bytes.count) bytes; the limit is \(limit)")
        }
        let value = try json(bytes)
        guard let members = members(of: value), members["payload"] != nil,
            Set(members.keys).isSubset(of: ExecReply.resultMembers)
        else { return AgentResult(payload: value) }
        return try ExecReply.result(of: members)
    }

    /// The bytes as one JSON value, without blanks around it.
    static func json(_ bytes: [UInt8]) throws(AgentFailure) -> RawJSON {
        do throws(JSONError) {
            try JSONReader.validate(bytes)
            var reader = JSONReader(bytes)
            let place = try reader.skipValue()
            return RawJSON(Array(bytes[place]))
        } catch {
            throw invalid("not one JSON value: \(error.reason.rawValue), at byte \(error.offset)")
        }
    }

    /// The members of an object; `nil` for anything else.
    static func members(of value: RawJSON) -> [String: RawJSON]? {
        (try? value.members()) ?? nil
    }

    static func invalid(_ message: String) -> AgentFailure { ExecReply.invalid(message) }
}
