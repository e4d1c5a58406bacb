// How good the results are, and which agent has brought what: from the findings of completed tasks,
// and from what the final document cites of them.

import ScrivenerModel

/// What the completed tasks of a session have found, in task order.
struct CommittedFindings {
    /// One a locator, with the highest confidence that any task gave it; in order of first sight.
    let sources: [Source]
    let insights: [Insight]
    /// The final document, where a task reported one; the last, where several did.
    let document: DocumentFacts?
    /// Those of the final document.
    let citations: [Citation]
    /// Locators that these point to.
    let cited: Set<String>

    init(_ findings: [Findings]) {
        sources = Self.distinct(findings.lazy.flatMap(\.sources))
        insights = findings.flatMap(\.insights)
        let final = findings.last { $0.document?.isFinal == true }
        document = final?.document
        citations = final?.citations ?? []
        cited = Set(citations.map(\.source))
    }

    private static func distinct(_ found: some Sequence<Source>) -> [Source] {
        var sources: [Source] = []
        var places: [String: Int] = [:]
        for source in found {
            if let place = places[source.locator] {
                if source.confidence > sources[place].confidence { sources[place] = source }
            } else {
                places[source.locator] = sources.count
                sources.append(source)
            }
        }
        return sources
    }
}

extension ResultAggregator {
    static func quality(_ found: CommittedFindings) -> QualitySection {
        QualitySection(
            sourceQuality: quality(of: found.sources),
            insightQuality: quality(of: found.insights, sources: found.sources),
            citationQuality: citationQuality(found), documentScore: found.document?.qualityScore)
    }

    private static func quality(of sources: [Source]) -> QualitySection.SourceQuality {
        let levels = sources.map { ConfidenceLevel($0.confidence) }
        return QualitySection.SourceQuality(
            averageConfidence: Figure.mean(sources.map { Figure.confidence($0.confidence) }),
            highConfidenceSources: levels.count { $0 == .high },
            lowConfidenceSources: levels.count { $0 == .low })
    }

    private static func quality(
        of insights: [Insight], sources: [Source]
    ) -> QualitySection.InsightQuality {
        let known = Set(sources.map(\.locator))
        return QualitySection.InsightQuality(
            averageConfidence: Figure.mean(
                insights.map { Figure.confidence($0.confidenceScore) }),
            highConfidenceInsights: insights.count {
                ConfidenceLevel($0.confidenceScore) == .high
            },
            evidenceCoverage: Figure.ratio(
                insights.count { $0.quotes(anyOf: known) }, insights.count))
    }

    private static func citationQuality(
        _ found: CommittedFindings
    ) -> QualitySection.CitationQuality {
        let uses = found.citations.reduce(0) { $0.saturatingAdd(max(0, $1.uses)) }
        let words = found.document?.wordCount ?? 0
        return QualitySection.CitationQuality(
            totalCitations: uses, uniqueSourcesCited: found.cited.count,
            citationDensity: words > 0 ? Double(uses) * 1_000 / Double(words) : 0)
    }

    /// Agents in order of name.
    static func contributions(
        _ snapshot: SessionSnapshot, _ annexes: [ResultHandle: AgentResult],
        _ analysis: ScheduleAnalysis, _ found: CommittedFindings
    ) -> [AgentContribution] {
        var byAgent: [String: [ExecutionSnapshot]] = [:]
        for execution in snapshot.tasks.lazy.flatMap(\.executions) {
            byAgent[execution.agent, default: []].append(execution)
        }
        let own = Dictionary(uniqueKeysWithValues: analysis.agents.map { ($0.name, $0) })
        return byAgent.sorted { $0.key < $1.key }.map { name, executions in
            let completed = executions.filter { $0.outcome == .completed }
            let findings = completed.compactMap { $0.record.flatMap { annexes[$0]?.findings } }
            return AgentContribution(
                agent: name, workers: Set(executions.map(\.workerID)).sorted(),
                attempts: own[name]?.attempts ?? 0, completedTasks: completed.count,
                busyTime: own[name]?.busyTime ?? 0,
                sources: findings.reduce(0) { $0 + $1.sources.count },
                insights: findings.reduce(0) { $0 + $1.insights.count },
                inFinalDocument: reached(found.cited, findings))
        }
    }

    private static func reached(
        _ cited: Set<String>, _ findings: [Findings]
    ) -> AgentContribution.InFinalDocument {
        let sources = Set(findings.lazy.flatMap(\.sources).map(\.locator))
        let citations = Set(findings.lazy.flatMap(\.citations).map(\.source))
        return AgentContribution.InFinalDocument(
            sources: sources.intersection(cited).count,
            insights: findings.reduce(0) { $0 + $1.insights.count { $0.quotes(anyOf: cited) } },
            citations: citations.intersection(cited).count)
    }
}

extension Insight {
    /// Whether it rests on a passage of one of these sources.
    fileprivate func quotes(anyOf locators: Set<String>) -> Bool {
        supportingEvidence.contains { locators.contains($0.source) }
    }
}
