// The agent that reads: it turns a session's documents into insights with evidence. It needs no
// network and no language model; what it finds, it counts.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Analyses documents for a question. Takes `content_analysis`.
///
/// Inputs: the `content_extraction` results of the session. Parameters: `question`, or else the
/// session's. Payload: an `Analysis`. Findings: its insights.
public struct AnalysisAgent: BaseAgent {
    public let name = "analysis"
    public let capabilities = [ResearchTaskType.analysis]

    public init() {}

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        guard task.taskType == ResearchTaskType.analysis else {
            throw task.unsupported(by: name)
        }
        let analyzer = Analyzer(
            questionText: try task.researchQuestion(), extractions: try task.extractions()
        ) { context.progress($0, $1) }
        let analysis = try analyzer.analyse()
        context.progress(1, "\(analysis.insights.count) insights")
        return try AgentResult(
            encoding: analysis, findings: Findings(insights: analysis.insights))
    }
}
