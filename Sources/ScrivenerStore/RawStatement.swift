// Prepared statements in SQLite's own terms. GRDB opens and closes the connection, keeps the
// prepared statements and watches over transactions; but it takes blobs as Foundation's `Data` and
// copies them, and a commit's blobs are most of what a commit is. So values are bound here, where
// they are: SQLite reads a blob while the statement runs, and no longer.

internal import GRDB
internal import GRDBSQLite

/// A prepared statement of a connection, for as long as `Database.run` lends it.
struct RawStatement {
    private let statement: Statement
    private let connection: SQLiteConnection?

    private var handle: SQLiteStatement { statement.sqliteStatement }

    init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        connection = database.sqliteConnection
    }

    func bind(_ value: Int64, at index: CInt) throws {
        try check(sqlite3_bind_int64(handle, index, value))
    }

    func bind(_ value: Int64?, at index: CInt) throws {
        if let value {
            try bind(value, at: index)
        } else {
            try check(sqlite3_bind_null(handle, index))
        }
    }

    /// SQLite takes a copy.
    func bind(_ text: String, at index: CInt) throws {
        var text = text
        try text.withUTF8 { bytes in
            // SQLite's way to say "copy it" is a function pointer of value -1, which no Swift
            // expression but this one can spell.
            let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            let length = sqlite3_uint64(bytes.count)
            // Without a pointer SQLite would bind NULL instead of an empty text.
            let start = bytes.baseAddress.map { UnsafeRawPointer($0) } ?? Self.nothing
            let characters = start.assumingMemoryBound(to: CChar.self)
            try check(
                sqlite3_bind_text64(handle, index, characters, length, copy, UInt8(SQLITE_UTF8)))
        }
    }

    /// Runs `body` while the bytes are bound. SQLite reads them where they are: they must not be
    /// used after `body`, and are not, because `body` runs the statement to its end and resets it.
    func withBlob<Result>(
        _ bytes: [UInt8], at index: CInt, _ body: () throws -> Result
    ) throws -> Result {
        try bytes.withUnsafeBytes { try withBlob($0, at: index, body) }
    }

    /// The same with bytes that lie in a larger buffer.
    func withBlob<Result>(
        _ buffer: UnsafeRawBufferPointer, at index: CInt, _ body: () throws -> Result
    ) throws -> Result {
        let limit = Int(sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, -1))
        guard buffer.count <= limit else {
            throw JournalError.tooLarge(limit: limit, actual: buffer.count)
        }
        let start = buffer.baseAddress ?? Self.nothing
        try check(sqlite3_bind_blob64(handle, index, start, sqlite3_uint64(buffer.count), nil))
        // The binding goes before the pointer does.
        defer {
            sqlite3_reset(handle)
            sqlite3_bind_null(handle, index)
        }
        return try body()
    }

    /// - Returns: Whether there is a row to read.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw error(code)
        }
    }

    /// Runs a statement that has no rows.
    func finish() throws {
        while try step() {}
    }

    /// The first column of all rows.
    func integers() throws -> [Int64] {
        var integers: [Int64] = []
        while try step() { integers.append(integer(0)) }
        return integers
    }

    func integer(_ column: CInt) -> Int64 {
        sqlite3_column_int64(handle, column)
    }

    func isNull(_ column: CInt) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func text(_ column: CInt) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The bytes where SQLite has them: gone with the next step.
    func blob(_ column: CInt) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    }

    func blobCopy(_ column: CInt) -> [UInt8] {
        Array(blob(column))
    }

    fileprivate func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    private func check(_ code: CInt) throws {
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: CInt) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: sqlite3_errmsg(connection).map { String(cString: $0) }, sql: statement.sql)
    }

    /// An address for zero bytes: SQLite takes the null pointer for NULL.
    private static var nothing: UnsafeRawPointer {
        UnsafeRawPointer(bitPattern: MemoryLayout<UInt64>.alignment).unsafelyUnwrapped
    }
}

extension Database {
    /// Lends a prepared statement, and takes it back reset.
    func run<Result>(_ sql: String, _ body: (RawStatement) throws -> Result) throws -> Result {
        let statement = try RawStatement(self, sql)
        defer { statement.reset() }
        return try body(statement)
    }
}
