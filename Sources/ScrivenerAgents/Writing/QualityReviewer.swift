// Checks a draft against the documents that it was made from, without trusting whoever made it: is
// each quotation word for word in the document that it cites, does each number lead to a source, is
// each source used, is anything said twice, and is what the question asks about there at all?
//
// Of a draft with statements of a language model: does the evidence bear each out?
//
// The score is the geometric mean of the shares that passed. It is 1 only if everything is in
// order and 0 as soon as one check fails altogether: a report that quotes nothing it cites is worth
// nothing, however tidy its numbers are. What has to do with a model, its statements and its judgement, can lower the
// score and never raise it.

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

    /// The same, with the shares that only some reviews have.
    private static func formula(of checks: [QualityCheck]) -> String {
        let further = checks.compactMap { check -> String? in
            switch check.name {
            case supportedName: "of a model's statements that their evidence bears out"
            case judgedName: "of what a model was shown that it finds in order"
            default: nil
            }
        }
        guard !further.isEmpty else { return formula }
        return formula + "; or, where that is less, of these and the shares "
            + further.joined(separator: " and ")
    }

    private static func mean(of checks: some Collection<QualityCheck>) -> Double {
        let product = checks.reduce(1.0) { $0 * $1.ratio }
        return pow(product, 1 / Double(checks.count))
    }

    private static let supportedName = "supported"
    private static let judgedName = "judged"

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
    ///
    /// - Parameter judgement: what a model thinks of the draft, where one was asked.
    mutating func review(
        question: String, judgement: ModelJudgement? = nil
    ) throws -> QualityReview {
        let quotations = draft.quotations
        var checks: [QualityCheck] = []
        checks.append(try verbatim(quotations))
        checks.append(resolved())
        checks.append(used())
        checks.append(distinct())
        checks.append(try covered(question, quotations))
        // What has to do with a model may lower the score, and never raises it.
        let own = Self.mean(of: checks)
        let statements = draft.statements
        if !statements.isEmpty { checks.append(try supported(statements)) }
        if let judgement, let check = judged(judgement) { checks.append(check) }
        if quotations.isEmpty {
            misses.insert(
                QualityMiss(
                    code: "no_evidence", message: "The report quotes no source.", citation: nil),
                at: 0)
        }
        let score = min(own, Self.mean(of: checks))
        return QualityReview(
            score: (score * 1000).rounded() / 1000, formula: Self.formula(of: checks),
            checks: checks, misses: Array(misses.prefix(QualityReview.missLimit)),
            missCount: misses.count, model: judgement?.contribution)
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
            if Self.isVerbatim(quotation.text, in: texts) {
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
        let cited = spans.flatMap { span in span.cited.map { (span: span, number: $0) } }
        for (span, number) in cited {
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

    // MARK: Models

    /// The same test that took them, on what is in the draft.
    private mutating func supported(_ statements: [DraftStatement]) throws -> QualityCheck {
        let support = try StatementSupport()
        let sources = Dictionary(
            draft.references.map { ($0.number, $0.source) }, uniquingKeysWith: { first, _ in first }
        )
        var passed = 0
        for statement in statements {
            try Task.checkCancellation()
            let cited = Set(statement.citations.compactMap { sources[$0]?.locator })
            let isLinked = Set(statement.evidence.map(\.source)) == cited
            let isVerbatim = statement.evidence.allSatisfy { item in
                passages[item.source].map { Self.isVerbatim(item.quote, in: $0) } ?? false
            }
            let numbered = NumberedEvidence(
                statement.evidence, sources: draft.references.map(\.source))
            let share = support.share(
                of: statement.text, in: numbered.items.map { numbered.context(of: $0) })
            if isLinked, isVerbatim, share != nil {
                passed += 1
            } else {
                miss(
                    "statement_not_supported", statement.citations.first,
                    "Its evidence does not bear it out: \(Self.excerpt(statement.text))")
            }
        }
        return QualityCheck(
            name: Self.supportedName,
            description: "Statements of a language model that their evidence bears out",
            passed: passed, total: statements.count)
    }

    /// `nil` where the model has judged nothing.
    private mutating func judged(_ judgement: ModelJudgement) -> QualityCheck? {
        guard !judgement.verdicts.isEmpty else { return nil }
        for verdict in judgement.verdicts where !verdict.holds {
            let reason = verdict.reason.isEmpty ? "" : " (\(Self.excerpt(verdict.reason)))"
            miss(
                "model_doubts", verdict.citation,
                "The language model \(judgement.contribution.model) doubts this\(reason): "
                    + Self.excerpt(verdict.text))
        }
        return QualityCheck(
            name: Self.judgedName,
            description: "Statements and quotations that a language model finds in order",
            passed: judgement.verdicts.filter(\.holds).count, total: judgement.verdicts.count)
    }

    private mutating func miss(_ code: String, _ citation: Int?, _ message: String) {
        misses.append(QualityMiss(code: code, message: message, citation: citation))
    }

    // MARK: Text

    private static func isVerbatim(_ text: String, in passages: [[UInt8]]) -> Bool {
        let words = folded(text)
        return !words.isEmpty && passages.contains { contains($0, words) }
    }

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
