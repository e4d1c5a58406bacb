// Compaction: the facts of old commits that still matter move to a table of their own, the rest is
// dropped (`FactSieve` says which is which). A start reads what was kept, the last word on the pool,
// and the commits since. It happens in slices, each a transaction, so that commits never wait for
// long; a crash between two slices is like none at all.
//
// What was kept holds sessions that end later, and their ends with them. When it has grown to twice
// what it was after it was last swept, it is gone through once more. Both passes go on with what they
// began with, whatever else is asked for meanwhile: what is live as of one commit says nothing of
// sessions that were opened after it.

internal import GRDB
package import ScrivenerCore
internal import ScrivenerModel

/// How far compaction has come: the one row of the table `compaction`.
struct CompactionState: Sendable, Equatable {
    /// The last commit that was moved, and its moment.
    var through: Int64 = 0
    var moment = Moment(instant: .zero, wall: WallTime(millisecondsSince1970: 0))
    /// How many rows the table `kept` has, and how many bytes of facts.
    var rows: Int64 = 0
    var bytes: Int64 = 0
    /// The last word on the pool.
    var pool: [SessionFact] = []
}

/// One pass over commits that were not compacted, or over those that were.
struct CompactionPass: Sendable {
    var sieve: FactSieve
    /// Where it ends.
    let through: Int64
    /// The last row of the table `kept` that was swept.
    var cursor: Int64 = 0
}

extension SQLiteJournal {
    /// A slice ends with the row that brings it to this size.
    private static let sliceBytes = 1 << 20
    private static let sliceRows = 512

    package var compactedThrough: Int64 { compaction.through }

    package func compact(
        keeping live: FactSieve.Live, through sequence: Int64
    ) throws(JournalError) -> Bool {
        if let sweep {
            try sweepOn(sweep)
            return true
        }
        // The last commit stays: it is what the next one is held against.
        let end = min(sequence, lastSequence - 1)
        if move == nil, compaction.through < end {
            move = CompactionPass(
                sieve: FactSieve(live, after: compaction.pool), through: end)
        }
        if let move {
            try moveOn(move)
            return true
        }
        // As of a commit that is not older than any that was kept.
        guard compaction.through <= sequence, compaction.bytes >= sweepBytes,
            compaction.bytes >= 2 * bytesAfterSweep
        else { return false }
        try sweepOn(CompactionPass(sieve: FactSieve(live), through: compaction.through))
        return true
    }

    private func moveOn(_ pass: CompactionPass) throws(JournalError) {
        var (pass, state) = (pass, compaction)
        try connection.transaction { database in
            try self.requireOwnership(database)
            let slice = try Self.slice(
                .journal, after: state.through, through: pass.through, database)
            guard let last = slice.last, slice.first?.sequence == state.through + 1 else {
                throw JournalError.corrupt(sequence: state.through + 1, "the commit is missing")
            }
            for row in slice {
                let facts = pass.sieve.sift(row.facts)
                try Self.keepPlans(of: row, pass.sieve, database)
                guard !facts.isEmpty else { continue }
                state.bytes += try Self.insert(row, facts, into: .kept, database)
                state.rows += 1
            }
            state.through = last.sequence
            state.moment = last.moment
            state.pool = pass.sieve.pool
            try database.run("DELETE FROM journal WHERE sequence <= ?") { statement in
                try statement.bind(last.sequence, at: 1)
                try statement.finish()
            }
            try state.store(in: database)
        }
        compaction = state
        move = state.through < pass.through ? pass : nil
    }

    private func sweepOn(_ pass: CompactionPass) throws(JournalError) {
        var (pass, state) = (pass, compaction)
        var isOver = false
        try connection.transaction { database in
            try self.requireOwnership(database)
            let slice = try Self.slice(
                .kept, after: pass.cursor, through: pass.through, database)
            guard let last = slice.last else {
                isOver = true
                return
            }
            for row in slice {
                let facts = pass.sieve.sift(row.facts)
                guard facts.count < row.facts.count else { continue }
                try Self.keepPlans(of: row, pass.sieve, database)
                try Self.delete(row, database)
                state.bytes -= Int64(row.size)
                state.rows -= 1
                guard !facts.isEmpty else { continue }
                state.bytes += try Self.insert(row, facts, into: .kept, database)
                state.rows += 1
            }
            pass.cursor = last.sequence
            try state.store(in: database)
        }
        compaction = state
        sweep = isOver ? nil : pass
        if isOver { bytesAfterSweep = state.bytes }
    }

    // MARK: Rows

    /// A row with the size of its facts.
    private struct StoredRow {
        var sequence: Int64
        var moment: Moment
        var facts: [SessionFact]
        var size: Int
    }

    private static func slice(
        _ table: FactRowTable, after start: Int64, through end: Int64, _ database: Database
    ) throws -> [StoredRow] {
        let sql = """
            SELECT sequence, format, checksum, instant, wall, facts FROM \(table.rawValue)
            WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT \(sliceRows)
            """
        return try database.run(sql) { statement in
            try statement.bind(start, at: 1)
            try statement.bind(end, at: 2)
            var rows: [StoredRow] = []
            var bytes = 0
            while bytes < sliceBytes, try statement.step() {
                let size = statement.blob(5).count
                let row = try Self.row(statement)
                rows.append(
                    StoredRow(
                        sequence: row.sequence, moment: row.moment, facts: row.facts, size: size))
                bytes += size
            }
            return rows
        }
    }

    private static func insert(
        _ row: StoredRow, _ facts: [SessionFact], into table: FactRowTable, _ database: Database
    ) throws -> Int64 {
        let bytes = FactCodec.encode(facts)
        try insertRow(row.sequence, row.moment, bytes, table, into: database)
        return Int64(bytes.count)
    }

    /// The plans of sessions that have ended stay for as long as those are archived.
    private static func keepPlans(
        of row: StoredRow, _ sieve: FactSieve, _ database: Database
    ) throws {
        for (session, facts) in sieve.droppedPlans(row.facts) {
            try insertPlan(of: session, row.sequence, facts, into: database)
        }
    }

    private static func delete(_ row: StoredRow, _ database: Database) throws {
        try database.run("DELETE FROM kept WHERE sequence = ?") { statement in
            try statement.bind(row.sequence, at: 1)
            try statement.finish()
        }
    }
}

/// Tables that have facts in rows.
enum FactRowTable: String {
    case journal
    case kept
}

extension CompactionState {
    private static let columns = "through, format, checksum, instant, wall, rows, bytes, pool"

    func store(in database: Database) throws {
        let facts = FactCodec.encode(pool)
        let checksum = facts.withUnsafeBytes {
            RowChecksum.row(sequence: through, moment: moment, facts: $0)
        }
        let sql = "REPLACE INTO compaction (id, \(Self.columns)) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)"
        try database.run(sql) { statement in
            try statement.bind(through, at: 1)
            try statement.bind(JournalSchema.rowFormat, at: 2)
            try statement.bind(checksum, at: 3)
            try statement.bind(moment.instant.nanoseconds, at: 4)
            try statement.bind(moment.wall.millisecondsSince1970, at: 5)
            try statement.bind(rows, at: 6)
            try statement.bind(bytes, at: 7)
            try statement.withBlob(facts, at: 8) { try statement.finish() }
        }
    }

    /// Nothing was compacted when the row is missing.
    init(from database: Database) throws {
        self.init()
        try database.run("SELECT \(Self.columns) FROM compaction") { statement in
            guard try statement.step() else { return }
            through = statement.integer(0)
            moment = Moment(
                instant: Instant(nanoseconds: statement.integer(3)),
                wall: WallTime(millisecondsSince1970: statement.integer(4)))
            (rows, bytes) = (statement.integer(5), statement.integer(6))
            let facts = statement.blob(7)
            let checksum = RowChecksum.row(sequence: through, moment: moment, facts: facts)
            guard statement.integer(1) == JournalSchema.rowFormat,
                checksum == statement.integer(2)
            else {
                throw JournalError.corrupt(
                    sequence: through, "the checksum of what was compacted does not fit")
            }
            do { pool = try FactCodec.decode(facts) } catch {
                throw JournalError.corrupt(sequence: through, "what was compacted: \(error)")
            }
        }
    }
}
