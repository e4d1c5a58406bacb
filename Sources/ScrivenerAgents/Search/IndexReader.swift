// The queries that a search asks of an index, one method each. Terms reach FTS5 only through
// `QueryTerms.quoted`.

import Foundation
import GRDB
import ScrivenerModel

/// Reads an index within one of its transactions.
struct IndexReader {
    let database: Database
    let documentCount: Int
    let passageCount: Int
    let topFolders: [String]

    /// What a query looks for, as the index has it: one for each of its terms, then its phrases.
    func ranked(_ query: QueryTerms) throws -> [RankedTerm] {
        try (query.terms + query.phrases).map { term in
            let stems = try ImpactIndex.stems(of: term, in: database)
            guard stems.count == 1, let stem = stems.first else { return try ranked(phrase: term) }
            let row = try Row.fetchOne(
                database, sql: "SELECT id, documents FROM terms WHERE term = ?", arguments: [stem])
            guard let row else { return RankedTerm(source: .none, weight: 1, documents: 0) }
            return RankedTerm(source: .stem(row[0]), weight: 1, documents: row[1])
        }
    }

    private func ranked(phrase: String) throws -> RankedTerm {
        let quoted = QueryTerms.quoted(phrase)
        let documents = try documents(matching: quoted).count
        let passages = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM passages_text WHERE passages_text MATCH ?",
            arguments: [quoted])
        guard let passages, documents > 0 else {
            return RankedTerm(source: .none, weight: 1, documents: documents)
        }
        return RankedTerm(
            source: .phrase(
                quoted,
                passageImpact: ImpactIndex.inverseFrequency(passages, of: passageCount),
                documentImpact: ImpactIndex.inverseFrequency(documents, of: documentCount)),
            weight: 1, documents: documents)
    }

    /// The documents that an expression of FTS5's language finds.
    func documents(matching query: String) throws -> Set<Int64> {
        try Int64.fetchSet(
            database, sql: "SELECT rowid FROM documents_text WHERE documents_text MATCH ?",
            arguments: [query])
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

    /// The weight of all terms together.
    func weight(_ terms: [String]) throws -> Double {
        try terms.reduce(0) {
            $0 + weight(documentsWithTerm: try documents(matching: QueryTerms.quoted($1)).count)
        }
    }
}
