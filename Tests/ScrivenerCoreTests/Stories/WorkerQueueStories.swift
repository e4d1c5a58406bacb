// What waits on a worker: more attempts than its agents have slots.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerQueueStories {
    /// Short tasks over a long line: a slot that frees would stand idle for a round trip if the next
    /// attempt were not there already.
    @Test func whatHasNoRoomWaitsAndBeginsByItself() {
        var bench = Bench.registered(agents: "work*2")
        #expect(
            bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1", "1/3#1") == [
                "start 1/0#1", "start 1/1#1",
            ])
        #expect(bench.core.heldCount == 4)
        #expect(bench.end("1/1#1") == ["→ results 1/1#1 completed", "start 1/2#1"])
        #expect(bench.end("1/0#1", .permanent).last == "start 1/3#1")
        #expect(bench.end("1/2#1") == ["→ results 1/2#1 completed"])
    }

    /// What waits is held: were it not said, the coordinator would take it for lost and dispatch it
    /// again.
    @Test func whatWaitsIsSaidToBeHeld() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        #expect(bench.wait(1) == ["→ heartbeat 2, 3 held"])
        #expect(bench.receive(.introduce) == ["→ register, running 1/0#1, 1/1#1, 1/2#1"])
    }

    /// A dispatch comes twice while it waits: it begins once.
    @Test func aRepeatedDispatchWaitsOnce() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(bench.dispatch(1, "1/1#1") == [])
        #expect(bench.end("1/0#1").last == "start 1/1#1")
        #expect(bench.end("1/1#1") == ["→ results 1/1#1 completed"])
        #expect(bench.core.heldCount == 0)
    }

    /// A timeout that ran while an attempt waits would fail tasks whose agents never saw them.
    @Test func timeoutsCountFromTheBeginning() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1")
        bench.dispatch(1, "1/1#1", timeout: 2, progress: 1.5)
        #expect(bench.waitInTouch(10) == [])
        bench.end("1/0#1")
        #expect(bench.waitInTouch(1.499) == [])
        bench.progress("1/1#1")
        #expect(bench.waitInTouch(0.5) == [])
        #expect(bench.waitInTouch(0.001) == ["stop 1/1#1"])
        #expect(bench.end("1/1#1", .cancelled) == ["→ results 1/1#1 failed (timeout)"])
    }

    /// Each agent has slots of its own: a busy one does not keep another from its work.
    @Test func agentsDoNotWaitForEachOther() {
        var bench = Bench.registered(agents: "work*1 other*1")
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(bench.dispatch(1, "1/2#1", agent: 1) == ["start 1/2#1"])
        #expect(bench.end("1/2#1") == ["→ results 1/2#1 completed"])
        #expect(bench.end("1/0#1").last == "start 1/1#1")
    }

    /// A task that takes several slots is not overtaken for ever by small ones.
    @Test func aLargeAttemptIsNotOvertaken() {
        var bench = Bench.registered(agents: "work*4")
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(bench.dispatch(1, "1/2#1", slots: 3) == [])
        #expect(bench.dispatch(1, "1/3#1") == [])
        #expect(bench.end("1/0#1").last == "start 1/2#1")
        #expect(bench.end("1/1#1").last == "start 1/3#1")
        #expect(bench.dispatch(1, "1/4#1", slots: 2) == [])
        #expect(bench.end("1/2#1").last == "start 1/4#1")
    }

    /// A better place is free, or the session was paused: what has not begun goes back, what has
    /// begun goes on, and what is not here needs no answer.
    @Test func aRecallTakesBackWhatHasNotBegun() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1", "1/3#1")
        #expect(
            bench.recall(1, "1/0#1", "1/3#1", "1/1#1", "9/9#9") == ["→ released 1/3#1, 1/1#1"])
        #expect(bench.recall(1, "1/0#1", "1/1#1") == [])
        #expect(bench.recall(7, "1/2#1") == [])
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed", "start 1/2#1"])
        #expect(bench.recall(1, "1/2#1", "1/0#1") == [])
    }

    /// What was never begun needs no proof that it stopped.
    @Test func aCancelOfWhatWaitsHandsItBack() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        #expect(bench.cancel(1, "1/0#1", "1/1#1") == ["stop 1/0#1", "→ released 1/1#1"])
        #expect(
            bench.end("1/0#1", .cancelled) == [
                "→ results 1/0#1 failed (cancelled)", "start 1/2#1",
            ])
    }

    /// The coordinator gave attempts up while the worker was away: what waited is forgotten without
    /// a word, and an agent that takes its time to stop does not keep others from its slot, which
    /// the coordinator believes to be free.
    @Test func whatTheCoordinatorGaveUpMakesRoom() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        bench.receive(.introduce)
        #expect(
            bench.welcome(2, stop: ["1/0#1", "1/1#1"]) == [
                "stop 1/0#1", "registered in epoch 2", "start 1/2#1",
            ])
        #expect(bench.dispatch(2, "1/3#1") == [])
        #expect(bench.end("1/0#1") == [])
        #expect(bench.end("1/2#1").last == "start 1/3#1")
    }

    /// A cancelled attempt that the coordinator then gives up, before its agent has stopped: nobody
    /// hears of it. (Were it told to another journal, its number would prove what never happened.)
    @Test func aStoppingAttemptCanBeGivenUpToo() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1")
        bench.cancel(1, "1/0#1")
        bench.receive(.introduce)
        #expect(bench.welcome(1, journal: "other") == ["registered in epoch 1"])
        #expect(bench.dispatch(1, "1/1#1") == ["start 1/1#1"])
        #expect(bench.end("1/0#1", .cancelled) == [])
        #expect(bench.core.heldCount == 1)
    }

    /// A rolling update with work that waits: it goes back at once, instead of running late on a
    /// worker that leaves.
    @Test func aDrainingWorkerHandsBackWhatWaits() {
        var bench = Bench.registered(agents: "work*1 other*1")
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.dispatch(1, "1/2#1", "1/3#1", agent: 1)
        #expect(bench.step(.drain) == ["→ draining", "→ released 1/1#1, 1/3#1"])
        bench.end("1/2#1")
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.acknowledge(1, "1/0#1", "1/2#1") == ["→ goodbye", "leave"])
    }

    /// The same while the coordinator is away: what waits does not begin, and goes back when there is
    /// somebody to give it to.
    @Test func aDrainingWorkerWaitsToHandBack() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.receive(.introduce)
        bench.step(.drain)
        #expect(bench.end("1/0#1") == [])
        #expect(
            bench.welcome(2) == [
                "→ results 1/0#1 completed", "→ draining", "→ released 1/1#1",
                "registered in epoch 2",
            ])
        #expect(bench.acknowledge(2, "1/0#1") == ["→ goodbye", "leave"])
    }

    /// While the coordinator restarts, work goes on with what is there, until the lease has run out:
    /// then others may have what has not begun.
    @Test func nothingBeginsOnceTheLeaseHasRunOut() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        bench.receive(.introduce)
        bench.wait(4.9)
        #expect(bench.end("1/0#1") == ["start 1/1#1"])
        bench.wait(0.1)
        #expect(bench.end("1/1#1") == [])
        while !bench.wait(0.5).contains(where: { $0.hasPrefix("→ register") }) {}
        #expect(
            bench.welcome(2) == [
                "→ results 1/0#1 completed", "→ results 1/1#1 completed",
                "registered in epoch 2", "start 1/2#1",
            ])
    }

    /// The coordinator's disk is slow, and the answer to a registration takes longer than the lease:
    /// the worker renews it at once, and only then begins.
    @Test func aLateWelcomeIsFollowedByAHeartbeat() {
        var bench = Bench(agents: "work*1")
        bench.step(.tick)
        bench.step(.initialized(agentIndex: 0, failure: nil))
        var registrations = 0
        while registrations < 3 {
            registrations += bench.wait(0.1).count { $0.hasPrefix("→ register") }
        }
        bench.wait(5.5)
        #expect(bench.welcome(1) == ["registered in epoch 1", "→ heartbeat 1, 0 held"])
        #expect(bench.dispatch(1, "1/0#1") == [])
        #expect(
            bench.receive(.heartbeatAcknowledged(epoch: 1, sequence: 1)) == ["start 1/0#1"])
    }

    /// A coordinator gone mad sends without end: what waits is bounded, the rest goes back.
    @Test func theQueueIsBounded() {
        var bench = Bench.registered(agents: "work*1") { $0.maximumWaitingPerSlot = 2 }
        #expect(
            bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1", "1/3#1") == [
                "→ released 1/2#1, 1/3#1", "start 1/0#1",
            ])
        bench = Bench.registered(agents: "work*2") { $0.maximumHeld = 1 }
        #expect(
            bench.dispatch(1, "1/0#1", "1/1#1") == ["→ released 1/1#1", "start 1/0#1"])
    }
}
