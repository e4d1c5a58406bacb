// Second attempts at slow tasks.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct HedgeStories {
    /// `w1` has done 40 tasks of one second each, and has just been given another one, at 0 s;
    /// then `w2` comes, which is idle.
    private func slowTask(
        _ graph: String = "a{idempotent}", _ configuration: CoreConfiguration = CoreConfiguration()
    ) -> World {
        var world = World(configuration)
        world.join("w1", "work*1")
        for number in 1...40 {
            world.submit("k\(number)", "a")
            world.complete("w1", "k\(number)/a#1")
        }
        world.submit("s", graph)
        world.join("w2", "work*1")
        return world
    }

    /// The same, and the second attempt has begun.
    private func hedged(
        _ graph: String = "a{idempotent}", _ configuration: CoreConfiguration = CoreConfiguration()
    ) -> World {
        var world = slowTask(graph, configuration)
        world.wait(1.3, alive: "w1", "w2")
        #expect(world.core.counters.hedgedAttempts == 1)
        return world
    }

    /// The disk of one host stutters: when the task has run longer than 95 of 100 do, an idle host
    /// is given it as well. The first result counts, and the loser's slot is taken until it says
    /// that it has stopped.
    @Test func theSecondAttemptWins() {
        var world = slowTask()
        #expect(world.wait(0.999, alive: "w1", "w2") == [])
        #expect(
            world.wait(0.301, alive: "w1", "w2") == [
                "fact: s/a#2 dispatched to work on w2", "w2 ← dispatch s/a#2",
            ])
        #expect(
            world.explain("s", "a")?.message
                == "runs on work on worker w1 and work on worker w2")
        #expect(
            world.complete("w2", "s/a#2") == [
                "fact: s/a#1 superseded, absorbed", "fact: s/a#2 completed",
                "fact: s ended: completed", "archive: s is completed, completed",
                "w1 ← cancel s/a#1", "w2 ← committed s/a#2",
            ])
        let executions = world.archives.last?.tasks[0].executions ?? []
        #expect(executions.map(\.outcome) == [.superseded, .completed])
        #expect(executions.map(\.isHedge) == [false, true])
        #expect(world.submit("t", "a; b").last == "w2 ← dispatch t/a#1")
        #expect(world.explain("t", "b")?.reason == .waitsForSlot)
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: t/b#1 dispatched to work on w1", "w1 ← committed s/a#1",
                "w1 ← dispatch t/b#1",
            ])
        #expect(world.core.counters.refusedResults == 0)
        #expect(world.core.counters.supersededAttempts == 1)
        #expect(world.core.circuits.unsettledCount == 0)
    }

    /// The slow one was only a little slow: it wins, and the other is told to stop. What the loser
    /// found all the same is not counted.
    @Test func theFirstAttemptWins() {
        var world = hedged("a{idempotent}; b < a")
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#2 superseded, absorbed", "fact: s/a#1 completed",
                "fact: s/b#1 dispatched to work on w1", "w2 ← cancel s/a#2",
                "w1 ← committed s/a#1", "w1 ← dispatch s/b#1",
            ])
        #expect(world.complete("w2", "s/a#2") == ["w2 ← committed s/a#2"])
        #expect(world.core.counters.refusedResults == 0)
        let executions = world.snapshot("s")?.tasks[0].executions ?? []
        #expect(executions.map(\.outcome) == [.completed, .superseded])
        #expect(world.submit("t", "a").last == "w2 ← dispatch t/a#1")
    }

    /// The loser does not hear that it has lost: it is told again, once a lease.
    @Test func theLoserIsToldAgain() {
        var world = hedged()
        world.complete("w2", "s/a#2")
        #expect(
            world.wait(11, alive: "w1", "w2") == ["w1 ← cancel s/a#1", "w1 ← cancel s/a#1"])
    }

    /// The loser's worker dies before it could say so, registers anew, or hands it back unstarted:
    /// its slot is free, and nothing else happens.
    @Test func theLoserVanishes() {
        var world = hedged()
        world.complete("w2", "s/a#2")
        var (other, third) = (world, world)
        #expect(world.leave("w1") == [])
        #expect(world.core.registry.runningCount == 0)
        #expect(
            other.join("w1", running: ["s/a#1"]) == ["w1@2 ← welcome, stop s/a#1"])
        #expect(other.submit("t", "a; b").count == 6)
        #expect(third.handBack("w1", "s/a#1") == [])
        #expect(third.core.counters.refusedResults == 0)
        #expect(third.submit("t", "a; b").count == 6)
    }

    /// While the pool is full, somebody waits; the loser's worker dies, which makes room.
    /// (Regression: nobody looked again.)
    @Test func aVanishedLoserMakesRoom() {
        var configuration = CoreConfiguration()
        configuration.maximumRunningAttempts = 2
        var world = hedged("a{idempotent}", configuration)
        world.complete("w2", "s/a#2")
        world.submit("t", "a; b")
        #expect(world.explain("t", "b")?.reason == .poolLimit)
        world.join("w3")
        #expect(
            world.leave("w1") == [
                "fact: t/b#1 dispatched to work on w3", "w3 ← dispatch t/b#1",
            ])
    }

    /// One of the two fails: the other decides. When that fails as well, it is one failure.
    @Test func bothFail() {
        var world = hedged("a{idempotent retries=1}")
        #expect(
            world.fail("w1", "s/a#1", .transient) == [
                "fact: s/a#1 failed (transient), absorbed", "w1 ← committed s/a#1",
            ])
        #expect(world.statuses("s") == ["a running"])
        #expect(
            world.fail("w2", "s/a#2", .transient).first
                == "fact: s/a#2 failed (transient), again after a delay")
        world.wait(1, alive: "w1", "w2")
        #expect(world.fail("w1", "s/a#3", .transient).contains("fact: s ended: failed"))
    }

    /// Bad input is bad on both: the first to say so decides.
    @Test func aFailureThatStaysDecides() {
        var world = hedged()
        #expect(
            world.fail("w2", "s/a#2", .invalidInput) == [
                "fact: s/a#1 superseded, absorbed", "fact: s/a#2 failed (invalid_input)",
                "fact: s ended: failed", "archive: s is failed, failed", "w1 ← cancel s/a#1",
                "w2 ← committed s/a#2",
            ])
    }

    /// One of the two is lost with its worker: the other runs on, as if it had been alone.
    @Test(arguments: ["w1", "w2"]) func oneIsLost(_ worker: String) {
        var world = hedged()
        let (lost, left) = worker == "w1" ? ("s/a#1", "s/a#2") : ("s/a#2", "s/a#1")
        #expect(world.leave(worker) == ["fact: \(lost) lost, absorbed"])
        #expect(world.statuses("s") == ["a running"])
        let other = worker == "w1" ? "w2" : "w1"
        #expect(
            world.complete(other, left) == [
                "fact: \(left) completed", "fact: s ended: completed",
                "archive: s is completed, completed", "\(other) ← committed \(left)",
            ])
    }

    /// Both are lost: the task runs again, once.
    @Test func bothAreLost() {
        var world = hedged()
        world.join("w3")
        #expect(world.leave("w2") == ["fact: s/a#2 lost, absorbed"])
        #expect(
            world.leave("w1") == [
                "fact: s/a#1 lost, again", "fact: s/a#3 dispatched to work on w3",
                "w3 ← dispatch s/a#3",
            ])
    }

    /// Hedges are 5 % of the attempts, at most: a pool that is slow as a whole would do everything
    /// twice otherwise. When the budget has grown, the next slow one is served.
    @Test func thereIsABudget() {
        var world = World()
        world.join("w1", "work*4")
        for number in 1...21 {
            world.submit("k\(number)", "a")
            world.complete("w1", "k\(number)/a#1")
        }
        world.submit("s", "a{idempotent}; b{idempotent}; c{idempotent}")
        world.join("w2", "work*4")
        #expect(
            world.wait(4, alive: "w1", "w2") == [
                "fact: s/a#2 dispatched to work on w2", "fact: s/b#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2", "w2 ← dispatch s/b#2",
            ])
        #expect(world.core.counters == counters(attempts: 26, hedges: 2))
        for number in 22...36 {
            let line = world.submit("k\(number)", "a").last ?? ""
            world.complete(String(line.prefix(2)), "k\(number)/a#1")
        }
        #expect(
            world.wait(1, alive: "w1", "w2") == [
                "fact: s/c#2 dispatched to work on w2", "w2 ← dispatch s/c#2",
            ])
        #expect(world.core.counters == counters(attempts: 42, hedges: 3))
    }

    private func counters(attempts: Int, hedges: Int) -> OrchestratorCounters {
        var counters = OrchestratorCounters()
        counters.dispatchedAttempts = attempts
        counters.hedgedAttempts = hedges
        return counters
    }

    /// Turned off.
    @Test func noBudgetMeansNoHedge() {
        var configuration = CoreConfiguration()
        configuration.hedging.budgetPermille = 0
        var world = slowTask("a{idempotent}", configuration)
        #expect(world.wait(60, alive: "w1", "w2") == [])
    }

    /// Tasks whose plan does not say that two attempts may overlap never have two.
    @Test(arguments: ["a", "a{exclusive}", "a{idempotent exclusive}", "a{idempotent once}"])
    func whatMustNotOverlapIsNeverHedged(_ graph: String) {
        var world = slowTask(graph)
        #expect(world.wait(60, alive: "w1", "w2") == [])
        #expect(world.core.counters.hedgedAttempts == 0)
    }

    /// A second attempt takes a slot that would lie idle, and none that somebody waits for.
    @Test func onlyIdleSlotsAreUsed() {
        var world = slowTask("a{idempotent}")
        world.submit("t", "a; b")
        #expect(world.wait(10, alive: "w1", "w2") == [])
        #expect(world.complete("w2", "t/a#1").last == "w2 ← dispatch t/b#1")
        #expect(world.wait(1, alive: "w1", "w2") == [])
        // Thought of again within a second.
        world.complete("w2", "t/b#1")
        #expect(
            world.wait(1, alive: "w1", "w2") == [
                "fact: s/a#2 dispatched to work on w2", "w2 ← dispatch s/a#2",
            ])
    }

    /// Twenty attempts of its kind are few enough to guess from; nineteen are too few.
    @Test(arguments: [19, 20]) func nothingIsSlowUntilItsKindIsKnown(_ known: Int) {
        var world = World()
        world.join("w1", "work*1")
        for number in 1...known {
            world.submit("k\(number)", "a")
            world.complete("w1", "k\(number)/a#1")
        }
        world.submit("s", "a{idempotent}")
        world.join("w2", "work*1")
        #expect(world.wait(30, alive: "w1", "w2").isEmpty == (known < 20))
    }

    /// A second agent of the same worker is no second chance.
    @Test func theSecondAttemptGoesElsewhere() {
        var world = World()
        world.join("w1", "first(work)*1 second(work)*1")
        for number in 1...30 {
            world.submit("k\(number)", "a")
            world.complete("w1", "k\(number)/a#1")
        }
        world.submit("s", "a{idempotent}")
        #expect(world.wait(30, alive: "w1") == [])
    }

    /// The worker of the first attempt has died under it, which is told while the second runs: the task is
    /// to run alone from now on, and is not put beside others because it is slow.
    @Test func whatIsToRunAloneIsNotHedged() {
        var configuration = CoreConfiguration()
        configuration.poisonDeaths = 1
        var world = hedged("a{idempotent}", configuration)
        world.join("w1", "work*1", incarnation: 2, deaths: ["s/a#1"])
        world.join("w3", "work*1")
        #expect(world.wait(5, alive: "w1", "w2", "w3") == [])
        #expect(world.core.counters.hedgedAttempts == 1)
        #expect(world.statuses("s") == ["a running"])
        #expect(world.complete("w2", "s/a#2").contains("fact: s/a#2 completed"))
    }

    /// Cancelled with both running: over when both have proved it.
    @Test func aCancellationNeedsBothProofs() {
        var world = hedged()
        #expect(
            world.cancel("s") == [
                "fact: s to be cancelled: requested", "w1 ← cancel s/a#1", "w2 ← cancel s/a#2",
                "reply: s cancelling, 0 of 1 completed",
            ])
        #expect(
            world.fail("w2", "s/a#2", .cancelled) == [
                "fact: s/a#2 cancelled, absorbed", "w2 ← committed s/a#2",
            ])
        #expect(world.statuses("s") == ["a cancelling"])
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: s/a#1 cancelled", "fact: s ended: cancelled",
                "archive: s is cancelled, cancelled", "w1 ← committed s/a#1",
            ])
    }

    /// Held with `now`: both are taken back, and it runs once when it is resumed.
    @Test func aPauseTakesBothBack() {
        var world = hedged()
        #expect(
            world.pauseSession("s", .now) == [
                "fact: s paused: now", "w1 ← cancel s/a#1", "w2 ← cancel s/a#2",
                "reply: s in_progress, 0 of 1 completed",
            ])
        #expect(
            world.fail("w1", "s/a#1", .cancelled).first == "fact: s/a#1 handed back, absorbed")
        #expect(world.fail("w2", "s/a#2", .cancelled).first == "fact: s/a#2 handed back, again")
        #expect(world.statuses("s") == ["a held"])
        #expect(world.resumeSession("s")[1].hasPrefix("fact: s/a#3 dispatched to work on w"))
    }

    /// Both are taken on again after a restart, and one of them wins as before.
    @Test func bothSurviveARestart() {
        var world = hedged()
        world.restart(after: 1)
        #expect(world.join("w1", running: ["s/a#1"]) == ["w1@2 ← welcome"])
        #expect(world.join("w2", running: ["s/a#2"]) == ["w2@2 ← welcome"])
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#2 superseded, absorbed", "fact: s/a#1 completed",
                "fact: s ended: completed", "archive: s is completed, completed",
                "w2@2 ← cancel s/a#2", "w1@2 ← committed s/a#1",
            ])
    }

    /// The one that lost was the probe of a breaker that had opened: it says nothing about its
    /// instance, and the next task is the probe. (Regression: the instance was never tried again.)
    @Test(arguments: ["stops", "vanishes", "returns"])
    func aProbeThatLosesSaysNothing(_ end: String) {
        var world = hedgedProbe()
        world.complete("good", "p/a#2")
        switch end {
        case "stops": world.fail("bad", "p/a#1", .cancelled)
        case "returns": world.join("bad", running: ["p/a#1"])
        default:
            world.leave("bad")
            world.join("bad", incarnation: 2)
        }
        #expect(world.submit("t", "a")[1] == "fact: t/a#1 dispatched to work on bad")
    }

    /// `bad` has failed five times, is tried with a task, and is slow at it; `good` has it as well.
    private func hedgedProbe() -> World {
        var world = World(placement: .leastLoaded)
        let once = OrchestrationConfig(maxRetryAttempts: 0)
        world.join("bad")
        world.join("good")
        for number in 1...5 {
            world.submit("f\(number)", "a", once)
            world.fail("bad", "f\(number)/a#1", .transient)
        }
        for number in 1...40 {
            world.submit("k\(number)", "a")
            world.complete("good", "k\(number)/a#1")
        }
        world.wait(30, alive: "bad", "good")
        #expect(world.submit("p", "a{idempotent}").last == "bad ← dispatch p/a#1")
        #expect(world.wait(2, alive: "bad", "good").last == "good ← dispatch p/a#2")
        return world
    }
}
