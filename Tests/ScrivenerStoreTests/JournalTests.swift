import Foundation
import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite("Journal")
struct JournalTests {
    /// What a coordinator reads back must be what it wrote, in order, or it decides otherwise after
    /// a restart than before it. In memory as well as on disk.
    @Test(arguments: Durability.allCases)
    func `replay gives what was appended`(durability: Durability) throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(
            directory: directory.path,
            configuration: JournalConfiguration(durability: durability))
        #expect(journal.lastSequence == 0)
        #expect(journal.lastMoment == nil)
        var generator = SeededGenerator(seed: 10)
        let rows = try journal.appendRandom(50, &generator)
        #expect(journal.lastSequence == 50)
        #expect(journal.lastMoment == .at(49))
        #expect(try journal.rows() == rows)
        try journal.close()
        guard durability != .inMemory else { return }

        let reopened = try SQLiteJournal(directory: directory.path)
        #expect(reopened.lastSequence == 50)
        #expect(reopened.lastMoment == .at(49))
        #expect(try reopened.rows() == rows)
        try reopened.close()
    }

    /// The process dies at any moment, and what it acknowledged is there: promise P1. The copy is
    /// what the files hold while the journal is still open, before any checkpoint of its closing.
    @Test func `a crash loses nothing that was acknowledged`() throws {
        let directory = TemporaryDirectory()
        // Small, so that some of the copies are made right after a checkpoint.
        let journal = try SQLiteJournal(
            directory: directory.path,
            configuration: JournalConfiguration(checkpointBytes: 40_000, truncateBytes: 80_000))
        var generator = SeededGenerator(seed: 11)
        var rows: [JournalRow] = []
        for _ in 0..<12 {
            rows += try journal.appendRandom(3, &generator)
            let copy = try directory.copyAfterCrash()
            let recovered = try SQLiteJournal(directory: copy.path)
            #expect(try recovered.rows() == rows)
            #expect(recovered.identity.journalID == journal.identity.journalID)
            #expect(recovered.identity.incarnation == journal.identity.incarnation + 1)
            try recovered.close()
        }
        try journal.close()
    }

    /// After a power loss the write-ahead log may end anywhere. What is read then is a beginning of
    /// what was written, each commit whole.
    @Test func `a torn log gives whole commits only`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        var generator = SeededGenerator(seed: 12)
        let rows = try journal.appendRandom(10, &generator)
        let copy = try directory.copyAfterCrash()
        let database = try copy.bytes(copy.database)
        let log = try copy.bytes(copy.log)
        var found: Set<Int> = []
        for length in stride(from: 0, through: log.count, by: 1_777) {
            try copy.write(database, to: copy.database)
            try copy.write(Array(log[..<length]), to: copy.log)
            let torn = try SQLiteJournal(directory: copy.path)
            let read = try torn.rows()
            #expect(read.elementsEqual(rows.prefix(read.count)))
            found.insert(read.count)
            try torn.close()
        }
        #expect(found.count > 5)
        try journal.close()
    }

    /// A coordinator whose view of the journal is behind must not write on top of what it has not
    /// seen, and a refused batch must leave nothing behind.
    @Test func `a wrong sequence is a conflict`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        var generator = SeededGenerator(seed: 13)
        let rows = try journal.appendRandom(2, &generator)
        for wrong: Int64 in [0, 1, 3, -1, .max] {
            #expect {
                try journal.append(JournalBatch(moment: .at(9)), expecting: wrong)
            } throws: {
                if case JournalError.conflict = $0 { true } else { false }
            }
        }
        #expect(journal.lastSequence == 2)
        #expect(try journal.rows() == rows)
        try journal.close()
    }

    /// Two coordinators that both believe to be the one: the one that was there before must not
    /// write after the other has taken over.
    @Test func `an older incarnation is fenced`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        for change in ["incarnation = incarnation + 1", "nonce = nonce + 1"] {
            try journal.connection.access { try $0.execute(sql: "UPDATE identity SET \(change)") }
            #expect(throws: JournalError.conflict("another coordinator has opened the journal")) {
                try journal.append(JournalBatch(moment: .at(1)), expecting: 0)
            }
            let undo = change.replacing("+", with: "-")
            try journal.connection.access { try $0.execute(sql: "UPDATE identity SET \(undo)") }
        }
        try journal.append(JournalBatch(moment: .at(1)), expecting: 0)
        try journal.close()
    }

    /// Somebody removes the file, or puts a backup in its place, while the coordinator runs: what
    /// it acknowledged from then on would be gone with its process.
    @Test func `a file that was replaced is a conflict`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        try directory.write(try directory.bytes(directory.database), to: directory.path + "/copy")
        #expect(rename(directory.path + "/copy", directory.database) == 0)
        #expect {
            try journal.append(JournalBatch(moment: .at(1)), expecting: 0)
        } throws: {
            "\($0)".contains("removed or replaced")
        }
        try journal.close()
    }

    /// An archived session with a number that is there already is a batch that was made from a
    /// wrong view: nothing of it may be kept, its facts neither.
    @Test func `a batch is kept whole or not at all`() throws {
        let journal = try SQLiteJournal(
            directory: "", configuration: JournalConfiguration(durability: .inMemory))
        var generator = SeededGenerator(seed: 14)
        let archive = generator.snapshot(number: 1)
        try journal.append(JournalBatch(moment: .at(1), archives: [archive]), expecting: 0)
        #expect {
            try journal.append(
                JournalBatch(
                    moment: .at(2), facts: [.agentKnown(number: 1, name: "a")], payload: [1],
                    archives: [archive]),
                expecting: 1)
        } throws: {
            if case JournalError.conflict = $0 { true } else { false }
        }
        #expect(journal.lastSequence == 1)
        #expect(try journal.rows().count == 1)
        #expect(throws: JournalError.corrupt(sequence: 2, "the payload is missing")) {
            try journal.read([PayloadHandle(row: 2, offset: 0, length: 1)])
        }
        try journal.append(JournalBatch(moment: .at(2)), expecting: 1)
        try journal.close()
    }

    /// The mode that promise P1 rests on. GRDB's own set-up of the log would leave NORMAL, and
    /// nothing but a power loss would tell.
    @Test(arguments: [(Durability.full, 2), (.normal, 1)])
    func `commits are synced as was asked`(durability: Durability, level: Int) throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(
            directory: directory.path,
            configuration: JournalConfiguration(durability: durability))
        try journal.append(JournalBatch(moment: .at(1)), expecting: 0)
        let (synchronous, mode, locking) = try journal.connection.access {
            (
                try Int.fetchOne($0, sql: "PRAGMA synchronous"),
                try String.fetchOne($0, sql: "PRAGMA journal_mode"),
                try String.fetchOne($0, sql: "PRAGMA locking_mode")
            )
        }
        #expect(synchronous == level)
        #expect(mode == "wal")
        #expect(locking == "exclusive")
        try journal.close()
    }

    /// A write-ahead log that is never copied back fills the disk and makes every start slower.
    @Test func `the log stays within its limit`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(
            directory: directory.path,
            configuration: JournalConfiguration(
                payloadCacheBytes: 0, checkpointBytes: 200_000, truncateBytes: 400_000))
        let payload = [UInt8](repeating: 7, count: 30_000)
        for sequence: Int64 in 0..<60 {
            try journal.append(
                JournalBatch(moment: .at(sequence), payload: payload), expecting: sequence)
            #expect(try directory.bytes(directory.log).count < 300_000)
        }
        // One large commit: the log is cut off with the next.
        let large = [UInt8](repeating: 8, count: 1_000_000)
        try journal.append(JournalBatch(moment: .at(60), payload: large), expecting: 60)
        #expect(try directory.bytes(directory.log).count > 1_000_000)
        try journal.append(JournalBatch(moment: .at(61)), expecting: 61)
        #expect(try directory.bytes(directory.log).count < 100_000)
        try journal.checkpoint()
        #expect(try directory.bytes(directory.log).isEmpty)
        #expect(try journal.rows().count == 62)
        try journal.close()
    }
}

@Suite("Payloads")
struct JournalPayloadTests {
    /// A dependant that gets another task's result, or a piece of it, computes on nonsense. With
    /// all payloads in memory, with few, and with none.
    @Test(arguments: [0, 1_000, 1 << 20])
    func `handles read what was written`(cacheBytes: Int) throws {
        let directory = TemporaryDirectory()
        let configuration = JournalConfiguration(
            durability: .normal, payloadCacheBytes: cacheBytes)
        let journal = try SQLiteJournal(directory: directory.path, configuration: configuration)
        var handles: [PayloadHandle] = []
        var expected: [[UInt8]] = []
        for sequence: Int64 in 0..<20 {
            let payload = (0..<300).map { UInt8(truncatingIfNeeded: Int(sequence) * 31 + $0) }
            try journal.append(
                JournalBatch(moment: .at(sequence), payload: payload), expecting: sequence)
            for (offset, length) in [(0, 300), (10, 20), (299, 1), (300, 0)] {
                handles.append(
                    PayloadHandle(
                        row: sequence + 1, offset: UInt32(offset), length: UInt32(length)))
                expected.append(Array(payload[offset..<offset + length]))
            }
        }
        var generator = SeededGenerator(seed: 20)
        let order = Array(handles.indices).shuffled(using: &generator)
        #expect(try journal.parts(order.map { handles[$0] }) == order.map { expected[$0] })
        #expect(try journal.parts([]) == [])
        try journal.close()

        let reopened = try SQLiteJournal(directory: directory.path, configuration: configuration)
        #expect(try reopened.parts(handles) == expected)
        try reopened.close()
    }

    /// A plan of many megabytes is kept in parts: what lies across them, at their edges or on both
    /// sides of one is found, and a part is read alone.
    @Test(arguments: [0, 200_000, 1 << 20])
    func `a payload of several parts is read where it is wanted`(cacheBytes: Int) throws {
        let directory = TemporaryDirectory()
        let configuration = JournalConfiguration(
            durability: .normal, payloadCacheBytes: cacheBytes)
        let journal = try SQLiteJournal(directory: directory.path, configuration: configuration)
        let part = PayloadPart.byteCount
        var generator = SeededGenerator(seed: 3)
        let sizes = [3 * part + 17, part, part + 1, 1, 2 * part]
        let payloads = sizes.map { size in
            (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        for (sequence, payload) in payloads.enumerated() {
            try journal.append(
                JournalBatch(moment: .at(1), payload: payload), expecting: Int64(sequence))
        }
        var handles: [PayloadHandle] = []
        var expected: [[UInt8]] = []
        for _ in 0..<400 {
            let row = Int.random(in: payloads.indices, using: &generator)
            let edge = Int.random(in: 0...3, using: &generator) * part
            let near = max(0, edge - Int.random(in: 0...2, using: &generator))
            let start = min(near, sizes[row])
            let length = Int.random(in: 0...min(sizes[row] - start, 2 * part), using: &generator)
            handles.append(
                PayloadHandle(
                    row: Int64(row) + 1, offset: UInt32(start), length: UInt32(length)))
            expected.append(Array(payloads[row][start..<start + length]))
        }
        #expect(try journal.parts(handles) == expected)
        try journal.close()

        // What is spoilt costs those who ask for it, and nobody else.
        let database = try DatabaseQueue(path: directory.database)
        try database.writeWithoutTransaction {
            try $0.execute(sql: "DELETE FROM payload WHERE part = 1 << 16 | 1")
        }
        try database.close()
        let reopened = try SQLiteJournal(directory: directory.path, configuration: configuration)
        let edge = UInt32(part)
        let (before, behind) = (
            PayloadHandle(row: 1, offset: 0, length: edge),
            PayloadHandle(row: 1, offset: 2 * edge, length: edge + 17)
        )
        #expect(
            try reopened.parts([behind, before])
                == [Array(payloads[0][(2 * part)...]), Array(payloads[0][..<part])])
        #expect(
            throws: JournalError.corrupt(
                sequence: 1, "the payload is missing from byte 65536 on")
        ) {
            try reopened.read([PayloadHandle(row: 1, offset: edge - 1, length: 2)])
        }
        try reopened.close()
    }

    /// A payload that was just written must not cost a read: nearly every result is wanted at
    /// once. Shown by spoiling what is on disk.
    @Test func `what was just written is in memory`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(
            directory: directory.path, configuration: JournalConfiguration(payloadCacheBytes: 500))
        for sequence: Int64 in 0..<2 {
            try journal.append(
                JournalBatch(moment: .at(1), payload: [UInt8](repeating: 1, count: 300)),
                expecting: sequence)
        }
        try journal.connection.access {
            try $0.execute(sql: "UPDATE payload SET bytes = zeroblob(300)")
        }
        let handle = PayloadHandle(row: 2, offset: 0, length: 3)
        #expect(try journal.parts([handle]) == [[1, 1, 1]])
        #expect(throws: JournalError.corrupt(sequence: 1, "the payload's checksum does not fit")) {
            try journal.read([PayloadHandle(row: 1, offset: 0, length: 3)])
        }
        try journal.close()
    }

    /// A handle that reaches beyond its row must be told, not answered with fewer bytes.
    @Test func `a handle beyond its row is refused`() throws {
        let journal = try SQLiteJournal(
            directory: "", configuration: JournalConfiguration(durability: .inMemory))
        try journal.append(JournalBatch(moment: .at(1), payload: [1, 2, 3]), expecting: 0)
        for (row, offset, length): (Int64, UInt32, UInt32) in [
            (1, 2, 2), (1, .max, .max), (2, 0, 1), (.max, 0, 1), (.min, 0, 1),
        ] {
            #expect(throws: JournalError.self) {
                try journal.read([PayloadHandle(row: row, offset: offset, length: length)])
            }
        }
        try journal.close()
    }

    /// A cache without a bound is a leak: rows come for as long as the coordinator runs.
    @Test func `the cache keeps to its limit, and to what is read`() {
        var cache = PayloadCache(limitBytes: 1_000)
        for row: Int64 in 0..<10_000 {
            cache.insert([UInt8](repeating: 0, count: 100), for: PayloadPart(key: row))
            #expect(cache.byteCount <= 1_000)
            // Part 5 is wanted again and again.
            if row >= 5 { #expect(cache.bytes(of: PayloadPart(key: 5)) != nil) }
        }
        #expect(cache.bytes(of: PayloadPart(key: 9_999)) != nil)
        #expect(cache.bytes(of: PayloadPart(key: 9_000)) == nil)
        cache.insert([UInt8](repeating: 0, count: 1_001), for: PayloadPart(key: -1))
        #expect(cache.bytes(of: PayloadPart(key: -1)) == nil)
        #expect(cache.bytes(of: PayloadPart(key: 9_999)) != nil)
    }
}
