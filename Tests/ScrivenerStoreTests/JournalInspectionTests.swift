// A journal is looked through without being changed, and whatever is wrong with it is told.

import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite struct JournalInspectionTests {
    /// Three commits with payloads, of a session each; the first two have ended, and are compacted.
    private func closedJournal() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        for number in Int64(1)...3 {
            var random = SeededGenerator(seed: UInt64(number))
            var snapshot = random.snapshot(number: number)
            snapshot.session.sessionID = "s\(number)"
            let bytes = PayloadHandle(row: number, offset: 0, length: 4)
            let record = ResultHandle(row: number, offset: 0, payloadLength: 4, annexLength: 0)
            for task in snapshot.tasks.indices {
                for execution in snapshot.tasks[task].executions.indices {
                    snapshot.tasks[task].executions[execution].record = record
                }
            }
            let end = SessionFact.sessionEnded(session: number, state: .completed)
            try journal.append(
                JournalBatch(
                    moment: .at(number),
                    facts: Self.opened(number, naming: bytes) + (number < 3 ? [end] : []),
                    payload: [1, 2, 3, 4], archives: number < 3 ? [snapshot] : []),
                expecting: number - 1)
        }
        let live = FactSieve.Live(openSessions: [1, 2, 3])
        while try journal.compact(keeping: live, through: 2) {}
        try journal.close()
        return directory
    }

    /// A session that was opened, and of whose task something was kept.
    private static func opened(_ number: Int64, naming bytes: PayloadHandle) -> [SessionFact] {
        var random = SeededGenerator(seed: UInt64(number))
        var opening = random.opening()
        opening.number = number
        opening.plan.tasks.specificationPayload = bytes
        return [
            .sessionOpened(opening),
            .checkpointKept(AttemptReference(session: number, task: 0, attempt: 1), bytes),
        ]
    }

    private func mistakes(_ directory: TemporaryDirectory) throws -> [String] {
        let journal = try SQLiteJournal(inspecting: directory.path)
        defer { try? journal.close() }
        return journal.mistakes()
    }

    @Test func aSoundJournalHasNoMistakes() throws {
        let directory = try closedJournal()
        let journal = try SQLiteJournal(inspecting: directory.path)
        #expect(journal.mistakes() == [])
        let contents = try journal.contents()
        #expect(contents.lastCommit == 3)
        #expect(contents.compactedThrough == 2)
        #expect(contents.commits.rows == 1)
        #expect(contents.kept.rows == 2)
        #expect(contents.payloads == JournalContents.Amount(rows: 3, bytes: 12))
        #expect(contents.archives.rows == 2)
        #expect(contents.archives.bytes > 0)
        // Looking counts up nothing.
        #expect(contents.identity.incarnation == 1)
        try journal.close()
        let opened = try SQLiteJournal(directory: directory.path)
        #expect(opened.identity.incarnation == 2)
        try opened.close()
    }

    @Test(arguments: [
        ("UPDATE journal SET facts = zeroblob(length(facts))", "commit 3"),
        ("UPDATE kept SET checksum = checksum + 1 WHERE sequence = 2", "commit 2"),
        ("DELETE FROM payload WHERE part = 3 << 16", "payload 3 is missing"),
        ("UPDATE payload SET bytes = x'00' WHERE part = 1 << 16", "payload 1: the checksum"),
        ("UPDATE archive SET number = 9 WHERE number = 2", "archived session 9"),
        ("UPDATE archive SET tasks = zeroblob(9) WHERE number = 2", "archived session 2"),
        ("UPDATE compaction SET rows = 5", "5 compacted commits are expected"),
    ])
    func damageIsTold(_ damage: String, _ place: String) throws {
        let directory = try closedJournal()
        let database = try DatabaseQueue(path: directory.database)
        try database.writeWithoutTransaction { try $0.execute(sql: damage) }
        try database.close()
        let found = try mistakes(directory)
        #expect(found.contains { $0.contains(place) }, "\(found)")
    }

    /// Bytes are named that no payload has.
    @Test func aHandleBeyondItsPayloadIsTold() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        let beyond = PayloadHandle(row: 1, offset: 2, length: 3)
        try journal.append(
            JournalBatch(
                moment: .at(1),
                facts: Self.opened(1, naming: beyond), payload: [1, 2, 3, 4]),
            expecting: 0)
        try journal.close()
        #expect(try mistakes(directory) == ["payload 1 has 4 bytes; up to 5 are named"])
    }

    /// A part is missing in the middle: what lies behind it is not what it was.
    @Test func aGapInAPayloadIsTold() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        let bytes = [UInt8](repeating: 7, count: 3 * PayloadPart.byteCount)
        let whole = PayloadHandle(row: 1, offset: 0, length: UInt32(bytes.count))
        try journal.append(
            JournalBatch(moment: .at(1), facts: Self.opened(1, naming: whole), payload: bytes),
            expecting: 0)
        try journal.close()
        #expect(try mistakes(directory) == [])
        let database = try DatabaseQueue(path: directory.database)
        try database.writeWithoutTransaction {
            try $0.execute(sql: "DELETE FROM payload WHERE part = 1 << 16 | 1")
        }
        try database.close()
        #expect(
            try mistakes(directory) == ["payload 1 has 65536 bytes; up to 196608 are named"])
    }

    /// A session that is archived runs no more: it would be done again, and could not end again.
    @Test func anOpenSessionThatHasEndedIsTold() throws {
        let directory = try closedJournal()
        let journal = try SQLiteJournal(directory: directory.path)
        let bytes = PayloadHandle(row: 1, offset: 0, length: 4)
        try journal.append(
            JournalBatch(moment: .at(4), facts: Self.opened(2, naming: bytes)), expecting: 3)
        try journal.close()
        #expect(try mistakes(directory) == ["session 2 has ended, and is still open"])
    }

    /// What only a session had that has ended goes with its archive, before its facts do.
    @Test func payloadsOfEndedSessionsMayBeGone() throws {
        let directory = try closedJournal()
        let journal = try SQLiteJournal(directory: directory.path)
        while try journal.retire(RetentionRule(endedBefore: nil, maximumCount: 0)) > 0 {}
        try journal.close()
        #expect(try mistakes(directory) == [])
    }

    @Test func whereNoJournalIsNoneIsMade() throws {
        let directory = TemporaryDirectory()
        #expect(throws: ScrivenerError.self) { try SQLiteJournal(inspecting: directory.path) }
        let journal = try SQLiteJournal(directory: directory.path)
        // While a coordinator has it open, nobody else does.
        #expect(throws: ScrivenerError.self) { try SQLiteJournal(inspecting: directory.path) }
        try journal.close()
    }
}
