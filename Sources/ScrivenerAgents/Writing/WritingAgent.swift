// The agent that writes: first a draft from the analysis, and at the end the report, as Markdown
// and as a page, from the draft, its references and its review.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Writes. Takes `drafting` (input: the `content_analysis`; payload: a `Draft`) and
/// `report_assembly` (inputs: the `drafting`, and where there are any the `citation` and the
/// `quality_review`; payload: a `Report`).
public struct WritingAgent: BaseAgent {
    public let name = "writing"
    public let capabilities = [ResearchTaskType.drafting, ResearchTaskType.assembly]

    public init() {}

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        switch task.taskType {
        case ResearchTaskType.drafting: return try draft(task, context)
        case ResearchTaskType.assembly: return try assemble(task, context)
        default: throw task.unsupported(by: name)
        }
    }

    private func draft(_ task: AgentTask, _ context: AgentContext) throws -> AgentResult {
        let analysis = try task.requiredInput(of: ResearchTaskType.analysis, as: Analysis.self)
        context.progress(0.5, "composing")
        try Task.checkCancellation()
        var composer = DraftComposer(analysis)
        let draft = composer.compose()
        let facts = DocumentFacts(
            title: draft.title, wordCount: WordCount.words(in: draft),
            sections: draft.sections.map(\.heading), isFinal: false)
        context.progress(1, "\(draft.references.count) sources cited")
        return try AgentResult(encoding: draft, findings: Findings(document: facts))
    }

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
