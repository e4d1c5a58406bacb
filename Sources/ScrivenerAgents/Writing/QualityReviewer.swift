// Checks a draft against the documents that it was made from, without trusting whoever made it: is
// each quotation word for word in the document that it cites, does each number lead to a source, is
// each source used, is anything said twice, and is what the question asks about there at all?
//
// The score is the geometric mean of the five shares that passed. It is 1 only if everything is in
// order and 0 as soon as one check fails altogether: a report that quotes nothing it cites is worth
// nothing, however tidy its numbers are.

import Foundation
import ScrivenerModel

struct QualityReviewer {
    private let draft: Draft
    private let citations: CitationList?
    /// By locator: the folded text of the passages.
    private let passages: [String: [[UInt8]]]
    private var misses: [QualityMiss] = []

    static let formula =
        "geometric mean of the shares of quotations that are verbatim, of citations that resolve, "
        + "of listed sources that are cited, of quotations that are not repeated, "
        + "and of the question's terms that the quotations and their headings contain"

    /// - Throws: `CancellationError`.
    init(_ draft: Draft, citations: CitationList?, documents: [ExtractedDocument]) throws {
        self.draft = draft
        self.citations = citations
        var passages: [String: [[UInt8]]] = [:]
        for document in documents {
            try Task.checkCancellation()
            passages[document.path] = document.passages.map { Self.folded($0.text) }
        }
        self.passages = passages
    }

    /// - Throws: `CancellationError`; `AgentFailure` when there is no stemmer.
    mutating func review(question: String) throws -> QualityReview {
        let quotations = draft.quotations
        var checks: [QualityCheck] = []
        checks.append(try verbatim(quotations))
        checks.append(resolved())
        checks.append(used())
        checks.append(distinct())
        checks.append(try covered(question, quotations))
        if quotations.isEmpty {
            misses.insert(
                QualityMiss(
                    code: "no_evidence", message: "The report quotes no source.", citation: nil),
                at: 0)
        }
        let product = checks.reduce(1) { $0 * $1.ratio }
        let score = pow(product, 1 / Double(checks.count))
        return QualityReview(
            score: (score * 1000).rounded() / 1000, formula: Self.formula, checks: checks,
            misses: Array(misses.prefix(QualityReview.missLimit)), missCount: misses.count)
    }

    private mutating func verbatim(_ quotations: [Quotation]) throws -> QualityCheck {
        var passed = 0
        for quotation in quotations {
            try Task.checkCancellation()
            guard let texts = passages[quotation.source] else {
                miss(
                    "source_not_read", quotation.citation,
                    "The document \(quotation.source) was not there to check against.")
                continue
            }
            let words = Self.folded(quotation.text)
            if !words.isEmpty, texts.contains(where: { Self.contains($0, words) }) {
                passed += 1
            } else {
                miss(
                    "not_verbatim", quotation.citation,
                    "Not word for word in \(quotation.source): \(Self.excerpt(quotation.text))")
            }
        }
        return QualityCheck(
            name: "verbatim", description: "Quotations that are word for word in their source",
            passed: passed, total: quotations.count)
    }

    private mutating func resolved() -> QualityCheck {
        let sources = Dictionary(
            draft.references.map { ($0.number, $0.source.locator) },
            uniquingKeysWith: { first, _ in first })
        let listed = citations.map { Set($0.references.map(\.number)) }
        var passed = 0
        let spans = draft.allSections.flatMap(\.blocks).flatMap(\.spans)
        let cited = spans.filter { $0.cited != nil }
        for span in cited {
            guard let number = span.cited else { continue }
            var resolves = sources[number] != nil && listed?.contains(number) != false
            if case .quotation(let quotation) = span, sources[number] != quotation.source {
                resolves = false
            }
            if resolves {
                passed += 1
            } else {
                miss("unresolved_citation", number, "[\(number)] leads to no source of the list.")
            }
        }
        return QualityCheck(
            name: "resolved", description: "Citations that lead to their source", passed: passed,
            total: cited.count)
    }

    private mutating func used() -> QualityCheck {
        let uses = draft.uses
        let listed =
            citations?.references.map { ($0.number, $0.source.locator) }
            ?? draft.references.map { ($0.number, $0.source.locator) }
        var passed = 0
        for (number, locator) in listed {
            if uses[number, default: 0] > 0 {
                passed += 1
            } else {
                miss("uncited_source", number, "\(locator) is listed and never cited.")
            }
        }
        return QualityCheck(
            name: "used", description: "Listed sources that are cited", passed: passed,
            total: listed.count)
    }

    /// A comparison may show again what a finding quoted; nothing else may.
    private mutating func distinct() -> QualityCheck {
        let quotations = draft.allSections.filter { $0.role != .comparison }
            .flatMap(\.quotations)
        var seen: Set<[UInt8]> = []
        for quotation in quotations where !seen.insert(Self.folded(quotation.text)).inserted {
            miss(
                "repeated_quotation", quotation.citation,
                "Quoted more than once: \(Self.excerpt(quotation.text))")
        }
        return QualityCheck(
            name: "distinct", description: "Quotations that are not repeated", passed: seen.count,
            total: quotations.count)
    }

    private mutating func covered(
        _ question: String, _ quotations: [Quotation]
    ) throws -> QualityCheck {
        let lexicon = try Lexicon()
        let words = ResearchQuestion(question, lexicon: lexicon).words
        var terms: Set<Lexicon.Term> = []
        for quotation in quotations {
            let place = quotation.title + " " + (quotation.section ?? "") + " " + quotation.source
            terms.formUnion(lexicon.terms(in: quotation.text))
            terms.formUnion(lexicon.terms(in: place))
        }
        for word in words where !terms.contains(word.term) {
            miss("term_not_covered", nil, "No quotation speaks of \(Self.excerpt(word.surface)).")
        }
        return QualityCheck(
            name: "covered", description: "Terms of the question that the quotations contain",
            passed: words.filter { terms.contains($0.term) }.count, total: words.count)
    }

    private mutating func miss(_ code: String, _ citation: Int?, _ message: String) {
        misses.append(QualityMiss(code: code, message: message, citation: citation))
    }

    // MARK: Text

    /// The UTF-8 of a text with each run of white space as one blank.
    private static func folded(_ text: String) -> [UInt8] {
        Array(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").utf8)
    }

    /// Whether bytes stand in other bytes. The first byte narrows the search, which is enough for
    /// passages.
    private static func contains(_ text: [UInt8], _ words: [UInt8]) -> Bool {
        guard let first = words.first, words.count <= text.count else { return false }
        var start = 0
        let last = text.count - words.count
        while start <= last, let found = text[start...last].firstIndex(of: first) {
            if text[found...].starts(with: words) { return true }
            start = found + 1
        }
        return false
    }

    private static func excerpt(_ text: String) -> String {
        text.count > 120 ? text.prefix(119) + "\u{2026}" : text
    }
}
