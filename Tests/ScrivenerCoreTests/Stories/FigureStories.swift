// What monitoring is told of the pool: it has to be what happened, and what is.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FigureStories {
    private func figures(_ world: World) -> PoolFigures { world.core.figures(at: world.now) }

    private func agent(_ name: String, _ world: World) throws -> AgentFigures {
        try #require(figures(world).agents.first { $0.name == name })
    }

    /// The outcomes of an agent's attempts, without those that there are none of.
    private func outcomes(_ agent: AgentFigures) -> [String: Int64] {
        Dictionary(
            zip(OutcomeClass.allCases, agent.outcomes).filter { $1 > 0 }
                .map { ($0.name, $1) }, uniquingKeysWith: { first, _ in first })
    }

    /// Somebody watches a small session from its submission to its end.
    @Test func tasksAndSlotsAreCountedAsTheyAre() throws {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b; c; d < a")
        #expect(
            figures(world).tasks.filter { $0.value > 0 } == [.running: 2, .ready: 1, .waiting: 1])
        #expect(figures(world).sessions == [.inProgress: 1])
        #expect(figures(world).workerStates == ["connected": 1])
        var work = try agent("work", world)
        #expect([work.slots, work.usedSlots, work.availableSlots] == [2, 2, 0])
        #expect(work.circuits == ["closed": 1])
        for task in ["a", "b", "c", "d"] { world.complete("w1", "s/\(task)#1") }
        #expect(figures(world).tasks.allSatisfy { $0.value == 0 })
        #expect(figures(world).sessions == [:])
        #expect(figures(world).sessionsOpened == 1)
        #expect(figures(world).sessionsEnded == [.completed: 1])
        work = try agent("work", world)
        #expect([work.slots, work.usedSlots, work.availableSlots] == [2, 0, 2])
        #expect(outcomes(work) == ["completed": 4])
        #expect(work.runTimes?.counts.reduce(0, +) == 4)
    }

    /// A pool is too small: the first task waits for nothing, the second for three seconds and the
    /// third for five, and while they wait it can be seen for how long.
    @Test func waitingIsMeasured() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b; c")
        world.wait(3, alive: "w1")
        #expect(figures(world).oldestWait == .seconds(3))
        world.complete("w1", "s/a#1", taking: 3)
        world.wait(2, alive: "w1")
        #expect(figures(world).oldestWait == .seconds(5))
        world.complete("w1", "s/b#1", taking: 2)
        #expect(figures(world).oldestWait == .zero)
        #expect(figures(world).queueWaits.sum == 8_000_000_000)
        let filled = zip(DurationBuckets.bounds, figures(world).queueWaits.counts)
            .filter { $1 > 0 }.map { "\($0 / 1_000_000) ms: \($1)" }
        #expect(filled == ["0 ms: 1", "5000 ms: 2"])
    }

    /// What is paused, or cancelled and still in a queue, waits for nobody: an alarm would be
    /// false.
    @Test func whatMayNotStartHasNoAge() {
        var world = World()
        world.submit("s", "a; b")
        world.submit("t", "c")
        world.pauseSession("s")
        world.wait(4)
        #expect(figures(world).oldestWait == .seconds(4))
        world.cancel("t")
        #expect(figures(world).oldestWait == .zero)
        world.resumeSession("s")
        world.wait(1)
        // Since it became ready, the pause included.
        #expect(figures(world).oldestWait == .seconds(5))
    }

    /// A bad day: a failure that is tried again, a worker that is lost with both that it ran, and
    /// a result that comes too late.
    @Test func whatWentWrongIsTold() throws {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "a; b")
        world.fail("w1", "s/a#1", .transient)
        world.wait(6)
        #expect(figures(world).retries == 1)
        #expect(figures(world).reassignments == 2)
        #expect(figures(world).counters.expiredLeases == 1)
        #expect(figures(world).workerStates == ["lost": 1])
        #expect(figures(world).workers.isEmpty)
        #expect(try agent("work", world).instances == 0)
        world.join("w1", "work*2", outbox: ["s/b#1"])
        world.complete("w1", "s/b#1")
        #expect(figures(world).counters.refusedResults == 1)
        #expect(outcomes(try agent("work", world)) == ["transient": 1, "worker_lost": 2])
        // Only what said how long it ran has a run time.
        #expect(try agent("work", world).runTimes?.counts.reduce(0, +) == 1)
    }

    /// A worker says of three attempts that each took longer than anything can: what is summed up stays at the most
    /// that there is, and goes on.
    @Test func noRunTimeIsTooLong() throws {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b; c; d")
        world.complete("w1", "s/a#1", taking: 1e12)
        world.complete("w1", "s/b#1", "s/c#1", taking: 1e12)
        world.fail("w1", "s/d#1", .permanent)
        let work = try agent("work", world)
        #expect(outcomes(work) == ["completed": 3, "permanent": 1])
        #expect(work.runTimes?.sum == Int64.max)
    }

    /// One process died with three attempts in it: that is one death.
    @Test func aProcessDiesOnce() {
        var world = World()
        world.join("w1", "work*3", deaths: [])
        world.submit("s", "a; b; c")
        world.join("w1", "work*3", incarnation: 2, deaths: ["s/a#1", "s/b#1", "s/c#1"])
        #expect(figures(world).workerDeaths == 1)
        #expect(figures(world).counters.workerDeaths == 3)
        #expect(figures(world).reassignments == 3)
    }

    /// Bounds belong to their buckets, whatever power of two they lie next to, and nothing is out
    /// of range.
    @Test func everyDurationHasItsBucket() {
        for (place, bound) in DurationBuckets.bounds.enumerated() {
            #expect(DurationBuckets.bucket(bound) == place)
            #expect(DurationBuckets.bucket(bound - 1) == place)
            #expect(DurationBuckets.bucket(bound + 1) == place + 1)
        }
        for odd in [Int64.min, -1, 0, 1] { #expect(DurationBuckets.bucket(odd) == 0) }
        #expect(DurationBuckets.bucket(.max) == DurationBuckets.count - 1)
        for power in 0..<63 {
            let value = Int64(1) << power
            let plain = DurationBuckets.bounds.firstIndex { value <= $0 }
            #expect(DurationBuckets.bucket(value) == plain ?? DurationBuckets.count - 1)
        }
    }
}
