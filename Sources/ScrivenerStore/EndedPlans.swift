// The plans of sessions that have ended, for whoever wants to run one again. A plan is the facts that
// brought the session its tasks. They stand in the log until they are compacted, and then in a table of
// their own, for as long as the session is archived.

internal import GRDB
package import ScrivenerCore
internal import ScrivenerModel

extension SQLiteJournal {
    package func plan(of session: SessionSnapshot) throws(JournalError) -> EndedPlan {
        let plan = try connection.access { database in
            var facts: [SessionFact] = []
            var taskCount = 0
            var last: Int64 = 0
            try Self.visitPlans(of: session.number, database) { sequence, compacted in
                facts += compacted
                taskCount += compacted.reduce(0) { $0 + $1.plannedTaskCount }
                last = sequence
            }
            // Its facts stand in commits that it owns payloads of. Mostly the first has all tasks.
            for sequence in try Self.commits(of: session.number, after: last, database)
            where taskCount < session.tasks.count {
                let own = try Self.facts(in: sequence, database).filter {
                    $0.plannedSession == session.number
                }
                facts += own
                taskCount += own.reduce(0) { $0 + $1.plannedTaskCount }
            }
            return EndedPlan(facts)
        }
        guard let plan else { throw Self.corruptPlan(session.number, "the opening is missing") }
        guard plan.taskCount == session.tasks.count else {
            throw Self.corruptPlan(
                session.number, "it has \(plan.taskCount) tasks, the archive \(session.tasks.count)"
            )
        }
        return plan
    }

    private static func commits(
        of session: Int64, after sequence: Int64, _ database: Database
    ) throws -> [Int64] {
        let sql = """
            SELECT sequence FROM payload_owner WHERE session = ? AND sequence > ?
            ORDER BY sequence
            """
        return try database.run(sql) { statement in
            try statement.bind(session, at: 1)
            try statement.bind(sequence, at: 2)
            return try statement.integers()
        }
    }

    /// What is left of a commit's facts.
    private static func facts(in sequence: Int64, _ database: Database) throws -> [SessionFact] {
        let columns = "sequence, format, checksum, instant, wall, facts"
        let sql = """
            SELECT \(columns) FROM journal WHERE sequence = ?1
            UNION ALL SELECT \(columns) FROM kept WHERE sequence = ?1
            """
        return try database.run(sql) { statement in
            try statement.bind(sequence, at: 1)
            return try statement.step() ? try row(statement).facts : []
        }
    }

    // MARK: The table

    /// Keeps what compaction takes out of the log, if the session is archived still.
    static func insertPlan(
        of session: Int64, _ sequence: Int64, _ facts: [SessionFact], into database: Database
    ) throws {
        let bytes = FactCodec.encode(facts)
        let checksum = bytes.withUnsafeBytes {
            RowChecksum.plan(session: session, sequence: sequence, $0)
        }
        let sql = """
            INSERT OR REPLACE INTO plan SELECT ?1, ?2, ?3, ?4
            WHERE EXISTS (SELECT 1 FROM archive WHERE number = ?1)
            """
        try database.run(sql) { statement in
            try statement.bind(session, at: 1)
            try statement.bind(sequence, at: 2)
            try statement.bind(checksum, at: 3)
            try statement.withBlob(bytes, at: 4) { try statement.finish() }
        }
    }

    /// - Parameter session: all sessions when absent.
    static func visitPlans(
        of session: Int64? = nil, _ database: Database,
        _ visit: (_ sequence: Int64, [SessionFact]) throws -> Void
    ) throws {
        let condition = session == nil ? "" : "WHERE session = ?"
        let sql = """
            SELECT session, sequence, checksum, facts FROM plan \(condition)
            ORDER BY session, sequence
            """
        try database.run(sql) { statement in
            if let session { try statement.bind(session, at: 1) }
            while try statement.step() {
                let (number, sequence) = (statement.integer(0), statement.integer(1))
                let bytes = statement.blob(3)
                guard
                    RowChecksum.plan(session: number, sequence: sequence, bytes)
                        == statement.integer(2)
                else { throw corruptPlan(number, "its checksum does not fit") }
                do {
                    try visit(sequence, try FactCodec.decode(bytes))
                } catch let error as JournalDecodingError {
                    throw corruptPlan(number, "\(error)")
                }
            }
        }
    }

    private static func corruptPlan(_ number: Int64, _ what: String) -> JournalError {
        .corrupt(sequence: nil, "the plan of archived session \(number): \(what)")
    }

    // MARK: Payloads of others

    /// The sessions own the payloads of earlier commits too, and the commit that says so: by that their
    /// plans are found.
    static func insertClaims(
        _ claims: [PayloadClaim], of sequence: Int64, into database: Database
    ) throws {
        let own = Set(claims.map(\.session)).sorted().map {
            PayloadClaim(session: $0, row: sequence)
        }
        for claim in claims + own {
            try database.run("INSERT OR IGNORE INTO payload_owner VALUES (?, ?)") { statement in
                try statement.bind(claim.session, at: 1)
                try statement.bind(claim.row, at: 2)
                try statement.finish()
            }
        }
    }

    package func hold(session number: Int64) { held[number, default: 0] += 1 }

    package func release(session number: Int64) {
        let count = held[number, default: 0] - 1
        held[number] = count > 0 ? count : nil
    }
}
