// How a journal is opened: made if there is none, checked, its incarnation counted up, and its last
// commit looked at. All of it is done before the coordinator does anything, and every refusal is an
// error of the catalogue.

internal import GRDB
internal import ScrivenerCore
internal import ScrivenerModel

/// What opening a journal yields.
struct JournalOpening {
    let connection: JournalConnection
    let identity: JournalIdentity
    let lastSequence: Int64
    let lastMoment: Moment?
    let compaction: CompactionState

    /// - Parameters:
    ///   - directory: Absent for a journal in memory.
    ///   - takesOver: Whether the incarnation is counted up; not by who only looks.
    init(
        _ directory: JournalDirectory?, _ configuration: JournalConfiguration,
        takesOver: Bool = true
    ) throws(ScrivenerError) {
        do {
            connection = try Self.connect(directory, configuration)
            directory?.rememberDatabase()
            if takesOver { try Self.takeOver(connection) }
            identity = try Self.identity(connection)
            (lastSequence, lastMoment) = try Self.lastCommit(connection)
            compaction = try connection.access { try CompactionState(from: $0) }
            try connection.checkpoint()
        } catch {
            throw Self.refusal(error, directory?.databasePath)
        }
    }

    private static func connect(
        _ directory: JournalDirectory?, _ configuration: JournalConfiguration
    ) throws -> JournalConnection {
        guard let directory else {
            let connection = try JournalConnection(path: nil, configuration: configuration)
            try connection.access { try JournalSchema.create(in: $0) }
            return connection
        }
        if try !directory.containsDatabase() { try create(in: directory) }
        return try JournalConnection(path: directory.databasePath, configuration: configuration)
    }

    /// Makes a new database beside its place and moves it there when it is whole and on disk: a
    /// file with the journal's name is never half a journal.
    private static func create(in directory: JournalDirectory) throws {
        try directory.makeDraft()
        let draft = try DatabaseQueue(path: directory.draftPath)
        try draft.writeWithoutTransaction { database in
            // Before the first table: pages that are freed can be given back a few at a time.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try JournalSchema.create(in: database)
        }
        try draft.close()
        try directory.publishDraft()
    }

    /// Counts up the incarnation, so that whoever had the journal before is fenced. A copy becomes a
    /// journal of its own: what workers hold belongs to a history that it has only the beginning of,
    /// and attempts that it will give out bear the numbers of others.
    private static func takeOver(_ connection: JournalConnection) throws(JournalError) {
        let nonce = UInt64.random(in: .min ... .max)
        try connection.transaction { database in
            let sql = """
                UPDATE identity SET incarnation = incarnation + 1, nonce = ?,
                journal_id = iif(is_copy, ?, journal_id), is_copy = 0
                """
            try database.run(sql) { statement in
                try statement.bind(Int64(bitPattern: nonce), at: 1)
                try statement.bind(JournalSchema.newJournalID(), at: 2)
                try statement.finish()
            }
        }
    }

    private static func identity(
        _ connection: JournalConnection
    ) throws(JournalError) -> JournalIdentity {
        try connection.access { database in
            let sql = "SELECT journal_id, incarnation, nonce FROM identity"
            return try database.run(sql) { statement in
                guard try statement.step() else {
                    throw JournalError.corrupt(sequence: nil, "the journal has no identity")
                }
                return JournalIdentity(
                    journalID: statement.text(0), incarnation: statement.integer(1),
                    nonce: UInt64(bitPattern: statement.integer(2)))
            }
        }
    }

    private static func lastCommit(
        _ connection: JournalConnection
    ) throws(JournalError) -> (sequence: Int64, moment: Moment?) {
        let sql = "SELECT sequence, instant, wall FROM journal ORDER BY sequence DESC LIMIT 1"
        return try connection.access { database in
            try database.run(sql) { statement in
                guard try statement.step() else { return (0, nil) }
                let moment = Moment(
                    instant: Instant(nanoseconds: statement.integer(1)),
                    wall: WallTime(millisecondsSince1970: statement.integer(2)))
                return (statement.integer(0), moment)
            }
        }
    }

    /// The catalogued error for what went wrong.
    private static func refusal(_ error: any Error, _ path: String?) -> ScrivenerError {
        let place = path.map { "\($0): " } ?? ""
        switch error {
        case let error as ScrivenerError:
            return error
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY:
            return ScrivenerError(
                .journalLocked, "\(place)another program has the database open")
        case let error as DatabaseError:
            return refusal(JournalError(error), path)
        case let error as JournalError:
            var refusal = error.scrivenerError
            refusal.message = place + refusal.message
            return refusal
        default:
            return ScrivenerError(.internalError, "\(place)\(error)")
        }
    }
}
