// The agent that sets the references of a draft in the styles that libraries ask for.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Formats references. Takes `citation`; input: the `drafting`; parameters: `style`, one of `apa`,
/// `mla`, `chicago`, `ieee` (the default) and `bibtex`. Payload: a `CitationList`. Findings: the
/// citations.
public struct CitationAgent: BaseAgent {
    public let name = "citation"
    public let capabilities = [ResearchTaskType.citation]

    public init() {}

    private struct Parameters: Decodable {
        var style: String?
    }

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        guard task.taskType == ResearchTaskType.citation else { throw task.unsupported(by: name) }
        let asked =
            try task.parameters.decode(Parameters.self).style ?? ReferenceStyle.ieee.rawValue
        guard let style = ReferenceStyle(rawValue: asked.lowercased()) else {
            let known = ReferenceStyle.allCases.map(\.rawValue).joined(separator: ", ")
            throw AgentFailure(
                .invalidInput, code: "unknown_style",
                message: "no citation style \(asked.prefix(40)); there are \(known)")
        }
        let draft = try task.requiredInput(of: ResearchTaskType.drafting, as: Draft.self)
        try Task.checkCancellation()
        let list = CitationList(draft, style: style)
        context.progress(1, Phrasing.count(list.references.count, "reference"))
        return try AgentResult(encoding: list, findings: Findings(citations: list.citations))
    }
}
