// What attempts keep for the next attempt at their task.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerCheckpointStories {
    /// An hour of work that dies with its worker need not begin at nothing.
    @Test func whatAnAttemptKeepsIsSentAtOnce() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(bench.keep([1], "1/0#1") == ["→ checkpoints 1/0#1 [1]"])
        #expect(bench.keep([2], "1/1#1") == ["→ checkpoints 1/1#1 [2]"])
    }

    /// An agent that keeps something after every line of its input must not fill the line: of what
    /// it keeps between two heartbeats the latest is sent, with the second.
    @Test func checkpointsWithoutEndAreSentNowAndThen() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        bench.keep([0], "1/0#1")
        for number: UInt8 in 1...100 { #expect(bench.keep([number], "1/0#1") == []) }
        #expect(bench.wait(1) == ["→ checkpoints 1/0#1 [100]", "→ heartbeat 2, 1 held"])
        #expect(bench.keep([101], "1/0#1") == [])
        #expect(bench.wait(1).count == 2)
        #expect(bench.wait(1) == ["→ heartbeat 4, 1 held"])
        #expect(bench.keep([102], "1/0#1") == ["→ checkpoints 1/0#1 [102]"])
    }

    /// It fails right after it kept something: the next attempt, which its end brings about, is to
    /// have it.
    @Test func aFailureIsToldAfterWhatWasKept() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1")
        for attempt in ["1/0#1", "1/1#1"] {
            bench.keep([1], attempt)
            bench.keep([2], attempt)
        }
        #expect(
            bench.end("1/0#1", .transient) == [
                "→ checkpoints 1/0#1 [2]", "→ results 1/0#1 failed (transient)",
            ])
        // A success needs none.
        #expect(bench.end("1/1#1") == ["→ results 1/1#1 completed"])
        #expect(bench.wait(1) == ["→ heartbeat 2, 0 held"])
    }

    /// While the coordinator is away the latest of each attempt is kept, and told before the ends of
    /// those that ended: after its end an attempt's checkpoint is no longer taken.
    @Test func checkpointsWaitForTheRegistration() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1", "1/3#1")
        bench.receive(.introduce)
        for attempt in ["1/3#1", "1/2#1", "1/1#1", "1/0#1"] {
            #expect(bench.keep([1], attempt) == [])
            #expect(bench.keep([2], attempt) == [])
        }
        bench.end("1/1#1", .transient)
        bench.end("1/2#1")
        #expect(
            bench.welcome(2, stop: ["1/3#1"]) == [
                "stop 1/3#1", "→ checkpoints 1/0#1 [2]", "→ checkpoints 1/1#1 [2]",
                "→ results 1/1#1 failed (transient)", "→ results 1/2#1 completed",
                "registered in epoch 2",
            ])
        #expect(bench.keep([3], "1/3#1") == [])
    }

    /// An attempt that is gone, has not begun, or belongs to another journal keeps nothing.
    @Test func strangersKeepNothing() {
        var bench = Bench.registered(agents: "work*1")
        bench.dispatch(1, "1/0#1", "1/1#1")
        #expect(bench.keep([1], "1/1#1") == [])
        #expect(bench.keep([1], "9/9#9") == [])
        bench.receive(.introduce)
        bench.keep([1], "1/0#1")
        bench.welcome(1, journal: "other")
        #expect(bench.keep([1], "1/0#1") == [])
        bench.end("1/0#1")
        bench.receive(.introduce)
        #expect(bench.welcome(9) == ["registered in epoch 9"])
    }

    /// A cancelled attempt that puts its work in order before it stops is still heard.
    @Test func aStoppingAttemptMayStillKeepSomething() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1", timeout: 0.5)
        bench.wait(0.5)
        #expect(bench.keep([7], "1/0#1") == ["→ checkpoints 1/0#1 [7]"])
        #expect(bench.end("1/0#1", .cancelled) == ["→ results 1/0#1 failed (timeout)"])
    }
}
