// The agent that reviews a draft before it becomes a report. It reads the documents again by
// itself.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Reviews. Takes `quality_review`; inputs: the `drafting`, the `citation` where there is one, and
/// all `content_extraction` results; parameters: `question`, or else the session's, and `model`. Payload: a
/// `QualityReview`.
public struct QualityAgent: BaseAgent {
    public let name = "quality"
    public let capabilities = [ResearchTaskType.review]

    private let model: ResearchModel?

    public var tags: [String] { model?.tags ?? [] }

    /// - Parameter model: what is used where a task does not say otherwise.
    public init(model: ResearchModel? = nil) { self.model = model }

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        guard task.taskType == ResearchTaskType.review else { throw task.unsupported(by: name) }
        let model = try task.model(self.model)
        let question = try task.researchQuestion()
        let draft = try task.requiredInput(of: ResearchTaskType.drafting, as: Draft.self)
        let citations = try task.firstInput(of: ResearchTaskType.citation, as: CitationList.self)
        let documents = try task.extractions().documents
        context.progress(0.3, "checking \(draft.quotations.count) quotations")
        var reviewer = try QualityReviewer(draft, citations: citations, documents: documents)
        var usage = ModelUsageMeter()
        var judgement: ModelJudgement?
        if let model {
            judgement = try await ModelJudgement.of(
                draft, on: question,
                ResearchModelQuestion(model: model, task: task, context: context),
                counting: &usage)
        }
        let review = try reviewer.review(question: question, judgement: judgement)
        context.progress(1, "score \(Phrasing.share(review.score))")
        var result = try AgentResult(encoding: review)
        result.usage = usage.usage
        return result
    }
}
