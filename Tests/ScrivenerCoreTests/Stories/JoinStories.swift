// Tasks that need only some of their dependencies.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct JoinStories {
    private let once = OrchestrationConfig(maxRetryAttempts: 0)

    private func inputs(of attempt: String, in world: World) -> [String]? {
        world.core.told(of: world.names.attempt(attempt))?.inputs.map(\.taskID)
    }

    /// Three search engines are asked and two answers suffice: the slowest holds up nobody. What it
    /// finds later is in the session's results, and not among the inputs of a task that runs.
    @Test func aJoinClosesWhenItHasEnough() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; j{needs=2} < a b c")
        #expect(
            world.complete("w1", "s/b#1") == ["fact: s/b#1 completed", "w1 ← committed s/b#1"])
        #expect(
            world.explain("s", "j")?.message
                == "waits for 2 of 3 dependencies and needs 1 more to complete: a, c")
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed",
                "fact: s/j goes on",
                "fact: s/j#1 dispatched to work on w1",
                "w1 ← committed s/a#1",
                "w1 ← dispatch s/j#1",
            ])
        world.complete("w1", "s/c#1")
        #expect(inputs(of: "s/j#1", in: world) == ["a", "b"])
        #expect(
            world.complete("w1", "s/j#1") == [
                "fact: s/j#1 completed", "fact: s ended: completed",
                "archive: s is completed, completed", "w1 ← committed s/j#1",
            ])
        #expect(world.archives[0].tasks.map(\.missingDependencies) == [[], [], [], [2]])
    }

    /// Others that are nearly done are waited for a little: to the millisecond as long as the plan
    /// says.
    @Test func aJoinWaitsALittleForTheRest() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; j{needs=1 within=5} < a b c")
        world.wait(1, alive: "w1")
        #expect(
            world.complete("w1", "s/a#1") == ["fact: s/a#1 completed", "w1 ← committed s/a#1"])
        let explanation = world.explain("s", "j")
        #expect(explanation?.reason == .joinOpen)
        #expect(
            explanation?.message
                == "has enough of its dependencies; still waits for 2: b, c")
        #expect(explanation?.secondsUntil == 5)
        world.wait(3, alive: "w1")
        // A second one does not give the third more time.
        world.complete("w1", "s/b#1")
        #expect(world.wait(1.999, alive: "w1") == [])
        #expect(
            world.wait(0.001, alive: "w1") == [
                "fact: s/j goes on", "fact: s/j#1 dispatched to work on w1",
                "w1 ← dispatch s/j#1",
            ])
        #expect(inputs(of: "s/j#1", in: world) == ["a", "b"])
    }

    /// All came before the time was over: nothing is waited for any more.
    @Test func aJoinThatHasAllStartsAtOnce() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; j{needs=1 within=60} < a b")
        world.complete("w1", "s/a#1")
        #expect(
            world.complete("w1", "s/b#1") == [
                "fact: s/b#1 completed", "fact: s/j#1 dispatched to work on w1",
                "w1 ← committed s/b#1", "w1 ← dispatch s/j#1",
            ])
        #expect(inputs(of: "s/j#1", in: world) == ["a", "b"])
        #expect(world.wait(61, alive: "w1") == [])
        #expect(world.snapshot("s")?.tasks[2].missingDependencies == [])
    }

    /// The others fail while the join waits for them: it goes on with the last of these, not later.
    @Test func aJoinDoesNotWaitForWhatHasFailed() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; j{needs=1 within=60} < a b", once)
        world.complete("w1", "s/a#1")
        #expect(
            world.fail("w1", "s/b#1", .permanent) == [
                "fact: s/b#1 failed (permanent)", "fact: s/j#1 dispatched to work on w1",
                "w1 ← committed s/b#1", "w1 ← dispatch s/j#1",
            ])
        #expect(inputs(of: "s/j#1", in: world) == ["a"])
        #expect(world.snapshot("s")?.tasks[2].missingDependencies == [1])
    }

    /// Two of three sources are gone: two can no longer come together, and nobody waits for the
    /// third to say so.
    @Test func aJoinThatCannotHaveEnoughIsSkipped() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; j{needs=2} < a b c; k < j", once)
        world.fail("w1", "s/a#1", .permanent)
        #expect(world.statuses("s").suffix(2) == ["j waiting", "k waiting"])
        world.fail("w1", "s/b#1", .permanent)
        #expect(
            world.statuses("s") == [
                "a failed", "b failed", "c running", "j skipped", "k skipped",
            ])
        #expect(world.complete("w1", "s/c#1").contains("fact: s ended: failed"))
    }

    /// The same, where the plan would rather have a report with a gap than none.
    @Test func aJoinMayGoOnWithTooFew() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; j?{needs=2} < a b c", once)
        world.fail("w1", "s/a#1", .permanent)
        world.fail("w1", "s/b#1", .permanent)
        #expect(world.statuses("s").last == "j waiting")
        #expect(world.complete("w1", "s/c#1").last == "w1 ← dispatch s/j#1")
        #expect(inputs(of: "s/j#1", in: world) == ["c"])
        #expect(world.complete("w1", "s/j#1").contains("fact: s ended: partial"))
        #expect(world.archives[0].tasks[3].missingDependencies == [0, 1])
    }

    /// What is not waited for would cost money: it is stopped, with proof, unless somebody else
    /// waits for it.
    @Test func theRestIsCancelledIfThePlanSaysSo() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; d < c; j{needs=1 rest=cancel} < a b c d")
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed",
                "fact: s/j goes on",
                "fact: s/b to be cancelled",
                "fact: s/d to be cancelled",
                "fact: s/j#1 dispatched to work on w1",
                "w1 ← cancel s/b#1",
                "w1 ← committed s/a#1",
                "w1 ← dispatch s/j#1",
            ])
        #expect(
            world.statuses("s") == [
                "a completed", "b cancelling", "c running", "d cancelled", "j running",
            ])
        world.complete("w1", "s/c#1", "s/j#1")
        #expect(
            world.fail("w1", "s/b#1", .cancelled) == [
                "fact: s/b#1 cancelled", "fact: s ended: partial",
                "archive: s is completed, partial", "w1 ← committed s/b#1",
            ])
        #expect(world.archives[0].session.reason == "2 cancelled")
        #expect(world.archives[0].tasks[4].missingDependencies == [1, 2, 3])
    }

    /// Two joins over the same sources: only when the second has enough is the rest needless.
    @Test func whatAnotherJoinWaitsForGoesOn() {
        var world = World()
        world.join("w1", "work*4")
        world.submit(
            "s", "a; b; c; j{needs=1 rest=cancel} < a b c; k{needs=2 rest=cancel} < a b c")
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed", "fact: s/j goes on",
                "fact: s/j#1 dispatched to work on w1", "w1 ← committed s/a#1",
                "w1 ← dispatch s/j#1",
            ])
        #expect(
            world.complete("w1", "s/b#1") == [
                "fact: s/b#1 completed", "fact: s/k goes on", "fact: s/c to be cancelled",
                "fact: s/k#1 dispatched to work on w1", "w1 ← cancel s/c#1",
                "w1 ← committed s/b#1", "w1 ← dispatch s/k#1",
            ])
    }

    /// What has not begun ends at once, and the session with it: there is nobody to wait for.
    @Test func theRestThatHasNotBegunEndsAtOnce() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a; b; c; j{needs=1 rest=cancel} < a b c")
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/j#1")
        #expect(
            world.statuses("s") == [
                "a completed", "b cancelled", "c cancelled", "j running",
            ])
        #expect(world.complete("w1", "s/j#1").contains("fact: s ended: partial"))
    }

    /// The agent was faster than the cancellation: its result is kept, and changes no inputs.
    @Test func aResultThatComesWhileTheRestIsCancelledCounts() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; j{needs=1 rest=cancel} < a b")
        world.complete("w1", "s/a#1")
        #expect(world.complete("w1", "s/b#1").first == "fact: s/b#1 completed")
        #expect(inputs(of: "s/j#1", in: world) == ["a"])
        #expect(world.complete("w1", "s/j#1").contains("fact: s ended: completed"))
    }

    /// A planner proposes a join over what is there: enough of it may have completed already.
    @Test func aProposedJoinMayHaveEnoughAtOnce() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "old; slow; plan+")
        world.complete("w1", "s/old#1")
        #expect(
            world.complete(
                "w1", "s/plan#1",
                proposing: "j{needs=1} < old slow; k{needs=2 within=9} < old plan slow") == [
                    "fact: s extended by plan with j, k",
                    "fact: s/plan#1 completed",
                    "fact: s/j goes on",
                    "fact: s/j#1 dispatched to work on w1",
                    "w1 ← committed s/plan#1",
                    "w1 ← dispatch s/j#1",
                ])
        #expect(inputs(of: "s/j#1", in: world) == ["old"])
        #expect(world.wait(8.999, alive: "w1") == [])
        #expect(world.wait(0.001, alive: "w1").last == "w1 ← dispatch s/k#1")
    }

    /// The coordinator dies while a join waits for its last sources: a restarted one closes it at
    /// the same moment.
    @Test func aJoinClosesInTimeAfterARestart() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; j{needs=1 within=10} < a b")
        world.wait(2, alive: "w1")
        world.complete("w1", "s/a#1")
        #expect(world.restart(after: 3) == [])
        #expect(world.join("w1", "work*4", running: ["s/b#1"]) == ["w1@2 ← welcome"])
        #expect(world.explain("s", "j")?.secondsUntil == 7)
        #expect(world.wait(6.999, alive: "w1") == [])
        #expect(
            world.wait(0.001, alive: "w1") == [
                "fact: s/j goes on", "fact: s/j#1 dispatched to work on w1",
                "w1@2 ← dispatch s/j#1",
            ])
    }

    /// Its time passed while nobody was there: it is closed with the start, and with the inputs
    /// that it had. A join that was closed before stays as it was.
    @Test func aJoinThatWasDueMeanwhileClosesWithTheStart() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; j{needs=1 within=10 rest=cancel} < a b; k{needs=1} < a b")
        world.complete("w1", "s/a#1")
        #expect(world.restart(after: 12) == ["fact: s/j goes on", "fact: s/b to be cancelled"])
        #expect(world.statuses("s") == ["a completed", "b cancelling", "j ready", "k running"])
        #expect(
            world.join("w1", "work*4", running: ["s/b#1", "s/k#1"]) == [
                "fact: s/j#1 dispatched to work on w1", "w1@2 ← welcome",
                "w1@2 ← cancel s/b#1", "w1@2 ← dispatch s/j#1",
            ])
        #expect(inputs(of: "s/j#1", in: world) == ["a"])
        #expect(inputs(of: "s/k#1", in: world) == ["a"])
    }
}
