// What a report does not know, said in the report: terms that no source has, topics with one
// source, sources that were read and gave nothing, and what the method cannot do.

import ScrivenerModel

struct DraftLimitations {
    private let analysis: Analysis
    private let cited: Set<String>
    private let models: [ModelContribution]

    /// - Parameters:
    ///   - cited: locators of the sources that the report cites.
    ///   - models: what models did for it.
    init(_ analysis: Analysis, cited: Set<String>, models: [ModelContribution] = []) {
        self.analysis = analysis
        self.cited = cited
        self.models = models
    }

    func section() -> DraftSection {
        var items: [[Span]] = []
        if let terms = uncovered() { items.append(terms) }
        let thin = analysis.insights.filter { Set($0.supportingEvidence.map(\.source)).count == 1 }
        if !thin.isEmpty {
            items.append(
                [.prose("One source only speaks for ")] + Phrasing.list(thin.map(\.topic))
                    + [.prose(".")])
        }
        if analysis.answered, let unused = unused() { items.append(unused) }
        items += models.flatMap(Self.leftOut)
        items.append([
            .prose(
                "Only the documents that were read count. What other sources say is not known here."
            )
        ])
        if analysis.answered {
            items.append([
                .prose(
                    "Sentences were chosen by their words and are quoted out of their context; "
                        + "the sources have the last word."
                )
            ])
        }
        return DraftSection(role: .limitations, heading: "Limitations", blocks: [.bullets(items)])
    }

    private static func leftOut(_ model: ModelContribution) -> [[Span]] {
        var items: [[Span]] = []
        if model.leftOut > 0 {
            let sentences = Phrasing.count(model.leftOut, "sentence")
            items.append([
                .prose("\(sentences) of the language model "), .name(model.model),
                .prose(" \(model.leftOut == 1 ? "was" : "were") left out: without evidence here."),
            ])
        }
        if model.problem != nil {
            items.append([
                .prose("The language model "), .name(model.model),
                .prose(" gave an answer that could not be used, and the report does without it."),
            ])
        }
        return items
    }

    private func uncovered() -> [Span]? {
        // Where nothing was read nothing is known of what the documents contain.
        guard !analysis.uncoveredTerms.isEmpty, analysis.reading.documents > 0 else { return nil }
        return [.prose("No document that was read contains ")]
            + Phrasing.list(analysis.uncoveredTerms, "or")
            + [.prose(".")]
    }

    private func unused() -> [Span]? {
        let titles = analysis.sources.filter { !cited.contains($0.locator) }
            .map { $0.title.isEmpty ? $0.locator : Phrasing.unnumbered($0.title) }
        guard !titles.isEmpty else { return nil }
        return [.prose("Read, but without a sentence that is quoted: ")] + Phrasing.list(titles)
            + [.prose(".")]
    }

    /// The introduction of a report that has no answer.
    static func unanswered(_ analysis: Analysis) -> [DraftBlock] {
        guard analysis.reading.documents > 0 else {
            return [
                .paragraph([
                    .prose(
                        "This report has no answer to the question: there was no document to read."
                    )
                ])
            ]
        }
        var reason: [Span] = [
            .prose("The documents that were read do not answer this question.")
        ]
        if !analysis.uncoveredTerms.isEmpty {
            reason.append(.prose(" None of them contains "))
            reason += Phrasing.list(analysis.uncoveredTerms, "or")
            reason.append(.prose("."))
        }
        reason.append(
            .prose(
                " The document that comes closest contains \(Phrasing.percent(analysis.coverage)) "
                    + "of what the question asks about, "
                    + "rare terms counting more; an answer is attempted above 50 %."))
        return [.paragraph(reason)]
    }
}
