// The index of a corpus, open for reading. The file never changes once it has its name, so that any
// number of processes read it without locks between them.

import GRDB
import ScrivenerModel

/// A document as the index knows it.
struct IndexedDocument: Sendable, Equatable {
    var path: String
    var title: String
    var kind: SourceKind
    /// The same for documents with the same text.
    var digest: String
    /// Row ids of its passages.
    var passages: ClosedRange<Int64>
}

/// An open index.
final class CorpusIndex: Sendable {
    let fingerprint: String
    let documentCount: Int
    let passageCount: Int
    /// The first component of every path with more than one, sorted.
    let topFolders: [String]

    private let queue: DatabaseQueue

    /// - Throws: where the file is not a whole index with this fingerprint.
    init(path: String, fingerprint: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        self.queue = queue
        self.fingerprint = fingerprint
        (documentCount, passageCount, topFolders) = try queue.read { database in
            let application = try Int.fetchOne(database, sql: "PRAGMA application_id")
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version")
            let stored = try String.fetchOne(database, sql: "SELECT fingerprint FROM corpus")
            guard application == CorpusIndexBuilder.applicationID,
                version == CorpusIndexBuilder.formatVersion, stored == fingerprint
            else { throw SystemFailure(call: "not the index of this corpus") }
            let folders = try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT substr(path, 1, instr(path, '/') - 1) FROM documents
                    WHERE instr(path, '/') > 0 ORDER BY 1
                    """)
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM documents")
            let passages = try Int.fetchOne(database, sql: "SELECT count(*) FROM passages")
            return (count ?? 0, passages ?? 0, folders)
        }
    }

    /// Runs queries against the index.
    ///
    /// - Throws: `AgentFailure` (`transient`, `index_unreadable`) where the file cannot be read.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (IndexReader) throws -> Value
    ) async throws -> Value {
        do {
            return try await queue.read { database in
                try body(
                    IndexReader(
                        database: database, documentCount: self.documentCount,
                        passageCount: self.passageCount, topFolders: self.topFolders))
            }
        } catch let error as DatabaseError where error.resultCode != .SQLITE_INTERRUPT {
            throw AgentFailure(
                .transient, code: "index_unreadable",
                message: "the index cannot be read: \(error.resultCode)")
        }
    }
}
