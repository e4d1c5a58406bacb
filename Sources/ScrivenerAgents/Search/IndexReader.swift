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

    /// What a query looks for, as the index has it, in the order of its terms.
    func ranked(_ terms: [String]) throws -> [RankedTerm] {
        try terms.map { term in
            let weight = GeneralWords.contains(term) ? GeneralWords.weight : 1
            let stems = try ImpactIndex.stems(of: term, in: database)
            guard stems.count == 1, let stem = stems.first else {
                return try ranked(phrase: term, weight)
            }
            let row = try Row.fetchOne(
                database, sql: "SELECT id, documents FROM terms WHERE term = ?", arguments: [stem])
            guard let row else { return unknown(weight) }
            return RankedTerm(
                source: .stem(row[0]), weight: weight,
                importance: importance(documentsWithTerm: row[1]))
        }
    }

    private func unknown(_ weight: Double) -> RankedTerm {
        RankedTerm(source: .unknown, weight: weight, importance: importance(documentsWithTerm: 0))
    }

    private func ranked(phrase: String, _ weight: Double) throws -> RankedTerm {
        let quoted = QueryTerms.quoted(phrase)
        let documents = try documents(matching: quoted).count
        let passages = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM passages_text WHERE passages_text MATCH ?",
            arguments: [quoted])
        guard let passages, documents > 0 else { return unknown(weight) }
        return RankedTerm(
            source: .phrase(
                quoted,
                passageImpact: ImpactIndex.inverseFrequency(passages, of: passageCount),
                documentImpact: ImpactIndex.inverseFrequency(documents, of: documentCount)),
            weight: weight, importance: importance(documentsWithTerm: documents))
    }

    /// The documents that an expression of FTS5's language finds.
    func documents(matching query: String) throws -> Set<Int64> {
        try Int64.fetchSet(
            database, sql: "SELECT rowid FROM documents_text WHERE documents_text MATCH ?",
            arguments: [query])
    }

    /// The paths of the documents that an expression of FTS5's language finds.
    func paths(matching query: String) throws -> Set<String> {
        try String.fetchSet(
            database,
            sql: """
                SELECT documents.path FROM documents_text
                JOIN documents ON documents.id = documents_text.rowid
                WHERE documents_text MATCH ?
                """, arguments: [query])
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

    /// How much a term says, from how few documents hold it: ln(1 + N / (n + 1)), an inverse
    /// document frequency (Spärck Jones 1972) that stays above zero and finite for every n, drawn
    /// towards a prior in small collections. Flatter than that of BM25: it tells what a question is
    /// about, not which page is the best.
    func importance(documentsWithTerm count: Int) -> Double {
        let documents = Double(documentCount)
        let trust = documents / (documents + Self.collectionPrior)
        let measured = log(1 + documents / Double(count + 1))
        return trust * measured + (1 - trust) * Self.importancePrior
    }

    /// In how large a collection a word's frequency is trusted as much as the prior. That a word is
    /// missing in a dozen documents says little; in thousands it says much.
    private static let collectionPrior = 30.0
    /// The importance of a word that a quarter of a large collection has.
    private static let importancePrior = log(5.0)
}
