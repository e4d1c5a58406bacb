// A search of a corpus: documents are ranked for the query and for what the passages that match it
// best have in common (`RelevanceFeedback`, `PassageRanking`), and a confidence says how well each
// answers. Where the query names folders, their documents come first (`NamedFolders`).
//
// A score alone does not tell an answer from a chance match: the best of bad hits has a fine score.
//
//     confidence = answerability · (0.1 · coverage + 0.9 · min(1, standing))
//
// answerability: of the query by the corpus; see `Answerability`.
// coverage:      the share of the query's terms, by importance, that the document has.
// standing:      its score as a share of the mean score of the best three; a third of it for
//                a document outside the folders that the query names.
//
// So it comes near the share of hits that are to the point. For the questions of `RelevanceTests`
// these were, when the weights were set: 93 % of the hits with a confidence of 0.9 and above, 65 %
// from 0.7, 47 % from 0.5, and 35 % below.

import ScrivenerModel

/// Searches an index.
enum CorpusSearch {
    static let maximumHits = 50
    static let coverageShare = 0.1
    /// How many of the best documents set the standard for the others.
    static let standardDocuments = 3
    static let otherFolderFactor = 1.0 / 3.0

    /// The best documents for a query, best first. A query without content terms finds nothing.
    static func hits(_ query: String, limit: Int, in index: IndexReader) throws -> [SearchHit] {
        let names = NamedFolders(in: query, among: index.topFolders)
        let terms = names.terms(of: QueryTerms(query))
        guard !terms.isEmpty else { return [] }
        let limit = min(max(1, limit), maximumHits)
        let documents = try ranked(terms, scope: names.scope, limit: limit, in: index)
        let answerability = try Answerability.of(terms, scope: names.scope, in: index)
        let coverage = try PassageRanking(
            database: index.database, terms: try index.ranked(terms.terms), scope: nil
        ).coverage(of: documents.map(\.id))
        return try documents.compactMap { found in
            guard let document = try index.document(found.id) else { return nil }
            let evidence =
                coverageShare * (coverage[found.id] ?? 0) + (1 - coverageShare)
                * min(1, found.score)
            let passage = found.bestPassage ?? document.passages.lowerBound
            return SearchHit(
                path: document.path, title: document.title,
                snippet: try index.snippet(terms, passage: passage),
                score: rounded(found.score),
                confidence: rounded(min(1, max(0, answerability * evidence))), kind: document.kind)
        }
    }

    /// The documents within the scope, then, where places are left, others. Scores are
    /// standings.
    private static func ranked(
        _ terms: QueryTerms, scope: String?, limit: Int, in index: IndexReader
    ) throws -> [RankedDocument] {
        let query = try index.ranked(terms.terms + terms.phrases)
        let expanded = try RelevanceFeedback.expanded(query, scope: scope, in: index)
        func documents(_ scope: String?) throws -> [RankedDocument] {
            let ranking = PassageRanking(database: index.database, terms: expanded, scope: scope)
            let documents = try ranking.documents(limit: limit)
            let best = documents.prefix(standardDocuments).map(\.score)
            let standard = max(
                best.reduce(0, +) / Double(max(1, best.count)), .leastNormalMagnitude)
            return documents.map {
                RankedDocument(id: $0.id, score: $0.score / standard, bestPassage: $0.bestPassage)
            }
        }
        let within = try documents(scope)
        guard let scope, within.count < limit else { return within }
        let inScope = try index.documents(matching: scope)
        let others = try documents(nil).filter { !inScope.contains($0.id) }.map {
            RankedDocument(
                id: $0.id, score: otherFolderFactor * $0.score, bestPassage: $0.bestPassage)
        }
        let sorted = (within + others).sorted { ($0.score, $1.id) > ($1.score, $0.id) }
        return Array(sorted.prefix(limit))
    }

    /// To four decimals: more would be noise in a payload.
    static func rounded(_ value: Double) -> Double {
        (value * 10_000).rounded() / 10_000
    }
}
