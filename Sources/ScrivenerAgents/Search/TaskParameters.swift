// The parameters of a task, read strictly: a misspelt name is an error, not a default.

import ScrivenerModel

/// The parameters of one task.
struct TaskParameters {
    private let members: [(key: String, value: JSONValue)]

    /// - Throws: `AgentFailure` of class `invalid_input` where the bytes are no JSON object or hold
    ///   a member that is not allowed.
    init(_ raw: RawJSON, allowed: Set<String>) throws(AgentFailure) {
        let value: JSONValue
        do {
            value = try raw.value()
        } catch {
            throw Self.failure("invalid_parameters", "\(error.reason.rawValue)")
        }
        switch value {
        case .null: members = []
        case .object(let members): self.members = members
        default: throw Self.failure("invalid_parameters", "expected an object")
        }
        for member in members where !allowed.contains(member.key) {
            throw Self.failure(
                "unknown_parameter",
                "\(member.key.prefix(64)): known are \(allowed.sorted().joined(separator: ", "))")
        }
    }

    /// - Throws: where the member is there and no string.
    func string(_ key: String) throws(AgentFailure) -> String? {
        guard let value = self[key] else { return nil }
        guard let text = value.stringValue else {
            throw Self.failure("invalid_parameter", "\(key): expected a string")
        }
        return text
    }

    /// - Throws: where the member is there and no integer within the range.
    func integer(_ key: String, in range: ClosedRange<Int64>) throws(AgentFailure) -> Int? {
        guard let value = self[key] else { return nil }
        guard let number = value.integerValue, range.contains(number),
            let result = Int(exactly: number)
        else {
            throw Self.failure(
                "invalid_parameter",
                "\(key): expected an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return result
    }

    static func missing(_ key: String) -> AgentFailure {
        failure("missing_parameter", "\(key): required")
    }

    private subscript(key: String) -> JSONValue? {
        guard let value = members.last(where: { $0.key == key })?.value, value != .null else {
            return nil
        }
        return value
    }

    private static func failure(_ code: String, _ message: String) -> AgentFailure {
        AgentFailure(.invalidInput, code: code, message: "parameters: \(message)")
    }
}
