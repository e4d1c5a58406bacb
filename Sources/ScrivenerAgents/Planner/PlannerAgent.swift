// The agent that turns a question into tasks. It needs no language model: the plan of a research
// session is always the same graph, and what differs between questions is what to search for. Where it has a
// model, the model proposes searches of its own beside the whole question.

public import ScrivenerAgentKit
public import ScrivenerModel

/// Plans research sessions.
///
/// Task type `planning` (other types are not looked at), with the parameters
/// `{"question": string = the session's query, "max_sources": 4…24 = 12, "model": string = its own}`.
/// Proposes the tasks of the session; the payload (`PlanExplanation`) says what is searched for and why.
public struct PlannerAgent: BaseAgent {
    public let name = "planner"
    public let capabilities = ["planning"]

    /// Longer questions are refused.
    static let maximumQuestionLength = 4000

    private let model: ResearchModel?

    public var tags: [String] { model?.tags ?? [] }

    /// - Parameter model: what is used where a task does not say otherwise.
    public init(model: ResearchModel? = nil) { self.model = model }

    /// - Throws: `AgentFailure` of class `invalid_input`: `empty_question`, `question_too_long`,
    ///   `question_without_subject` for a question of nothing but function words,
    ///   `unsupported_task_type`, and those of parameters that do not fit.
    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        guard task.taskType == "planning" else {
            throw AgentFailure(
                .invalidInput, code: "unsupported_task_type",
                message: "\(task.taskType): known is planning")
        }
        let parameters = try TaskParameters(
            task.parameters, allowed: ["question", "max_sources", "model"])
        let askedModel = try parameters.string("model")
        let model = try ResearchModel.chosen(askedModel, own: self.model)
        let asked = try parameters.string("question") ?? task.query
        let maximumSources = try parameters.integer("max_sources", in: 4...24) ?? 12
        let question = WhiteSpace.folded(asked)
        try Self.check(question)
        let parts = QuestionParts(question)
        guard !parts.isEmpty else {
            throw AgentFailure(
                .invalidInput, code: "question_without_subject",
                message: "the question names nothing to search for")
        }
        var usage = ModelUsageMeter()
        let proposal = try await model?.proposal(of: question, for: task, context, counting: &usage)
        let queries = SearchQueries.queries(
            for: question, parts, proposed: proposal?.queries ?? [])
        let plan = PlannedResearch(
            question: question, queries: queries, maximumSources: maximumSources,
            model: askedModel)
        var explanation = PlanExplanation(question, parts, queries, plan, maximumSources)
        explanation.model = proposal?.contribution(to: queries)
        var result = try AgentResult(encoding: explanation)
        result.usage = usage.usage
        result.proposedTasks = try RawJSON(encoding: plan)
        return result
    }

    private static func check(_ question: String) throws(AgentFailure) {
        guard !question.isEmpty else {
            throw AgentFailure(
                .invalidInput, code: "empty_question", message: "the question is empty")
        }
        guard question.count <= maximumQuestionLength else {
            throw AgentFailure(
                .invalidInput, code: "question_too_long",
                message: "\(question.count) characters, \(maximumQuestionLength) are allowed")
        }
    }
}

/// What a plan searches for, and why.
struct PlanExplanation: Codable, Sendable, Equatable {
    struct Query: Codable, Sendable, Equatable {
        var taskID: String
        var query: String
        var reason: String

        enum CodingKeys: String, CodingKey {
            case query, reason
            case taskID = "task_id"
        }
    }

    var question: String
    /// Names of things in the question.
    var entities: [String]
    /// Its other content words.
    var topics: [String]
    /// Its sentences and clauses, where it has several.
    var subQuestions: [String]
    var queries: [Query]
    var maximumSources: Int
    /// What a model did for it, where one was asked.
    var model: ModelContribution?

    enum CodingKeys: String, CodingKey {
        case question, entities, topics, queries, model
        case subQuestions = "sub_questions"
        case maximumSources = "max_sources"
    }

    init(
        _ question: String, _ parts: QuestionParts, _ queries: [PlannedQuery],
        _ plan: PlannedResearch, _ maximumSources: Int
    ) {
        self.question = question
        self.entities = parts.entities
        self.topics = parts.topics
        self.subQuestions = parts.subQuestions
        self.queries = zip(plan.tasks, queries).map { task, query in
            Query(taskID: task.taskID, query: query.query, reason: query.reason)
        }
        self.maximumSources = maximumSources
    }
}
