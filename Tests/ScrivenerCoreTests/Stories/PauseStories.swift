// Sessions that are held and let go again.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PauseStories {
    /// Somebody wants to look at the first results before more is paid for: what runs finishes, and
    /// nothing new starts.
    @Test func whatRunsFinishes() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a; b; c < a")
        #expect(
            world.pauseSession("s") == [
                "fact: s paused: finish", "w1 ← recall s/a#1",
                "reply: s in_progress, 0 of 3 completed",
            ])
        #expect(world.statuses("s") == ["a running", "b held", "c waiting"])
        let explanation = world.explain("s", "b")
        #expect(explanation?.reason == .paused)
        #expect(explanation?.message == "the session is paused")
        #expect(explanation?.wakes == "the session is resumed")
        // What becomes ready now is held as well.
        #expect(
            world.complete("w1", "s/a#1") == ["fact: s/a#1 completed", "w1 ← committed s/a#1"])
        #expect(world.statuses("s") == ["a completed", "b held", "c held"])
        #expect(world.snapshot("s")?.session.sessionState == .paused)
        #expect(world.wait(100, alive: "w1") == [])
        #expect(
            world.resumeSession("s") == [
                "fact: s resumed", "fact: s/b#1 dispatched to work on w1",
                "reply: s in_progress, 1 of 3 completed", "w1 ← dispatch s/b#1",
            ])
        #expect(world.snapshot("s")?.session.sessionState == .researching)
        #expect(world.complete("w1", "s/b#1").last == "w1 ← dispatch s/c#1")
    }

    /// The machines are needed for something else, now: what runs is stopped and runs again later,
    /// and that is no failure of the task. What must not be executed twice finishes.
    @Test func whatRunsIsTakenBack() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a{retries=1}; b{once}")
        #expect(
            world.pauseSession("s", .now) == [
                "fact: s paused: now", "w1 ← cancel s/a#1", "w1 ← recall s/b#1",
                "reply: s in_progress, 0 of 2 completed",
            ])
        #expect(world.statuses("s") == ["a running", "b running"])
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: s/a#1 handed back, again", "w1 ← committed s/a#1",
            ])
        #expect(world.statuses("s") == ["a held", "b running"])
        world.complete("w1", "s/b#1")
        #expect(
            world.resumeSession("s") == [
                "fact: s resumed", "fact: s/a#2 dispatched to work on w1",
                "reply: s in_progress, 1 of 2 completed", "w1 ← dispatch s/a#2",
            ])
        // The one retry is still there, and the agent that stopped is not blamed.
        #expect(
            world.fail("w1", "s/a#2", .transient).first
                == "fact: s/a#2 failed (transient), again after a delay")
        #expect(world.core.circuits.unsettledCount == 0)
    }

    /// It was done before it heard that it should stop: that counts, and so does a failure.
    @Test func whatEndsBeforeItIsStoppedCounts() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c < a", OrchestrationConfig(maxRetryAttempts: 0))
        world.pauseSession("s", .now)
        #expect(world.complete("w1", "s/a#1").first == "fact: s/a#1 completed")
        #expect(world.fail("w1", "s/b#1", .transient).first == "fact: s/b#1 failed (transient)")
        #expect(world.statuses("s") == ["a completed", "b failed", "c held"])
    }

    /// Resumed before the worker has answered: the answer comes, and the task runs again.
    @Test func resumedBeforeItStopped() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a")
        world.pauseSession("s", .now)
        #expect(
            world.resumeSession("s") == [
                "fact: s resumed", "reply: s in_progress, 0 of 1 completed",
            ])
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: s/a#1 handed back, again", "fact: s/a#2 dispatched to work on w1",
                "w1 ← committed s/a#1", "w1 ← dispatch s/a#2",
            ])
    }

    /// Two people press the button. Only the step from `finish` to `now` means something.
    @Test func pausedTwice() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a; b")
        world.pauseSession("s", .finish)
        let reply = "reply: s in_progress, 0 of 2 completed"
        #expect(world.pauseSession("s", .finish) == [reply])
        #expect(
            world.pauseSession("s", .now) == ["fact: s paused: now", "w1 ← cancel s/a#1", reply])
        #expect(world.pauseSession("s", .now) == [reply])
        #expect(world.pauseSession("s", .finish) == [reply])
        world.resumeSession("s")
        #expect(world.resumeSession("s") == [reply])
        #expect(world.pauseSession("x") == ["reply: not open"])
        #expect(world.resumeSession("x") == ["reply: not open"])
    }

    /// Cancelled while it is held: what is held ends at once, what runs with proof. It can be
    /// neither paused nor resumed then.
    @Test func cancelledWhilePaused() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a; b; c < a")
        world.pauseSession("s")
        #expect(
            world.cancel("s") == [
                "fact: s to be cancelled: requested", "w1 ← cancel s/a#1",
                "reply: s cancelling, 0 of 3 completed",
            ])
        #expect(world.statuses("s") == ["a cancelling", "b cancelled", "c cancelled"])
        #expect(world.pauseSession("s", .now) == ["reply: refused: session_ended"])
        #expect(world.resumeSession("s") == ["reply: s cancelling, 0 of 3 completed"])
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: s/a#1 cancelled", "fact: s ended: cancelled",
                "archive: s is cancelled, cancelled", "w1 ← committed s/a#1",
            ])
    }

    /// Taken back and then cancelled: the one answer of the worker serves for both.
    @Test func cancelledWhileItIsTakenBack() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a")
        world.pauseSession("s", .now)
        world.cancel("s")
        #expect(world.fail("w1", "s/a#1", .cancelled).contains("fact: s ended: cancelled"))
        #expect(world.archives[0].tasks[0].status == .cancelled)
    }

    /// The coordinator is restarted while a session is held: it is held still, what was asked back
    /// is asked back again, and it goes on from there.
    @Test func aPauseSurvivesARestart() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b{once}; c")
        world.pauseSession("s", .now)
        world.restart(after: 1)
        #expect(world.statuses("s") == ["a running", "b running", "c held"])
        #expect(world.snapshot("s")?.session.sessionState == .paused)
        #expect(
            world.join("w1", "work*2", running: ["s/a#1", "s/b#1"]) == [
                "w1@2 ← welcome", "w1@2 ← cancel s/a#1",
            ])
        #expect(world.fail("w1", "s/a#1", .cancelled).first == "fact: s/a#1 handed back, again")
        world.complete("w1", "s/b#1")
        world.restart()
        world.join("w1", "work*2", incarnation: 2)
        #expect(world.statuses("s") == ["a held", "b completed", "c held"])
        #expect(world.resumeSession("s").last == "w1@3 ← dispatch s/a#2, s/c#1")
    }

    /// A worker is lost, hands back, or a backoff ends while the session is held: the tasks are held
    /// with the others.
    @Test func whatComesBackIsHeld() {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "a; b; c", OrchestrationConfig(retryDelaySeconds: 5))
        world.fail("w1", "s/a#1", .transient)
        world.pauseSession("s")
        #expect(world.handBack("w1", "s/b#1") == ["fact: s/b#1 handed back, again"])
        world.leave("w1")
        #expect(world.statuses("s") == ["a backing_off", "b held", "c held"])
        world.join("w2", "work*3")
        #expect(world.wait(6, alive: "w2") == [])
        #expect(world.statuses("s") == ["a held", "b held", "c held"])
        world.restart()
        #expect(world.statuses("s").suffix(2) == ["b held", "c held"])
        world.join("w2", "work*3")
        #expect(world.statuses("s") == ["a held", "b held", "c held"])
        #expect(world.resumeSession("s").last == "w2@2 ← dispatch s/a#2, s/b#2, s/c#2")
    }

    /// The slots go to others meanwhile, and when it is resumed it waits for its turn like anybody.
    @Test func othersGoOn() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a; b")
        world.submit("t", "a; b")
        world.pauseSession("s")
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch t/a#1")
        #expect(world.complete("w1", "t/a#1").last == "w1 ← dispatch t/b#1")
        #expect(world.resumeSession("s").last == "reply: s in_progress, 1 of 2 completed")
        #expect(world.explain("s", "b")?.reason == .waitsForSlot)
        #expect(world.complete("w1", "t/b#1").last == "w1 ← dispatch s/b#1")
    }

    /// A planner finishes in a session that is held: what it plans is held, and so is a join that
    /// has enough.
    @Test func whatIsAddedIsHeld() {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "p+; a; b; j{needs=1 within=2} < a b")
        world.pauseSession("s")
        world.complete("w1", "s/p#1", proposing: "n; m < n")
        world.complete("w1", "s/a#1")
        #expect(world.wait(2, alive: "w1") == ["fact: s/j goes on"])
        #expect(
            world.statuses("s") == [
                "p completed", "a completed", "b running", "j held", "n held", "m waiting",
            ])
        world.complete("w1", "s/b#1")
        #expect(world.resumeSession("s").last == "w1 ← dispatch s/n#1, s/j#1")
    }

    /// The last task finishes in a session that is held: it is over, and so it is when its time
    /// runs out.
    @Test func aPausedSessionEnds() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a")
        world.submit("t", "a; b < a", timeout: 4)
        world.pauseSession("s")
        world.pauseSession("t")
        #expect(world.complete("w1", "s/a#1").contains("fact: s ended: completed"))
        world.complete("w1", "t/a#1")
        #expect(
            world.wait(4, alive: "w1") == [
                "fact: t to be cancelled: timedOut", "fact: t ended: failed",
                "archive: t is failed, failed",
            ])
    }
}
