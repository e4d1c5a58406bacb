import Foundation
import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite("Opening a journal")
struct JournalOpeningTests {
    private func refusal(_ directory: String) -> ScrivenerError? {
        do {
            try SQLiteJournal(directory: directory).close()
            return nil
        } catch let error as ScrivenerError {
            return error
        } catch {
            Issue.record("not of the catalogue: \(error)")
            return nil
        }
    }

    /// A journal of three commits that was closed.
    private func closedJournal() throws -> (TemporaryDirectory, JournalIdentity) {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        var generator = SeededGenerator(seed: 40)
        _ = try journal.appendRandom(3, &generator)
        try journal.close()
        return (directory, journal.identity)
    }

    private func change(_ directory: TemporaryDirectory, _ sql: String) throws {
        let queue = try DatabaseQueue(path: directory.database)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// Workers tell journals and coordinators apart by these: two openings with the same would
    /// make a stale coordinator's messages pass for the present one's.
    @Test func `every opening is another incarnation of one journal`() throws {
        let (directory, first) = try closedJournal()
        #expect(first.incarnation == 1)
        #expect(first.journalID.count == 32)
        let isHexadecimal = first.journalID.allSatisfy { $0.isHexDigit }
        #expect(isHexadecimal)
        let second = try SQLiteJournal(directory: directory.path)
        try second.close()
        #expect(second.identity.journalID == first.journalID)
        #expect(second.identity.incarnation == 2)
        #expect(second.identity.nonce != first.nonce)
        let (_, other) = try closedJournal()
        #expect(other.journalID != first.journalID)
    }

    /// A first start on a fresh machine must not need an administrator, and what a journal holds
    /// is nobody else's business.
    @Test func `a missing directory is made for its owner only`() throws {
        let directory = TemporaryDirectory()
        let nested = directory.path + "/a/b/c/"
        try SQLiteJournal(directory: nested).close()
        for (path, mode) in [
            (directory.path + "/a", 0o700), (nested, 0o700), (nested + "journal.sqlite", 0o600),
            (nested + "journal.lock", 0o600),
        ] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
        }
        #expect(!FileManager.default.fileExists(atPath: nested + "journal.sqlite.new"))
    }

    /// Two coordinators on one journal would each decide for themselves. The second is refused at
    /// once, and told who has it; when the first is gone the next one gets it.
    @Test func `a second coordinator is refused`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        let error = refusal(directory.path)
        #expect(error?.code == .journalLocked)
        #expect(error?.message.contains("process \(getpid())") == true)
        try journal.append(JournalBatch(moment: .at(1)), expecting: 0)
        try journal.close()
        #expect(refusal(directory.path) == nil)
    }

    /// A coordinator that is dropped without being closed must not keep the journal locked.
    @Test func `a journal that is let go is let go of`() throws {
        let directory = TemporaryDirectory()
        do { _ = try SQLiteJournal(directory: directory.path) }
        #expect(refusal(directory.path) == nil)
    }

    /// A child process has every file of its parent's until it is another program. Here a second
    /// descriptor stands for it.
    @Test func `a child that is being started does not keep the journal locked`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        let lock = try #require(Self.descriptor(of: directory.path + "/journal.lock"))
        let inherited = dup(lock)
        defer { close(inherited) }
        try journal.close()
        #expect(refusal(directory.path) == nil)
    }

    private static func descriptor(of path: String) -> CInt? {
        (0..<CInt(1_024)).first { descriptor in
            var of = stat()
            var named = stat()
            return fstat(descriptor, &of) == 0 && stat(path, &named) == 0
                && of.st_dev == named.st_dev && of.st_ino == named.st_ino
        }
    }

    /// Somebody who looks at the journal with another program while it is in use gets nothing, so
    /// that SQLite's faults with two connections cannot touch it.
    @Test func `other programs are shut out while it is open`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        #expect(throws: DatabaseError.self) {
            try DatabaseQueue(path: directory.database).read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM journal")
            }
        }
        try journal.close()
    }

    /// The reverse: another program has the database open for writing.
    @Test func `a database that another program holds is refused`() throws {
        let (directory, _) = try closedJournal()
        let queue = try DatabaseQueue(path: directory.database)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        }
        #expect(refusal(directory.path)?.code == .journalLocked)
        try queue.close()
        #expect(refusal(directory.path) == nil)
    }

    /// An older coordinator on a newer journal would write what the newer one cannot read, and
    /// overlook what it does not know.
    @Test func `a newer schema is refused and left alone`() throws {
        let (directory, _) = try closedJournal()
        try change(directory, "PRAGMA user_version = \(JournalSchema.version + 1)")
        let before = try directory.bytes(directory.database)
        let error = refusal(directory.path)
        #expect(error?.code == .journalNewer)
        #expect(error?.message.contains("schema \(JournalSchema.version + 1)") == true)
        #expect(try directory.bytes(directory.database) == before)
    }

    /// A journal from before the first release, whose facts have other kinds and other columns: its
    /// sessions would be read as something that they are not.
    @Test func `an older schema is refused and left alone`() throws {
        let (directory, _) = try closedJournal()
        try change(directory, "PRAGMA user_version = 1")
        let before = try directory.bytes(directory.database)
        let error = refusal(directory.path)
        #expect(error?.code == .journalOlder)
        #expect(error?.message.contains("schema 1") == true)
        #expect(error?.message.contains(directory.path) == true)
        #expect(try directory.bytes(directory.database) == before)
    }

    /// A newer schema whose version is still in the write-ahead log only, as after a crash.
    @Test func `a newer schema in the log is refused`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        try journal.connection.access {
            try $0.execute(sql: "PRAGMA user_version = \(JournalSchema.version + 2)")
        }
        let copy = try directory.copyAfterCrash()
        #expect(refusal(copy.path)?.code == .journalNewer)
        try journal.close()
    }

    /// A wrong path in the configuration must not turn another program's database into a journal.
    @Test func `another program's database is refused and left alone`() throws {
        let directory = TemporaryDirectory()
        try change(directory, "CREATE TABLE mine (id INTEGER)")
        let before = try directory.bytes(directory.database)
        #expect(refusal(directory.path)?.code == .journalCorrupt)
        #expect(try directory.bytes(directory.database) == before)
    }

    /// Files that are no database at all, or only the beginning of one: a failed copy.
    @Test func `what is no database is refused`() throws {
        let (directory, _) = try closedJournal()
        let whole = try directory.bytes(directory.database)
        for bytes in [[], Array(whole[..<50]), [UInt8](repeating: 65, count: 5_000)] {
            try directory.write(bytes, to: directory.database)
            #expect(refusal(directory.path)?.code == .journalCorrupt, "\(bytes.count) bytes")
            #expect(try directory.bytes(directory.database) == bytes)
        }
        try directory.write(Array(whole[..<(whole.count / 2)]), to: directory.database)
        #expect(refusal(directory.path)?.code == .journalCorrupt)
        try directory.write(whole, to: directory.database)
        #expect(refusal(directory.path) == nil)
    }

    /// Somebody copied away the database and left its log, which has the last commits. A new
    /// database beside that log would be taken for the one it belongs to.
    @Test func `a log without its database is refused`() throws {
        let directory = TemporaryDirectory()
        try directory.write([1, 2, 3], to: directory.log)
        let error = refusal(directory.path)
        #expect(error?.code == .journalCorrupt)
        #expect(error?.message.contains("journal.sqlite-wal") == true)
    }

    /// A start that was interrupted while it made the database must not keep later ones from it.
    @Test func `an interrupted creation is begun anew`() throws {
        let directory = TemporaryDirectory()
        try directory.write([1, 2, 3], to: directory.database + ".new")
        try directory.write([4, 5, 6], to: directory.database + ".new-journal")
        #expect(refusal(directory.path) == nil)
    }

    /// A disk that hands back one other bit: noticed at the row, before any fact of it is applied.
    @Test(arguments: [
        "facts = CAST(substr(facts, 1, length(facts) - 1) || x'FF' AS BLOB)",
        "instant = instant + 1", "wall = wall + 1", "checksum = checksum + 1",
    ])
    func `a changed row is corrupt`(change: String) throws {
        let (directory, _) = try closedJournal()
        try self.change(directory, "UPDATE journal SET \(change) WHERE sequence = 2")
        let journal = try SQLiteJournal(directory: directory.path)
        var visited: [Int64] = []
        #expect(throws: JournalError.corrupt(sequence: 2, "the checksum does not fit")) {
            try journal.replay { visited.append($0.sequence) }
        }
        #expect(visited == [1])
        try journal.close()
    }

    /// A flipped bit in the file itself, under SQLite, in the middle of the facts.
    @Test func `a flipped bit in the file is corrupt`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        let name = String(repeating: "needle", count: 20)
        try journal.append(
            JournalBatch(moment: .at(1), facts: [.agentKnown(number: 1, name: name)]),
            expecting: 0)
        try journal.close()
        var bytes = try directory.bytes(directory.database)
        let found = try #require(bytes.firstRange(of: Array("needleneedle".utf8)))
        bytes[found.lowerBound + 3] ^= 4
        try directory.write(bytes, to: directory.database)
        let damaged = try SQLiteJournal(directory: directory.path)
        #expect(throws: JournalError.corrupt(sequence: 1, "the checksum does not fit")) {
            try damaged.rows()
        }
        try damaged.close()
    }

    /// Rows that are gone, or of a format that this software does not know.
    @Test func `missing and unknown rows are corrupt`() throws {
        let (directory, _) = try closedJournal()
        try change(directory, "UPDATE journal SET format = 2 WHERE sequence = 3")
        let unknown = try SQLiteJournal(directory: directory.path)
        #expect(throws: JournalError.corrupt(sequence: 3, "row format 2 is unknown")) {
            try unknown.rows()
        }
        try unknown.close()
        try change(directory, "DELETE FROM journal WHERE sequence = 2")
        let gap = try SQLiteJournal(directory: directory.path)
        #expect(throws: JournalError.corrupt(sequence: 2, "the commit is missing; 3 comes next")) {
            try gap.rows()
        }
        try gap.close()
    }

    /// A path that cannot be a directory: said so at the start, with the path in it.
    @Test func `a place that cannot be written is refused`() throws {
        let directory = TemporaryDirectory()
        let file = directory.path + "/file"
        try directory.write([1], to: file)
        for path in [file, file + "/below", "", "/proc/scrivener"] {
            let error = refusal(path)
            #expect(error?.code == .journalUnwritable, "\(path)")
            #expect(error?.message.hasPrefix(path) == true)
        }
    }

    /// On a network file system the lock that keeps a second coordinator out may not hold.
    @Test func `file systems are told apart`() {
        let mounts = """
            21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            22 21 0:20 / /proc rw - proc proc rw
            30 21 0:50 / /srv rw,relatime shared:2 master:3 - nfs4 host:/srv rw
            31 30 8:2 / /srv/local rw - xfs /dev/sdb1 rw
            32 21 0:51 / /mnt/with\\040space rw - cifs //host/share rw
            33 21 0:52 / /mnt/over rw - ext4 /dev/sdc1 rw
            34 21 0:53 / /mnt/over rw - fuse.sshfs host: rw
            broken line
            """
        for (path, kind) in [
            ("/var/lib/journal", "ext4"), ("/srv", "nfs4"), ("/srv/data", "nfs4"),
            ("/srvdata", "ext4"), ("/srv/local/journal", "xfs"), ("/mnt/with space/a", "cifs"),
            ("/mnt/over/x", "fuse.sshfs"),
        ] {
            #expect(FileSystemKind.kind(of: path, mounts: mounts) == kind, "\(path)")
        }
        #expect(FileSystemKind.kind(of: "/", mounts: "") == nil)
        for kind in ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse", "ceph"] {
            #expect(FileSystemKind.isRefused(kind), "\(kind)")
        }
        for kind in ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "fuseblk"] {
            #expect(!FileSystemKind.isRefused(kind), "\(kind)")
        }
    }
}
