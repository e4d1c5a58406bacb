// The queries that a search asks of an index, one method each. Terms reach FTS5 only through
// `QueryTerms.quoted`.

import Foundation
import GRDB
import ScrivenerModel

/// Reads an index within one of its transactions.
struct IndexReader {
    let database: Database
    let documentCount: Int

    /// Weights of BM25 for the columns path, title, headings and body: a term in a title says more
    /// about a page than the same term somewhere in its text.
    private static let columnWeights = "2.0, 8.0, 3.0, 1.0"

    /// The best documents for any of the terms: row id and BM25, greater is better.
    func ranked(_ terms: QueryTerms, limit: Int) throws -> [(document: Int64, score: Double)] {
        guard !terms.isEmpty else { return [] }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT rowid, -bm25(documents_text, \(Self.columnWeights)) AS score
                FROM documents_text WHERE documents_text MATCH ?
                ORDER BY score DESC, rowid LIMIT ?
                """, arguments: [terms.anyOf, limit])
        return rows.map { ($0[0] as Int64, $0[1] as Double) }
    }

    /// The documents that hold the term.
    func documents(with term: String) throws -> Set<Int64> {
        try documents(matching: QueryTerms.quoted(term))
    }

    /// The documents that have the term in their title or path.
    func documents(titled term: String) throws -> Set<Int64> {
        try documents(matching: "{path title} : " + QueryTerms.quoted(term))
    }

    /// The paths of the documents that hold the words, next to each other.
    func paths(with words: String) throws -> Set<String> {
        try String.fetchSet(
            database,
            sql: """
                SELECT documents.path FROM documents_text
                JOIN documents ON documents.id = documents_text.rowid
                WHERE documents_text MATCH ?
                """, arguments: [QueryTerms.quoted(words)])
    }

    private func documents(matching query: String) throws -> Set<Int64> {
        try Int64.fetchSet(
            database, sql: "SELECT rowid FROM documents_text WHERE documents_text MATCH ?",
            arguments: [query])
    }

    /// The passages, among those of a document, that hold the term or stand under a heading with
    /// it.
    func passages(with term: String, in range: ClosedRange<Int64>) throws -> [Int64] {
        try Int64.fetchAll(
            database,
            sql: """
                SELECT rowid FROM passages_text
                WHERE passages_text MATCH ? AND rowid BETWEEN ? AND ?
                """, arguments: [QueryTerms.quoted(term), range.lowerBound, range.upperBound])
    }

    /// The part of a passage that matches best.
    func snippet(_ terms: QueryTerms, passage: Int64) throws -> String {
        let found = try String.fetchOne(
            database,
            sql: """
                SELECT snippet(passages_text, 1, '', '', '…', 40) FROM passages_text
                WHERE passages_text MATCH ? AND rowid = ?
                """, arguments: [terms.anyOf, passage])
        return try found ?? text(ofPassage: passage)
    }

    private func text(ofPassage passage: Int64) throws -> String {
        let text = try String.fetchOne(
            database, sql: "SELECT passage FROM passages_text WHERE rowid = ?",
            arguments: [passage])
        guard let text, text.count > 240 else { return text ?? "" }
        return text.prefix(240) + "…"
    }

    func document(_ id: Int64) throws -> IndexedDocument? {
        try document(where: "id = ?", [id])
    }

    func document(atPath path: String) throws -> IndexedDocument? {
        try document(where: "path = ?", [path])
    }

    private func document(
        where condition: String, _ arguments: StatementArguments
    ) throws -> IndexedDocument? {
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT path, title, kind, digest, first_passage, last_passage
                FROM documents WHERE \(condition)
                """, arguments: arguments)
        guard let row else { return nil }
        let first: Int64 = row[4]
        return IndexedDocument(
            path: row[0], title: row[1], kind: SourceKind(rawValue: row[2]) ?? .other,
            digest: row[3], passages: first...max(first, row[5]))
    }

    // MARK: Weights of terms

    /// How much a term says, from how few documents hold it: ln(1 + N / (n + 1)), an inverse
    /// document frequency (Spärck Jones 1972) that stays above zero and finite for every n.
    func weight(documentsWithTerm count: Int) -> Double {
        log(1 + Double(documentCount) / Double(count + 1))
    }

    /// The weight of all terms, and of those that the corpus holds at all.
    func weight(_ terms: [String]) throws -> (total: Double, known: Double) {
        var total = 0.0
        var known = 0.0
        for term in terms {
            let count = try documents(with: term).count
            let weight = weight(documentsWithTerm: count)
            total += weight
            if count > 0 { known += weight }
        }
        return (total, known)
    }
}
