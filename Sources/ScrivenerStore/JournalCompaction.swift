// Compaction: the facts of old commits that still matter move to a table of their own, the rest is
// dropped (`FactSieve` says which is which). A start reads what was kept, the last word on the pool,
// and the commits since. It happens in slices, each a transaction, so that commits never wait for
// long; a crash between two slices is like none at all.
//
// What was kept holds facts of sessions that end later. When it has grown to twice what it was after
// it was last swept, it is gone through once more.

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

/// One pass over the table `kept`.
struct CompactionSweep: Sendable, Equatable {
    /// The last row that was looked at.
    var cursor: Int64 = 0
    /// Bytes of facts in the rows that were looked at and stay.
    var bytes: Int64 = 0
}

extension SQLiteJournal {
    /// A slice ends with the row that brings it to this size.
    private static let sliceBytes = 1 << 20
    private static let sliceRows = 512

    package func compact(
        keeping live: FactSieve.Live, through sequence: Int64
    ) throws(JournalError) -> Bool {
        // The last commit stays: it is what the next one is held against.
        let end = min(sequence, lastSequence - 1)
        if compaction.through < end {
            try move(keeping: live, through: end)
            return true
        }
        if sweep == nil {
            guard compaction.bytes >= sweepBytes,
                compaction.bytes >= 2 * bytesAfterSweep
            else { return false }
            sweep = CompactionSweep()
        }
        try sweepOn(keeping: live)
        return sweep != nil
    }

    private func move(
        keeping live: FactSieve.Live, through end: Int64
    ) throws(JournalError) {
        var state = compaction
        try connection.transaction { database in
            try self.requireOwnership(database)
            let slice = try Self.slice(.journal, after: state.through, through: end, database)
            guard let last = slice.last, slice.first?.sequence == state.through + 1 else {
                throw JournalError.corrupt(sequence: state.through + 1, "the commit is missing")
            }
            var sieve = FactSieve(live, pool: state.pool)
            for row in slice {
                let facts = sieve.sift(row.facts)
                guard !facts.isEmpty else { continue }
                state.bytes += try Self.insert(row, facts, into: .kept, database)
                state.rows += 1
            }
            state.through = last.sequence
            state.moment = last.moment
            state.pool = sieve.pool
            try database.run("DELETE FROM journal WHERE sequence <= ?") { statement in
                try statement.bind(last.sequence, at: 1)
                try statement.finish()
            }
            try state.store(in: database)
        }
        compaction = state
    }

    private func sweepOn(keeping live: FactSieve.Live) throws(JournalError) {
        guard var current = sweep else { return }
        var state = compaction
        var isOver = false
        try connection.transaction { database in
            try self.requireOwnership(database)
            let slice = try Self.slice(.kept, after: current.cursor, through: .max, database)
            guard let last = slice.last else {
                isOver = true
                return
            }
            var sieve = FactSieve(live)
            for row in slice {
                let facts = sieve.sift(row.facts)
                if facts.count < row.facts.count {
                    try Self.delete(row, database)
                    state.bytes -= Int64(row.size)
                    state.rows -= 1
                    guard !facts.isEmpty else { continue }
                    let size = try Self.insert(row, facts, into: .kept, database)
                    state.bytes += size
                    state.rows += 1
                    current.bytes += size
                } else {
                    current.bytes += Int64(row.size)
                }
            }
            current.cursor = last.sequence
            try state.store(in: database)
        }
        compaction = state
        sweep = isOver ? nil : current
        if isOver { bytesAfterSweep = current.bytes }
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
