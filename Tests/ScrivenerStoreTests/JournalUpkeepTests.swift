// What ended long ago goes, with what only it had; and a copy of the whole can be made meanwhile.

import Foundation
import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite struct JournalUpkeepTests {
    /// Session `n` ended at `n` seconds and has a payload of its own and one that it shares with
    /// the next.
    private static func journal(_ directory: TemporaryDirectory, sessions: Int64) throws
        -> SQLiteJournal
    {
        let journal = try SQLiteJournal(
            directory: directory.path, configuration: JournalConfiguration(durability: .normal))
        for number in 1...sessions {
            try append([number], to: journal)
            try append([number, number + 1], to: journal)
            var random = SeededGenerator(seed: UInt64(number))
            var snapshot = random.snapshot(number: number)
            snapshot.session.sessionID = "s\(number)"
            snapshot.session.endedAt = WallTime(millisecondsSince1970: number * 1_000)
            try journal.append(
                JournalBatch(moment: .at(journal.lastSequence), archives: [snapshot]),
                expecting: journal.lastSequence)
        }
        return journal
    }

    private static func append(_ owners: [Int64], to journal: SQLiteJournal) throws {
        let row = journal.lastSequence + 1
        let facts = owners.map { owner in
            SessionFact.checkpointKept(
                AttemptReference(session: owner, task: 0, attempt: 1),
                PayloadHandle(row: row, offset: 0, length: 3))
        }
        try journal.append(
            JournalBatch(moment: .at(row), facts: facts, payload: [1, 2, 3]), expecting: row - 1)
    }

    private static func retireAll(_ rule: RetentionRule, in journal: SQLiteJournal) throws -> Int {
        var total = 0
        while case let count = try journal.retire(rule), count > 0 { total += count }
        return total
    }

    private static func numbers(in journal: SQLiteJournal) throws -> [Int64] {
        try journal.archives(limit: 1_000, after: nil, status: nil, since: nil).map(\.number)
    }

    @Test func whatIsTooOldGoes() throws {
        let directory = TemporaryDirectory()
        let journal = try Self.journal(directory, sessions: 10)
        let cutoff = RetentionRule(endedBefore: WallTime(millisecondsSince1970: 4_000))
        #expect(try Self.retireAll(cutoff, in: journal) == 3)
        #expect(try Self.numbers(in: journal) == [10, 9, 8, 7, 6, 5, 4])
        #expect(try journal.isKnown(sessionID: "s3") == false)
        try journal.close()
        // 3 and 4 shared a payload: it stays as long as one of them does. Those of 1, 2 and 3 alone
        // are gone, and those that they shared among themselves.
        let left = try Self.payloads(directory)
        #expect(left == [8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25, 26, 28, 29])
    }

    /// Three commits a session: its own payload, the one that it shares, its archive.
    private static func payloads(_ directory: TemporaryDirectory) throws -> [Int64] {
        let database = try DatabaseQueue(path: directory.database)
        defer { try? database.close() }
        return try database.read {
            try Int64.fetchAll($0, sql: "SELECT part >> 16 FROM payload ORDER BY part")
        }
    }

    @Test(arguments: [0, 1, 99, 130, 131, 500])
    func soManyStay(_ maximum: Int) throws {
        let directory = TemporaryDirectory()
        let journal = try Self.journal(directory, sessions: 130)
        let retired = try Self.retireAll(RetentionRule(maximumCount: maximum), in: journal)
        #expect(retired == max(0, 130 - maximum))
        let newest = (0..<min(maximum, 130)).map { 130 - Int64($0) }
        #expect(try Self.numbers(in: journal) == newest)
        try journal.close()
    }

    @Test func bothRulesHold() throws {
        let directory = TemporaryDirectory()
        let journal = try Self.journal(directory, sessions: 10)
        let old = WallTime(millisecondsSince1970: 3_000)
        #expect(
            try Self.retireAll(RetentionRule(endedBefore: old, maximumCount: 5), in: journal) == 5)
        #expect(
            try Self.retireAll(RetentionRule(endedBefore: old, maximumCount: 9), in: journal) == 0)
        #expect(try Self.retireAll(RetentionRule(), in: journal) == 0)
        try journal.close()
    }

    /// The copy is a whole journal as of the moment at which it was made, and opens as one.
    @Test func aBackupOpens() throws {
        let directory = TemporaryDirectory()
        let journal = try Self.journal(directory, sessions: 5)
        let rows = try journal.rows()
        let place = TemporaryDirectory()
        try journal.backUp(to: place.database)
        try Self.append([99], to: journal)
        // What is there is not written over.
        #expect(throws: JournalError.self) { try journal.backUp(to: place.database) }
        let files = try FileManager.default.contentsOfDirectory(atPath: place.path)
        #expect(files == ["journal.sqlite"])
        try journal.close()

        let copy = try SQLiteJournal(directory: place.path)
        #expect(try copy.rows() == rows)
        // What workers hold belongs to the other history.
        #expect(copy.identity.journalID != journal.identity.journalID)
        #expect(try Self.numbers(in: copy) == [5, 4, 3, 2, 1])
        try copy.close()
        let again = try SQLiteJournal(directory: place.path)
        #expect(again.identity.journalID == copy.identity.journalID)
        try again.close()
        let mode = try FileManager.default.attributesOfItem(atPath: place.database)
        #expect(mode[.posixPermissions] as? Int == 0o600)
    }
}
