// From documents to a report, as a session does it.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ReportTests {
    /// The example of the manual, end to end: a report that cites its sources and passes its
    /// review.
    @Test func aQuestionThatTheDocumentsAnswer() async throws {
        let session = try await SessionRun(
            CorpusFixture.crashQuestion, try CorpusFixture.crashDocuments())
        let draft: Draft = try session.draft.payload.decode()
        let review: QualityReview = try session.review.payload.decode()
        let report: Report = try session.report.payload.decode()
        #expect(review.misses.isEmpty)
        #expect(review.score == 1)
        #expect(
            report.sections == [
                "Introduction", "Methodology", "Findings", "Agreement and disagreement",
                "Conclusion", "Limitations", "Quality review", "References",
            ])
        #expect(draft.references.map(\.number) == Array(1...draft.references.count))
        #expect(draft.quotations.map(\.citation).first == 1)
        let facts = try #require(session.report.findings.document)
        #expect(facts.isFinal)
        #expect(facts.qualityScore == 1)
        #expect(facts.wordCount == report.wordCount)
        #expect(session.report.findings.citations == session.citation.findings.citations)
        #expect(session.report.findings.citations.allSatisfy { $0.uses > 0 })
        for reference in draft.references {
            #expect(report.html.contains("id=\"ref-\(reference.number)\""))
            #expect(report.html.contains("href=\"#ref-\(reference.number)\""))
        }
    }

    /// A confident report about something that the corpus has never heard of.
    @Test func aQuestionThatTheyDoNot() async throws {
        let session = try await SessionRun(
            "How does Kubernetes schedule pods on nodes?", try CorpusFixture.crashDocuments())
        let draft: Draft = try session.draft.payload.decode()
        let review: QualityReview = try session.review.payload.decode()
        let report: Report = try session.report.payload.decode()
        #expect(draft.quotations.isEmpty)
        #expect(draft.references.isEmpty)
        #expect(report.markdown.contains("do not answer this question"))
        #expect(report.markdown.contains("*Kubernetes*, *pods*, or *nodes*"))
        #expect(review.score == 0)
        #expect(review.misses.first?.code == "no_evidence")
        #expect(!report.sections.contains("References"))
    }

    /// A session in which some extractions, or all, came to nothing.
    @Test func missingDocuments() async throws {
        let session = try await SessionRun(
            CorpusFixture.crashQuestion,
            [try CorpusFixture.document("sqlite/wal.html"), nil, nil])
        let report: Report = try session.report.payload.decode()
        #expect(report.markdown.contains("2 documents more, and found none that fit."))
        let empty = try await SessionRun(CorpusFixture.crashQuestion, [nil])
        let nothing: Report = try empty.report.payload.decode()
        #expect(nothing.markdown.contains("there was no document to read"))
    }

    /// A report assembled when citation and review failed and the plan goes on without them.
    @Test func assemblesWithoutCitationsAndReview() async throws {
        let session = try await SessionRun(
            CorpusFixture.crashQuestion, try CorpusFixture.crashDocuments())
        let result = try await SessionRun.run(
            WritingAgent(), "report_assembly", [SessionRun.input("drafting", session.draft)],
            session.question)
        let report: Report = try result.payload.decode()
        #expect(report.markdown.contains("No review was at hand"))
        #expect(result.findings.document?.qualityScore == nil)
        #expect(result.findings.citations == session.citation.findings.citations)
    }

    /// The order in which results arrive is chance; a report must not depend on it.
    @Test func theOrderOfInputsDoesNotMatter() async throws {
        let documents = try CorpusFixture.crashDocuments()
        let first = try await SessionRun(CorpusFixture.crashQuestion, documents)
        let second = try await SessionRun(CorpusFixture.crashQuestion, documents.reversed())
        #expect(first.report == second.report)
        #expect(first.analysis == second.analysis)
    }

    /// What is not for an agent, or cannot be read, is the caller's fault and must not be retried.
    @Test func refusals() async throws {
        let garbage = AgentInput(
            taskID: "x", taskType: "content_extraction", payload: RawJSON("{\"path\": 1}"))
        try await expectRefusal("undecodable_json") {
            try await SessionRun.run(AnalysisAgent(), "content_analysis", [garbage], "Why?")
        }
        try await expectRefusal("unsupported_task_type") {
            try await SessionRun.run(AnalysisAgent(), "web_search", [], "Why?")
        }
        try await expectRefusal("unsupported_task_type") {
            try await SessionRun.run(WritingAgent(), "poetry", [], "Why?")
        }
        try await expectRefusal("input_missing") {
            try await SessionRun.run(WritingAgent(), "drafting", [], "Why?")
        }
        try await expectRefusal("input_missing") {
            try await SessionRun.run(QualityAgent(), "quality_review", [], "Why?")
        }
        try await expectRefusal("question_missing") {
            try await SessionRun.run(AnalysisAgent(), "content_analysis", [], " ")
        }
        try await expectRefusal("unknown_style") {
            try await SessionRun.run(
                CitationAgent(), "citation", [], "Why?", parameters: RawJSON("{\"style\":\"x\"}"))
        }
        try await expectRefusal("undecodable_json") {
            try await SessionRun.run(
                CitationAgent(), "citation", [], "Why?", parameters: RawJSON("[]"))
        }
    }

    private func expectRefusal(
        _ code: String, _ body: () async throws -> AgentResult
    ) async throws {
        let failure = await #expect(throws: AgentFailure.self) { _ = try await body() }
        #expect(failure?.failureClass == .invalidInput)
        #expect(failure?.code == code)
    }

    /// A worker that is told to stop while it analyses.
    @Test func cancellation() async throws {
        let documents = try CorpusFixture.crashDocuments()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await SessionRun(CorpusFixture.crashQuestion, documents)
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
