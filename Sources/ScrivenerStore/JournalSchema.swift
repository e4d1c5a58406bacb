// The tables of a journal on SQLite. `docs/journal.md` tells what stands in them; the two are
// changed together, and a change raises `version`.

internal import GRDB
internal import ScrivenerModel

enum JournalSchema {
    /// "Scrv" in ASCII, at its fixed place in the file: tells our files from other SQLite
    /// databases.
    static let applicationID: Int32 = 0x5363_7276
    /// What this software writes, and all that it reads.
    static let version: Int32 = 6
    /// How a row of `journal` is made, besides the format of the facts within it.
    static let rowFormat: Int64 = 1

    /// Facts, a row a commit.
    private static let factRows = """
        (
            sequence INTEGER PRIMARY KEY,
            format INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            instant INTEGER NOT NULL,
            wall INTEGER NOT NULL,
            facts BLOB NOT NULL
        ) STRICT
        """

    private static let tables = """
        CREATE TABLE identity (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            journal_id TEXT NOT NULL,
            incarnation INTEGER NOT NULL,
            nonce INTEGER NOT NULL,
            is_copy INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE journal \(factRows);

        CREATE TABLE kept \(factRows);

        CREATE TABLE compaction (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            through INTEGER NOT NULL,
            format INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            instant INTEGER NOT NULL,
            wall INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            pool BLOB NOT NULL
        ) STRICT;

        CREATE TABLE payload (
            part INTEGER PRIMARY KEY,
            checksum INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;

        CREATE TABLE payload_owner (
            session INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (session, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX payload_owner_by_sequence ON payload_owner (sequence);

        CREATE TABLE archive (
            number INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,
            state TEXT NOT NULL,
            submitted INTEGER NOT NULL,
            ended INTEGER,
            session_checksum INTEGER NOT NULL,
            tasks_checksum INTEGER NOT NULL,
            session BLOB NOT NULL,
            tasks BLOB NOT NULL
        ) STRICT;

        CREATE TABLE plan (
            session INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            facts BLOB NOT NULL,
            PRIMARY KEY (session, sequence)
        ) STRICT;

        CREATE INDEX archive_by_status ON archive (status, number);
        CREATE INDEX archive_by_end ON archive (ended);

        CREATE TABLE callback (
            session INTEGER NOT NULL,
            place INTEGER NOT NULL,
            session_id TEXT NOT NULL,
            host TEXT NOT NULL,
            url TEXT NOT NULL,
            secret TEXT NOT NULL,
            events INTEGER NOT NULL,
            is_open INTEGER NOT NULL,
            is_gone INTEGER NOT NULL,
            next_try INTEGER,
            PRIMARY KEY (session, place)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX callback_open ON callback (session) WHERE is_open = 1;
        CREATE INDEX callback_due ON callback (host, next_try) WHERE next_try IS NOT NULL;

        CREATE TABLE delivery (
            session INTEGER NOT NULL,
            place INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            message_id TEXT NOT NULL,
            event INTEGER NOT NULL,
            at INTEGER NOT NULL,
            state INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            status INTEGER,
            error TEXT,
            tried INTEGER,
            body BLOB NOT NULL,
            PRIMARY KEY (session, place, ordinal)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX delivery_pending ON delivery (session, place, ordinal) WHERE state = 0;
        """

    /// Makes the tables and the journal's identity, whole or not at all.
    static func create(in database: Database) throws {
        let journalID = newJournalID()
        try database.inTransaction(.immediate) {
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(version)")
            try database.execute(sql: tables)
            try database.execute(
                sql: "INSERT INTO identity VALUES (1, ?, 0, 0, 0)", arguments: [journalID])
            return .commit
        }
    }

    /// Refuses a database that is not a journal, or one of other software than this.
    static func check(_ database: Database) throws {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if let refusal = refusal(application: application, version: version) { throw refusal }
    }

    static func refusal(application: Int32, version: Int32) -> ScrivenerError? {
        guard application == applicationID else {
            return ScrivenerError(
                .journalCorrupt,
                "the file is a database of another program (application id \(application))")
        }
        guard version <= self.version else {
            return ScrivenerError(
                .journalNewer,
                "the journal has schema \(version); this software knows \(self.version)")
        }
        guard version > 0 else {
            return ScrivenerError(.journalCorrupt, "the journal has no schema")
        }
        guard version == self.version else {
            return ScrivenerError(
                .journalOlder,
                "the journal has schema \(version); this software knows \(self.version) alone")
        }
        return nil
    }

    static func newJournalID() -> String { randomHex() + randomHex() }

    private static func randomHex() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
