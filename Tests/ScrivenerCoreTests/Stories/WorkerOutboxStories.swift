// Results that outlive the process that had them.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerOutboxStories {
    private static func keeping(_ kept: [KeptResults] = []) -> Bench {
        Bench.registered(kept: kept) { $0.keepAfter = .seconds(1) }
    }

    private static func result(_ attempt: String) -> AttemptResult {
        AttemptResult(
            attempt: Bench.attempt(attempt), runTime: .seconds(1), result: AgentResult())
    }

    /// Most results are acknowledged at once: nothing is written for them.
    @Test func whatIsAcknowledgedInTimeIsNotKept() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1")
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.waitInTouch(0.9) == [])
        #expect(bench.acknowledge(1, "1/0#1") == [])
        #expect(bench.waitInTouch(3) == [])
    }

    /// Short tasks end by the hundred in one turn of the loop: they are told together, and what they kept
    /// and what comes after them stays in order.
    @Test func whatEndedTogetherIsToldTogether() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        bench.dispatch(1, "1/3#1", isAtMostOnce: true)
        bench.keep([1], "1/1#1")
        bench.keep([2], "1/1#1")
        let failed = AgentResult(failure: AgentFailure(.transient, code: "code", message: ""))
        let lines = bench.together([
            .ended(Self.result("1/0#1")),
            .ended(
                AttemptResult(
                    attempt: Bench.attempt("1/1#1"), runTime: .seconds(1), result: failed)),
            .ended(Self.result("1/3#1")), .drain,
        ])
        #expect(
            lines == [
                "→ checkpoints 1/1#1 [2]", "keep 1/3#1 of journal",
                "→ results 1/0#1 completed, 1/1#1 failed (transient), 1/3#1 completed",
                "→ draining",
            ])
    }

    /// A registration ends in the turn in which attempts ended: they are told in the epoch that was, and
    /// again in the next.
    @Test func whatEndedBeforeARegistrationIsToldBeforeIt() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1", "1/1#1")
        let lines = bench.together([
            .ended(Self.result("1/0#1")), .received(.introduce), .ended(Self.result("1/1#1")),
        ])
        #expect(
            lines == [
                "→ results 1/0#1 completed", "→ register, outbox 1/0#1, 1/1#1",
            ])
        #expect(
            bench.welcome(2) == [
                "→ results 1/0#1 completed", "→ results 1/1#1 completed", "registered in epoch 2",
            ])
    }

    /// One acknowledgement is lost while thousands come behind it: nothing piles up, and each is still
    /// found.
    @Test func oneThatWaitsDoesNotHoldTheOthers() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1")
        bench.end("1/0#1")
        for number in 1...5_000 {
            bench.dispatch(1, "1/\(number)#1")
            bench.end("1/\(number)#1")
            if number % 1_000 != 0 { bench.acknowledge(1, "1/\(number)#1") }
        }
        #expect(bench.core.outbox.attempts.map(\.task) == [0, 1_000, 2_000, 3_000, 4_000, 5_000])
        #expect(bench.core.outbox.placesTaken < 1_100)
        #expect(bench.acknowledge(1, "1/2000#1") == [])
        #expect(
            bench.waitInTouch(1) == [
                "keep 1/0#1, 1/1000#1, 1/3000#1, 1/4000#1, 1/5000#1 of journal"
            ])
        #expect(bench.acknowledge(1, "1/3000#1") == ["forget 1/3000#1 of journal"])
        #expect(
            bench.waitInTouch(6).filter { $0.hasPrefix("→ results") } == [
                "→ results 1/0#1 completed", "→ results 1/1000#1 completed",
                "→ results 1/4000#1 completed", "→ results 1/5000#1 completed",
            ])
    }

    @Test func whatWaitsIsKeptAndForgotten() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1", "1/1#1", "1/2#1")
        bench.end("1/0#1")
        bench.waitInTouch(0.5)
        bench.end("1/1#1")
        bench.end("1/2#1")
        bench.acknowledge(1, "1/1#1")
        #expect(bench.waitInTouch(0.5) == ["keep 1/0#1 of journal"])
        #expect(bench.waitInTouch(0.5) == ["keep 1/2#1 of journal"])
        #expect(bench.acknowledge(1, "1/0#1") == ["forget 1/0#1 of journal"])
        // Once more, as after a resend.
        #expect(bench.acknowledge(1, "1/0#1", "1/2#1") == ["forget 1/2#1 of journal"])
    }

    /// What nobody would do again is on disk before it is sent: the process may die at any moment.
    @Test func whatRunsAtMostOnceIsKeptFirst() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1", isAtMostOnce: true)
        #expect(
            bench.end("1/0#1") == ["keep 1/0#1 of journal", "→ results 1/0#1 completed"])
        #expect(bench.waitInTouch(3) == [])
        #expect(bench.acknowledge(1, "1/0#1") == ["forget 1/0#1 of journal"])
    }

    /// Also while there is nobody to send to.
    @Test func whatCannotBeSentIsKept() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1")
        bench.receive(.introduce)
        bench.end("1/0#1")
        #expect(bench.wait(1).contains("keep 1/0#1 of journal"))
    }

    /// A process that ends keeps what nobody has acknowledged, whatever its age.
    @Test func theEndKeepsTheRest() {
        var bench = Self.keeping()
        bench.dispatch(1, "1/0#1", "1/1#1")
        bench.end("1/0#1")
        #expect(bench.keepAll() == ["keep 1/0#1 of journal"])
        #expect(bench.keepAll() == [])
    }

    @Test func aWorkerWithoutAFolderKeepsNothing() {
        var bench = Bench.registered()
        bench.dispatch(1, "1/0#1")
        bench.end("1/0#1")
        #expect(!bench.waitInTouch(3).contains { $0.hasPrefix("keep") })
        #expect(bench.keepAll() == [])
    }

    /// The next process has the results as if they were its own: it names them, sends them, and
    /// forgets them when they were acknowledged. What is dispatched to it is not begun again.
    @Test func theNextProcessSendsThem() {
        let kept = [
            KeptResults(journalID: "old", results: [Self.result("1/0#1")]),
            KeptResults(journalID: "journal", results: [Self.result("1/4#2")]),
        ]
        var bench = Bench(kept: kept) { $0.keepAfter = .seconds(1) }
        #expect(bench.step(.tick).contains("→ register, agent 0 initializing, outbox 1/4#2"))
        bench.step(.initialized(agentIndex: 0, failure: nil))
        #expect(bench.welcome(1).contains("→ results 1/4#2 completed"))
        #expect(bench.dispatch(1, "1/4#2") == [])
        #expect(bench.acknowledge(1, "1/4#2") == ["forget 1/4#2 of journal"])
    }

    /// Those of another journal are parked, and are there when it is.
    @Test func otherJournalsResultsAreParked() {
        let kept = [KeptResults(journalID: "old", results: [Self.result("1/0#1")])]
        var bench = Self.keeping(kept)
        bench.dispatch(1, "1/0#1")
        #expect(bench.end("1/0#1") == ["→ results 1/0#1 completed"])
        #expect(bench.core.resultsSetAside == 1)
        bench.receive(.introduce)
        let lines = bench.welcome(2, journal: "old", incarnation: 7)
        #expect(bench.core.resultsSetAside == 1)
        #expect(lines.contains("keep 1/0#1 of journal"))
        #expect(lines.contains("→ results 1/0#1 completed"))
        #expect(bench.acknowledge(2, "1/0#1") == ["forget 1/0#1 of old"])
    }
}
