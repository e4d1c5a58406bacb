// The journal on SQLite: one row a commit, the payloads that came with it in rows of their own,
// and a row for each session that ended. `docs/journal.md` has the tables and what a start
// refuses.
//
// `append` is the whole of the coordinator's output commit, and an fsync is nearly all of its cost,
// so it does little else: one encoding, one transaction, blobs bound where they lie.

internal import GRDB
internal import ScrivenerCore
package import ScrivenerModel

/// A journal in a directory of the local disk, or in memory.
package final class SQLiteJournal: SessionJournal {
    package let identity: JournalIdentity
    package private(set) var lastSequence: Int64
    package private(set) var lastMoment: Moment?

    let connection: JournalConnection
    /// Absent in memory. Holds the lock, so it lives as long as the connection.
    private let directory: JournalDirectory?
    private let isReadOnly: Bool
    var cache: PayloadCache
    var compaction: CompactionState
    /// The passes over commits, and over what was kept of them, that are under way.
    var move: CompactionPass?
    var sweep: CompactionPass?
    var bytesAfterSweep: Int64 = 0
    let sweepBytes: Int64
    /// How often archived sessions are held, by number.
    var held: [Int64: Int] = [:]

    /// Opens the journal in `directory`, or makes one there, and counts up its incarnation.
    ///
    /// - Parameters:
    ///   - directory: Made if it is missing. Not looked at when the journal is in memory.
    /// - Throws: `journal_locked`, `journal_newer`, `journal_corrupt`, `journal_unwritable`,
    ///   `journal_on_network_file_system`, `storage_full`. Nothing was changed then, except that
    ///   the directory may be there.
    package convenience init(
        directory: String, configuration: JournalConfiguration = JournalConfiguration()
    ) throws(ScrivenerError) {
        let isInMemory = configuration.durability == .inMemory
        let place = isInMemory ? nil : try JournalDirectory(directory)
        self.init(place, try JournalOpening(place, configuration), configuration)
    }

    /// Opens a journal that is there to look at what is in it, while no coordinator has it open.
    /// Nothing but reading is allowed.
    package convenience init(inspecting directory: String) throws(ScrivenerError) {
        let place = try JournalDirectory(existing: directory)
        let configuration = JournalConfiguration()
        let opened = try JournalOpening(place, configuration, takesOver: false)
        self.init(place, opened, configuration, isReadOnly: true)
    }

    private init(
        _ place: JournalDirectory?, _ opened: JournalOpening,
        _ configuration: JournalConfiguration, isReadOnly: Bool = false
    ) {
        self.directory = place
        self.isReadOnly = isReadOnly
        connection = opened.connection
        identity = opened.identity
        lastSequence = opened.lastSequence
        lastMoment = opened.lastMoment
        compaction = opened.compaction
        sweepBytes = Int64(configuration.sweepBytes)
        cache = PayloadCache(limitBytes: configuration.payloadCacheBytes)
    }

    // MARK: Writing

    package func append(
        _ batch: JournalBatch, expecting sequence: Int64
    ) throws(JournalError) {
        guard sequence == lastSequence else {
            throw .conflict("commit \(lastSequence) is the last one, not \(sequence)")
        }
        try connection.checkpointIfDue()
        let next = sequence &+ 1
        let facts = FactCodec.encode(batch.facts)
        let owners = batch.payload.isEmpty ? [] : JournalBatch.payloadOwners(of: batch.facts)
        try connection.transaction { database in
            try self.requireOwnership(database)
            try Self.insertRow(next, batch.moment, facts, .journal, into: database)
            if !batch.payload.isEmpty {
                try self.insertPayload(next, batch.payload, of: owners, into: database)
            }
            for archive in batch.archives { try Self.insertArchive(archive, into: database) }
            if !batch.claims.isEmpty {
                try Self.insertClaims(batch.claims, of: next, into: database)
            }
            try Self.insertCallbacks(batch.callbacks, into: database)
        }
        lastSequence = next
        lastMoment = batch.moment
        if !batch.payload.isEmpty { cachePayload(next, batch.payload) }
    }

    /// That the database is ours and as we left it. The locks see to it; this is for when they
    /// do not hold, and for somebody who puts a backup in the place of a journal in use.
    func requireOwnership(_ database: Database) throws {
        precondition(!isReadOnly, "a journal that is only looked at is not written")
        if let directory, !directory.holdsDatabase {
            throw JournalError.conflict("\(directory.databasePath) was removed or replaced")
        }
        let sql = "SELECT incarnation, nonce, (SELECT max(sequence) FROM journal) FROM identity"
        try database.run(sql) { statement in
            guard try statement.step(), statement.integer(0) == identity.incarnation,
                UInt64(bitPattern: statement.integer(1)) == identity.nonce
            else { throw JournalError.conflict("another coordinator has opened the journal") }
            guard statement.integer(2) == lastSequence else {
                throw JournalError.conflict("commits were written by somebody else")
            }
        }
    }

    static func insertRow(
        _ sequence: Int64, _ moment: Moment, _ facts: [UInt8], _ table: FactRowTable,
        into database: Database
    ) throws {
        let checksum = facts.withUnsafeBytes {
            RowChecksum.row(sequence: sequence, moment: moment, facts: $0)
        }
        let sql = "INSERT INTO \(table.rawValue) VALUES (?, ?, ?, ?, ?, ?)"
        try database.run(sql) { statement in
            try statement.bind(sequence, at: 1)
            try statement.bind(JournalSchema.rowFormat, at: 2)
            try statement.bind(checksum, at: 3)
            try statement.bind(moment.instant.nanoseconds, at: 4)
            try statement.bind(moment.wall.millisecondsSince1970, at: 5)
            try statement.withBlob(facts, at: 6) { try statement.finish() }
        }
    }

    // MARK: Reading back

    package func replay(
        _ visit: (JournalRow) throws(JournalError) -> Void
    ) throws(JournalError) {
        try connection.access { database in
            try Self.visitKept(compaction, database, visit)
            try Self.visitCommits(after: compaction.through, through: lastSequence, database, visit)
        }
    }

    private static let rows = "SELECT sequence, format, checksum, instant, wall, facts FROM"

    /// What is left of commits that were compacted, and the last word on the pool.
    private static func visitKept(
        _ compaction: CompactionState, _ database: Database,
        _ visit: (JournalRow) throws(JournalError) -> Void
    ) throws {
        guard compaction.through > 0 else { return }
        let count = try database.run("\(rows) kept ORDER BY sequence") { statement in
            var count: Int64 = 0
            while try statement.step() {
                try visit(try row(statement))
                count += 1
            }
            return count
        }
        guard count == compaction.rows else {
            throw JournalError.corrupt(
                sequence: compaction.through,
                "\(compaction.rows) compacted commits are expected; \(count) are there")
        }
        try visit(
            JournalRow(
                sequence: compaction.through, moment: compaction.moment, facts: compaction.pool))
    }

    private static func visitCommits(
        after start: Int64, through end: Int64, _ database: Database,
        _ visit: (JournalRow) throws(JournalError) -> Void
    ) throws {
        try database.run("\(rows) journal ORDER BY sequence") { statement in
            var expected = start &+ 1
            while try statement.step() {
                guard statement.integer(0) == expected else {
                    throw JournalError.corrupt(
                        sequence: expected,
                        "the commit is missing; \(statement.integer(0)) comes next")
                }
                try visit(try row(statement))
                expected &+= 1
            }
            guard expected == end &+ 1 else {
                throw JournalError.corrupt(sequence: expected, "the commit is missing")
            }
        }
    }

    /// From the columns sequence, format, checksum, instant, wall and facts.
    static func row(_ statement: RawStatement) throws -> JournalRow {
        let sequence = statement.integer(0)
        guard statement.integer(1) == JournalSchema.rowFormat else {
            throw JournalError.corrupt(
                sequence: sequence, "row format \(statement.integer(1)) is unknown")
        }
        let moment = Moment(
            instant: Instant(nanoseconds: statement.integer(3)),
            wall: WallTime(millisecondsSince1970: statement.integer(4)))
        let facts = statement.blob(5)
        guard
            RowChecksum.row(sequence: sequence, moment: moment, facts: facts)
                == statement.integer(2)
        else { throw JournalError.corrupt(sequence: sequence, "the checksum does not fit") }
        do {
            return JournalRow(
                sequence: sequence, moment: moment, facts: try FactCodec.decode(facts))
        } catch {
            throw JournalError.corrupt(sequence: sequence, "facts: \(error)")
        }
    }

    // MARK: The end

    package func checkpoint() throws(JournalError) {
        try connection.checkpoint()
    }

    package func close() throws(JournalError) {
        defer { directory?.release() }
        try connection.close()
    }
}

/// One thread at a time: the connection, the cache and the counters are not guarded.
@available(*, unavailable)
extension SQLiteJournal: Sendable {}
