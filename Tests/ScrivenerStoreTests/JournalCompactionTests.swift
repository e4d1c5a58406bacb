// A journal forgets what no longer matters, and nothing else.

import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite struct JournalCompactionTests {
    /// What is read back of open sessions is what was written of them, in order; of the others
    /// nothing; and of what is said of the pool the last word. After slices of any number, in this
    /// opening of the journal and in the next.
    @Test(arguments: 1...12)
    func whatMattersIsReadBack(_ seed: UInt64) throws {
        let directory = TemporaryDirectory()
        let configuration = JournalConfiguration(durability: .normal, sweepBytes: 10_000)
        var journal = try SQLiteJournal(
            directory: directory.path, configuration: configuration)
        var history = History(seed: seed)
        for _ in 0..<6 {
            try history.append(Int.random(in: 1...900, using: &history.random), to: journal)
            let through = journal.lastSequence
            for _ in 0..<Int.random(in: 0...5, using: &history.random) {
                guard try journal.compact(keeping: history.live, through: through) else { break }
            }
            try history.expectSame(as: journal)
            if Bool.random(using: &history.random) {
                try journal.close()
                journal = try SQLiteJournal(
                    directory: directory.path, configuration: configuration)
                try history.expectSame(as: journal)
            }
        }
        try journal.close()
    }

    /// Sessions come and go for ever: what is kept does not grow with their number.
    @Test func theJournalStaysSmall() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(
            directory: directory.path,
            configuration: JournalConfiguration(durability: .normal, sweepBytes: 20_000))
        var history = History(seed: 7)
        for round in 0..<8 {
            try history.append(2_000, to: journal)
            while try journal.compact(keeping: history.live, through: journal.lastSequence) {}
            // Twice what matters, and what is not worth a sweep.
            let bytes = try journal.rows().reduce(0) { $0 + FactCodec.encode($1.facts).count }
            let mattering = history.mattering.reduce(0) { $0 + FactCodec.encode([$1]).count }
            #expect(bytes <= 2 * mattering + 40_000, "round \(round)")
        }
        try journal.close()
    }

    /// The last commit is what the next is held against.
    @Test func theLastCommitStays() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        var history = History(seed: 3)
        try history.append(20, to: journal)
        while try journal.compact(keeping: history.live, through: .max) {}
        try journal.close()
        let reopened = try SQLiteJournal(directory: directory.path)
        #expect(reopened.lastSequence == 20)
        #expect(reopened.lastMoment == .at(19))
        try history.append(1, to: reopened)
        try history.expectSame(as: reopened)
        try reopened.close()
    }

    /// A row that was lost, or bytes that changed, are found as they are in the log.
    @Test(arguments: [
        "DELETE FROM kept WHERE sequence = (SELECT max(sequence) FROM kept)",
        "UPDATE kept SET facts = zeroblob(length(facts))",
        "UPDATE compaction SET pool = zeroblob(length(pool))",
        "UPDATE compaction SET through = through - 1",
    ])
    func damageIsFound(_ damage: String) throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        var history = History(seed: 5)
        try history.append(200, to: journal)
        while try journal.compact(keeping: history.live, through: 150) {}
        try journal.close()
        let database = try DatabaseQueue(path: directory.database)
        try database.writeWithoutTransaction { try $0.execute(sql: damage) }
        try database.close()
        #expect(throws: (any Error).self) {
            let damaged = try SQLiteJournal(directory: directory.path)
            defer { try? damaged.close() }
            _ = try damaged.rows()
        }
    }
}

/// Sessions that open, work and end, several at a time.
private struct History {
    var random: SeededGenerator
    private var values: SeededGenerator
    private var rows: [JournalRow] = []
    private var open: [Int64] = []
    private var lastSession: Int64 = 0
    private var learned: PerformanceColumns?

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        values = SeededGenerator(seed: seed &+ 1_000)
    }

    var live: FactSieve.Live { FactSieve.Live(openSessions: Set(open)) }

    mutating func append(_ count: Int, to journal: SQLiteJournal) throws {
        for _ in 0..<count {
            let moment = Moment.at(journal.lastSequence)
            let facts = (0..<Int.random(in: 1...4, using: &random)).map { _ in next() }
            try journal.append(
                JournalBatch(moment: moment, facts: facts), expecting: journal.lastSequence)
            rows.append(
                JournalRow(sequence: journal.lastSequence, moment: moment, facts: facts))
        }
    }

    private mutating func next() -> SessionFact {
        if open.isEmpty || (open.count < 20 && Int.random(in: 0..<30, using: &random) == 0) {
            lastSession += 1
            open.append(lastSession)
            var opening = values.opening()
            opening.number = lastSession
            return .sessionOpened(opening)
        }
        let place = Int.random(in: 0..<open.count, using: &random)
        let session = open[place]
        switch Int.random(in: 0..<40, using: &random) {
        case 0:
            open.remove(at: place)
            return .sessionEnded(session: session, state: .completed)
        case 1:
            let columns = values.performance()
            learned = columns
            return .performanceLearned(columns)
        case 2: return .workerKnown(number: Int32(rows.count), id: values.text())
        default:
            return .attemptDispatched(
                AttemptReference(session: session, task: values.integer(), attempt: 1),
                worker: 0, agent: 0)
        }
    }

    /// What matters of all that was appended, in order.
    func expectSame(
        as journal: SQLiteJournal, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found = try journal.rows()
        #expect(
            found.flatMap { row in row.facts.filter(matters).map { Dated(row.moment, $0) } }
                == rows.flatMap { row in row.facts.filter(matters).map { Dated(row.moment, $0) } },
            sourceLocation: sourceLocation)
        let counted = found.flatMap(\.facts).reduce(Int64(0)) { count, fact in
            switch fact {
            case .sessionsCounted(let number): max(count, number)
            case .sessionOpened(let opening): max(count, opening.number)
            default: count
            }
        }
        #expect(counted == lastSession, sourceLocation: sourceLocation)
        let (told, all) = (bySession(found), bySession(rows))
        for (session, facts) in told {
            let whole = all[session] ?? []
            // A rest without an opening means nothing; with one, the end must be there as well.
            let isRest = facts.count < whole.count && !Self.opens(facts[0])
            #expect(
                isRest ? facts == whole.suffix(facts.count) : facts == whole,
                "session \(session)", sourceLocation: sourceLocation)
        }
        let lastLearned = found.flatMap(\.facts).compactMap { fact in
            if case .performanceLearned(let columns) = fact { columns } else { nil }
        }.last
        #expect(lastLearned == learned, sourceLocation: sourceLocation)
    }

    var mattering: [SessionFact] { rows.flatMap(\.facts).filter(matters) }

    private func bySession(_ rows: [JournalRow]) -> [Int64: [SessionFact]] {
        var found: [Int64: [SessionFact]] = [:]
        for fact in rows.flatMap(\.facts) {
            switch fact {
            case .sessionOpened(let opening): found[opening.number, default: []].append(fact)
            case .attemptDispatched(let attempt, _, _):
                found[attempt.session, default: []].append(fact)
            case .sessionEnded(let session, _): found[session, default: []].append(fact)
            default: continue
            }
        }
        return found
    }

    private static func opens(_ fact: SessionFact) -> Bool {
        if case .sessionOpened = fact { true } else { false }
    }

    private struct Dated: Equatable {
        var moment: Moment
        var fact: SessionFact

        init(_ moment: Moment, _ fact: SessionFact) { (self.moment, self.fact) = (moment, fact) }
    }

    private func matters(_ fact: SessionFact) -> Bool {
        switch fact {
        case .workerKnown: true
        case .sessionOpened(let opening): open.contains(opening.number)
        case .attemptDispatched(let attempt, _, _): open.contains(attempt.session)
        default: false
        }
    }
}
