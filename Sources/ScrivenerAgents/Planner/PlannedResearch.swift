// The graph of tasks that a research session runs: searches side by side, one selection, the
// chosen documents extracted side by side, then analysis, draft, citations, review, report.

import ScrivenerModel

/// Tasks, in the form that a plan has.
struct PlannedResearch: Codable, Sendable, Equatable {
    var tasks: [ResearchPlanTask]
}

/// One task of a plan.
struct ResearchPlanTask: Codable, Sendable, Equatable {
    var taskID: String
    var taskType: String
    var description: String
    var parameters: RawJSON
    var dependencies: [String]
    /// `continue` for a task that makes do with what the others found; absent otherwise.
    var onDependencyFailure: String?
    /// What its worker has to have; absent where any will do.
    var tags: [String]?

    enum CodingKeys: String, CodingKey {
        case description, parameters, dependencies, tags
        case taskID = "task_id"
        case taskType = "task_type"
        case onDependencyFailure = "on_dependency_failure"
    }
}

extension PlannedResearch {
    /// The plan for a question. Task ids are unique, and every dependency stands before its task.
    ///
    /// - Parameter model: the model that its tasks are to use, `none` for none; what their agents have when
    ///   `nil`.
    init(question: String, queries: [PlannedQuery], maximumSources: Int, model: String? = nil) {
        let asked = ("question", JSONValue.string(question))
        tasks = []
        let searches = queries.enumerated().map { index, query in
            add(
                Self.id("search", index + 1), "web_search", "Search: \(query.query.prefix(200))",
                [("query", .string(query.query))])
        }
        let selection = add(
            "select", "source_selection", "Choose the documents to read",
            [("max_sources", .integer(Int64(maximumSources))), asked], after: searches)
        let extracts = (1...max(1, maximumSources)).map { rank in
            add(
                Self.id("extract", rank), "content_extraction",
                "Extract the text of document \(rank)", [("rank", .integer(Int64(rank)))],
                after: [selection])
        }
        let analysis = add(
            "analysis", "content_analysis", "Find what the documents say", [asked],
            after: extracts, continues: true, model: model)
        let draft = add(
            "draft", "drafting", "Write a draft", [asked], after: [analysis], model: model)
        let citations = add("citations", "citation", "Number the sources", [], after: [draft])
        let review = add(
            "review", "quality_review", "Check the draft against its sources", [asked],
            after: [draft, citations] + extracts, continues: true, model: model)
        add(
            "report", "report_assembly", "Put the report together", [],
            after: [draft, citations, review])
    }

    /// Adds a task and returns its id.
    @discardableResult
    private mutating func add(
        _ id: String, _ type: String, _ description: String,
        _ parameters: [(key: String, value: JSONValue)], after dependencies: [String] = [],
        continues: Bool = false, model: String? = nil
    ) -> String {
        let named = model.map { [(key: "model", value: JSONValue.string($0))] } ?? []
        let isPinned = model != nil && model != ResearchModel.noModel
        tasks.append(
            ResearchPlanTask(
                taskID: id, taskType: type, description: description,
                parameters: RawJSON(.object(parameters + named)), dependencies: dependencies,
                onDependencyFailure: continues ? "continue" : nil,
                tags: isPinned ? model.map { [ModelAgentSettings.tag($0)] } : nil))
        return id
    }

    /// `search_01`.
    private static func id(_ kind: String, _ number: Int) -> String {
        "\(kind)_\(number < 10 ? "0" : "")\(number)"
    }
}
