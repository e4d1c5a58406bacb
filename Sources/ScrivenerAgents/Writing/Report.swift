// The end of a research session: one document, in two forms.

import ScrivenerModel

/// The payload of a `report_assembly` task.
struct Report: Codable, Sendable, Equatable {
    var title: String
    var markdown: String
    /// A page that needs nothing but itself.
    var html: String
    /// Of the document, not of its markup.
    var wordCount: Int
    /// Headings of the first level, in order.
    var sections: [String]

    enum CodingKeys: String, CodingKey {
        case title, markdown, html, sections
        case wordCount = "word_count"
    }
}

/// A draft with its references and its review, ready to be rendered.
struct ReportAssembly {
    let draft: Draft
    let citations: CitationList
    let review: QualityReview?

    static let referencesHeading = "References"
    /// More misses than this are only counted.
    private static let shownMisses = 20

    func report() -> Report {
        let sections = draft.sections + [quality()]
        let references = citations.references.map { reference in
            (number: reference.number, text: text(of: reference), locator: reference.source.locator)
        }
        let page = RenderablePage(
            title: OutsideText.line(draft.title), sections: sections, references: references)
        var headings = sections.map { OutsideText.line($0.heading) }
        if !references.isEmpty { headings.append(Self.referencesHeading) }
        return Report(
            title: page.title, markdown: MarkdownRenderer.render(page),
            html: HTMLRenderer.render(page), wordCount: WordCount.words(in: page),
            sections: headings)
    }

    /// BibTeX is for programs: a reader gets the same source in the default style.
    private func text(of reference: FormattedReference) -> String {
        reference.text(citations.style == .bibtex ? .ieee : citations.style)
    }

    private func quality() -> DraftSection {
        var section = DraftSection(role: .quality, heading: "Quality review", blocks: [])
        guard let review else {
            section.blocks = [
                .paragraph([.prose("No review was at hand when this report was assembled.")])
            ]
            return section
        }
        section.blocks.append(
            .paragraph([
                .lead("Score \(Phrasing.share(review.score)) of 1."),
                .prose(" It is the \(review.formula)."),
            ]))
        section.blocks.append(
            .bullets(
                review.checks.map { check in
                    [.prose("\(check.description): \(check.passed) of \(check.total)")]
                }))
        let shown = review.misses.prefix(Self.shownMisses)
        if shown.isEmpty {
            section.blocks.append(.paragraph([.prose("Nothing was found missing.")]))
        } else {
            section.blocks.append(.paragraph([.prose("What is missing or wrong:")]))
            var items: [[Span]] = shown.map { miss in
                [.prose(miss.message)] + (miss.citation.map { [.prose(" (source \($0))")] } ?? [])
            }
            let rest = review.missCount - shown.count
            if rest > 0 { items.append([.prose("and \(Phrasing.grouped(rest)) more")]) }
            section.blocks.append(.bullets(items))
        }
        return section
    }
}

/// What both renderers read.
struct RenderablePage {
    var title: String
    var sections: [DraftSection]
    var references: [(number: Int, text: String, locator: String)]
}

/// Counts what a person would count.
enum WordCount {
    static func words(in page: RenderablePage) -> Int {
        words(in: page.title) + page.sections.reduce(0) { $0 + words(in: $1) }
            + page.references.reduce(0) { $0 + words(in: $1.text) }
    }

    static func words(in draft: Draft) -> Int {
        words(in: draft.title) + draft.sections.reduce(0) { $0 + words(in: $1) }
    }

    private static func words(in section: DraftSection) -> Int {
        words(in: section.heading)
            + section.blocks.flatMap(\.spans).reduce(0) { $0 + words(in: $1) }
            + section.subsections.reduce(0) { $0 + words(in: $1) }
    }

    private static func words(in span: Span) -> Int {
        switch span {
        case .prose(let text), .lead(let text), .name(let text): words(in: text)
        case .quotation(let quotation):
            words(in: quotation.text) + words(in: quotation.title)
                + words(in: quotation.section ?? "")
        case .statement(let statement): words(in: statement.text)
        case .citation: 0
        }
    }

    private static func words(in text: String) -> Int {
        text.split(whereSeparator: \.isWhitespace).filter { word in
            word.unicodeScalars.contains(where: Tokenizer.isWord)
        }.count
    }
}
