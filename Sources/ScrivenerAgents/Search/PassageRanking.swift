// Passages and documents ranked for weighted terms, by sums of impacts (`ImpactIndex`).
//
//     coverage(passage) = the share of the terms, by weight · importance, that it has
//     score(passage)    = coverage · Σ weight · impact
//     score(document)   = ½ · mean of its best three passages / the best such mean
//                       + ½ · Σ weight · impact of the document / the best such sum
//
// Coverage makes it count that several parts of a question stand together: one rare word in passing
// does not outweigh them. That a page is judged both as a whole and by its best passages follows
// Callan: "Passage-level evidence in document retrieval", SIGIR 1994.

import GRDB
import ScrivenerModel

/// A passage with its score.
struct RankedPassage: Sendable, Equatable {
    var id: Int64
    var document: Int64
    var score: Double
}

/// A document with its score.
struct RankedDocument: Sendable, Equatable {
    var id: Int64
    /// 0…1.
    var score: Double
    /// `nil` where only the document as a whole was found.
    var bestPassage: Int64?
}

/// Ranks what an index holds.
struct PassageRanking {
    /// How many passages of a document count.
    static let passagesPerDocument = 3
    /// How much passages count against the document as a whole.
    static let passageShare = 0.5
    /// Documents that are looked at, both by passages and as a whole: one that is missing on either
    /// side counts there for nothing.
    static let minimumCandidates = 100

    let database: Database
    let terms: [RankedTerm]
    /// Only documents that this finds, in FTS5's language; `nil` for all.
    let scope: String?

    /// The best passages, best first, and few of any one document.
    func passages(limit: Int) throws -> [RankedPassage] {
        let rows = try rows(
            """
            \(Self.scored), \(places)
            SELECT passage, document, score FROM places WHERE place <= :places
            ORDER BY score DESC, passage LIMIT :limit
            """, ["places": Self.passagesPerDocument, "limit": limit])
        return rows.map { RankedPassage(id: $0[0], document: $0[1], score: $0[2]) }
    }

    /// The best documents, best first.
    func documents(limit: Int) throws -> [RankedDocument] {
        var found: [Int64: RankedDocument] = [:]
        let candidates = max(Self.minimumCandidates, limit * 4)
        let byPassages = try bestByPassages(limit: candidates)
        let bestMean = max(byPassages.first?.score ?? 0, .leastNormalMagnitude)
        for document in byPassages {
            found[document.id] = RankedDocument(
                id: document.id, score: Self.passageShare * document.score / bestMean,
                bestPassage: document.bestPassage)
        }
        let asWhole = try bestAsWhole(limit: candidates)
        let bestSum = max(asWhole.first?.score ?? 0, .leastNormalMagnitude)
        for document in asWhole {
            found[document.id, default: RankedDocument(id: document.id, score: 0)].score +=
                (1 - Self.passageShare) * document.score / bestSum
        }
        let sorted = found.values.sorted { ($0.score, $1.id) > ($1.score, $0.id) }
        return Array(sorted.prefix(limit))
    }

    private func bestByPassages(limit: Int) throws -> [RankedDocument] {
        let rows = try rows(
            """
            \(Self.scored), \(places)
            SELECT document, sum(score) / :places AS mean, max(iif(place = 1, passage, NULL))
            FROM places WHERE place <= :places GROUP BY document
            ORDER BY mean DESC, document LIMIT :limit
            """, ["places": Self.passagesPerDocument, "limit": limit])
        return rows.map { RankedDocument(id: $0[0], score: $0[1], bestPassage: $0[2]) }
    }

    private func bestAsWhole(limit: Int) throws -> [RankedDocument] {
        let rows = try rows(
            """
            \(Self.whole) SELECT document, score FROM whole \(condition)
            ORDER BY score DESC, document LIMIT :limit
            """, ["limit": limit])
        return rows.map { RankedDocument(id: $0[0], score: $0[1], bestPassage: nil) }
    }

    /// The greatest coverage that one passage has, and that one document has; 0…1.
    func bestCoverage() throws -> (passage: Double, document: Double) {
        let passages = try rows("\(Self.scored) SELECT max(coverage) FROM scored \(condition)")
        let documents = try rows("\(Self.whole) SELECT max(coverage) FROM whole \(condition)")
        return (passages.first?[0] ?? 0, documents.first?[0] ?? 0)
    }

    /// What the best documents for the terms cover, by row id; 0…1.
    func coverage(of documents: [Int64]) throws -> [Int64: Double] {
        let list = documents.map(String.init).joined(separator: ", ")
        let rows = try PassageRanking(database: database, terms: terms, scope: nil).rows(
            "\(Self.whole) SELECT document, coverage FROM whole WHERE document IN (\(list))")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as Int64, $0[1] as Double) })
    }

    // MARK: The query in SQL

    private func rows(
        _ sql: String, _ arguments: [String: any DatabaseValueConvertible] = [:]
    ) throws -> [Row] {
        var arguments = arguments
        arguments["stems"] = stems
        arguments["phrases"] = phrases
        if let scope { arguments["scope"] = scope }
        return try Row.fetchAll(
            database, sql: sql, arguments: StatementArguments(arguments))
    }

    /// `[[term, weight, share]…]`.
    private var stems: String {
        let total = totalImportance
        let list = terms.compactMap { term -> JSONValue? in
            guard case .stem(let id) = term.source else { return nil }
            let share = term.weight * term.importance / total
            return .array([.integer(id), .number(term.weight), .number(share)])
        }
        return RawJSON(.array(list)).text
    }

    /// `[[phrase, impact on a passage, impact on a document, share]…]`, impacts with weight.
    private var phrases: String {
        let total = totalImportance
        let list = terms.compactMap { term -> JSONValue? in
            guard case .phrase(let phrase, let onPassage, let onDocument) = term.source else {
                return nil
            }
            return .array([
                .string(phrase), .number(term.weight * onPassage),
                .number(term.weight * onDocument), .number(term.weight * term.importance / total),
            ])
        }
        return RawJSON(.array(list)).text
    }

    private var totalImportance: Double {
        max(terms.reduce(0) { $0 + $1.weight * $1.importance }, .leastNormalMagnitude)
    }

    private var condition: String {
        guard scope != nil else { return "" }
        return """
            WHERE document IN (
                SELECT rowid FROM documents_text WHERE documents_text MATCH :scope
            )
            """
    }

    private static let query = """
        WITH stems(term, weight, share) AS (
            SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:stems)
        ),
        phrases(phrase, on_passage, on_document, share) AS (
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:phrases)
        )
        """

    /// Passages with any of the terms, with their coverage and score.
    private static let scored = """
        \(query),
        scored AS (
            SELECT passage, document, sum(share) AS coverage, sum(share) * sum(impact) AS score
            FROM (
                SELECT i.passage, i.document, stems.share, stems.weight * i.impact AS impact
                FROM stems CROSS JOIN passage_impacts AS i ON i.term = stems.term
                UNION ALL
                SELECT p.id, p.document, phrases.share, phrases.on_passage
                FROM phrases CROSS JOIN passages_text AS t ON t.passages_text MATCH phrases.phrase
                CROSS JOIN passages AS p ON p.id = t.rowid
            ) GROUP BY passage
        )
        """

    /// After `scored`: the place of each passage within its document.
    private var places: String {
        """
        places AS (
            SELECT passage, document, score, row_number() OVER (
                PARTITION BY document ORDER BY score DESC, passage) AS place
            FROM scored \(condition)
        )
        """
    }

    /// Documents with any of the terms, with their coverage and score.
    private static let whole = """
        \(query),
        whole AS (
            SELECT document, sum(share) AS coverage, sum(impact) AS score
            FROM (
                SELECT i.document, stems.share, stems.weight * i.impact AS impact
                FROM stems CROSS JOIN document_impacts AS i ON i.term = stems.term
                UNION ALL
                SELECT t.rowid, phrases.share, phrases.on_document
                FROM phrases CROSS JOIN documents_text AS t ON t.documents_text MATCH phrases.phrase
            ) GROUP BY document
        )
        """
}
