// The agent that writes: first a draft from the analysis, and at the end the report, as Markdown
// and as a page, from the draft, its references and its review.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Writes. Takes `drafting` (input: the `content_analysis`; parameter: `model`; payload: a `Draft`) and
/// `report_assembly` (inputs: the `drafting`, and where there are any the `citation` and the
/// `quality_review`; payload: a `Report`).
public struct WritingAgent: BaseAgent {
    public let name = "writing"
    public let capabilities = [ResearchTaskType.drafting, ResearchTaskType.assembly]

    private let model: ResearchModel?

    public var tags: [String] { model?.tags ?? [] }

    /// - Parameter model: what is used where a task does not say otherwise.
    public init(model: ResearchModel? = nil) { self.model = model }

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        switch task.taskType {
        case ResearchTaskType.drafting: return try await draft(task, context)
        case ResearchTaskType.assembly: return try assemble(task, context)
        default: throw task.unsupported(by: name)
        }
    }

    private func draft(_ task: AgentTask, _ context: AgentContext) async throws -> AgentResult {
        let model = try task.model(self.model)
        let analysis = try task.requiredInput(of: ResearchTaskType.analysis, as: Analysis.self)
        context.progress(0.5, "composing")
        try Task.checkCancellation()
        var usage = ModelUsageMeter()
        var summary: StatementWriter.Outcome?
        if let model {
            summary = try await StatementWriter(
                question: ResearchModelQuestion(model: model, task: task, context: context),
                evidence: NumberedEvidence(analysis.evidence, sources: analysis.sources)
            ).write(Self.instructions, on: analysis.question, counting: &usage)
        }
        var composer = DraftComposer(analysis, summary: summary)
        let draft = composer.compose()
        let facts = DocumentFacts(
            title: draft.title, wordCount: WordCount.words(in: draft),
            sections: draft.sections.map(\.heading), isFinal: false)
        context.progress(1, "\(draft.references.count) sources cited")
        var result = try AgentResult(encoding: draft, findings: Findings(document: facts))
        result.usage = usage.usage
        return result
    }

    private static let instructions = """
        Answer the question in three to five statements that a reader can take away, the most important first.
        """

    private func assemble(_ task: AgentTask, _ context: AgentContext) throws -> AgentResult {
        let draft = try task.requiredInput(of: ResearchTaskType.drafting, as: Draft.self)
        let citations = try task.firstInput(of: ResearchTaskType.citation, as: CitationList.self)
        let review = try task.firstInput(of: ResearchTaskType.review, as: QualityReview.self)
        context.progress(0.5, "assembling")
        try Task.checkCancellation()
        let assembly = ReportAssembly(
            draft: draft, citations: citations ?? CitationList(draft, style: .ieee),
            review: review)
        let report = assembly.report()
        let facts = DocumentFacts(
            title: report.title, wordCount: report.wordCount, sections: report.sections,
            isFinal: true, qualityScore: review?.score)
        context.progress(1, Phrasing.count(report.wordCount, "word"))
        return try AgentResult(
            encoding: report,
            findings: Findings(citations: assembly.citations.citations, document: facts))
    }
}
