// What keeps a journal from growing for ever: archived sessions go when they are old enough, with
// the payloads that only they had, and the room is given back. And its copy for bad days.

internal import GRDB
internal import ScrivenerModel

extension SQLiteJournal {
    /// How many sessions one slice removes.
    private static let retiredAtOnce = 64
    /// How many pages are given back at a time, and how few are not worth while.
    private static let pagesAtOnce = 512

    package func retire(_ rule: RetentionRule) throws(JournalError) -> Int {
        var retired = 0
        try connection.transaction { database in
            try self.requireOwnership(database)
            let numbers = try Self.outdated(rule, database).filter { self.held[$0] == nil }
            for number in numbers { try Self.remove(session: number, database) }
            retired = numbers.count
        }
        if retired > 0 { try giveBack() }
        return retired
    }

    private static func outdated(_ rule: RetentionRule, _ database: Database) throws -> [Int64] {
        var limit = 0
        if let maximum = rule.maximumCount {
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM archive") ?? 0
            limit = min(max(0, count - max(0, maximum)), retiredAtOnce)
        }
        let excess = limit == 0 ? [] : try ended(before: nil, rule, limit, database)
        guard excess.count < retiredAtOnce, let cutoff = rule.endedBefore else { return excess }
        let old = try ended(before: cutoff, rule, retiredAtOnce, database)
        // Both have the oldest first, so the longer one holds the other.
        return old.count > excess.count ? old : excess
    }

    /// Those that may be removed, the oldest first.
    private static func ended(
        before cutoff: WallTime?, _ rule: RetentionRule, _ limit: Int, _ database: Database
    ) throws -> [Int64] {
        let sql = """
            SELECT number FROM archive WHERE ended < ?1 AND NOT (ended >= ?2 AND EXISTS (
                SELECT 1 FROM callback WHERE session = number AND next_try IS NOT NULL))
            ORDER BY ended LIMIT ?3
            """
        return try database.run(sql) { statement in
            try statement.bind(cutoff?.millisecondsSince1970 ?? .max, at: 1)
            try statement.bind(rule.untoldSince?.millisecondsSince1970 ?? .max, at: 2)
            try statement.bind(Int64(limit), at: 3)
            return try statement.integers()
        }
    }

    private static func numbers(
        _ sql: String, _ value: Int64, _ database: Database
    ) throws -> [Int64] {
        try database.run(sql) { statement in
            try statement.bind(value, at: 1)
            return try statement.integers()
        }
    }

    private static func remove(session number: Int64, _ database: Database) throws {
        let rows = try numbers(
            "SELECT sequence FROM payload_owner WHERE session = ?", number, database)
        let statements = [
            "DELETE FROM archive WHERE number = ?", "DELETE FROM payload_owner WHERE session = ?",
            "DELETE FROM plan WHERE session = ?",
            "DELETE FROM callback WHERE session = ?", "DELETE FROM delivery WHERE session = ?",
        ]
        for sql in statements { try execute(sql, number, database) }
        for row in rows {
            try execute(
                """
                DELETE FROM payload
                WHERE part BETWEEN ?1 << \(PayloadPart.numberBits)
                AND ((?1 + 1) << \(PayloadPart.numberBits)) - 1
                AND NOT EXISTS (SELECT 1 FROM payload_owner WHERE sequence = ?1)
                """, row, database)
        }
    }

    private static func execute(_ sql: String, _ value: Int64, _ database: Database) throws {
        try database.run(sql) { statement in
            try statement.bind(value, at: 1)
            try statement.finish()
        }
    }

    /// Pages that are free are used again; when they are more than a quarter of all, some are given
    /// back to the file system.
    private func giveBack() throws(JournalError) {
        try connection.access { database in
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let all = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            guard free > Self.pagesAtOnce, free > all / 4 else { return }
            try database.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesAtOnce))")
        }
    }

    package func backUp(to path: String) throws(JournalError) {
        let draft = path + ".part"
        do throws(ScrivenerError) {
            try JournalDirectory.makeFile(draft, replacing: path)
        } catch { throw .io(error.message) }
        defer { JournalDirectory.discard(draft) }
        // Into an empty file that only its owner may read.
        try connection.access(isOurDisk: false) { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [draft])
            let copy = try DatabaseQueue(path: draft)
            try copy.writeWithoutTransaction { copy in
                try copy.execute(sql: "UPDATE identity SET is_copy = 1")
            }
            try copy.close()
        }
        do throws(ScrivenerError) {
            try JournalDirectory.publish(draft, as: path)
        } catch { throw .io(error.message) }
    }
}
