// Writes the index of a corpus into a new file. Nobody reads the file before it is finished, so it
// is written without a journal and in one transaction.
//
// Two full-text tables say where words and phrases stand: one has a row a document (its text is not
// stored again), the other a row a passage, and gives snippets. A document's passages have
// consecutive row ids. What ranks documents is made of both at the end: see `ImpactIndex`.

import GRDB
import ScrivenerModel

/// Builds index files.
enum CorpusIndexBuilder {
    /// Part of the fingerprint: raise it when the schema or an extractor changes.
    static let formatVersion = 2
    /// Marks the files as ours: "ScrI".
    static let applicationID = 0x5363_7249

    private static let tokenizer = "porter unicode61 remove_diacritics 2"
    private static let schema = """
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        CREATE TABLE corpus (fingerprint TEXT NOT NULL);
        CREATE TABLE documents (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            first_passage INTEGER NOT NULL,
            last_passage INTEGER NOT NULL
        );
        CREATE VIRTUAL TABLE documents_text USING fts5(
            path, title, headings, body, content='', tokenize='\(tokenizer)'
        );
        CREATE VIRTUAL TABLE passages_text USING fts5(
            headings, passage, tokenize='\(tokenizer)'
        );
        """

    /// Builds the index of the files into a file that must not exist yet.
    ///
    /// Files that cannot be read, and documents without a passage, are left out.
    ///
    /// - Throws: `AgentFailure` (`permanent`, `corpus_empty`) where nothing remains;
    ///   `DatabaseError`.
    static func build(
        _ files: [CorpusFile], of folder: CorpusFolder, fingerprint: String, at path: String
    ) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { database in
            try database.execute(sql: schema + ImpactIndex.schema)
            var writer = Writer(database: database)
            for file in files {
                if let document = try? folder.document(file.path), !document.passages.isEmpty {
                    try writer.add(document, path: file.path)
                }
            }
            guard writer.documents > 0 else { throw empty(folder) }
            try ImpactIndex.build(in: database)
            try database.execute(
                sql: """
                    INSERT INTO documents_text(documents_text) VALUES ('optimize');
                    INSERT INTO passages_text(passages_text) VALUES ('optimize');
                    """)
            try database.execute(
                sql: "INSERT INTO corpus (fingerprint) VALUES (?)", arguments: [fingerprint])
        }
        try queue.close()
    }

    static func empty(_ folder: CorpusFolder) -> AgentFailure {
        let endings = DocumentReader.extensions.sorted().joined(separator: ", ")
        return AgentFailure(
            .permanent, code: "corpus_empty",
            message: "\(folder.root): no document with text (\(endings))")
    }

    private struct Writer {
        let database: Database
        var documents = 0
        var passages = 0

        mutating func add(_ document: DocumentText, path: String) throws {
            documents += 1
            let first = passages + 1
            for passage in document.passages {
                passages += 1
                try database.cachedStatement(
                    sql: "INSERT INTO passages_text (rowid, headings, passage) VALUES (?, ?, ?)"
                ).execute(arguments: [
                    passages, passage.headings.joined(separator: "\n"), passage.text,
                ])
                try database.cachedStatement(sql: "INSERT INTO passages VALUES (?, ?, ?)").execute(
                    arguments: [passages, documents, WhiteSpace.wordCount(passage.text)])
            }
            let body = document.passages.map(\.text).joined(separator: "\n")
            var digest = Fingerprint()
            digest.add(body)
            try database.cachedStatement(
                sql: "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [
                documents, path, document.title, document.kind.rawValue, digest.text, first,
                passages,
            ])
            try database.cachedStatement(
                sql: """
                    INSERT INTO documents_text (rowid, path, title, headings, body)
                    VALUES (?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                documents, Self.name(of: path), document.title,
                document.headings.joined(separator: "\n"), body,
            ])
        }

        /// The path without its extension, which says nothing about the document.
        private static func name(of path: String) -> String {
            guard let point = path.lastIndex(of: ".") else { return path }
            return String(path[..<point])
        }
    }
}
