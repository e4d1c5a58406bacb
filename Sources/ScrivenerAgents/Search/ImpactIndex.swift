// Which stem stands in which passage, and what it says there, worked out once when a corpus is
// indexed: an index of impacts (Anh, Moffat: "Impact transformation: effective and efficient web
// retrieval", SIGIR 2002). Ranking is then a sum over rows, which SQL does well (Mühleisen, Samar,
// Lin, de Vries: "Old dogs are great at new tricks: column stores for IR prototyping", SIGIR 2014);
// FTS5's own bm25() can neither weigh the terms of a query nor give the terms of a passage.
//
// An impact is a term's part of BM25 (Robertson, Zaragoza: "The Probabilistic Relevance Framework",
// 2009):
//
//     idf · f · (k1 + 1) / (f + k1 · (1 − b + b · length / average length))
//     idf = ln(1 + (N − n + ½) / (n + ½))
//
// f counts the stem in the text, and once more where the headings above it, the document's title or
// its file name have it. Stems are those of FTS5's tokenizer, read back from its vocabulary.

import Foundation
import GRDB

/// The tables of impacts.
enum ImpactIndex {
    /// How soon further occurrences stop to matter. The usual value.
    static let saturation = 1.2
    /// b for passages, which are short because they were cut short.
    static let passageNormalization = 0.5
    /// b for documents: a long page here has many subjects rather than many words on one.
    static let documentNormalization = 1.0
    /// Words added to the length of every passage, so that one of four words is no better than one
    /// of twelve.
    static let addedLength = 8.0

    static let schema = """
        CREATE TABLE passages (
            id INTEGER PRIMARY KEY,
            document INTEGER NOT NULL,
            length INTEGER NOT NULL
        );
        CREATE TABLE terms (
            id INTEGER PRIMARY KEY,
            term TEXT NOT NULL UNIQUE,
            documents INTEGER NOT NULL,
            passage_idf REAL NOT NULL,
            document_idf REAL NOT NULL,
            is_content INTEGER NOT NULL
        );
        CREATE TABLE passage_impacts (
            term INTEGER NOT NULL,
            passage INTEGER NOT NULL,
            document INTEGER NOT NULL,
            count INTEGER NOT NULL,
            impact REAL NOT NULL,
            PRIMARY KEY (term, passage)
        ) WITHOUT ROWID;
        CREATE TABLE document_impacts (
            term INTEGER NOT NULL,
            document INTEGER NOT NULL,
            impact REAL NOT NULL,
            PRIMARY KEY (term, document)
        ) WITHOUT ROWID;
        """

    /// idf: how much a term says that stands in `count` of so many passages or documents.
    static func inverseFrequency(_ count: Int, of all: Int) -> Double {
        log(1 + (Double(all - count) + 0.5) / (Double(count) + 0.5))
    }

    /// Fills the tables from the full-text tables, within the transaction that wrote those.
    static func build(in database: Database) throws {
        try database.execute(sql: occurrences)
        try addTerms(to: database)
        try database.execute(
            sql: impacts,
            arguments: [
                "k": saturation, "b": passageNormalization, "c": documentNormalization,
                "added": addedLength,
            ])
        try database.execute(
            sql: """
                CREATE INDEX passage_terms ON passage_impacts (passage, term, count);
                DROP TABLE occurrences;
                DROP TABLE passage_words;
                DROP TABLE document_words;
                """)
    }

    private static let occurrences = """
        CREATE VIRTUAL TABLE temp.passage_words USING fts5vocab(main, passages_text, instance);
        CREATE VIRTUAL TABLE temp.document_words USING fts5vocab(main, documents_text, instance);
        CREATE TEMP TABLE occurrences AS
            SELECT term, passage, document, sum(count) AS count, max(context) AS context FROM (
                SELECT words.term, words.doc AS passage, passages.document,
                    sum(words.col = 'passage') AS count, max(words.col = 'headings') AS context
                FROM passage_words AS words JOIN passages ON passages.id = words.doc
                GROUP BY words.term, words.doc
                UNION ALL
                SELECT DISTINCT words.term, passages.id, passages.document, 0, 1
                FROM document_words AS words JOIN passages ON passages.document = words.doc
                WHERE words.col IN ('title', 'path')
            ) GROUP BY term, passage;
        """

    private static func addTerms(to database: Database) throws {
        let stopStems = try Set(QueryStopWords.all.flatMap { try stems(of: $0, in: database) })
        let passages = try Int.fetchOne(database, sql: "SELECT count(*) FROM passages") ?? 0
        let documents = try Int.fetchOne(database, sql: "SELECT count(*) FROM documents") ?? 0
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT term, count(*), count(DISTINCT document) FROM occurrences
                GROUP BY term ORDER BY term
                """)
        let insert = try database.makeStatement(
            sql: """
                INSERT INTO terms (term, documents, passage_idf, document_idf, is_content)
                VALUES (?, ?, ?, ?, ?)
                """)
        while let row = try rows.next() {
            let term: String = row[0]
            let isContent =
                term.count > 1 && term.contains(where: \.isLetter) && !stopStems.contains(term)
            let holders: Int = row[2]
            try insert.execute(arguments: [
                term, holders, inverseFrequency(row[1], of: passages),
                inverseFrequency(holders, of: documents), isContent,
            ])
        }
    }

    private static let impacts = """
        INSERT INTO passage_impacts
            SELECT terms.id, o.passage, o.document, o.count,
                terms.passage_idf * (o.count + o.context) * (:k + 1) / (o.count + o.context
                    + :k * (1 - :b + :b * (passages.length + :added) / (average.length + :added)))
            FROM occurrences AS o
            JOIN terms ON terms.term = o.term
            JOIN passages ON passages.id = o.passage
            JOIN (SELECT avg(length) AS length FROM passages) AS average;
        INSERT INTO document_impacts
            SELECT terms.id, o.document,
                terms.document_idf * o.frequency * (:k + 1) / (o.frequency
                    + :k * (1 - :c + :c * lengths.length / average.length))
            FROM (
                SELECT term, document, sum(count) + max(context) AS frequency
                FROM occurrences GROUP BY term, document
            ) AS o
            JOIN terms ON terms.term = o.term
            JOIN (
                SELECT document, max(1, sum(length)) AS length FROM passages GROUP BY document
            ) AS lengths ON lengths.document = o.document
            JOIN (
                SELECT max(1.0, 1.0 * sum(length) / count(DISTINCT document)) AS length
                FROM passages
            ) AS average;
        """

    /// The stems that the full-text tables have for a word, in order.
    static func stems(of word: String, in database: Database) throws -> [String] {
        try database.makeTokenizer(.porter(wrapping: .unicode61(diacritics: .remove)))
            .tokenize(query: word).map(\.token)
    }
}
