// The results of sessions whose findings are known: quality, contributions and counts.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ResultAggregatorTests {
    private static func source(_ locator: String, _ confidence: Double) -> Source {
        Source(locator: locator, title: locator, kind: .webArticle, confidence: confidence)
    }

    private static func insight(
        _ topic: String, _ confidence: Double, quoting sources: String...
    ) -> Insight {
        Insight(
            topic: topic, summary: "", confidenceScore: confidence, quoting: sources)
    }

    /// A search, an analysis and a report: the report cites two of four sources, one of them twice.
    private static var research: SampleSession {
        var sample = SampleSession(endedAt: 60)
        sample.add(
            "search",
            found: Findings(sources: [
                source("a", 0.9), source("b", 0.8), source("c", 0.5), source("a", 0.3),
            ]), by: "search", 0, 10)
        sample.add("more", found: Findings(sources: [source("d", 0.2), source("b", 0.9)]), 10, 20)
        sample.add(
            "analysis",
            found: Findings(insights: [
                insight("x", 0.8, quoting: "a", "z"), insight("y", 0.79, quoting: "c"),
                insight("x", 0.5, quoting: "z"), insight("z", 0.1),
            ]), by: "analyst", 20, 30)
        sample.add(
            "report",
            found: Findings(
                citations: [
                    Citation(number: 1, source: "a", uses: 3),
                    Citation(number: 2, source: "b", uses: 2),
                ],
                document: DocumentFacts(
                    title: "t", wordCount: 400, sections: ["one"], isFinal: true,
                    qualityScore: 0.75)), by: "writer", 30, 60)
        return sample
    }

    /// Whoever has changed a priority or looks for a hedge sees it in the record: what a record
    /// leaves out is not there for people.
    @Test func recordsHaveAllThatSnapshotsHave() {
        var second = SampleSession.ran(1, 2)
        second.isHedge = true
        var third = SampleSession.ran(2, 3)
        third.isFallback = true
        var join = TaskSnapshot(
            taskID: "join", taskType: "work", status: .completed, assignedAgent: "writer",
            dependencies: [0, 1], priority: 9, missingDependencies: [1, 7],
            executions: [SampleSession.ran(0, 1), second, third])
        join.executions[0].outcome = .superseded
        var sample = SampleSession(endedAt: 3)
        sample.add("a")
        sample.add("b")
        let record = ResultAggregator.record(of: join, in: sample.snapshot, annexes: [:])
        #expect(record.priority == 9)
        #expect(record.assignedAgent == "writer")
        #expect(record.dependencies == ["a", "b"])
        #expect(record.missingDependencies == ["b"])
        #expect(record.executions.map(\.isHedge) == [false, true, false])
        #expect(record.executions.map(\.isFallback) == [false, false, true])
        #expect(record.executions.map(\.outcome) == [.superseded, .completed, .completed])
        let plain = ResultAggregator.record(
            of: sample.tasks[0], in: sample.snapshot, annexes: [:])
        #expect(plain.missingDependencies == nil)
        #expect(plain.priority == 5)
    }

    @Test func confidenceIsSortedIntoThree() {
        let results = Self.research.results()
        #expect(results.analysis.insightsGenerated == 4)
        #expect(results.analysis.averageConfidence.isNear((0.8 + 0.79 + 0.5 + 0.1) / 4))
        #expect(
            results.analysis.confidenceDistribution
                == ConfidenceDistribution(high: 1, medium: 2, low: 1))
        #expect(results.analysis.topicCoverage == ["x", "y", "z"])
    }

    /// A reader asks how much of it was published by scholars.
    @Test func sourcesAreCountedByKind() {
        var sample = SampleSession(endedAt: 1)
        let kinds: [SourceKind] = [.webArticle, .academicPaper, .webArticle, .webArticle]
        sample.add(
            "search",
            found: Findings(
                sources: kinds.enumerated().map {
                    Source(locator: "\($0)", title: "", kind: $1, confidence: 0.5)
                }))
        let sources = sample.results().sources
        #expect(sources.webArticles == 3)
        #expect(sources.academicPapers == 1)
        #expect(sources.sourceTypes == ["web_article": 3, "academic_paper": 1])
    }

    @Test func sourcesCountOnceWithTheirBestConfidence() {
        let results = Self.research.results()
        #expect(results.sources.totalSources == 4)
        #expect(results.sources.items.map(\.locator) == ["a", "b", "c", "d"])
        #expect(results.sources.items.map(\.confidence) == [0.9, 0.9, 0.5, 0.2])
        let quality = results.quality.sourceQuality
        #expect(quality.averageConfidence.isNear(2.5 / 4))
        #expect(quality.highConfidenceSources == 2)
        #expect(quality.lowConfidenceSources == 1)
    }

    /// Half of the insights quote a source that the session has found; "z" is nobody's.
    @Test func insightsAndCitationsAreWeighed() {
        let quality = Self.research.results().quality
        #expect(quality.insightQuality.highConfidenceInsights == 1)
        #expect(quality.insightQuality.evidenceCoverage == 0.5)
        #expect(quality.citationQuality.totalCitations == 5)
        #expect(quality.citationQuality.uniqueSourcesCited == 2)
        #expect(quality.citationQuality.citationDensity == 12.5)
        #expect(quality.documentScore == 0.75)
    }

    /// Who found what the reader gets to see?
    @Test func contributionsReachTheDocument() throws {
        let results = Self.research.results()
        #expect(
            results.agentContributions.map(\.agent) == ["agent", "analyst", "search", "writer"])
        let reached = results.agentContributions.map(\.inFinalDocument)
        #expect(
            reached == [
                .init(sources: 1), .init(insights: 1), .init(sources: 2), .init(citations: 2),
            ])
        #expect(results.agentContributions.map(\.busyTime) == [10, 10, 10, 30])
        #expect(results.agentContributions.map(\.sources) == [2, 0, 4, 0])
        #expect(results.performance.throughput.sourcesPerMinute == 4)
        #expect(results.performance.throughput.insightsPerMinute == 4)
    }

    /// A task that ends in a way of its own is neither completed nor failed, and none is forgotten.
    @Test func everyEndedTaskIsCounted() {
        var sample = SampleSession(endedAt: 10)
        for status in TaskStatus.allCases { sample.add(status.rawValue, status: status) }
        let execution = sample.results().execution
        let counted =
            execution.completedTasks + execution.failedTasks + execution.cancelledTasks
            + execution.skippedTasks + execution.lostTasks
        #expect(counted == TaskStatus.allCases.count { $0.isTerminal })
        #expect(execution.completedTasks == 1)
        #expect(execution.failedTasks == 1)
        #expect(execution.taskDistribution == ["work": TaskStatus.allCases.count])
    }

    /// Ten attempts were taken back because a better place was free: no agent has failed.
    @Test func onlyFailuresCountAgainstAgents() {
        var sample = SampleSession(endedAt: 10)
        sample.add(
            "a", SampleSession.ran(0, 1, run: 0, as: .lost),
            SampleSession.ran(1, 2, as: .failed, because: .transient),
            SampleSession.ran(2, 3, run: 0, as: .lost, because: .workerLost),
            SampleSession.ran(3, 7))
        sample.add(
            "b", status: .cancelled, SampleSession.ran(0, 1, as: .cancelled, because: .cancelled))
        let execution = sample.results().execution
        #expect(execution.totalExecutions == 5)
        #expect(execution.successfulExecutions == 1)
        #expect(execution.failedExecutions == 2)
        #expect(execution.executionSuccessRate.isNear(1.0 / 3))
        #expect(execution.averageExecutionTime == 4)
        #expect(execution.totalExecutionTime == 6)
    }

    /// Models cost, also in attempts whose results nobody wants.
    @Test func tokensAndCostAreThoseOfAllAttempts() {
        var sample = SampleSession(endedAt: 10)
        let usage = Usage(inputTokens: 100, outputTokens: 20, costMicros: 7)
        sample.add("a", found: Findings(), used: usage)
        sample.add("b", found: Findings(), used: usage)
        sample.add("c", found: Findings(), used: Usage(inputTokens: -5, costMicros: .max))
        let execution = sample.results().execution
        #expect(execution.inputTokens == 200)
        #expect(execution.outputTokens == 40)
        #expect(execution.costMicros == .max)
    }

    /// Agents are programs of users: what they report may be any number.
    @Test func absurdFindingsAreCountedWithoutATrap() {
        var sample = SampleSession(endedAt: 10)
        sample.add(
            "report",
            found: Findings(
                sources: [Self.source("a", .nan), Self.source("b", .infinity)],
                insights: [Self.insight("x", -.infinity)],
                citations: [
                    Citation(number: 1, source: "a", uses: .max),
                    Citation(number: 2, source: "b", uses: .max),
                    Citation(number: 3, source: "c", uses: -7),
                ],
                document: DocumentFacts(
                    title: "", wordCount: .max, sections: [], isFinal: true)))
        let results = sample.results()
        #expect(results.quality.sourceQuality.averageConfidence == 0.5)
        #expect(results.analysis.averageConfidence == 0)
        #expect(results.quality.citationQuality.totalCitations == .max)
        #expect(results.quality.citationQuality.citationDensity.isNear(1_000))
    }
}

extension Insight {
    fileprivate init(
        topic: String, summary: String, confidenceScore: Double, quoting sources: [String]
    ) {
        self.init(
            topic: topic, summary: summary,
            supportingEvidence: sources.map { Evidence(quote: "…", source: $0) },
            confidenceScore: confidenceScore, relatedSources: sources)
    }
}
