// What callbacks are told of what the machine has decided.

import ScrivenerBatch
import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import Testing

@testable import ScrivenerCoordinator

struct CallbackBookTests {
    private var core = OrchestratorCore(journalID: "j", incarnation: 1, seed: 1)
    private var book = CallbackBook()
    private var batch = OpenBatch()
    private let now = Moment(
        instant: .zero, wall: WallTime(millisecondsSince1970: 1_700_000_000_000))

    private mutating func handle(_ event: OrchestratorEvent) {
        core.handle(event, at: now, into: &batch.outcome)
    }

    /// Opens the session `s` with these callbacks, and seals that.
    private mutating func open(_ events: [CallbackEvent]...) throws -> CallbackChanges {
        let secret = try CallbackSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let callbacks = try events.map {
            PlanCallback(url: try CallbackURL("https://a.example"), events: $0, secret: secret)
        }
        let plan = ResearchPlan(query: "q", tasks: [ResearchTask(taskID: "a", taskType: "t")])
        let compiled = PlanCompiler.compile(
            plan, sessionID: "s", defaults: OrchestrationConfig())
        handle(.submit(compiled.plan, ReplyToken(1)))
        book.subscribe(callbacks, openedBy: batch.outcome.facts[...])
        return seal()
    }

    private mutating func seal() -> CallbackChanges {
        defer { batch = OpenBatch() }
        return book.seal(batch, of: core, at: now)
    }

    /// Each is told what it wants to hear, with one id for one event, and nothing after the end.
    @Test mutating func eachCallbackIsToldWhatItWants() throws {
        let opened = try open([.sessionPaused, .sessionCancelled], [.sessionCancelled])
        #expect(opened.subscriptions.map(\.sessionID) == ["s"])
        #expect(opened.messages.isEmpty)

        handle(.pause(sessionID: "s", .now, ReplyToken(2)))
        let paused = seal()
        #expect(paused.messages.map(\.event) == [.sessionPaused])
        #expect(paused.messages.map(\.key.place) == [0])
        let body = try RawJSON(try #require(paused.messages.first).body).value()
        #expect(body["type"]?.stringValue == "session.paused")
        #expect(body["id"]?.stringValue == paused.messages.first?.id)
        #expect(body["timestamp"]?.stringValue == "2023-11-14T22:13:20.000Z")
        #expect(body["data"]?["session_id"]?.stringValue == "s")
        #expect(body["data"]?["running_tasks"]?.stringValue == "now")

        handle(.cancel(sessionID: "s", ReplyToken(3)))
        let ended = seal()
        #expect(ended.messages.map(\.event) == [.sessionCancelled, .sessionCancelled])
        #expect(ended.messages.map(\.key.place) == [0, 1])
        #expect(ended.messages.map(\.ordinal) == [2, 2])
        #expect(Set(ended.messages.map(\.id)).count == 1)
        #expect(ended.closed == [1])
        let end = try RawJSON(ended.messages[0].body).value()
        #expect(end["data"]?["session_state"]?.stringValue == "cancelled")
        #expect(end["data"]?["tasks_by_status"]?["cancelled"]?.doubleValue == 1)
        #expect(book.isEmpty)
    }

    /// Whoever pauses and resumes in a loop, or has all of 100,000 tasks fail, does not fill the disk;
    /// the end is told nevertheless.
    @Test mutating func eventsOfASessionAreBounded() throws {
        _ = try open([.sessionPaused, .sessionResumed, .sessionCancelled])
        var told: [Int64] = []
        for _ in 1...600 {
            handle(.pause(sessionID: "s", .finish, ReplyToken(2)))
            handle(.resume(sessionID: "s", ReplyToken(3)))
            told += seal().messages.map(\.ordinal)
        }
        #expect(told == Array(1...CallbackBook.maximumEvents))
        handle(.cancel(sessionID: "s", ReplyToken(4)))
        #expect(seal().messages.map(\.event) == [.sessionCancelled])
    }

    /// A task may end badly in other ways than by its agent's word.
    @Test(arguments: [
        (AttemptOutcome.failed(.permanent), TaskStatus.failed, "permanent"),
        (.workerLost, .lost, "worker_lost"), (.released, .lost, "worker_lost"),
        (.cancelled, .failed, "cancelled"), (.cancelled, .cancelled, ""),
    ])
    mutating func howeverATaskFailedItIsTold(
        outcome: AttemptOutcome, status: TaskStatus, told: String
    ) throws {
        _ = try open([.taskFailed])
        handle(.cancel(sessionID: "s", ReplyToken(2)))
        var archive = try #require(batch.outcome.archives.first)
        archive.tasks[0].status = status
        batch = OpenBatch()
        batch.outcome.archives = [archive]
        batch.outcome.facts = [
            .attemptEnded(
                AttemptReference(session: 1, task: 0, attempt: 1),
                AttemptEnding(outcome: outcome, disposition: .final))
        ]
        let bodies = try seal().messages.map { try RawJSON($0.body).value() }
        let classes = bodies.map { $0["data"]?["error"]?["class"]?.stringValue }
        #expect(classes == (told.isEmpty ? [] : [told]))
        #expect(bodies.allSatisfy { $0["data"]?["status"]?.stringValue == status.rawValue })
    }

    /// The id was taken: the session that has it gets no callbacks of somebody else.
    @Test mutating func aRefusedSubmissionHasNoCallbacks() throws {
        _ = try open([.sessionPaused])
        let refused = try open([.sessionPaused])
        #expect(refused.isEmpty)
        handle(.pause(sessionID: "s", .finish, ReplyToken(2)))
        #expect(seal().messages.count == 1)
    }

    /// After a restart numbers go on where they stopped, so that none is used twice.
    @Test mutating func afterARestartItGoesOn() throws {
        _ = try open([.sessionPaused])
        book = CallbackBook([
            OpenCallback(
                key: CallbackKey(session: 1, place: 0), sessionID: "s", events: [.sessionPaused],
                lastOrdinal: 6)
        ])
        handle(.pause(sessionID: "s", .finish, ReplyToken(2)))
        #expect(seal().messages.map(\.ordinal) == [7])
    }
}
