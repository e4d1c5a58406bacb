// What a task takes of its instance and of its worker, and what an instance must have.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ResourceStories {
    private func dispatches(_ lines: [String]) -> [String] {
        lines.filter { $0.contains(" ← dispatch ") }
    }

    // MARK: Slots

    /// A task that uses two processors takes two slots; a small one may use the slot that is left.
    @Test func aTaskMayTakeSeveralSlots() {
        var world = World()
        world.join("w1", "work*3")
        #expect(
            world.submit("s", "a{slots=2}; b{slots=2}; c; d").last
                == "w1 ← dispatch s/a#1, s/c#1")
        let explanation = world.explain("s", "b")
        #expect(explanation?.reason == .waitsForSlot)
        #expect(
            explanation?.message
                == "all 3 slots for the capability work with 2 slots are in use; would start with "
                + "2 more")
        #expect(world.complete("w1", "s/c#1").last == "w1 ← dispatch s/d#1")
        #expect(
            world.complete("w1", "s/d#1") == ["fact: s/d#1 completed", "w1 ← committed s/d#1"])
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/b#1")
    }

    /// More slots than any instance has: that is said, and not waited for in silence.
    @Test func aTaskThatNoInstanceIsLargeEnoughFor() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "a{slots=2}")
        #expect(
            world.explain("s", "a")?.message
                == "no worker offers the capability work with 2 slots; 1 worker is connected")
        #expect(world.join("w2", "work*2").last == "w2 ← dispatch s/a#1")
    }

    // MARK: Resources

    /// Two graphics cards and four slots: the third task that needs a card waits, one that needs
    /// none does not.
    @Test func amountsAreNotExceeded() {
        var world = World()
        world.join("w1", "work*4", resources: "gpu=2")
        #expect(
            world.submit("s", "a{gpu=1}; b{gpu=1}; c{gpu=1}; d").last
                == "w1 ← dispatch s/a#1, s/b#1, s/d#1")
        let explanation = world.explain("s", "c")
        #expect(explanation?.reason == .waitsForResource)
        #expect(
            explanation?.message
                == "worker w1 has a slot free and too little left of gpu: 0 of 2")
        #expect(
            explanation?.wakes
                == "an attempt on such a worker ends, or a worker with more registers")
        #expect(
            world.complete("w1", "s/d#1") == ["fact: s/d#1 completed", "w1 ← committed s/d#1"])
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/c#1")
    }

    /// A worker's resources are those of all its agents: what one gives back another may take.
    @Test func agentsOfAWorkerShareItsResources() {
        var world = World()
        world.join("w1", "read*1 write*1", resources: "licence=1")
        #expect(
            dispatches(world.submit("s", "a:read{licence=1}; b:write{licence=1}"))
                == ["w1 ← dispatch s/a#1"])
        #expect(world.explain("s", "b")?.reason == .waitsForResource)
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/b#1")
        #expect(world.handBack("w1", "s/b#1").last == "w1 ← dispatch s/b#2")
    }

    /// A task goes where there is enough, and nowhere else.
    @Test func aTaskGoesWhereThereIsEnough() {
        var world = World()
        world.join("small", "work*9", resources: "gpu=1")
        world.join("none", "work*9")
        world.submit("s", "a{gpu=4}")
        #expect(
            world.explain("s", "a")?.message
                == "no worker offers the capability work with 4 gpu; 2 workers are connected")
        #expect(world.join("large", "work*1", resources: "gpu=8").last == "large ← dispatch s/a#1")
    }

    /// A worker comes back with what it ran: it still uses what it used, whether its line broke or
    /// the coordinator was restarted. (Regression: after a restart its resources counted as free.)
    @Test(arguments: [false, true]) func whatRunsKeepsItsResources(_ restarted: Bool) {
        var world = World()
        world.join("w1", "work*4", resources: "gpu=2")
        world.submit("s", "a{gpu=2}; b{gpu=1}")
        if restarted { world.restart() }
        world.join("w1", "work*4", running: ["s/a#1"], resources: "gpu=2")
        #expect(world.explain("s", "b")?.reason == .waitsForResource)
        #expect(world.complete("w1", "s/a#1").last == "w1@2 ← dispatch s/b#1")
        #expect(world.complete("w1", "s/b#1").contains("fact: s ended: completed"))
    }

    // MARK: Memory

    /// Tasks of a type took 400 MiB each. A host of 1,000 MiB runs two of them at a time, whatever
    /// its slots, and other work beside them.
    @Test func memoryIsLearned() {
        var world = World()
        world.join("w1", "all(load,think)*8", resources: "memory_mib=1000")
        world.submit("k", "a:load")
        world.complete("w1", "k/a#1", memory: 400)
        #expect(
            world.submit("s", "a:load; b:load; c:load; d:think").last
                == "w1 ← dispatch s/a#1, s/b#1, s/d#1")
        let explanation = world.explain("s", "c")
        #expect(explanation?.reason == .waitsForResource)
        #expect(explanation?.message.hasPrefix("worker w1 has a slot free and too little") == true)
        #expect(world.complete("w1", "s/a#1").last == "w1 ← dispatch s/c#1")
    }

    /// What a plan says goes before what was learned; and one that took more than the host has runs
    /// there all the same, alone.
    @Test func memoryThatIsStatedAndMemoryThatIsTooMuch() {
        var world = World()
        world.join("w1", "all(load,huge)*8", resources: "memory_mib=1000")
        world.submit("k", "a:load; b:huge")
        world.complete("w1", "k/a#1", memory: 400)
        world.complete("w1", "k/b#1", memory: 5_000)
        #expect(
            dispatches(
                world.submit(
                    "s", (1...9).map { "a\($0):load{memory_mib=100}" }.joined(separator: ";"))
            ).joined().split(separator: ",").count == 8)
        for number in 1...8 { world.complete("w1", "s/a\(number)#1", memory: 100) }
        world.complete("w1", "s/a9#1", memory: 100)
        #expect(world.submit("t", "a:huge; b:huge").last == "w1 ← dispatch t/a#1")
        #expect(world.explain("t", "b")?.reason == .waitsForResource)
    }

    // MARK: Tags and capabilities

    /// Data that must not leave a region, and an agent that must also be able to translate.
    @Test func tagsAndCapabilities() {
        var world = World()
        world.join("w1", "work#us*9")
        world.join("w2", "work(translate)#us,eu*9")
        world.join("w3", "work(translate)*9")
        #expect(world.submit("s", "a{tag=eu}").last == "w2 ← dispatch s/a#1")
        #expect(world.submit("t", "a{requires=translate}").last?.hasPrefix("w1") == false)
        #expect(world.submit("u", "a{requires=translate tag=us}").last == "w2 ← dispatch u/a#1")
        world.submit("v", "a{tag=mars requires=translate}")
        #expect(
            world.explain("v", "a")?.message
                == "no worker offers the capability work with the capability translate, the tag "
                + "mars; 3 workers are connected")
    }
}
