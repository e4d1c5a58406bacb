// An analysis becomes a report. The text is extractive: what the sources say is quoted, and the
// words between state only what was counted. So a sentence of the report is either verbatim or can
// be recomputed; or it is a language model's, and then says so and names what it rests on. Where evidence is thin
// the report says so, and where there is none it says that, too.

import ScrivenerModel

struct DraftComposer {
    private let analysis: Analysis
    private let sources: [String: Source]
    private let subjectOfSource: [String: String]
    /// What a model says in sum, where one was asked.
    private let summary: StatementWriter.Outcome?
    private var references: [DraftReference] = []
    private var numbers: [String: Int] = [:]
    /// Quotations that stand in the report already.
    private var quoted: Set<String> = []

    init(_ analysis: Analysis, summary: StatementWriter.Outcome? = nil) {
        self.analysis = analysis
        self.summary = summary
        sources = Dictionary(
            analysis.sources.map { ($0.locator, $0) }, uniquingKeysWith: { first, _ in first })
        subjectOfSource = Dictionary(
            analysis.subjects.flatMap { subject in subject.sources.map { ($0, subject.name) } },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func compose() -> Draft {
        // In reading order: numbers are given by first use.
        let introduction = introduction()
        let summed = summarySection()
        let findings = findings()
        let comparison = analysis.answered ? [comparison()] : []
        let models = [analysis.model, summary?.contribution].compactMap { $0 }
        let method = DraftMethod(analysis, models: models).section()
        let limitations = DraftLimitations(
            analysis, cited: Set(numbers.keys), models: models
        ).section()
        let sections =
            [introduction] + summed + [method, findings] + comparison
            + [conclusion(), limitations]
        return Draft(
            title: title, question: analysis.question, sections: sections, references: references,
            questionTerms: analysis.questionTerms, uncoveredTerms: analysis.uncoveredTerms,
            answered: analysis.answered, model: summary?.contribution)
    }

    private var title: String {
        analysis.question.prefix(1).uppercased() + analysis.question.dropFirst()
    }

    // MARK: Sections

    private mutating func introduction() -> DraftSection {
        var section = DraftSection(role: .introduction, heading: "Introduction", blocks: [])
        guard analysis.answered else {
            section.blocks = DraftLimitations.unanswered(analysis)
            return section
        }
        let reading = analysis.reading
        let documents = Phrasing.count(reading.documents, "document")
        section.blocks.append(
            .paragraph([
                .prose(
                    "This report answers the question from \(documents). "
                        + "What stands in quotation marks is word for word what the source says, "
                        + "and the number behind it names the source. "
                        + "These sentences answer most directly:")
            ]))
        section.blocks += quotations(analysis.keySentences)
        let topics = analysis.insights.map(\.topic)
        section.blocks.append(
            .paragraph(
                [
                    .prose(
                        "The evidence falls under \(Phrasing.count(topics.count, "topic")): ")
                ] + Phrasing.list(topics) + [.prose(".")]))
        return section
    }

    /// None where no model was asked, or none of its sentences could be taken.
    private mutating func summarySection() -> [DraftSection] {
        guard let summary, !summary.statements.isEmpty else { return [] }
        let blocks: [DraftBlock] = [
            .paragraph([
                .prose("These sentences are those of the language model "),
                .name(summary.contribution.model),
                .prose(
                    ", on the evidence that is quoted in this report. Each was held against the "
                        + "sentences that it rests on, by its words; the numbers name their sources."
                ),
            ]),
            .bullets(summary.statements.map { [.statement(statement($0))] }),
        ]
        return [
            DraftSection(role: .summary, heading: "Summary by a language model", blocks: blocks)
        ]
    }

    private mutating func statement(_ said: ModelStatement) -> DraftStatement {
        let known = said.evidence.filter { sources[$0.source] != nil }
        let numbers = known.compactMap { item in sources[item.source].map { cite($0) } }
        return DraftStatement(text: said.text, evidence: known, citations: numbers.uniqued())
    }

    /// What the model says on a topic: where most of a statement's evidence stands.
    private mutating func statements(on insight: Insight) -> [DraftBlock] {
        let own = (analysis.statements ?? []).filter { topic(of: $0) == insight.topic }
        guard !own.isEmpty, let model = analysis.model else { return [] }
        return [
            .paragraph([.lead("The model \(model.model) says of it:")]),
            .bullets(own.map { [.statement(statement($0))] }),
        ]
    }

    private func topic(of statement: ModelStatement) -> String? {
        let quotes = Set(statement.evidence.map(\.quote))
        var best: (topic: String, shared: Int)?
        for insight in analysis.insights {
            let shared = insight.supportingEvidence.filter { quotes.contains($0.quote) }.count
            if shared > (best?.shared ?? 0) { best = (insight.topic, shared) }
        }
        return best?.topic ?? analysis.insights.first?.topic
    }

    private mutating func findings() -> DraftSection {
        var section = DraftSection(role: .findings, heading: "Findings", blocks: [])
        if !analysis.answered {
            section.blocks = [
                .paragraph([
                    .prose("There are none: no sentence of the documents is quoted as an answer.")
                ])
            ]
        }
        for insight in analysis.insights { section.subsections.append(topic(insight)) }
        return section
    }

    private mutating func topic(_ insight: Insight) -> DraftSection {
        let all = insight.supportingEvidence
        let fresh = all.filter { !quoted.contains($0.quote) }
        let distinct = Set(all.map(\.source)).count
        var lead: [Span] = [
            .prose(
                Phrasing.count(insight.relatedSources.count, "source bears", "sources bear")
                    + " on this; \(Phrasing.count(all.count, "sentence")) of "
                    + "\(Phrasing.count(distinct, "source")) "
                    + "\(all.count == 1 ? "is" : "are") taken as evidence "
                    + "(confidence \(Phrasing.share(insight.confidenceScore)))")
        ]
        let known = all.filter { quoted.contains($0.quote) }
        if !known.isEmpty {
            let which =
                fresh.isEmpty
                ? "" : known.count == 1 ? "one of which is " : "\(known.count) of which are "
            lead.append(.prose(", \(which)quoted in the introduction "))
            lead += known.compactMap { number($0.source) }.uniqued().map { Span.citation($0) }
        }
        lead.append(.prose("."))
        lead += thinness(distinct, about: all)
        return DraftSection(
            role: .topic, heading: insight.topic,
            blocks: [.paragraph(lead)] + quotations(fresh) + statements(on: insight))
    }

    /// What a reader should know about evidence of one source or on one side only.
    private func thinness(_ sources: Int, about evidence: [Evidence]) -> [Span] {
        var spans: [Span] = []
        if sources == 1 { spans.append(.prose(" The evidence is thin: it is one source's word.")) }
        let present = Set(evidence.compactMap { subjectOfSource[$0.source] })
        let absent = analysis.subjects.map(\.name).filter { !present.contains($0) }
        if !absent.isEmpty, !present.isEmpty {
            spans.append(.prose(" None of it is about "))
            spans += Phrasing.list(absent)
            spans.append(.prose("."))
        }
        return spans
    }

    private mutating func comparison() -> DraftSection {
        var section = DraftSection(
            role: .comparison, heading: "Agreement and disagreement", blocks: [])
        if analysis.agreements.isEmpty {
            section.blocks.append(
                .paragraph([
                    .prose(
                        "No two sentences of different sources are similar enough "
                            + "to count as agreement."
                    )
                ]))
        } else {
            section.blocks.append(
                .paragraph([.prose("These pairs of sources say nearly the same:")]))
            section.blocks.append(
                .bullets(analysis.agreements.map { pair($0, joint: "and") }))
        }
        if analysis.contradictions.isEmpty {
            section.blocks.append(
                .paragraph([
                    .prose(
                        "No two similar sentences were found that differ by a negation, "
                            + "an opposite word or a number. That is a test of words, not of "
                            + "meaning: it does not prove that the sources agree."
                    )
                ]))
        } else {
            section.blocks.append(
                .paragraph([
                    .prose(
                        "These pairs seem to contradict each other. That is a test of words, "
                            + "not of meaning; the reader has to judge:"
                    )
                ]))
            section.blocks.append(
                .bullets(analysis.contradictions.map { pair($0, joint: "against") }))
        }
        return section
    }

    private mutating func pair(_ pair: SourcePair, joint: String) -> [Span] {
        var spans = [span(pair.first), .prose(", \(joint) "), span(pair.second)].compactMap { $0 }
        var remark = " (similarity \(Phrasing.share(pair.similarity))"
        switch pair.cue {
        case "negation": remark += "; one of them negates"
        case "antonyms", "numbers": remark += "; \(pair.cue ?? ""): \(pair.detail ?? "")"
        default: break
        }
        spans.append(.prose(remark + ")"))
        return spans
    }

    private func conclusion() -> DraftSection {
        var section = DraftSection(role: .conclusion, heading: "Conclusion", blocks: [])
        guard analysis.answered else {
            section.blocks = [
                .paragraph([
                    .prose(
                        "The question stays open: the documents that were read do not answer it.")
                ])
            ]
            return section
        }
        section.blocks.append(
            .paragraph([.prose("How well each topic is supported, by the sources quoted on it:")]))
        section.blocks.append(
            .bullets(
                analysis.insights.map { insight in
                    let cited = insight.supportingEvidence.compactMap { number($0.source) }
                        .uniqued().sorted()
                    return [
                        .lead(insight.topic),
                        .prose(": confidence \(Phrasing.share(insight.confidenceScore)), "),
                        .prose("\(Phrasing.count(cited.count, "source")) "),
                    ] + cited.map { .citation($0) }
                }))
        if !analysis.subjects.isEmpty { section.blocks.append(balance()) }
        return section
    }

    /// On which topics there is evidence about which of the things compared.
    private func balance() -> DraftBlock {
        let names = analysis.subjects.map(\.name)
        let sides = analysis.insights.map { insight in
            (
                insight.topic,
                Set(insight.supportingEvidence.compactMap { subjectOfSource[$0.source] })
            )
        }
        var spans: [Span] = []
        func state(_ topics: [String], _ ending: [Span]) {
            guard !topics.isEmpty else { return }
            spans += (spans.isEmpty ? [] : [.prose(" ")]) + Phrasing.list(topics)
            spans.append(.prose(topics.count == 1 ? " is" : " are"))
            spans += ending + [.prose(".")]
        }
        state(
            sides.filter { $0.1.count == names.count }.map(\.0),
            [.prose(" documented for ")] + Phrasing.list(names))
        for name in names {
            state(
                sides.filter { $0.1 == [name] }.map(\.0),
                [.prose(" documented here for "), .name(name), .prose(" only")])
        }
        return .paragraph(spans)
    }

    // MARK: Quotations

    /// Evidence as lists, one for each of the things that the question compares.
    private mutating func quotations(_ evidence: [Evidence]) -> [DraftBlock] {
        var blocks: [DraftBlock] = []
        let groups = analysis.subjects.map { Optional($0.name) } + [nil]
        for group in groups {
            let items = evidence.filter { subjectOfSource[$0.source] == group }
                .compactMap { item in span(item).map { [$0] } }
            guard !items.isEmpty else { continue }
            if let group { blocks.append(.paragraph([.lead(group)])) }
            blocks.append(.bullets(items))
        }
        return blocks
    }

    private mutating func span(_ evidence: Evidence) -> Span? {
        guard let source = sources[evidence.source] else { return nil }
        quoted.insert(evidence.quote)
        return .quotation(
            Quotation(
                text: evidence.quote, citation: cite(source), source: source.locator,
                title: source.title.isEmpty
                    ? source.locator : Phrasing.unnumbered(source.title),
                section: evidence.section.map(Phrasing.unnumbered)))
    }

    private mutating func cite(_ source: Source) -> Int {
        if let number = numbers[source.locator] { return number }
        references.append(DraftReference(number: references.count + 1, source: source))
        numbers[source.locator] = references.count
        return references.count
    }

    private func number(_ locator: String) -> Int? { numbers[locator] }
}

extension Sequence where Element: Hashable {
    /// The first of each, in order.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
