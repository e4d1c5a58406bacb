// A search of a corpus: BM25 (Robertson, Zaragoza: "The Probabilistic Relevance Framework", 2009;
// SQLite's FTS5 has it) finds and orders documents, and a confidence says how well each answers.
//
// BM25 alone does not tell an answer from a chance match: the best of bad hits has a fine score.
// The confidence therefore looks first at how much of the query a document covers:
//
//     confidence = coverage · (0.4 + 0.3 · focus + 0.3 · standing)
//
// coverage: the share of the query's terms that the document holds, each by its weight (see
//           `IndexReader.weight`), so that a page with only the common words of a query, or with
//           only one of its rare ones, covers little. Terms that no document holds count too.
// focus:    the share of these covered terms that one passage of it has, with its headings and the
//           document's title: terms that stand together rather than scattered over a long page.
// standing: its score as a share of the best score of this search.

import ScrivenerModel

/// Searches an index.
enum CorpusSearch {
    /// Documents that are looked at closely, for each that is wanted.
    static let candidatesPerHit = 3
    static let maximumHits = 50

    /// The best documents for a query, best first. A query without content terms finds nothing.
    static func hits(_ query: String, limit: Int, in index: IndexReader) throws -> [SearchHit] {
        let terms = QueryTerms(query)
        let limit = min(max(1, limit), maximumHits)
        let candidates = try index.ranked(terms, limit: limit * candidatesPerHit)
        guard !candidates.isEmpty else { return [] }
        let query = try WeighedQuery(terms, index)
        var scored: [Candidate] = []
        for candidate in candidates {
            guard let document = try index.document(candidate.document) else { continue }
            let coverage = query.coverage(of: candidate.document)
            scored.append(
                Candidate(
                    id: candidate.document, document: document, coverage: coverage,
                    score: candidate.score * coverage))
        }
        scored.sort { ($0.score, $1.document.path) > ($1.score, $0.document.path) }
        let best = max(scored.first?.score ?? 0, .leastNormalMagnitude)
        return try scored.prefix(limit).map { candidate in
            try hit(candidate, query, standing: candidate.score / best, in: index)
        }
    }

    private static func hit(
        _ candidate: Candidate, _ query: WeighedQuery, standing: Double, in index: IndexReader
    ) throws -> SearchHit {
        let passage = try query.bestPassage(
            of: candidate.document, candidate.id, in: index)
        let covered = max(candidate.coverage, .leastNormalMagnitude)
        let focus = min(1, passage.coverage / covered)
        let confidence = candidate.coverage * (0.4 + 0.3 * focus + 0.3 * standing)
        return SearchHit(
            path: candidate.document.path, title: candidate.document.title,
            snippet: try index.snippet(query.terms, passage: passage.id),
            score: rounded(candidate.score), confidence: rounded(min(1, max(0, confidence))),
            kind: candidate.document.kind)
    }

    /// To four decimals: more would be noise in a payload.
    static func rounded(_ value: Double) -> Double {
        (value * 10_000).rounded() / 10_000
    }

    private struct Candidate {
        var id: Int64
        var document: IndexedDocument
        var coverage: Double
        var score: Double
    }
}

/// A query with the weight of each of its terms and the documents that hold it.
private struct WeighedQuery {
    let terms: QueryTerms
    private var holders: [Set<Int64>] = []
    private var titled: [Set<Int64>] = []
    private var weights: [Double] = []
    private var total = 0.0

    init(_ terms: QueryTerms, _ index: IndexReader) throws {
        self.terms = terms
        for term in terms.terms {
            let documents = try index.documents(with: term)
            let weight = index.weight(documentsWithTerm: documents.count)
            holders.append(documents)
            titled.append(try index.documents(titled: term))
            weights.append(weight)
            total += weight
        }
    }

    /// 0…1.
    func coverage(of document: Int64) -> Double {
        var covered = 0.0
        for (holders, weight) in zip(holders, weights) where holders.contains(document) {
            covered += weight
        }
        return total > 0 ? covered / total : 0
    }

    /// The passage of a document that covers most of the query, the first of several.
    func bestPassage(
        of document: IndexedDocument, _ id: Int64, in index: IndexReader
    ) throws -> (id: Int64, coverage: Double) {
        var covered: [Int64: Double] = [:]
        var everywhere = 0.0
        for (position, term) in terms.terms.enumerated() {
            if titled[position].contains(id) { everywhere += weights[position] }
            guard holders[position].contains(id) else { continue }
            for passage in try index.passages(with: term, in: document.passages) {
                let isTitled = titled[position].contains(id)
                // Of two passages that cover the same, the one that says the term itself.
                covered[passage, default: 0] += isTitled ? 1e-6 : weights[position]
            }
        }
        let best = covered.max { ($0.value, $1.key) < ($1.value, $0.key) }
        let weight = everywhere + (best?.value ?? 0)
        return (best?.key ?? document.passages.lowerBound, total > 0 ? weight / total : 0)
    }
}
