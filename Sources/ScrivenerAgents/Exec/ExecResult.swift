// A result as programs write it: as an object with a payload, and what else they have to say.

import ScrivenerAgentKit
import ScrivenerModel

extension ExecReply {
    static let resultMembers: Set<String> = ["payload", "findings", "usage", "proposed_tasks"]

    /// - Throws: `AgentFailure` of code `invalid_output` for what is not what it has to be.
    static func result(of members: [String: RawJSON]) throws(AgentFailure) -> AgentResult {
        guard let payload = members["payload"] else { throw invalid("there is no payload") }
        return AgentResult(
            payload: payload,
            findings: try members["findings"].map(findings) ?? Findings(),
            usage: try members["usage"].map(usage) ?? Usage(),
            proposedTasks: members["proposed_tasks"])
    }

    private static func findings(_ json: RawJSON) throws(AgentFailure) -> Findings {
        /// What is not there was not found.
        struct Partial: Decodable {
            var sources: [Source]?
            var insights: [Insight]?
            var citations: [Citation]?
            var document: DocumentFacts?
        }
        let partial: Partial = try decoded(json, "findings")
        return Findings(
            sources: partial.sources ?? [], insights: partial.insights ?? [],
            citations: partial.citations ?? [], document: partial.document)
    }

    private static func usage(_ json: RawJSON) throws(AgentFailure) -> Usage {
        /// What is not said is nothing.
        struct Partial: Decodable {
            var inputTokens: UInt32?
            var outputTokens: UInt32?
            var costMicros: UInt32?

            enum CodingKeys: String, CodingKey {
                case inputTokens = "input_tokens"
                case outputTokens = "output_tokens"
                case costMicros = "cost_micros"
            }
        }
        let partial: Partial = try decoded(json, "usage")
        return Usage(
            inputTokens: Int(partial.inputTokens ?? 0),
            outputTokens: Int(partial.outputTokens ?? 0),
            costMicros: Int(partial.costMicros ?? 0))
    }

    private static func decoded<Value: Decodable>(
        _ json: RawJSON, _ name: String
    ) throws(AgentFailure) -> Value {
        do {
            return try json.decode()
        } catch {
            let reason = (error as? AgentFailure)?.message ?? "\(error)"
            throw invalid("\(name) is not what it has to be: \(reason)")
        }
    }

    static func invalid(_ message: String) -> AgentFailure {
        AgentFailure(.permanent, code: "invalid_output", message: message)
    }
}

extension Usage {
    /// What was seen of the program.
    mutating func note(_ outcome: ChildOutcome) {
        let (seconds, rest) = outcome.processorTime.components
        cpuMicroseconds = Int(seconds * 1_000_000 + rest / 1_000_000_000_000)
        peakMemoryBytes = outcome.peakMemoryBytes
    }
}
