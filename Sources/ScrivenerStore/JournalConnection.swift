// The one connection to the database: how it is set up, how its errors are told, when its
// write-ahead log is copied into it, and how it ends.
//
// One connection, because SQLite before 3.51.3 can corrupt a database when one connection starts
// the write-ahead log anew while another reads it. Checkpoints are ours and not SQLite's
// (`wal_autocheckpoint` is off), because SQLite ignores the errors of its own: a failed fsync of
// the database would be forgotten, the next one would succeed without those pages, and the log
// that still had them would be written over.

internal import GRDB
internal import GRDBSQLite
internal import ScrivenerModel

final class JournalConnection {
    /// What a page of the write-ahead log takes: SQLite's standard page, and the frame's header.
    private static let framePageBytes = 4_096 + 24

    private let queue: DatabaseQueue
    private let configuration: JournalConfiguration
    /// Pages in the write-ahead log, as SQLite's hook reports them after each commit. On the heap,
    /// because SQLite keeps the address; freed after the connection is closed, or never.
    private let logPages: UnsafeMutablePointer<CInt>
    /// Once the disk has failed, nothing that it says is to be believed.
    private var failure: JournalError?
    private var isClosed = false

    /// - Parameter path: The database; absent for one in memory.
    init(path: String?, configuration: JournalConfiguration) throws {
        self.configuration = configuration
        queue = try Self.open(path)
        logPages = .allocate(capacity: 1)
        logPages.initialize(to: 0)
        guard path != nil else { return }
        do {
            try queue.writeWithoutTransaction { database in
                try JournalSchema.check(database)
                try Self.setUpLog(database, configuration.durability)
                // SQLite calls this on our thread, within a commit.
                sqlite3_wal_hook(
                    database.sqliteConnection,
                    { pages, _, _, count in
                        pages?.assumingMemoryBound(to: CInt.self).pointee = count
                        return SQLITE_OK
                    }, logPages)
            }
        } catch {
            isClosed = true
            try? queue.close()
            logPages.deallocate()
            throw error
        }
    }

    deinit {
        guard !isClosed else { return }
        try? close()
    }

    private static func open(_ path: String?) throws -> DatabaseQueue {
        var settings = Configuration()
        settings.label = "journal"
        settings.foreignKeysEnabled = false
        guard let path else { return try DatabaseQueue(configuration: settings) }
        settings.prepareDatabase { database in
            // Before the first access, so that SQLite keeps the log's index in memory, and no
            // other process can use the database for as long as this one has it.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        }
        return try DatabaseQueue(path: path, configuration: settings)
    }

    /// GRDB is not asked to set up the log: it would set `synchronous` to NORMAL with it.
    private static func setUpLog(_ database: Database, _ durability: Durability) throws {
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
        guard mode == "wal" else {
            throw DatabaseError(message: "SQLite refuses a write-ahead log (\(mode ?? "none"))")
        }
        let level = durability == .full ? 2 : 1
        try database.execute(
            sql: """
                PRAGMA synchronous = \(level);
                PRAGMA fullfsync = \(durability == .full);
                PRAGMA checkpoint_fullfsync = 1;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA cell_size_check = 1;
                PRAGMA mmap_size = 0;
                """)
        let actual = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        guard actual == level else {
            throw DatabaseError(message: "SQLite did not take PRAGMA synchronous = \(level)")
        }
    }

    // MARK: Use

    /// Lends the connection, with SQLite's errors told as the journal's.
    ///
    /// - Parameter isOurDisk: whether a failing disk is the one that the journal lies on.
    func access<Result>(
        isOurDisk: Bool = true, _ body: (Database) throws -> Result
    ) throws(JournalError) -> Result {
        precondition(!isClosed, "the journal is closed")
        if let failure { throw failure }
        var systemError: CInt = 0
        do {
            return try queue.writeWithoutTransaction { database in
                do {
                    return try body(database)
                } catch {
                    systemError = sqlite3_system_errno(database.sqliteConnection)
                    throw error
                }
            }
        } catch {
            let translated = Self.translate(error, systemError: systemError)
            if isOurDisk, case .io = translated { failure = translated }
            throw translated
        }
    }

    /// All of it or nothing.
    func transaction(_ body: (Database) throws -> Void) throws(JournalError) {
        try access { database in
            try database.inTransaction(.immediate) {
                try body(database)
                return .commit
            }
        }
    }

    private static func translate(_ error: any Error, systemError: CInt) -> JournalError {
        switch error {
        case let error as JournalError: error
        case let error as DatabaseError: JournalError(error, systemError: systemError)
        default: .io("\(error)")
        }
    }

    // MARK: Checkpoints

    /// Copies the log into the database when it has grown to its limit.
    ///
    /// A full disk is no reason not to go on here: the log has everything, and the next attempt
    /// comes with the next call.
    func checkpointIfDue() throws(JournalError) {
        let size = Int(logPages.pointee) * Self.framePageBytes
        guard size >= configuration.checkpointBytes else { return }
        let truncates = size >= configuration.truncateBytes
        do {
            try checkpoint(truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE)
        } catch .full {
            return
        }
    }

    func checkpoint(_ mode: CInt = SQLITE_CHECKPOINT_TRUNCATE) throws(JournalError) {
        guard configuration.durability != .inMemory else { return }
        try access { database in
            let connection = database.sqliteConnection
            let code = sqlite3_wal_checkpoint_v2(connection, nil, mode, nil, nil)
            guard code == SQLITE_OK else {
                throw DatabaseError(
                    resultCode: ResultCode(rawValue: code),
                    message: sqlite3_errmsg(connection).map { String(cString: $0) })
            }
        }
        logPages.pointee = 0
    }

    // MARK: The end

    func close() throws(JournalError) {
        precondition(!isClosed, "the journal is closed")
        defer { isClosed = true }
        var failed: JournalError?
        do { try checkpoint() } catch { failed = error }
        guard failure == nil else {
            // Closing would make SQLite copy the log once more and then delete it, on the word of
            // a disk that has failed. The next process reads the log; this one leaves it alone,
            // and the connection with it.
            _ = Unmanaged.passRetained(queue)
            throw failed ?? .io("the disk failed before")
        }
        do { try queue.close() } catch { failed = failed ?? Self.translate(error, systemError: 0) }
        logPages.deallocate()
        if let failed { throw failed }
    }
}
