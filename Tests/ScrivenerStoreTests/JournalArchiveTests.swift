import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite("Archived sessions")
struct JournalArchiveTests {
    private func journal(
        with snapshots: [SessionSnapshot]
    ) throws -> SQLiteJournal {
        let journal = try SQLiteJournal(
            directory: "", configuration: JournalConfiguration(durability: .inMemory))
        for snapshot in snapshots {
            try journal.append(
                JournalBatch(moment: .at(1), archives: [snapshot]),
                expecting: journal.lastSequence)
        }
        return journal
    }

    private func snapshots(_ count: Int) -> [SessionSnapshot] {
        var generator = SeededGenerator(seed: 30)
        return (1...count).map { generator.snapshot(number: Int64($0)) }
    }

    /// A session that ended has left memory: what the archive says is all that people get.
    @Test func `an archived session is found by its id`() throws {
        let snapshots = snapshots(20)
        let journal = try journal(with: snapshots)
        for snapshot in snapshots {
            #expect(try journal.archive(sessionID: snapshot.session.sessionID) == snapshot)
            #expect(try journal.isKnown(sessionID: snapshot.session.sessionID))
            #expect(
                try journal.listing(sessionID: snapshot.session.sessionID)?.session
                    == snapshot.session)
        }
        for unknown in ["", "session-0", "SESSION-1", "session-1'; --"] {
            #expect(try journal.archive(sessionID: unknown) == nil)
            #expect(try !journal.isKnown(sessionID: unknown))
            #expect(try journal.listing(sessionID: unknown) == nil)
        }
        try journal.close()
    }

    /// Pages must neither repeat nor skip a session, also when sessions end in another order than
    /// they began.
    @Test func `pages have every session once, newest first`() throws {
        let snapshots = snapshots(25)
        var generator = SeededGenerator(seed: 31)
        let journal = try journal(with: snapshots.shuffled(using: &generator))
        var pages: [[SessionListing]] = []
        var cursor: Int64?
        repeat {
            pages.append(try journal.archives(limit: 10, after: cursor, status: nil, since: nil))
            cursor = pages.last?.last?.number
        } while cursor != nil
        #expect(pages.map(\.count) == [10, 10, 5, 0])
        let expected = snapshots.reversed().map {
            SessionListing(number: $0.number, session: $0.session)
        }
        #expect(pages.flatMap { $0 } == expected)
        try journal.close()
    }

    /// A filter that looks at a stale column shows failed sessions among the completed ones.
    @Test(arguments: SessionStatus.allCases)
    func `a list is filtered by status`(status: SessionStatus) throws {
        let snapshots = snapshots(40)
        let journal = try journal(with: snapshots)
        let expected = snapshots.reversed().filter { $0.session.status == status }.map(\.number)
        let first = try journal.archives(limit: 3, after: nil, status: status, since: nil)
        #expect(first.map(\.number) == Array(expected.prefix(3)))
        let rest = try journal.archives(
            limit: 1_000, after: first.last?.number, status: status, since: nil)
        #expect(rest.map(\.number) == Array(expected.dropFirst(3)))
        try journal.close()
    }

    /// What was submitted at the very moment belongs to what is asked for.
    @Test func `a list begins at a moment`() throws {
        let snapshots = snapshots(40)
        let journal = try journal(with: snapshots)
        let moment = snapshots[20].session.submittedAt
        for status in [nil, SessionStatus.completed] {
            let expected = snapshots.reversed().filter {
                $0.session.submittedAt >= moment
                    && (status == nil || $0.session.status == status)
            }
            let found = try journal.archives(
                limit: 1_000, after: nil, status: status, since: moment)
            #expect(found.map(\.number) == expected.map(\.number))
            #expect(!found.isEmpty && found.count < 40)
        }
        try journal.close()
    }

    /// A client's limit must not decide how much memory the coordinator takes.
    @Test func `limits are held to their bounds`() throws {
        let journal = try journal(with: snapshots(3))
        #expect(try journal.archives(limit: 0, after: nil, status: nil, since: nil).count == 1)
        #expect(try journal.archives(limit: .min, after: nil, status: nil, since: nil).count == 1)
        #expect(try journal.archives(limit: .max, after: nil, status: nil, since: nil).count == 3)
        #expect(try journal.archives(limit: 5, after: .min, status: nil, since: nil).isEmpty)
        try journal.close()
    }

    /// One bad archive must be told as what it is, and must not hide the others.
    @Test(arguments: ["session", "tasks"])
    func `a damaged archive is told`(part: String) throws {
        let snapshots = snapshots(3)
        let journal = try journal(with: snapshots)
        try journal.connection.access {
            try $0.execute(
                sql: """
                    UPDATE archive SET \(part) = CAST(x'01' || substr(\(part), 3) AS BLOB)
                    WHERE number = 2
                    """)
        }
        #expect {
            try journal.archive(sessionID: "session-2")
        } throws: {
            if case JournalError.corrupt(nil, let what) = $0 { what.contains("2") } else { false }
        }
        #expect(try journal.archive(sessionID: "session-3") == snapshots[2])
        try journal.close()
    }
}
