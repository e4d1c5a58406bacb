// The plan of a session that has ended is found for as long as the session is, wherever its facts are by
// then; and what another session takes over from it outlives it.

import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite struct EndedPlanTests {
    private let directory = TemporaryDirectory()

    private func open() throws -> SQLiteJournal {
        try SQLiteJournal(
            directory: directory.path,
            configuration: JournalConfiguration(durability: .normal, sweepBytes: 1))
    }

    private static func columns(_ ids: [String], row: Int64) -> TaskColumns {
        let tasks = ids.map { ResearchTask(taskID: $0, taskType: "work") }
        var columns = PlanCompiler.columns(
            tasks, following: StringArena(), config: OrchestrationConfig()
        ).tasks
        columns.specificationPayload.row = row
        return columns
    }

    private static func opening(_ number: Int64, row: Int64) -> SessionOpening {
        SessionOpening(
            number: number,
            plan: CompiledPlan(
                sessionID: "s\(number)", query: "?", config: OrchestrationConfig(), timeout: nil,
                tasks: columns(["a", "b"], row: row)))
    }

    private static func snapshot(_ number: Int64, _ ids: [String]) -> SessionSnapshot {
        var random = SeededGenerator(seed: UInt64(number))
        var session = random.session(id: "s\(number)")
        session.endedAt = WallTime(millisecondsSince1970: number * 1_000)
        return SessionSnapshot(
            number: number, session: session,
            tasks: ids.map {
                TaskSnapshot(
                    taskID: $0, taskType: "work", status: .completed, assignedAgent: nil,
                    dependencies: [], executions: [])
            }, endOrder: [])
    }

    private static func append(
        _ facts: [SessionFact], _ payload: [UInt8] = [], _ archives: [SessionSnapshot] = [],
        claims: [PayloadClaim] = [], to journal: SQLiteJournal
    ) throws {
        try journal.append(
            JournalBatch(
                moment: .at(journal.lastSequence), facts: facts, payload: payload,
                archives: archives, claims: claims), expecting: journal.lastSequence)
    }

    /// Session 1 opens, works, gains a task and ends, among other commits.
    private func ended(in journal: SQLiteJournal) throws -> SessionSnapshot {
        let row = journal.lastSequence + 1
        try Self.append([.sessionOpened(Self.opening(1, row: row))], [1, 2, 3, 4], to: journal)
        let record = ResultHandle(row: row + 1, offset: 0, payloadLength: 2, annexLength: 1)
        let attempt = AttemptReference(session: 1, task: 0, attempt: 1)
        try Self.append(
            [
                .attemptEnded(
                    attempt, AttemptEnding(outcome: .completed, record: record, disposition: .final)
                )
            ], [5, 6, 7], to: journal)
        let addition = GraphExtension(
            session: 1, by: 0, tasks: Self.columns(["c"], row: row + 2))
        try Self.append([.graphExtended(addition)], [8, 9], to: journal)
        let snapshot = Self.snapshot(1, ["a", "b", "c"])
        try Self.append(
            [.sessionEnded(session: 1, state: .completed)], [], [snapshot], to: journal)
        for _ in 0..<3 { try Self.append([.workerKnown(number: 0, id: "w")], to: journal) }
        return snapshot
    }

    private static func ids(_ plan: EndedPlan) -> [[String]] {
        ([plan.plan.tasks] + plan.additions.map(\.tasks)).map { columns in
            (0..<columns.count).map { columns.ids[$0] }
        }
    }

    /// While its facts are in the log, when some of them were compacted, and when all were; in this
    /// opening of the journal and in the next.
    @Test(arguments: Int64(0)...7) func thePlanIsFoundWhereverItIs(through: Int64) throws {
        var journal = try open()
        let snapshot = try ended(in: journal)
        let live = FactSieve.Live(openSessions: [])
        // First some commits, as of a moment at which the session was open or was not; then more.
        if through > 0 {
            let then = FactSieve.Live(openSessions: through < 4 ? [1] : [])
            while try journal.compact(keeping: then, through: through) {}
        }
        #expect(Self.ids(try journal.plan(of: snapshot)) == [["a", "b"], ["c"]])
        while try journal.compact(keeping: live, through: 7) {}
        #expect(Self.ids(try journal.plan(of: snapshot)) == [["a", "b"], ["c"]])
        try journal.close()
        journal = try open()
        let plan = try journal.plan(of: snapshot)
        #expect(Self.ids(plan) == [["a", "b"], ["c"]])
        #expect(plan.plan == Self.opening(1, row: 1).plan)
        #expect(journal.mistakes() == [])
        try journal.close()
    }

    /// The session that ended is retired, and what the other one took over from it is still read; when
    /// that one goes as well, nothing is left.
    @Test func whatWasTakenOverOutlivesItsSession() throws {
        let journal = try open()
        _ = try ended(in: journal)
        var opening = Self.opening(2, row: 1)
        opening.plan.sessionID = "s2"
        let record = ResultHandle(row: 2, offset: 0, payloadLength: 2, annexLength: 1)
        let rerun = SessionRerun(
            session: 2, of: "s1",
            reused: [
                ReusedResult(
                    task: 0, attempt: 1, worker: 0, agent: 0,
                    dispatchedAt: WallTime(millisecondsSince1970: 1),
                    endedAt: WallTime(millisecondsSince1970: 2), runTime: .seconds(1),
                    record: record, summary: FindingsSummary())
            ])
        try Self.append(
            [.sessionOpened(opening), .sessionRerun(rerun)],
            claims: [PayloadClaim(session: 2, row: 1), PayloadClaim(session: 2, row: 2)],
            to: journal)
        let all = RetentionRule(maximumCount: 0)
        #expect(try journal.retire(all) == 1)
        #expect(try journal.parts([record.payload, record.annex]) == [[5, 6], [7]])
        #expect(journal.mistakes() == [])

        // Its own plan is found as any other, though it brought no bytes.
        let snapshot = Self.snapshot(2, ["a", "b"])
        try Self.append(
            [.sessionEnded(session: 2, state: .completed)], [], [snapshot], to: journal)
        #expect(Self.ids(try journal.plan(of: snapshot)) == [["a", "b"]])
        #expect(try journal.retire(all) == 1)
        let left = try journal.connection.access {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM payload")
        }
        #expect(left == 0)
        try journal.close()
    }

    /// Somebody is about to take results over: until that is committed, the session stays.
    @Test func whatIsHeldIsNotRetired() throws {
        let journal = try open()
        _ = try ended(in: journal)
        let all = RetentionRule(maximumCount: 0)
        journal.hold(session: 1)
        journal.hold(session: 1)
        journal.release(session: 1)
        #expect(try journal.retire(all) == 0)
        #expect(try journal.isKnown(sessionID: "s1"))
        journal.release(session: 1)
        #expect(try journal.retire(all) == 1)
        #expect(try !journal.isKnown(sessionID: "s1"))
        try journal.close()
    }

    /// A retired session's plan goes with it, from wherever it is, and does not come back when its facts
    /// are compacted later.
    @Test(arguments: [true, false]) func plansGoWithTheirSessions(isCompacted: Bool) throws {
        let journal = try open()
        _ = try ended(in: journal)
        let live = FactSieve.Live(openSessions: [])
        if isCompacted { while try journal.compact(keeping: live, through: 7) {} }
        #expect(try journal.contents().plans.rows == (isCompacted ? 2 : 0))
        #expect(try journal.retire(RetentionRule(maximumCount: 0)) == 1)
        while try journal.compact(keeping: live, through: 7) {}
        #expect(try journal.contents().plans.rows == 0)
        try journal.close()
    }

    /// Bytes that changed are found, and no plan is made of them.
    @Test func damageIsFound() throws {
        let journal = try open()
        let snapshot = try ended(in: journal)
        while try journal.compact(keeping: FactSieve.Live(openSessions: []), through: 7) {}
        try journal.connection.access {
            try $0.execute(sql: "UPDATE plan SET facts = zeroblob(length(facts))")
        }
        #expect(throws: JournalError.self) { try journal.plan(of: snapshot) }
        #expect(journal.mistakes().contains { $0.contains("the plan of archived session 1") })
        try journal.close()
    }
}
