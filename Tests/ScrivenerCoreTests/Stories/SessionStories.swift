// A session from its submission to its archive.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct SessionStories {
    /// The whole of the journey once, fact by fact: what everything else rests on.
    @Test func aSessionFromSubmissionToArchive() {
        var world = World()
        #expect(
            world.join("w1") == [
                "fact: worker 0 is w1", "fact: agent 0 is work", "w1 ← welcome",
            ])
        #expect(
            world.submit("s", "a; b < a") == [
                "fact: s opened with a, b",
                "fact: s/a#1 dispatched to work on w1",
                "reply: s pending, 0 of 2 completed",
                "w1 ← dispatch s/a#1",
            ])
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed",
                "fact: s/b#1 dispatched to work on w1",
                "w1 ← committed s/a#1",
                "w1 ← dispatch s/b#1",
            ])
        #expect(
            world.complete("w1", "s/b#1") == [
                "fact: s/b#1 completed",
                "fact: s ended: completed",
                "archive: s is completed, completed",
                "w1 ← committed s/b#1",
            ])
        #expect(world.core.openSessionCount == 0)
    }

    /// A join that starts after the first of its inputs computes with half of them.
    @Test func aDiamondJoinsOnceBothSidesAreThere() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "top; left < top; right < top; bottom < left right")
        #expect(
            world.complete("w1", "s/top#1") == [
                "fact: s/top#1 completed",
                "fact: s/left#1 dispatched to work on w1",
                "fact: s/right#1 dispatched to work on w1",
                "w1 ← committed s/top#1",
                "w1 ← dispatch s/left#1, s/right#1",
            ])
        #expect(
            world.complete("w1", "s/right#1") == [
                "fact: s/right#1 completed", "w1 ← committed s/right#1",
            ])
        #expect(
            world.complete("w1", "s/left#1") == [
                "fact: s/left#1 completed",
                "fact: s/bottom#1 dispatched to work on w1",
                "w1 ← committed s/left#1",
                "w1 ← dispatch s/bottom#1",
            ])
    }

    /// A client whose connection broke submits again while the session runs, and once more just
    /// after it ended, when its id has left memory.
    @Test func anIDIsTakenOnce() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        #expect(world.submit("s", "a") == ["reply: refused: session_exists"])
        world.complete("w1", "s/a#1")
        #expect(world.submit("s", "a") == ["reply: refused: session_exists"])
        #expect(world.restart() == [])
        #expect(world.submit("s", "a") == ["reply: refused: session_exists"])
    }

    /// Ids of ended sessions must not fill the memory: the oldest is forgotten.
    @Test func endedIDsAreForgottenInOrder() {
        var configuration = CoreConfiguration()
        configuration.rememberedIDs = 2
        var world = World(configuration)
        for id in ["s1", "s2", "s3"] {
            world.submit(id, "a")
            world.cancel(id)
        }
        #expect(world.submit("s3", "a") == ["reply: refused: session_exists"])
        #expect(world.submit("s2", "a") == ["reply: refused: session_exists"])
        #expect(
            world.submit("s1", "a") == [
                "fact: s1 opened with a", "reply: s1 pending, 0 of 1 completed",
            ])
    }

    /// More work than memory: refused before it is accepted, and taken again when there is room.
    @Test func aFullCoordinatorRefuses() {
        var configuration = CoreConfiguration()
        configuration.maximumOpenSessions = 1
        var world = World(configuration)
        world.join("w1")
        world.submit("s1", "a")
        #expect(world.submit("s2", "a") == ["reply: refused: overloaded"])
        guard case .refused(let error) = world.replies.last else {
            Issue.record("not refused")
            return
        }
        #expect(error.retryAfterSeconds == 1)
        world.complete("w1", "s1/a#1")
        #expect(world.submit("s2", "a").last == "w1 ← dispatch s2/a#1")
    }

    /// A plan that takes too long ends with what there is.
    @Test func aSessionRunsOutOfTime() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c < b", timeout: 3)
        world.complete("w1", "s/a#1")
        #expect(
            world.wait(3, alive: "w1") == [
                "fact: s to be cancelled: timedOut", "w1 ← cancel s/b#1",
            ])
        #expect(
            world.fail("w1", "s/b#1", .cancelled) == [
                "fact: s/b#1 cancelled",
                "fact: s ended: partial",
                "archive: s is completed, partial",
                "w1 ← committed s/b#1",
            ])
        #expect(world.archives.last?.session.reason == "its time limit passed; 2 cancelled")
    }

    /// A session's time limit holds also when nothing ever ran.
    @Test func aSessionThatNobodyCanServeRunsOutOfTime() {
        var world = World()
        world.submit("s", "a", timeout: 3)
        #expect(
            world.wait(3) == [
                "fact: s to be cancelled: timedOut", "fact: s ended: failed",
                "archive: s is failed, failed",
            ])
    }

    /// What the question's tasks are called decides what people see the session do.
    @Test func theStateFollowsTheRunningTasks() {
        var world = World()
        world.join("w1", "research(planning,web_search,analysis,drafting)*1")
        world.submit("s", "p:planning; r:web_search < p; o:other@research < r; d:drafting < o")
        for task in ["p", "r", "o", "d"] { world.complete("w1", "s/\(task)#1") }
        #expect(
            world.archives[0].session.stateTransitions.map(\.to) == [
                .initializing, .planning, .researching, .drafting, .completed,
            ])
        #expect(
            world.archives[0].session.statusTransitions.map(\.to) == [
                .pending, .inProgress, .completed,
            ])
    }

    /// Time limits of sessions that ended long ago must not stay in memory until they would pass.
    @Test func timersOfEndedSessionsAreDropped() {
        var core = OrchestratorCore(journalID: "journal", incarnation: 1, seed: 1)
        let plan = ResearchPlan(query: "?", tasks: tasks("a"), timeoutSeconds: 1_000_000)
        for number in 0..<5_000 {
            let compiled = PlanCompiler.compile(
                plan, sessionID: "s\(number)", defaults: OrchestrationConfig()
            ).plan
            var outcome = Outcome()
            core.handle(
                .submit(compiled, ReplyToken(0)), at: World.moment(at: .zero), into: &outcome)
            core.handle(
                .cancel(sessionID: "s\(number)", ReplyToken(0)), at: World.moment(at: .zero),
                into: &outcome)
        }
        #expect(core.timers.count < 2_100)
        #expect(violations(of: core) == [])
    }
}
