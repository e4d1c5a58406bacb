// The second half of a research session, run by its agents as a pool would: payloads as bytes,
// inputs by task type.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

/// The results of one session.
struct SessionRun {
    let question: String
    let extractions: [AgentInput]
    var analysis: AgentResult
    var draft: AgentResult
    var citation: AgentResult
    var review: AgentResult
    var report: AgentResult

    init(
        _ question: String, _ documents: [ExtractedDocument?], style: String = "ieee"
    ) async throws {
        self.question = question
        extractions = try documents.enumerated().map { index, document in
            AgentInput(
                taskID: "extract-\(index)", taskType: "content_extraction",
                payload: try RawJSON(encoding: document))
        }
        analysis = try await Self.run(AnalysisAgent(), "content_analysis", extractions, question)
        draft = try await Self.run(
            WritingAgent(), "drafting", [Self.input("content_analysis", analysis)], question)
        citation = try await Self.run(
            CitationAgent(), "citation", [Self.input("drafting", draft)], question,
            parameters: RawJSON("{\"style\": \"\(style)\"}"))
        review = try await Self.run(
            QualityAgent(), "quality_review",
            [Self.input("citation", citation)] + extractions + [Self.input("drafting", draft)],
            question)
        report = try await Self.run(
            WritingAgent(), "report_assembly",
            [
                Self.input("quality_review", review), Self.input("citation", citation),
                Self.input("drafting", draft),
            ], question)
    }

    /// The review of another draft, against the same documents.
    func review(of draft: Draft, citations: CitationList? = nil) async throws -> QualityReview {
        var inputs = extractions
        inputs.append(
            AgentInput(
                taskID: "draft", taskType: "drafting", payload: try RawJSON(encoding: draft)))
        if let citations {
            inputs.append(
                AgentInput(
                    taskID: "cite", taskType: "citation", payload: try RawJSON(encoding: citations))
            )
        }
        return try await Self.run(QualityAgent(), "quality_review", inputs, question)
            .payload.decode()
    }

    static func run(
        _ agent: some BaseAgent, _ taskType: String, _ inputs: [AgentInput], _ question: String,
        parameters: RawJSON? = nil
    ) async throws -> AgentResult {
        let context = AgentContext(
            attempt: 1, idempotencyKey: "test", deadline: nil, logger: Logger(label: "test")
        ) { _ in }
        let task = AgentTask(
            sessionID: "session", query: question, taskID: taskType, taskType: taskType,
            parameters: try parameters ?? RawJSON(encoding: ["question": question]),
            inputs: inputs)
        return try await agent.execute(task, context: context)
    }

    static func input(_ taskType: String, _ result: AgentResult) -> AgentInput {
        AgentInput(taskID: taskType, taskType: taskType, payload: result.payload)
    }
}
