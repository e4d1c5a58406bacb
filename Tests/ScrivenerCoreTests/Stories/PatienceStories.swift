// Tasks that wait on purpose: a slot is free, and another will be done with them sooner.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PatienceStories {
    /// `slow` takes 8 s for what `fast` does in 2, and it is known.
    private func unequal(
        _ placement: PlacementStrategy = .performanceAware, slow: String = "work*1",
        limit: Int? = nil
    ) -> World {
        var configuration = CoreConfiguration()
        configuration.placement = placement
        configuration.agentLimits["work"] = limit
        var world = World(configuration)
        world.join("slow", slow)
        world.join("fast", "work*1")
        for number in 1...12 {
            var lines = world.submit("k\(number)", "a; b")
            while let line = lines.popLast() {
                let sides = line.split(separator: " ← dispatch ").map(String.init)
                guard sides.count == 2 else { continue }
                for attempt in sides[1].split(separator: ", ") {
                    lines += world.complete(
                        sides[0], String(attempt), taking: sides[0] == "slow" ? 8 : 2)
                }
            }
        }
        return world
    }

    /// Two tasks, and the old host is idle: the second is done sooner if it waits for the new one.
    @Test func aTaskWaitsForAFasterSlot() {
        var world = unequal()
        #expect(
            world.submit("s", "a; b") == [
                "fact: s opened with a, b", "fact: s/a#1 dispatched to work on fast",
                "reply: s pending, 0 of 2 completed", "fast ← dispatch s/a#1",
            ])
        let explanation = world.explain("s", "b")
        #expect(explanation?.reason == .waitsForFasterSlot)
        #expect(
            explanation?.message.hasPrefix(
                "waits for a slot on worker fast (work), which is expected to finish it ") == true)
        #expect(explanation?.wakes == "a slot becomes free, or the wait is no longer worth it")
        #expect((1...8).contains(explanation?.secondsUntil ?? 0))
        world.wait(1, alive: "slow", "fast")
        #expect(
            world.complete("fast", "s/a#1", taking: 2) == [
                "fact: s/a#1 completed", "fact: s/b#1 dispatched to work on fast",
                "fast ← committed s/a#1", "fast ← dispatch s/b#1",
            ])
    }

    /// Who has got the slot that he waited for waits no longer, and nobody is told that he does.
    @Test func aWaitThatIsOverIsForgotten() {
        var world = unequal()
        world.submit("s", "a; b")
        #expect(world.core.waits.count == 1)
        world.complete("fast", "s/a#1", taking: 2)
        #expect(world.explain("s", "b")?.reason == .running)
        #expect(world.core.waits.isEmpty)
    }

    /// The fast one hangs: waiting ends when it has cost what the slow one is expected to take, with
    /// what a bad surprise would cost there.
    @Test func waitingHasAnEnd() {
        var world = unequal()
        world.submit("s", "a; b")
        var waited = 0
        var lines: [String] = []
        while lines.isEmpty, waited < 60 {
            lines = world.wait(1, alive: "slow", "fast")
            waited += 1
        }
        #expect(
            lines == ["fact: s/b#1 dispatched to work on slow", "slow ← dispatch s/b#1"])
        #expect((8...30).contains(waited), "\(waited) s")
    }

    /// The fast one is lost: nobody waits for it any longer.
    @Test func whoIsWaitedForMayLeave() {
        var world = unequal()
        world.submit("s", "a; b")
        #expect(world.drain("fast").first == "fact: s/b#1 dispatched to work on slow")
    }

    /// A long queue: what would come to the fast one last goes to the slow one now.
    @Test func theSlowOneTakesWhatWouldComeLast() {
        var world = unequal()
        let lines = world.submit("s", (1...12).map { "a\($0)" }.joined(separator: ";"))
        let slow = lines.first { $0.hasPrefix("slow ← dispatch ") }
        #expect(lines.contains("fast ← dispatch s/a1#1"))
        #expect(slow != nil && slow != "slow ← dispatch s/a2#1", "\(lines)")
    }

    /// The same where the agent may run twice in the pool, and the slow host has two slots free.
    @Test func whatIsGivenOutTogetherKeepsToTheLimit() {
        var world = unequal(slow: "work*2", limit: 2)
        world.submit("s", (1...12).map { "a\($0)" }.joined(separator: ";"))
        #expect(world.statuses("s").count { $0.hasSuffix(" running") } == 2)
    }

    /// Hosts that are alike, tasks that have failed, and the other strategies: a free slot is taken.
    @Test func nobodyWaitsWithoutAReason() {
        var world = World(placement: .performanceAware)
        world.join("w1")
        world.join("w2")
        #expect(
            world.submit("s", "a; b").suffix(2) == [
                "w1 ← dispatch s/a#1", "w2 ← dispatch s/b#1",
            ])
        for placement in [PlacementStrategy.leastLoaded, .roundRobin] {
            var other = unequal(placement)
            #expect(other.submit("s", "a; b").count { $0.contains(" ← dispatch ") } == 2)
        }
        var failed = unequal()
        let config = OrchestrationConfig(retryDelaySeconds: 0)
        failed.submit("s", "a", config)
        #expect(failed.fail("fast", "s/a#1", .transient).last == "slow ← dispatch s/a#2")
    }
}
