// Which instance takes a task, and how many run at once.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PlacementStories {
    /// A large host and a small one: counting tasks would drown the small one. Shares of slots
    /// decide, and among equals the one with more slots free.
    @Test func theSmallestShareOfSlotsInUseGoesFirst() {
        var world = World()
        world.join("small", "work*1")
        world.join("large", "work*4")
        #expect(
            world.submit("s", "a; b; c; d; e").filter { $0.hasPrefix("fact") } == [
                "fact: s opened with a, b, c, d, e",
                "fact: s/a#1 dispatched to work on large",
                "fact: s/b#1 dispatched to work on small",
                "fact: s/c#1 dispatched to work on large",
                "fact: s/d#1 dispatched to work on large",
                "fact: s/e#1 dispatched to work on large",
            ])
    }

    /// An agent that was given more than it has slots for runs out of memory.
    @Test func slotsAreNeverExceeded() {
        var world = World()
        world.join("w1", "work*2")
        #expect(world.submit("s", "a; b; c").last == "w1 ← dispatch s/a#1, s/b#1")
        #expect(
            world.complete("w1", "s/b#1") == [
                "fact: s/b#1 completed",
                "fact: s/c#1 dispatched to work on w1",
                "w1 ← committed s/b#1",
                "w1 ← dispatch s/c#1",
            ])
    }

    /// A session with a limit of its own must not take the pool.
    @Test func aSessionKeepsToItsLimit() {
        var world = World()
        world.join("w1", "work*4")
        let lines = world.submit(
            "s", "a; b; c", OrchestrationConfig(maxConcurrentTasks: 2))
        #expect(lines.last == "w1 ← dispatch s/a#1, s/b#1")
        #expect(world.submit("t", "a").last == "w1 ← dispatch t/a#1")
        #expect(
            world.complete("w1", "s/a#1") == [
                "fact: s/a#1 completed",
                "fact: s/c#1 dispatched to work on w1",
                "w1 ← committed s/a#1",
                "w1 ← dispatch s/c#1",
            ])
    }

    /// Tasks that write to the same place are run one after the other.
    @Test func withoutParallelExecutionOneTaskRuns() {
        var world = World()
        world.join("w1", "work*4")
        let lines = world.submit(
            "s", "a; b", OrchestrationConfig(enableParallelExecution: false))
        #expect(lines.last == "w1 ← dispatch s/a#1")
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/b#1")
    }

    /// Somebody's thousand tasks must not stand before somebody else's one.
    @Test func twoSessionsTakeTurns() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b; c")
        world.submit("t", "a; b")
        var order: [String] = []
        for attempt in ["s/a#1", "t/a#1", "s/b#1", "t/b#1", "s/c#1"] {
            order.append(world.complete("w1", attempt).last ?? "")
        }
        #expect(
            order == [
                "w1 ← dispatch t/a#1", "w1 ← dispatch s/b#1", "w1 ← dispatch t/b#1",
                "w1 ← dispatch s/c#1", "w1 ← committed s/c#1",
            ])
    }

    /// Long tasks of one session, short ones of another: they share the time and not the turns.
    @Test func turnsCountByExpectedRunTime() {
        var world = World()
        world.join("w1", "all(long,short)*1")
        for number in 1...3 {
            world.submit("l\(number)", "a:long@all")
            world.complete("w1", "l\(number)/a#1", taking: 4)
            world.submit("k\(number)", "a:short@all")
            world.complete("w1", "k\(number)/a#1", taking: 1)
        }
        world.submit("s", "a:long@all; b:long@all; c:long@all")
        world.submit("t", (1...9).map { "a\($0):short@all" }.joined(separator: ";"))
        var order = ""
        var attempt = "s/a#1"
        while attempt != "" {
            order += attempt.prefix(1)
            let line = world.complete("w1", attempt, taking: attempt.hasPrefix("s") ? 4 : 1).last
            let sides = line?.split(separator: " ← dispatch ") ?? []
            attempt = sides.count == 2 ? String(sides[1]) : ""
        }
        #expect(order == "sttttsttttst")
    }

    /// An agent that serves two capabilities: whichever is asked for more must not starve the
    /// other. (Regression: the demand that was registered first was always served first.)
    @Test func twoDemandsOfOneInstanceShareIt() {
        var world = World()
        world.join("w1", "all(read,write)*1")
        world.submit("s", "r1:read; r2:read; r3:read")
        world.submit("t", "w1:write; w2:write")
        var order: [String] = []
        for attempt in ["s/r1#1", "t/w1#1", "s/r2#1", "t/w2#1"] {
            order.append(world.complete("w1", attempt).last ?? "")
        }
        #expect(
            order == [
                "w1 ← dispatch t/w1#1", "w1 ← dispatch s/r2#1", "w1 ← dispatch t/w2#1",
                "w1 ← dispatch s/r3#1",
            ])
    }

    /// Within one session the more urgent task goes first, whatever it requires.
    @Test func urgencyDecidesAcrossDemands() {
        var world = World()
        world.join("w1", "all(read,write)*1")
        world.submit("s", "r1:read; r2:read; w1:write{priority=4}; w2:write{priority=9}; r3:read")
        var order: [String] = []
        for attempt in ["s/w2#1", "s/r1#1", "s/r2#1", "s/r3#1"] {
            order.append(world.complete("w1", attempt).last ?? "")
        }
        #expect(
            order == [
                "w1 ← dispatch s/r1#1", "w1 ← dispatch s/r2#1", "w1 ← dispatch s/r3#1",
                "w1 ← dispatch s/w1#1",
            ])
    }

    /// A named agent is not the same as a capability that it has.
    @Test func aTaskMayNameItsAgent() {
        var world = World()
        world.join("w1", "first(work)*1")
        world.join("w2", "second(work)*1")
        #expect(world.submit("s", "a@second").last == "w2 ← dispatch s/a#1")
        #expect(world.submit("t", "a:second").last == "reply: t pending, 0 of 1 completed")
        #expect(world.submit("u", "a").last == "w1 ← dispatch u/a#1")
    }

    /// A message to a worker is bounded, however many slots it has.
    @Test func dispatchesComeInBoundedMessages() {
        var configuration = CoreConfiguration()
        configuration.maximumDispatchesPerMessage = 2
        var world = World(configuration)
        world.join("w1", "work*8")
        #expect(
            world.submit("s", "a; b; c; d; e").filter { $0.hasPrefix("w1") } == [
                "w1 ← dispatch s/a#1, s/b#1", "w1 ← dispatch s/c#1, s/d#1",
                "w1 ← dispatch s/e#1",
            ])
    }

    /// A pool that scales up from zero: the plan is accepted, explained, and runs when a worker
    /// comes.
    @Test func anUnplaceableTaskWaitsForItsWorker() {
        var world = World()
        world.join("w1", "read*1")
        #expect(
            world.submit("s", "a:write") == [
                "fact: s opened with a", "reply: s pending, 0 of 1 completed",
            ])
        #expect(world.explain("s", "a")?.reason == .unplaceable)
        #expect(
            world.join("w2", "write*1") == [
                "fact: worker 1 is w2", "fact: agent 1 is write",
                "fact: s/a#1 dispatched to write on w2", "w2 ← welcome",
                "w2 ← dispatch s/a#1",
            ])
    }
}
