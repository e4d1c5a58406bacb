// The agent that reads: it turns a session's documents into insights with evidence. It needs no
// network and no language model; what it finds, it counts. Where it has a model, the model says what it reads
// out of that evidence, and each of its sentences is held against it.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Analyses documents for a question. Takes `content_analysis`.
///
/// Inputs: the `content_extraction` results of the session. Parameters: `question`, or else the
/// session's, and `model`. Payload: an `Analysis`. Findings: its insights.
public struct AnalysisAgent: BaseAgent {
    public let name = "analysis"
    public let capabilities = [ResearchTaskType.analysis]

    private let model: ResearchModel?

    public var tags: [String] { model?.tags ?? [] }

    /// - Parameter model: what is used where a task does not say otherwise.
    public init(model: ResearchModel? = nil) { self.model = model }

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        guard task.taskType == ResearchTaskType.analysis else {
            throw task.unsupported(by: name)
        }
        let model = try task.model(self.model)
        let analyzer = Analyzer(
            questionText: try task.researchQuestion(), extractions: try task.extractions()
        ) { context.progress($0, $1) }
        var analysis = try analyzer.analyse()
        var usage = ModelUsageMeter()
        if let model {
            let outcome = try await StatementWriter(
                question: ResearchModelQuestion(model: model, task: task, context: context),
                evidence: NumberedEvidence(analysis.evidence, sources: analysis.sources)
            ).write(Self.instructions, on: analysis.question, counting: &usage)
            analysis.statements = outcome.statements
            analysis.model = outcome.contribution
        }
        context.progress(1, "\(analysis.insights.count) insights")
        var result = try AgentResult(
            encoding: analysis, findings: Findings(insights: analysis.insights))
        result.usage = usage.usage
        return result
    }

    private static let instructions = """
        Say what the sentences show about the question: what is common to several of them, what follows from \
        them taken together, and where they disagree. At most eight statements.
        """
}
