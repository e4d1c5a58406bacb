// Disks that are full or fail. A descriptor of SQLite's is made to stand for another file for a
// while: for `/dev/full`, where every write finds no room, or for `/dev/null`, which cannot be
// synced. That is as near to a failing disk as a test comes without being one.

import Foundation
import GRDB
import GRDBSQLite
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

#if os(Linux)
    import Glibc

    /// SQLite's descriptor of a file.
    private struct OpenFile {
        let descriptor: CInt

        init(_ path: String) throws {
            let wanted = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            let found = descriptors.first {
                let link = "/proc/self/fd/\($0)"
                return (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == wanted
            }
            descriptor = try #require(found.flatMap { CInt($0) })
        }

        /// Lets the descriptor stand for a device while `body` runs.
        func replaced(by device: String, _ body: () throws -> Void) throws {
            let original = dup(descriptor)
            let other = open(device, O_RDWR)
            try #require(original >= 0 && other >= 0)
            dup2(other, descriptor)
            close(other)
            defer {
                dup2(original, descriptor)
                close(original)
            }
            try body()
        }
    }

    /// A file system in memory with room for a mebibyte. Mounting takes privileges.
    private struct SmallFileSystem {
        private let path: String

        static let isPossible: Bool = {
            let directory = TemporaryDirectory()
            guard let fileSystem = try? SmallFileSystem(directory.path) else { return false }
            fileSystem.unmount()
            return true
        }()

        init(_ path: String) throws {
            self.path = path
            let options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]
            guard try Self.run("mount", options) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }

        func unmount() { _ = try? Self.run("umount", [path]) }

        private static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    @Suite("Disks")
    struct JournalDiskTests {
        private let batch = JournalBatch(
            moment: .at(7), facts: [.agentKnown(number: 1, name: "late")],
            payload: [UInt8](repeating: 9, count: 20_000))

        /// The disk fills up under a running coordinator: nothing of the batch is kept, nothing
        /// shows, and when there is room again the same batch goes in as it is.
        @Test func `a full disk refuses a batch, and takes it later`() throws {
            let directory = TemporaryDirectory()
            let journal = try SQLiteJournal(directory: directory.path)
            var generator = SeededGenerator(seed: 50)
            let rows = try journal.appendRandom(5, &generator)
            // Once only: SQLite may read its log again for the next attempt.
            try OpenFile(directory.log).replaced(by: "/dev/full") {
                #expect(throws: JournalError.full) { try journal.append(batch, expecting: 5) }
            }
            #expect(journal.lastSequence == 5)
            #expect(try journal.rows() == rows)
            try journal.append(batch, expecting: 5)
            #expect(try journal.rows().count == 6)
            let copy = try directory.copyAfterCrash()
            let recovered = try SQLiteJournal(directory: copy.path)
            #expect(try recovered.rows().last?.facts == batch.facts)
            try recovered.close()
            try journal.close()
        }

        /// The same on a real file system, with the disk full for longer, and full when the next
        /// coordinator starts.
        @Test(
            .enabled(
                if: SmallFileSystem.isPossible, "a file system of 1 MiB cannot be mounted here"))
        func `a full file system refuses batches, and takes them later`() throws {
            let directory = TemporaryDirectory()
            let fileSystem = try SmallFileSystem(directory.path)
            defer { fileSystem.unmount() }
            let ballast = directory.path + "/ballast"
            try directory.write([UInt8](repeating: 1, count: 500_000), to: ballast)
            let journal = try SQLiteJournal(directory: directory.path)
            var refused = 0
            while refused < 5 {
                do {
                    try journal.append(batch, expecting: journal.lastSequence)
                } catch .full {
                    refused += 1
                }
            }
            let count = Int(journal.lastSequence)
            #expect(count > 5)
            #expect(try journal.rows().count == count)
            try FileManager.default.removeItem(atPath: ballast)
            try journal.append(batch, expecting: journal.lastSequence)
            #expect(try journal.rows().count == count + 1)
            try journal.close()
            let reopened = try SQLiteJournal(directory: directory.path)
            #expect(try reopened.rows().count == count + 1)
            try reopened.close()
        }

        /// The same with a limit in SQLite in place of the disk's.
        @Test func `a full database refuses a batch, and takes it later`() throws {
            let journal = try SQLiteJournal(
                directory: "", configuration: JournalConfiguration(durability: .inMemory))
            try journal.append(JournalBatch(moment: .at(1)), expecting: 0)
            func limit(_ pages: Int) throws(JournalError) {
                try journal.connection.access { database in
                    try database.execute(sql: "PRAGMA max_page_count = \(pages)")
                }
            }
            try limit(1)
            #expect(throws: JournalError.full) { try journal.append(batch, expecting: 1) }
            #expect(try journal.rows().count == 1)
            try limit(1_000_000)
            try journal.append(batch, expecting: 1)
            #expect(try journal.rows().count == 2)
            try journal.close()
        }

        /// A log that cannot be copied into a database for want of room must not stop commits: it
        /// has everything, and a batch that is in it must not be told as refused.
        @Test func `a checkpoint without room does not stop commits`() throws {
            let directory = TemporaryDirectory()
            let journal = try SQLiteJournal(
                directory: directory.path, configuration: JournalConfiguration(checkpointBytes: 1))
            let database = try OpenFile(directory.database)
            try journal.append(batch, expecting: 0)
            try database.replaced(by: "/dev/full") {
                try journal.append(batch, expecting: 1)
                #expect(throws: JournalError.full) { try journal.checkpoint() }
            }
            try journal.append(batch, expecting: 2)
            #expect(try journal.rows().count == 3)
            try journal.close()
            let reopened = try SQLiteJournal(directory: directory.path)
            #expect(try reopened.rows().count == 3)
            try reopened.close()
        }

        /// fsync fails once and would succeed the next time without having written anything. The
        /// journal must not believe the disk again, and must leave the log alone for the next
        /// process.
        @Test func `a failed fsync is the end`() throws {
            let directory = TemporaryDirectory()
            let journal = try SQLiteJournal(directory: directory.path)
            var generator = SeededGenerator(seed: 51)
            let rows = try journal.appendRandom(5, &generator)
            let log = try OpenFile(directory.log)
            func expectFailure(_ body: () throws -> Void) {
                #expect {
                    try body()
                } throws: {
                    if case JournalError.io = $0 { true } else { false }
                }
            }
            try log.replaced(by: "/dev/null") {
                expectFailure { try journal.append(batch, expecting: 5) }
            }
            expectFailure { try journal.append(batch, expecting: 5) }
            expectFailure { _ = try journal.rows() }
            expectFailure { try journal.checkpoint() }
            expectFailure { try journal.close() }
            let copy = try directory.copyAfterCrash()
            let recovered = try SQLiteJournal(directory: copy.path)
            #expect(try recovered.rows() == rows)
            try recovered.close()
        }

        /// The same when the log is copied: pages that may not be on disk must stay in the log.
        @Test func `a failed fsync of a checkpoint is the end`() throws {
            let directory = TemporaryDirectory()
            let journal = try SQLiteJournal(directory: directory.path)
            var generator = SeededGenerator(seed: 52)
            let rows = try journal.appendRandom(5, &generator)
            let database = try OpenFile(directory.database)
            try database.replaced(by: "/dev/null") {
                #expect {
                    try journal.checkpoint()
                } throws: {
                    if case JournalError.io = $0 { true } else { false }
                }
            }
            #expect(throws: JournalError.self) { try journal.close() }
            let copy = try directory.copyAfterCrash()
            let recovered = try SQLiteJournal(directory: copy.path)
            #expect(try recovered.rows() == rows)
            try recovered.close()
        }

        /// What each of SQLite's results asks of the coordinator: to retry, or to end.
        @Test func `results of SQLite are told apart`() {
            func told(_ code: ResultCode, _ systemError: CInt = 0) -> JournalError {
                JournalError(
                    DatabaseError(resultCode: code, message: "m"), systemError: systemError)
            }
            #expect(told(.SQLITE_FULL) == .full)
            #expect(told(.SQLITE_IOERR_WRITE, EDQUOT) == .full)
            #expect(told(.SQLITE_IOERR_FSYNC) == .io("m (SQLite 1034)"))
            #expect(told(.SQLITE_NOMEM) == .io("m (SQLite 7)"))
            #expect(told(.SQLITE_CORRUPT) == .corrupt(sequence: nil, "m"))
            #expect(told(.SQLITE_NOTADB) == .corrupt(sequence: nil, "m"))
            #expect(told(.SQLITE_BUSY) == .conflict("m"))
            #expect(told(.SQLITE_CONSTRAINT_PRIMARYKEY) == .conflict("m"))
        }

        /// A payload that no row can hold is refused before anything is written.
        @Test func `what is too large is refused`() throws {
            let journal = try SQLiteJournal(
                directory: "", configuration: JournalConfiguration(durability: .inMemory))
            try journal.connection.access {
                // 1,000,000,000 bytes otherwise, which is much for a test.
                _ = sqlite3_limit($0.sqliteConnection, SQLITE_LIMIT_LENGTH, 10_000)
            }
            #expect(throws: JournalError.tooLarge(limit: 10_000, actual: 20_000)) {
                try journal.append(batch, expecting: 0)
            }
            #expect(journal.lastSequence == 0)
            try journal.close()
        }
    }
#endif
