// Research with a model: what it may add, and what it may not. The models here make things up on purpose.

import ScrivenerAgentKit
import ScrivenerModel
import TestSupport
import Testing

@testable import ScrivenerAgents

@Suite struct ResearchModelTests {
    /// Runs with a model that answers each question by the names of what is wanted.
    private func withModel<Value: Sendable>(
        _ answer: @escaping @Sendable (_ wanted: String, _ material: JSONValue) -> String,
        _ body: (ResearchModel, LocalServer) async throws -> Value
    ) async throws -> Value {
        try await ModelEndpoint.serve({ request in
            let schema = request["response_format"]?["json_schema"]?["schema"]
            guard case .object(let wanted)? = schema?["properties"],
                let text = request["messages"]?.arrayValue?.last?["content"]?.stringValue,
                let name = wanted.first?.key
            else { return .status(400) }
            return .words(answer(name, (try? RawJSON(text).value()) ?? .null))
        }) { server, endpoint in
            var endpoint = endpoint
            endpoint.maximumTries = 1
            return try await body(
                ResearchModel(name: "local", client: try ModelClient(endpoint)), server)
        }
    }

    /// Two statements that are as they have to be, and five that are not.
    private static func statements(_ material: JSONValue) -> String {
        let sentences = material["sentences"]?.arrayValue ?? []
        func sentence(_ place: Int) -> String { sentences[place]["sentence"]?.stringValue ?? "" }
        func statement(_ text: String, _ evidence: [Int64]) -> JSONValue {
            .object([
                ("text", .string(text)), ("evidence", .array(evidence.map { .integer($0) })),
            ])
        }
        let said = [
            statement(sentence(0), [1]), statement(sentence(1), [2, 1]),
            statement(sentence(0), [1]), statement(sentence(2), []),
            statement(sentence(2), [1_000]), statement(sentence(2) + " In 1066 of cases.", [3]),
            statement("Penguins hibernate beneath frozen volcanoes.", [1]),
        ]
        return RawJSON(.object([("statements", .array(said))])).text
    }

    private static func answer(_ wanted: String, _ material: JSONValue) -> String {
        switch wanted {
        case "queries":
            return #"{"queries":[{"query":"checkpoint  fsync","reason":"how\nit is done"},"#
                + #"{"query":"What is WAL?","reason":"the same again"}]}"#
        case "statements": return statements(material)
        default:
            let pieces = material["pieces"]?.arrayValue ?? []
            let judged = pieces.map { piece in
                JSONValue.object([
                    ("number", piece["number"] ?? .null),
                    ("holds", .bool(piece["number"] != .integer(1))),
                    ("reason", .string("says less")),
                ])
            }
            return RawJSON(.object([("judgements", .array(judged))])).text
        }
    }

    private func extractions() throws -> [AgentInput] {
        try CorpusFixture.crashDocuments().enumerated().map { place, document in
            AgentInput(
                taskID: "extract-\(place)", taskType: "content_extraction",
                payload: try RawJSON(encoding: document))
        }
    }

    // MARK: Analysis, draft and review

    @Test func `What a model says stands in a report only with its evidence`() async throws {
        let question = CorpusFixture.crashQuestion
        let extractions = try extractions()
        try await withModel({ Self.answer($0, $1) }) { model, _ in
            let analysed = try await SessionRun.run(
                AnalysisAgent(model: model), "content_analysis", extractions, question)
            let analysis: Analysis = try analysed.payload.decode()
            #expect(analysis.statements?.count == 2)
            #expect(analysis.model?.taken == 2)
            #expect(analysis.model?.leftOut == 5)
            #expect(analysed.usage == Usage(inputTokens: 10, outputTokens: 5, costMicros: 20))

            let drafted = try await SessionRun.run(
                WritingAgent(model: model), "drafting",
                [SessionRun.input("content_analysis", analysed)], question)
            let draft: Draft = try drafted.payload.decode()
            #expect(draft.statements.count == 4)
            let quoted = Set(draft.quotations.map(\.text))
            for statement in draft.statements {
                #expect(!statement.citations.isEmpty)
                #expect(statement.evidence.allSatisfy { quoted.contains($0.quote) })
            }

            let reviewed = try await SessionRun.run(
                QualityAgent(model: model), "quality_review",
                extractions + [SessionRun.input("drafting", drafted)], question)
            let review: QualityReview = try reviewed.payload.decode()
            let supported = review.checks.first { $0.name == "supported" }
            let judged = review.checks.first { $0.name == "judged" }
            let verbatim = review.checks.first { $0.name == "verbatim" }
            #expect(supported?.passed == 4)
            #expect(supported?.total == 4)
            #expect(verbatim?.ratio == 1)
            #expect(judged.map { $0.total - $0.passed } == 1)
            #expect(review.misses.map(\.code).contains("model_doubts"))

            let reported = try await SessionRun.run(
                WritingAgent(model: model), "report_assembly",
                [
                    SessionRun.input("drafting", drafted),
                    SessionRun.input("quality_review", reviewed),
                ], question)
            let report: Report = try reported.payload.decode()
            #expect(report.sections.contains("Summary by a language model"))
            #expect(report.html.contains("<span class=\"model\">"))
            #expect(
                report.markdown.contains("5 sentences of the language model *local* were left out"))
            for invented in ["Penguins", "1066"] {
                #expect(!report.markdown.contains(invented))
                #expect(!report.html.contains(invented))
            }
            #expect(!report.markdown.contains("No language model took part"))
        }
    }

    /// A draft is data, and may come from anywhere: who reviews it does not believe it.
    @Test func `A statement that was tampered with is found`() async throws {
        let question = CorpusFixture.crashQuestion
        let extractions = try extractions()
        try await withModel({ Self.answer($0, $1) }) { model, _ in
            let analysed = try await SessionRun.run(
                AnalysisAgent(), "content_analysis", extractions, question)
            let drafted = try await SessionRun.run(
                WritingAgent(model: model), "drafting",
                [SessionRun.input("content_analysis", analysed)], question)
            let draft: Draft = try drafted.payload.decode()
            let summary = try #require(draft.sections.firstIndex { $0.role == .summary })
            let changes: [(inout DraftStatement) -> Void] = [
                { $0.text = "Penguins hibernate beneath frozen volcanoes." },
                { $0.text += " It takes 1066 pages." },
                { $0.evidence[0].quote += " Not." },
                { $0.citations = [draft.references.count] },
            ]
            for change in changes {
                var tampered = draft
                guard case .bullets(var items) = tampered.sections[summary].blocks[1],
                    case .statement(var statement) = items[0][0]
                else {
                    Issue.record("no statement")
                    return
                }
                change(&statement)
                items[0][0] = .statement(statement)
                tampered.sections[summary].blocks[1] = .bullets(items)
                let input = AgentInput(
                    taskID: "draft", taskType: "drafting",
                    payload: try RawJSON(encoding: tampered))
                let result = try await SessionRun.run(
                    QualityAgent(), "quality_review", extractions + [input], question)
                let review: QualityReview = try result.payload.decode()
                #expect(review.misses.map(\.code).contains("statement_not_supported"))
            }
        }
    }

    /// Small models write no JSON, now and then: research goes on without them, and says so.
    @Test func `A model that cannot be used is done without`() async throws {
        let question = CorpusFixture.crashQuestion
        let extractions = try extractions()
        try await withModel({ _, _ in "I would rather talk." }) { model, server in
            let analysed = try await SessionRun.run(
                AnalysisAgent(model: model), "content_analysis", extractions, question)
            let analysis: Analysis = try analysed.payload.decode()
            #expect(analysis.answered)
            #expect(analysis.statements == [])
            #expect(analysis.model?.problem?.hasPrefix("invalid_output") == true)
            // Two corrections.
            #expect(server.requests.count == 3)
            let drafted = try await SessionRun.run(
                WritingAgent(model: model), "drafting",
                [SessionRun.input("content_analysis", analysed)], question)
            let draft: Draft = try drafted.payload.decode()
            #expect(!draft.sections.map(\.role).contains(.summary))
        }
    }

    /// An endpoint that is down is the pool's business: it tries again, elsewhere or later.
    @Test func `An endpoint that cannot be had fails the attempt`() async throws {
        let extractions = try extractions()
        try await ModelEndpoint.run([.status(503)]) { _, endpoint in
            var endpoint = endpoint
            endpoint.maximumTries = 1
            let model = ResearchModel(name: "local", client: try ModelClient(endpoint))
            let failure = await #expect(throws: AgentFailure.self) {
                try await SessionRun.run(
                    AnalysisAgent(model: model), "content_analysis", extractions,
                    CorpusFixture.crashQuestion)
            }
            #expect(failure?.failureClass == .transient)
        }
    }

    // MARK: Plans

    private func plan(
        _ parameters: String, _ agent: PlannerAgent
    ) async throws -> (plan: PlannedResearch, explanation: PlanExplanation) {
        let task = AgentTask(
            sessionID: "s", query: "What is WAL?", taskID: "p", taskType: "planning",
            parameters: RawJSON(parameters))
        let result = try await agent.execute(task, context: Heard().context())
        return (
            try #require(result.proposedTasks).decode(), try result.payload.decode()
        )
    }

    @Test func `A model proposes searches beside the question`() async throws {
        try await withModel({ Self.answer($0, $1) }) { model, _ in
            let (plan, explanation) = try await plan("{}", PlannerAgent(model: model))
            let queries = explanation.queries.map(\.query)
            #expect(queries.prefix(2) == ["What is WAL?", "checkpoint fsync"])
            #expect((3...6).contains(queries.count))
            #expect(explanation.queries[1].reason == "the model local: how it is done")
            #expect(explanation.model?.taken == 1)
            #expect(explanation.model?.leftOut == 1)
            // Nobody asked for this model, so any worker may go on.
            #expect(plan.tasks.allSatisfy { $0.tags == nil })
        }
    }

    @Test func `A plan that asks for a model gets it in all its tasks, or none`() async throws {
        try await withModel({ Self.answer($0, $1) }) { model, server in
            let agent = PlannerAgent(model: model)
            let pinned = try await plan(#"{"model":"local"}"#, agent).plan.tasks
                .filter { $0.tags == ["model:local"] }
            #expect(pinned.map(\.taskID) == ["analysis", "draft", "review"])
            #expect(pinned.allSatisfy { $0.parameters.text.contains(#""model":"local""#) })
            let asked = server.requests.count
            let (without, explanation) = try await plan(#"{"model":"none"}"#, agent)
            #expect(server.requests.count == asked)
            #expect(explanation.model == nil)
            #expect(without.tasks.allSatisfy { $0.tags == nil })
            #expect(
                without.tasks.filter { $0.parameters.text.contains(#""model":"none""#) }
                    .map(\.taskID) == ["analysis", "draft", "review"])
            for other in [agent, PlannerAgent()] {
                let failure = await #expect(throws: AgentFailure.self) {
                    try await plan(#"{"model":"other"}"#, other)
                }
                #expect(failure?.code == "model_unknown")
            }
        }
    }

    // MARK: Support

    @Test(arguments: [
        ("The log is written before the database.", true),
        ("Before the database, a log gets written.", true),
        ("The log is written before the moon landing happened.", false),
        ("The log has 1,000 pages.", true), ("The log has 1000 pages.", true),
        ("The log has 2000 pages.", false), ("", false), ("And so on.", false),
        (String(repeating: "The log is written. ", count: 40), false),
    ])
    func `More than half of the words, and all numbers`(
        statement: String, isSupported: Bool
    ) throws {
        let evidence = ["Logs. The log is written before the database.", "A log has 1,000 pages."]
        let share = try StatementSupport().share(of: statement, in: evidence)
        #expect((share != nil) == isSupported)
    }
}
