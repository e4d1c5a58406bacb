// What a program's end and its standard output come to.
//
// The exit codes are those of sysexits.h, as far as programs use them. What is not listed may have any
// reason, so it is tried again, like any other error of an agent.

import Foundation
import ScrivenerAgentKit
import ScrivenerModel

enum ExecReply {
    /// - Parameter isSandboxed: then signals come as codes, as a shell tells them.
    static func result(
        of outcome: ChildOutcome, within limits: ChildLimits = ChildLimits(),
        isSandboxed: Bool = false
    ) throws(AgentFailure) -> AgentResult {
        do throws(AgentFailure) {
            guard outcome.ending == .exited(0) else {
                throw failure(of: outcome.ending, within: limits, isSandboxed: isSandboxed)
            }
            var result = try result(of: outcome.output)
            result.usage.note(outcome)
            return result
        } catch {
            var failure = error
            failure.logTail = outcome.errorTail
            throw failure
        }
    }

    static func failure(
        of ending: ChildOutcome.Ending, within limits: ChildLimits, isSandboxed: Bool
    ) -> AgentFailure {
        switch ending {
        case .exited(let code) where isSandboxed && code > 128:
            failure(of: .signalled(code - 128), within: limits, isSandboxed: false)
        case .exited(let code):
            AgentFailure(
                failureClass(of: code), code: "exit_code",
                message: "the program ended with code \(code)")
        case .signalled(SIGXCPU):
            if let limit = limits.processorTime {
                ChildExcess.processorTime(limit: limit).failure
            } else {
                AgentFailure(
                    .permanent, code: "child_cpu_limit",
                    message: "the program has used all of the processor time that its host gives")
            }
        case .signalled(let signal):
            AgentFailure(
                .transient, code: "signal", message: "the program was ended by signal \(signal)")
        }
    }

    private static func failureClass(of exitCode: Int32) -> FailureClass {
        switch exitCode {
        case 64, 65: .invalidInput  // EX_USAGE, EX_DATAERR
        case 70, 78: .permanent  // EX_SOFTWARE, EX_CONFIG
        default: .transient  // 75, EX_TEMPFAIL, among them
        }
    }

    // MARK: Standard output

    /// One JSON value, which is the payload; but of an object that has a `payload`, and beside it
    /// nothing but `findings`, `usage` and `proposed_tasks`, each is what its name says.
    private static func result(of output: [UInt8]) throws(AgentFailure) -> AgentResult {
        guard let start = output.firstIndex(where: { !isBlank($0) }),
            let last = output.lastIndex(where: { !isBlank($0) })
        else { throw invalid("the program wrote nothing to standard output") }
        let value = RawJSON(Array(output[start...last]))
        let members: [String: RawJSON]?
        do throws(JSONError) {
            members = try value.members()
        } catch {
            throw invalid(
                "standard output is not one JSON value: \(error.reason.rawValue), "
                    + "at byte \(start + error.offset); it begins with "
                    + "\(String(decoding: value.bytes.prefix(80), as: UTF8.self).debugDescription)")
        }
        guard let members, members["payload"] != nil,
            Set(members.keys).isSubset(of: resultMembers)
        else { return AgentResult(payload: value) }
        return try result(of: members)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
