// The directory that a journal lies in: made if need be, held to what a journal needs of it, and
// locked against a second coordinator.
//
// The lock is an `flock` on a file beside the database. SQLite has locks of its own, but they tell
// nobody who holds them, and they are lost when any other descriptor of the same file is closed.

internal import ScrivenerModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A locked directory. The lock goes when it is released, with the object, or with the process.
final class JournalDirectory {
    let path: String
    private var lock: CInt?
    /// The database as it was when it was opened: device and file number.
    private var database: FileID?

    var databasePath: String { path + "/journal.sqlite" }

    /// Where a new database is made before it takes its place.
    var draftPath: String { databasePath + ".new" }

    init(_ path: String) throws(ScrivenerError) {
        try Self.make(path)
        try Self.checkFileSystem(path)
        self.path = path
        self.lock = try Self.acquireLock(path + "/journal.lock")
    }

    /// A journal's directory that is there already.
    convenience init(existing path: String) throws(ScrivenerError) {
        guard FileID(path + "/journal.sqlite") != nil else {
            throw ScrivenerError(.journalUnwritable, "\(path): there is no journal here")
        }
        try self.init(path)
    }

    deinit { release() }

    /// Lets others have the journal.
    func release() {
        guard let lock else { return }
        // Closing alone leaves it locked while a child process that is just being started has the
        // file too, which it does until it is another program.
        flock(lock, LOCK_UN)
        close(lock)
        self.lock = nil
    }

    // MARK: The database within it

    /// Whether there is a database. Looks at the file's first bytes only, and changes nothing.
    func containsDatabase() throws(ScrivenerError) -> Bool {
        guard FileID(databasePath) != nil else {
            guard FileID(databasePath + "-wal") == nil else {
                throw ScrivenerError(
                    .journalCorrupt,
                    "\(databasePath) is missing, but its write-ahead log is there: put the "
                        + "database back, or move journal.sqlite-wal away to begin anew")
            }
            return false
        }
        guard access(databasePath, R_OK | W_OK) == 0 else {
            throw Self.unwritable(databasePath, errno)
        }
        try DatabaseHeader(databasePath).check(databasePath)
        return true
    }

    /// Makes an empty file that only its owner may read, in place of what an interrupted start
    /// left there.
    func makeDraft() throws(ScrivenerError) {
        Self.discard(draftPath)
        let file = open(draftPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.unwritable(draftPath, errno) }
        close(file)
    }

    /// The draft takes the database's place, now and after a power loss.
    func publishDraft() throws(ScrivenerError) {
        guard rename(draftPath, databasePath) == 0 else {
            throw Self.unwritable(databasePath, errno)
        }
        try Self.sync(path)
    }

    /// Remembers which file the database is, for `holdsDatabase`.
    func rememberDatabase() {
        database = FileID(databasePath)
    }

    /// Whether the database is still the file that was opened. Commits to a file that somebody
    /// has removed or replaced would be lost when it is closed.
    var holdsDatabase: Bool { database != nil && FileID(databasePath) == database }

    // MARK: Making and locking

    /// Makes the directory and those above it, as far as they are missing, for the owner only.
    private static func make(_ path: String) throws(ScrivenerError) {
        guard !path.isEmpty else {
            throw ScrivenerError(.journalUnwritable, "the journal's directory has no name")
        }
        if mkdir(path, 0o700) == 0 { return try sync(parent(of: path)) }
        switch errno {
        case EEXIST:
            var facts = stat()
            guard stat(path, &facts) == 0 else { throw unwritable(path, errno) }
            guard facts.st_mode & S_IFMT == S_IFDIR else { throw unwritable(path, ENOTDIR) }
            guard access(path, R_OK | W_OK | X_OK) == 0 else { throw unwritable(path, errno) }
        case ENOENT where parent(of: path) != path:
            try make(parent(of: path))
            guard mkdir(path, 0o700) == 0 else { throw unwritable(path, errno) }
            try sync(parent(of: path))
        case let number:
            throw unwritable(path, number)
        }
    }

    private static func parent(of path: String) -> String {
        var rest = Substring(path)
        while rest.count > 1, rest.last == "/" { rest.removeLast() }
        guard let slash = rest.lastIndex(of: "/") else { return "." }
        return slash == rest.startIndex ? "/" : String(rest[..<slash])
    }

    /// A new name in a directory is on disk when the directory is.
    private static func sync(_ directory: String) throws(ScrivenerError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unwritable(directory, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unwritable(directory, errno) }
    }

    /// Makes an empty file that only its owner may read, on the way to one that is not there yet,
    /// and its directory if need be.
    static func makeFile(_ draft: String, replacing path: String) throws(ScrivenerError) {
        guard FileID(path) == nil else { throw unwritable(path, EEXIST) }
        try make(parent(of: path))
        discard(draft)
        let file = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unwritable(draft, errno) }
        close(file)
    }

    /// A draft is not needed any more, whatever has become of it.
    static func discard(_ draft: String) {
        for file in [draft, draft + "-journal", draft + "-wal"] { unlink(file) }
    }

    /// A file that SQLite has written takes its name, now and after a power loss. What has the name
    /// already stays.
    static func publish(_ draft: String, as path: String) throws(ScrivenerError) {
        let file = open(draft, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw unwritable(draft, errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw unwritable(draft, errno) }
        guard link(draft, path) == 0 else { throw unwritable(path, errno) }
        try sync(parent(of: path))
    }

    private static func acquireLock(_ path: String) throws(ScrivenerError) -> CInt {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unwritable(path, errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let failure = errno
            let holder = holder(file).map { " (process \($0))" } ?? ""
            close(file)
            guard failure == EWOULDBLOCK else { throw unwritable(path, failure) }
            throw ScrivenerError(
                .journalLocked, "\(path): another coordinator has the journal open\(holder)")
        }
        let process = Array("\(getpid())\n".utf8)
        // The process id only serves a message: the lock holds without it.
        if ftruncate(file, 0) == 0 { _ = pwrite(file, process, process.count, 0) }
        return file
    }

    /// The process that wrote its id into the lock file. In another container it may have that
    /// id only there.
    private static func holder(_ file: CInt) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
    }

    static func unwritable(_ path: String, _ number: CInt) -> ScrivenerError {
        let isFull = number == ENOSPC || number == EDQUOT
        return ScrivenerError(
            isFull ? .storageFull : .journalUnwritable,
            "\(path): \(String(cString: strerror(number)))")
    }
}

/// Which file a name stands for.
private struct FileID: Equatable {
    private let device: UInt64
    private let number: UInt64

    init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: facts.st_dev)
        number = UInt64(truncatingIfNeeded: facts.st_ino)
    }
}

/// The first hundred bytes of an SQLite database, as "Database File Format" (sqlite.org) has them.
/// They are looked at before SQLite is, because opening a database may already change it.
private struct DatabaseHeader {
    private static let length = 100
    private var bytes = [UInt8](repeating: 0, count: length)
    private var count = 0

    init(_ path: String) throws(ScrivenerError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw JournalDirectory.unwritable(path, errno) }
        defer { close(file) }
        count = pread(file, &bytes, Self.length, 0)
        guard count >= 0 else { throw JournalDirectory.unwritable(path, errno) }
    }

    func check(_ path: String) throws(ScrivenerError) {
        guard count == Self.length, bytes.starts(with: "SQLite format 3\0".utf8) else {
            throw ScrivenerError(
                .journalCorrupt,
                count < Self.length
                    ? "\(path) is cut short: it has \(count) bytes"
                    : "\(path) is not an SQLite database")
        }
        let refusal = JournalSchema.refusal(application: integer(at: 68), version: integer(at: 60))
        if let refusal {
            throw ScrivenerError(refusal.code, "\(path): \(refusal.message)")
        }
    }

    /// Four bytes, big-endian.
    private func integer(at offset: Int) -> Int32 {
        Int32(
            bitPattern: bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
}
