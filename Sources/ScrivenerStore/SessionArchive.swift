// Archived sessions: one row each, found by id or in a list. The columns beside the two blobs are
// copies of what stands in them, for looking sessions up; what is handed out comes from the blobs.

internal import GRDB
package import ScrivenerCore
package import ScrivenerModel

extension SQLiteJournal {
    static func insertArchive(_ archive: SessionSnapshot, into database: Database) throws {
        let number = archive.number
        let session = archive.session
        let sessionBytes = SnapshotCodec.encode(session)
        let tasksBytes = SnapshotCodec.encode(archive.archived)
        try database.run("INSERT INTO archive VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {
            statement in
            try statement.bind(number, at: 1)
            try statement.bind(session.sessionID, at: 2)
            try statement.bind(session.status.rawValue, at: 3)
            try statement.bind(session.sessionState.rawValue, at: 4)
            try statement.bind(session.submittedAt.millisecondsSince1970, at: 5)
            try statement.bind(session.endedAt?.millisecondsSince1970, at: 6)
            try statement.bind(
                RowChecksum.archive(number: number, part: .session, sessionBytes), at: 7)
            try statement.bind(
                RowChecksum.archive(number: number, part: .tasks, tasksBytes), at: 8)
            try statement.withBlob(sessionBytes, at: 9) {
                try statement.withBlob(tasksBytes, at: 10) { try statement.finish() }
            }
        }
    }

    package func archive(sessionID: String) throws(JournalError) -> SessionSnapshot? {
        let sql = """
            SELECT number, session_checksum, session, tasks_checksum, tasks
            FROM archive WHERE session_id = ?
            """
        return try connection.access { database in
            try database.run(sql) { statement in
                try statement.bind(sessionID, at: 1)
                guard try statement.step() else { return nil }
                let listing = try Self.listing(statement)
                let bytes = statement.blobCopy(4)
                let sum = RowChecksum.archive(number: listing.number, part: .tasks, bytes)
                guard sum == statement.integer(3) else {
                    throw Self.corrupt(listing.number, "the checksum of its tasks does not fit")
                }
                do {
                    let archived = try SnapshotCodec.decodeTasks(bytes)
                    return SessionSnapshot(
                        number: listing.number, session: listing.session,
                        tasks: archived.tasks, endOrder: archived.endOrder)
                } catch { throw Self.corrupt(listing.number, "its tasks: \(error)") }
            }
        }
    }

    package func listing(sessionID: String) throws(JournalError) -> SessionListing? {
        let sql = "SELECT number, session_checksum, session FROM archive WHERE session_id = ?"
        return try connection.access { database in
            try database.run(sql) { statement in
                try statement.bind(sessionID, at: 1)
                return try statement.step() ? try Self.listing(statement) : nil
            }
        }
    }

    package func archives(
        limit: Int, after cursor: Int64?, status: SessionStatus?, since: WallTime?
    ) throws(JournalError) -> [SessionListing] {
        // Not one statement whose conditions may be absent: each can use an index.
        let condition =
            (status == nil ? "" : "AND status = ?3 ")
            + (since == nil ? "" : "AND submitted >= ?4 ")
        let sql = """
            SELECT number, session_checksum, session FROM archive
            WHERE number < ?1 \(condition)ORDER BY number DESC LIMIT ?2
            """
        let limit = min(max(limit, 1), SessionListing.maximumCount)
        return try connection.access { database in
            try database.run(sql) { statement in
                try statement.bind(cursor ?? .max, at: 1)
                try statement.bind(Int64(limit), at: 2)
                if let status { try statement.bind(status.rawValue, at: 3) }
                if let since { try statement.bind(since.millisecondsSince1970, at: 4) }
                var listings: [SessionListing] = []
                while try statement.step() { listings.append(try Self.listing(statement)) }
                return listings
            }
        }
    }

    package func isKnown(sessionID: String) throws(JournalError) -> Bool {
        try connection.access { database in
            try database.run("SELECT 1 FROM archive WHERE session_id = ?") { statement in
                try statement.bind(sessionID, at: 1)
                return try statement.step()
            }
        }
    }

    /// From the columns number, checksum and session.
    private static func listing(_ statement: RawStatement) throws -> SessionListing {
        let number = statement.integer(0)
        let bytes = statement.blobCopy(2)
        let sum = RowChecksum.archive(number: number, part: .session, bytes)
        guard sum == statement.integer(1) else {
            throw corrupt(number, "its checksum does not fit")
        }
        do {
            return SessionListing(number: number, session: try SnapshotCodec.decodeSession(bytes))
        } catch { throw corrupt(number, "\(error)") }
    }

    private static func corrupt(_ number: Int64, _ what: String) -> JournalError {
        .corrupt(sequence: nil, "archived session \(number): \(what)")
    }
}
