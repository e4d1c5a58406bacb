// Tasks that must not be executed twice: sending a letter, paying for something.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct AtMostOnceStories {
    /// The host is unplugged while the letter is sent: nobody knows whether it went out, so the task
    /// is lost and says so, and what depends on it does not run.
    @Test func aLostWorkerLosesTheTask() {
        var world = World()
        world.join("w1")
        world.submit("s", "a{once}; b < a; c? < a")
        world.join("w2")
        #expect(
            world.leave("w1") == [
                "fact: s/a#1 lost", "fact: s/c#1 dispatched to work on w2",
                "w2 ← dispatch s/c#1",
            ])
        #expect(world.statuses("s") == ["a lost", "b skipped", "c running"])
        #expect(
            world.complete("w2", "s/c#1") == [
                "fact: s/c#1 completed", "fact: s ended: partial",
                "archive: s is completed, partial", "w2 ← committed s/c#1",
            ])
        #expect(world.archives[0].session.reason == "1 lost; 1 skipped")
        #expect(world.archives[0].tasks[0].executions.map(\.failureClass) == [.workerLost])
    }

    /// The line breaks for a while and the result comes in the end, too late to be believed: the
    /// task stays lost, and the worker may forget it.
    @Test func aLateResultChangesNothing() {
        var world = World()
        world.join("w1")
        world.submit("s", "a{once}; b")
        world.wait(5)
        #expect(world.statuses("s") == ["a lost", "b ready"])
        world.join("w1", outbox: ["s/a#1"])
        #expect(world.complete("w1", "s/a#1") == ["w1@2 ← committed s/a#1"])
        #expect(world.core.counters.refusedResults == 1)
        #expect(world.complete("w1", "s/b#1").contains("fact: s ended: partial"))
    }

    /// A worker that comes back without the attempt cannot say what became of it.
    @Test func whatAWorkerDoesNotClaimIsLost() {
        var world = World()
        world.join("w1")
        world.submit("s", "a{once}")
        #expect(
            world.join("w1", incarnation: 2) == [
                "fact: s/a#1 died with its worker: counted", "fact: s/a#1 lost",
                "fact: s ended: failed", "archive: s is failed, failed",
                "w1 ← refused: worker_superseded, final", "w1@2 ← welcome",
            ])
    }

    /// The coordinator was restarted, and the worker never came back.
    @Test func whatNobodyClaimsAfterARestartIsLost() {
        var world = World()
        world.join("w1")
        world.submit("s", "a{once}")
        world.restart()
        world.join("w2")
        #expect(
            world.wait(15, alive: "w2") == [
                "fact: s/a#1 lost", "fact: s ended: failed", "archive: s is failed, failed",
            ])
    }

    /// It failed, and may have done half of it: whoever wants another try has to say so.
    @Test(arguments: [FailureClass.transient, .timeout, .workerLost, .cancelled])
    func aFailureIsFinal(_ failure: FailureClass) {
        var world = World()
        world.join("w1")
        world.submit("s", "a{once}", OrchestrationConfig(maxRetryAttempts: 5))
        #expect(world.fail("w1", "s/a#1", failure).contains("fact: s ended: failed"))
        #expect(world.archives[0].tasks[0].executions.count == 1)
    }

    /// Handed back before it began: that is certain, and it runs.
    @Test func whatIsHandedBackRuns() {
        var world = World()
        world.join("w1")
        world.submit("s", "a{once}")
        world.drain("w1")
        world.join("w2")
        #expect(
            world.handBack("w1", "s/a#1") == [
                "fact: s/a#1 handed back, again", "fact: s/a#2 dispatched to work on w2",
                "w2 ← dispatch s/a#2",
            ])
        #expect(world.complete("w2", "s/a#2").contains("fact: s ended: completed"))
    }

    /// A worker that was cut off for its whole grace has stopped the attempt of its own accord: how far
    /// it had come nobody knows. (Regression: found by thirty minutes of chaos, as a failure.)
    @Test func whatItsWorkerStoppedIsLost() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a{once}; b")
        var results = ["s/a#1", "s/b#1"].map { world.ended($0, failure: .cancelled) }
        for index in results.indices { results[index].isHandedBack = true }
        let lines = world.report("w1", results)
        #expect(lines.contains("fact: s/a#1 handed back"))
        #expect(lines.contains("fact: s/b#1 handed back, again"))
        #expect(world.statuses("s") == ["a lost", "b running"])
    }
}
