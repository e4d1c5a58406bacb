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
