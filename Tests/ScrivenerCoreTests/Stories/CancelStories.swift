// Cancelling: shown as done only when it is.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct CancelStories {
    /// Submitted by mistake, and nothing runs: over at once.
    @Test func cancelWithNothingRunning() {
        var world = World()
        world.submit("s", "a; b < a")
        #expect(
            world.cancel("s") == [
                "fact: s to be cancelled: requested", "fact: s ended: cancelled",
                "archive: s is cancelled, cancelled",
                "reply: s cancelled, 0 of 2 completed",
            ])
        #expect(world.archives[0].tasks.map(\.status) == [.cancelled, .cancelled])
        #expect(world.cancel("s") == ["reply: not open"])
    }

    /// Whatever the order in which a plan lists its tasks: what is not over is cancelled, and not
    /// skipped for the sake of something that was cancelled before it.
    @Test(arguments: ["a; b < a; c < b", "c < b; b < a; a", "b < a; c < b; a"])
    func allThatIsNotOverIsCancelled(_ graph: String) {
        var world = World()
        world.submit("s", graph)
        world.cancel("s")
        #expect(world.archives[0].tasks.allSatisfy { $0.status == .cancelled })
        #expect(world.archives[0].session.reason == "cancelled on request; 3 cancelled")
    }

    /// What runs is `cancelling` until the worker has seen it stop.
    @Test func cancelWaitsForTheProof() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c < a")
        #expect(
            world.cancel("s") == [
                "fact: s to be cancelled: requested",
                "w1 ← cancel s/a#1, s/b#1",
                "reply: s cancelling, 0 of 3 completed",
            ])
        #expect(world.statuses("s") == ["a cancelling", "b cancelling", "c cancelled"])
        #expect(world.cancel("s") == ["reply: s cancelling, 0 of 3 completed"])
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: s/a#1 cancelled", "w1 ← committed s/a#1",
            ])
        #expect(
            world.fail("w1", "s/b#1", .cancelled) == [
                "fact: s/b#1 cancelled", "fact: s ended: cancelled",
                "archive: s is cancelled, cancelled", "w1 ← committed s/b#1",
            ])
    }

    /// Eight workers hear of it in the order of their numbers, whatever a hash table thinks.
    @Test func workersAreToldInOrder() {
        var world = World()
        for number in 1...8 { world.join("w\(number)") }
        world.submit("s", "a; b; c; d; e; f; g; h")
        #expect(
            world.cancel("s").dropFirst().dropLast() == [
                "w1 ← cancel s/a#1", "w2 ← cancel s/b#1", "w3 ← cancel s/c#1",
                "w4 ← cancel s/d#1", "w5 ← cancel s/e#1", "w6 ← cancel s/f#1",
                "w7 ← cancel s/g#1", "w8 ← cancel s/h#1",
            ])
    }

    /// The agent was faster than the message: what it did counts.
    @Test func aSuccessThatArrivesWhileCancellingCounts() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.cancel("s")
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed", "fact: s ended: completed",
                "archive: s is completed, completed", "w1 ← committed s/a#1",
            ])
    }

    /// A failure while cancelling is not tried again.
    @Test func aFailureWhileCancellingIsFinal() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.cancel("s")
        #expect(
            world.fail("w1", "s/a#1", .transient) == [
                "fact: s/a#1 failed (transient)", "w1 ← committed s/a#1",
            ])
        #expect(world.handBack("w1", "s/b#1").contains("fact: s ended: cancelled"))
        #expect(world.archives[0].tasks.map(\.status) == [.failed, .cancelled])
    }

    /// The worker is gone: its lease is the proof.
    @Test func aLostWorkerEndsTheCancellation() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.cancel("s")
        #expect(
            world.wait(5) == [
                "fact: s/a#1 lost, again", "fact: s ended: cancelled",
                "archive: s is cancelled, cancelled",
            ])
    }

    /// A task that waits for its next attempt does not run again.
    @Test func aTaskThatBacksOffIsCancelledAtOnce() {
        var world = World()
        world.join("w1")
        world.submit("s", "a", OrchestrationConfig(retryDelaySeconds: 60))
        world.fail("w1", "s/a#1", .transient)
        #expect(world.cancel("s").contains("fact: s ended: cancelled"))
        #expect(world.wait(120, alive: "w1") == [])
    }

    /// The worker was away when the cancellation came. It hears of it in a message that it answers,
    /// and not among the attempts that nobody wants to hear of. (Regression: it was told to stop
    /// without saying so, and the session was cancelling for ever.)
    @Test func aWorkerThatComesBackIsToldToCancel() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.step(.unroutable(world.connection(of: "w1")))
        #expect(
            world.cancel("s") == [
                "fact: s to be cancelled: requested", "reply: s cancelling, 0 of 1 completed",
            ])
        #expect(
            world.join("w1", running: ["s/a#1"]) == [
                "w1@2 ← welcome", "w1@2 ← cancel s/a#1",
            ])
        #expect(world.fail("w1", "s/a#1", .cancelled).contains("fact: s ended: cancelled"))
    }

    /// The message got lost: asked again, once a lease, until there is an answer.
    @Test func aCancellationIsAskedForAgain() {
        var world = World()
        world.join("w1")
        world.submit("s", "a")
        world.wait(1, alive: "w1")
        world.cancel("s")
        #expect(world.wait(11, alive: "w1") == ["w1 ← cancel s/a#1", "w1 ← cancel s/a#1"])
    }

    /// What waits in the queue when its session is cancelled must not take a slot later.
    @Test func cancelledTasksLeaveTheQueue() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b; c", OrchestrationConfig(maxConcurrentTasks: 1))
        world.submit("t", "a")
        world.cancel("s")
        #expect(
            world.fail("w1", "s/a#1", .cancelled) == [
                "fact: s/a#1 cancelled", "fact: s ended: cancelled",
                "fact: t/a#1 dispatched to work on w1", "archive: s is cancelled, cancelled",
                "w1 ← committed s/a#1", "w1 ← dispatch t/a#1",
            ])
    }

    /// Tasks that would go on without a failed dependency do not when the session is cancelled.
    @Test func goingOnEndsWithTheSession() {
        var world = World()
        world.join("w1")
        world.submit("s", "b? < a; a; c? < a b")
        world.cancel("s")
        #expect(world.fail("w1", "s/a#1", .cancelled).contains("fact: s ended: cancelled"))
        #expect(world.archives[0].tasks.allSatisfy { $0.status == .cancelled })
    }
}
