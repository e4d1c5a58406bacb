// Agents that stand in for the one that a task wants.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FallbackStories {
    private let graph = "a@best{fallback=good fallback=fair}"

    private func place(_ lines: [String]) -> Substring? {
        lines.last { $0.contains(" ← dispatch ") }?.split(separator: " ").first
    }

    /// The wanted agent is in service: nobody stands in, however busy it is.
    @Test func aBusyAgentIsWaitedFor() {
        var world = World()
        world.join("w1", "best*1")
        world.join("w2", "good*9")
        #expect(place(world.submit("s", graph)) == "w1")
        #expect(place(world.submit("t", graph)) == nil)
        #expect(world.explain("t", "a")?.reason == .waitsForSlot)
        #expect(place(world.complete("w1", "s/a#1")) == "w1")
    }

    /// Nobody has the wanted agent: the first in the plan's list that somebody has. It is said who
    /// did the work, and that it was not the one that was asked for.
    @Test func theFirstOfTheListStandsIn() {
        var world = World()
        world.join("w1", "fair*9")
        world.join("w2", "good*1")
        #expect(
            world.submit("s", graph) == [
                "fact: s opened with a", "fact: s/a#1 dispatched to good on w2",
                "reply: s pending, 0 of 1 completed", "w2 ← dispatch s/a#1",
            ])
        let execution = world.snapshot("s")?.tasks[0].executions[0]
        #expect(execution?.agent == "good")
        #expect(execution?.isFallback == true)
        // The second in the list does not stand in for the first.
        #expect(place(world.submit("t", graph)) == nil)
        // The wanted one comes: it takes what waits.
        #expect(place(world.join("w3", "best*1")) == "w3")
        #expect(world.snapshot("t")?.tasks[0].executions[0].isFallback == false)
    }

    /// The wanted agent is broken, is silent, leaves, or is drained: another stands in at once.
    @Test(arguments: ["fails", "falls silent", "leaves", "drains", "out of reach"])
    func anAgentOutOfServiceIsReplaced(_ reason: String) {
        var world = World()
        world.join("w1", "best*1")
        world.join("w2", "good*1")
        world.submit("x", "a@best; b@best")
        world.submit("s", graph)
        let lines: [String]
        switch reason {
        case "fails": lines = world.beat("w1", health: .failed)
        case "falls silent": lines = world.wait(2.5, alive: "w2")
        case "leaves": lines = world.leave("w1")
        case "drains": lines = world.drain("w1")
        default: lines = world.step(.unroutable(world.connection(of: "w1")))
        }
        #expect(lines.contains("fact: s/a#1 dispatched to good on w2"))
    }

    /// Its breaker is open: the stand-in does the work until it is tried again.
    @Test func anEjectedAgentIsReplaced() {
        var world = World()
        world.join("w1", "best*1")
        world.join("w2", "good*1")
        let once = OrchestrationConfig(maxRetryAttempts: 0)
        for number in 1...5 {
            world.submit("f\(number)", graph, once)
            world.fail("w1", "f\(number)/a#1", .transient)
        }
        #expect(place(world.submit("s", graph)) == "w2")
        world.complete("w2", "s/a#1")
        world.wait(30, alive: "w1", "w2")
        #expect(place(world.submit("t", graph)) == "w1")
    }

    /// A stand-in has to have what the task requires as well.
    @Test func aStandInMustFit() {
        var world = World()
        world.join("w1", "good*9")
        world.join("w2", "fair#eu*9")
        #expect(place(world.submit("s", "a@best{fallback=good fallback=fair tag=eu}")) == "w2")
        world.submit("t", "a@best{fallback=fair requires=fly}")
        #expect(
            world.explain("t", "a")?.message
                == "no worker offers the agent best or fair with the capability fly; 2 workers are "
                + "connected")
    }
}
