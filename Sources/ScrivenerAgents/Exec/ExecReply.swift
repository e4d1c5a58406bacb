// What a program's end and its standard output come to.
//
// The exit codes are those of sysexits.h, as far as programs use them. What is not listed may have any
// reason, so it is tried again, like any other error of an agent.

import ScrivenerAgentKit
import ScrivenerModel

enum ExecReply {
    static func result(of outcome: ChildOutcome) throws(AgentFailure) -> AgentResult {
        let failure: (FailureClass, code: String, String)
        switch outcome.ending {
        case .exited(0):
            do {
                return try result(of: outcome.output)
            } catch {
                var failure = error
                failure.logTail = outcome.errorTail
                throw failure
            }
        case .exited(let code):
            failure = (failureClass(of: code), "exit_code", "the program ended with code \(code)")
        case .signalled(let signal):
            failure = (.transient, "signal", "the program was ended by signal \(signal)")
        }
        throw AgentFailure(
            failure.0, code: failure.code, message: failure.2, logTail: outcome.errorTail)
    }

    static func failureClass(of exitCode: Int32) -> FailureClass {
        switch exitCode {
        case 64, 65: .invalidInput  // EX_USAGE, EX_DATAERR
        case 70, 78: .permanent  // EX_SOFTWARE, EX_CONFIG
        default: .transient  // 75, EX_TEMPFAIL, among them
        }
    }

    // MARK: Standard output

    /// One JSON value, which is the payload; but of an object that has a `payload`, and beside it
    /// nothing or `findings`, each is what its name says.
    private static func result(of output: [UInt8]) throws(AgentFailure) -> AgentResult {
        guard let start = output.firstIndex(where: { !isBlank($0) }),
            let last = output.lastIndex(where: { !isBlank($0) })
        else { throw invalid("the program wrote nothing to standard output") }
        do throws(JSONError) {
            try JSONReader.validate(output)
        } catch {
            throw invalid(
                "standard output is not one JSON value: \(error.reason.rawValue), "
                    + "at byte \(error.offset)")
        }
        let value = Array(output[start...last])
        guard let members = try? members(of: value), let payload = members["payload"],
            Set(members.keys).isSubset(of: ["payload", "findings"])
        else { return AgentResult(payload: RawJSON(value)) }
        return AgentResult(
            payload: payload,
            findings: try members["findings"].map(findings) ?? Findings())
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// The members of an object, as the bytes that they are; `nil` for any other value, and for an
    /// object that has a member twice.
    private static func members(of value: [UInt8]) throws(JSONError) -> [String: RawJSON]? {
        var reader = JSONReader(value)
        guard try reader.peekKind() == .object else { return nil }
        var members: [String: RawJSON] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey(first: members.isEmpty) {
            let place = try reader.skipValue()
            guard members.updateValue(RawJSON(Array(value[place])), forKey: key) == nil else {
                return nil
            }
        }
        return members
    }

    private static func findings(_ json: RawJSON) throws(AgentFailure) -> Findings {
        /// What is not there was not found.
        struct Partial: Decodable {
            var sources: [Source]?
            var insights: [Insight]?
            var citations: [Citation]?
            var document: DocumentFacts?
        }
        do {
            let partial: Partial = try json.decode()
            return Findings(
                sources: partial.sources ?? [], insights: partial.insights ?? [],
                citations: partial.citations ?? [], document: partial.document)
        } catch {
            let reason = (error as? AgentFailure)?.message ?? "\(error)"
            throw invalid("findings are not what they have to be: \(reason)")
        }
    }

    private static func invalid(_ message: String) -> AgentFailure {
        AgentFailure(.permanent, code: "invalid_output", message: message)
    }
}
