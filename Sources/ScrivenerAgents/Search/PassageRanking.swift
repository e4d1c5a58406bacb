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

    let database: Database
    let terms: [RankedTerm]
    /// Only documents that this finds, in FTS5's language; `nil` for all.
    let scope: String?

    /// The best passages, best first, and few of any one document.
    func passages(limit: Int) throws -> [RankedPassage] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                \(Self.scored) \(inPlaces)
                SELECT passage, document, score FROM places WHERE place <= ?
                ORDER BY score DESC, passage LIMIT ?
                """, arguments: arguments + [Self.passagesPerDocument, limit])
        return rows.map { RankedPassage(id: $0[0], document: $0[1], score: $0[2]) }
    }

    /// The best documents, best first.
    func documents(limit: Int) throws -> [RankedDocument] {
        var found: [Int64: RankedDocument] = [:]
        let byPassages = try bestByPassages(limit: limit)
        let bestMean = max(byPassages.first?.score ?? 0, .leastNormalMagnitude)
        for document in byPassages {
            found[document.id] = RankedDocument(
                id: document.id, score: Self.passageShare * document.score / bestMean,
                bestPassage: document.bestPassage)
        }
        let asWhole = try bestAsWhole(limit: limit)
        let bestSum = max(asWhole.first?.score ?? 0, .leastNormalMagnitude)
        for document in asWhole {
            found[document.id, default: RankedDocument(id: document.id, score: 0)].score +=
                (1 - Self.passageShare) * document.score / bestSum
        }
        let sorted = found.values.sorted { ($0.score, $1.id) > ($1.score, $0.id) }
        return Array(sorted.prefix(limit))
    }

    /// The greatest coverage that one passage has, and that one document has; 0…1.
    func bestCoverage() throws -> (passage: Double, document: Double) {
        let passage = try Double.fetchOne(
            database, sql: "\(Self.scored) SELECT max(coverage) FROM scored \(condition)",
            arguments: arguments)
        let document = try Double.fetchOne(
            database,
            sql: "\(Self.whole) SELECT max(coverage) FROM whole \(condition)",
            arguments: arguments)
        return (passage ?? 0, document ?? 0)
    }

    /// What one document covers; 0…1.
    func coverage(of document: Int64) throws -> Double {
        try Double.fetchOne(
            database, sql: "\(Self.whole) SELECT coverage FROM whole WHERE document = ?",
            arguments: Self.arguments(terms) + [document]) ?? 0
    }

    private func bestByPassages(limit: Int) throws -> [RankedDocument] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                \(Self.scored) \(inPlaces)
                SELECT document, sum(score) / \(Double(Self.passagesPerDocument)) AS mean,
                    max(iif(place = 1, passage, NULL))
                FROM places WHERE place <= ? GROUP BY document
                ORDER BY mean DESC, document LIMIT ?
                """, arguments: arguments + [Self.passagesPerDocument, limit])
        return rows.map { RankedDocument(id: $0[0], score: $0[1], bestPassage: $0[2]) }
    }

    private func bestAsWhole(limit: Int) throws -> [RankedDocument] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                \(Self.whole) SELECT document, score FROM whole \(condition)
                ORDER BY score DESC, document LIMIT ?
                """, arguments: arguments + [limit])
        return rows.map { RankedDocument(id: $0[0], score: $0[1], bestPassage: nil) }
    }
}
