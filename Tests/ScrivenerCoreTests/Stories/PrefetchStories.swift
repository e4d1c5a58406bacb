// Work that waits on a worker for a slot, so that the slot is never idle while results and new tasks
// are under way.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PrefetchStories {
    /// `w1` has done tasks that ran for 10 ms each, and it was 100 ms from their dispatch to their
    /// results.
    private func world(
        _ offer: String = "work*2", runTime: Double = 0.01, resources: String = ""
    ) -> World {
        var world = World()
        world.join("w1", offer, resources: resources)
        for number in 1...10 {
            world.submit("k\(number)", "a")
            world.pause(runTime + 0.09)
            world.beat("w1")
            world.complete("w1", "k\(number)/a#1", taking: runTime)
        }
        return world
    }

    private func fan(_ count: Int, _ options: String = "") -> String {
        (1...count).map { "t\($0)\(options)" }.joined(separator: ";")
    }

    private func running(_ session: String, in world: inout World) -> Int {
        world.statuses(session).count { $0.hasSuffix(" running") }
    }

    /// Short tasks: as many as hide the round trip, twice over, lie on the worker beside those that
    /// run; not more.
    @Test func shortTasksAreSentAhead() {
        var world = world()
        #expect(running("s", in: &world) == 0)
        world.submit("s", fan(200))
        // 90 ms beside 10: 19 for each of two slots are more than 16, which is the most.
        #expect(running("s", in: &world) == 2 + 2 * 16)
        #expect(world.core.registry.prefetchedCount == 32)
        #expect(world.explain("s", "t1")?.reason == .running)
        let explanation = world.explain("s", "t200")
        #expect(explanation?.reason == .waitsForSlot)
        #expect(
            world.complete("w1", "s/t1#1", taking: 0.01).last == "w1 ← dispatch s/t35#1")
    }

    /// Longer ones: the round trip is a small part of the run time, and whoever waits on a worker
    /// might have run elsewhere meanwhile.
    @Test(arguments: [(0.06, 2 + 2 * 4), (0.35, 2 + 2 * 1), (0.4, 2), (5, 2)])
    func longTasksAreNot(runTime: Double, expected: Int) {
        var world = world(runTime: runTime)
        world.submit("s", fan(100))
        #expect(running("s", in: &world) == expected)
    }

    /// A worker that nothing is known of gets what it has slots for, and so does one that runs a
    /// type of task for the first time.
    @Test func nothingIsSentAheadUntilTheRoundTripIsKnown() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", fan(10))
        #expect(running("s", in: &world) == 2)
        var other = self.world("all(work,read)*2")
        other.submit("t", (1...10).map { "t\($0):read" }.joined(separator: ";"))
        #expect(running("t", in: &other) == 2)
    }

    /// One result of a type says how long its tasks run.
    @Test func aTypeIsSentAheadAfterItsFirstResult() {
        var world = self.world("all(work,read)*2")
        world.submit("k", "a:read")
        world.complete("w1", "k/a#1", taking: 0.01)
        world.submit("t", (1...10).map { "t\($0):read" }.joined(separator: ";"))
        #expect(running("t", in: &world) == 10)
    }

    /// An agent is well again: what waits elsewhere for a slot is asked back, and runs there.
    @Test func whoIsWellAgainTakesWhatWaitsElsewhere() {
        var world = world("work*1")
        world.join("w2", "read(work)*1", health: .failed)
        world.submit("s", fan(4))
        #expect(running("s", in: &world) == 4)
        #expect(world.beat("w2", health: .ready).contains("w1 ← recall s/t4#1"))
        #expect(world.handBack("w1", "s/t4#1").contains("w2 ← dispatch s/t4#2"))
    }

    /// What must not wait where it may be forgotten, or takes more than a slot, is never sent ahead.
    @Test(arguments: ["{once}", "{exclusive}", "{slots=2}", "{gpu=1}"])
    func someTasksNeverWaitOnAWorker(_ options: String) {
        var world = world("work*2", resources: "gpu=9")
        world.submit("s", fan(40, options))
        #expect(running("s", in: &world) == (options == "{slots=2}" ? 1 : 2))
        #expect(world.core.registry.prefetchedCount == 0)
    }

    /// Turned off.
    @Test func itCanBeTurnedOff() {
        var configuration = CoreConfiguration()
        configuration.maximumPrefetchPerSlot = 0
        var world = World(configuration)
        world.join("w1", "work*2")
        for number in 1...10 {
            world.submit("k\(number)", "a")
            world.pause(0.1)
            world.complete("w1", "k\(number)/a#1", taking: 0.01)
        }
        world.submit("s", fan(10))
        #expect(running("s", in: &world) == 2)
    }

    /// A slot becomes free on another worker while tasks wait on this one: the youngest of them is
    /// asked back, and runs there.
    @Test func aFreeSlotElsewhereRecallsTheYoungest() {
        var world = world("work*1")
        world.join("w2", "read(work)*1")
        world.submit("x", "a@read")
        world.submit("s", fan(4))
        #expect(running("s", in: &world) == 4)
        #expect(
            world.complete("w2", "x/a#1", taking: 0.01) == [
                "fact: x/a#1 completed", "fact: x ended: completed",
                "archive: x is completed, completed", "w2 ← committed x/a#1",
                "w1 ← recall s/t4#1",
            ])
        #expect(
            world.handBack("w1", "s/t4#1") == [
                "fact: s/t4#1 handed back, again", "fact: s/t4#2 dispatched to read on w2",
                "w2 ← dispatch s/t4#2",
            ])
    }

    /// A worker comes, with nothing to do: it is given what waits on others. (Regression: it idled
    /// until the queue had grown again.)
    @Test func aNewWorkerIsGivenWhatWaits() {
        var world = world("work*1")
        world.submit("s", fan(6))
        #expect(running("s", in: &world) == 6)
        let lines = world.join("w2", "work*2")
        #expect(lines.suffix(2) == ["w1 ← recall s/t6#1", "w1 ← recall s/t5#1"])
        #expect(
            world.handBack("w1", "s/t6#1", "s/t5#1").last == "w2 ← dispatch s/t5#2, s/t6#2")
    }

    /// It had begun when it was asked back: it runs on, and its result counts.
    @Test func whatHasBegunRunsOn() {
        var world = world("work*1")
        world.join("w2", "read(work)*1")
        world.submit("x", "a@read")
        world.submit("s", fan(2))
        world.complete("w2", "x/a#1", taking: 0.01)
        world.complete("w1", "s/t1#1", taking: 0.01)
        #expect(world.complete("w1", "s/t2#1", taking: 0.01).contains("fact: s ended: completed"))
        #expect(world.core.registry.prefetchedCount == 0)
        #expect(world.core.registry.runningCount == 0)
    }

    /// The session is paused: what waits on workers comes back.
    @Test func aPauseRecallsWhatWaits() {
        var world = world("work*1")
        world.submit("s", fan(3))
        #expect(
            world.pauseSession("s").contains("w1 ← recall s/t1#1, s/t2#1, s/t3#1"))
        world.handBack("w1", "s/t2#1", "s/t3#1")
        #expect(world.statuses("s") == ["t1 running", "t2 held", "t3 held"])
    }

    /// Somewhere a breaker is open: nothing is sent ahead, lest a broken host hoard what it fails.
    @Test func nothingIsSentAheadWhileSomebodyFails() {
        var world = world("work*2")
        world.join("w2", "work*1")
        world.beat("w2", health: .failed)
        world.beat("w2", health: .ready)
        world.submit("s", fan(20))
        #expect(running("s", in: &world) == 3)
    }

    /// Twice as fast a loop: 10 ms of work, 20 ms from a result to the next task. With work sent
    /// ahead the slots are never idle.
    @Test func theSlotsAreNeverIdle() throws {
        func time(_ prefetch: Int32) throws -> Double {
            var configuration = CoreConfiguration()
            configuration.maximumPrefetchPerSlot = prefetch
            var pool = ClosedPool(
                [.init(name: "w1", slots: 2), .init(name: "w2", slots: 2)], configuration)
            pool.runTime = { _ in 0.01 }
            pool.delay = 0.02
            pool.submit("s", ClosedPool.fan(2_000))
            pool.run()
            return try #require(pool.duration(of: "s"))
        }
        let (without, with) = (try time(0), try time(16))
        #expect(abs(without - 15) < 0.1, "\(without) s")
        #expect(with < 5.2, "\(with) s")
    }

    /// One of two hosts is four times slower, and the work that lies on either is as much as it does
    /// in a moment: they are done together, and as soon as they can be.
    @Test(arguments: [PlacementStrategy.leastLoaded, .performanceAware])
    func nobodyHoardsWork(placement: PlacementStrategy) throws {
        var configuration = CoreConfiguration()
        configuration.placement = placement
        var pool = ClosedPool(
            [
                .init(name: "fast", slots: 2), .init(name: "slow", slots: 2, slowness: 4),
            ], configuration)
        pool.runTime = { _ in 0.01 }
        pool.delay = 0.02
        pool.submit("s", ClosedPool.fan(1_000))
        pool.run()
        let time = try #require(pool.duration(of: "s"))
        #expect(time < 4.35, "\(time) s")
    }

    /// One task of twenty takes a second instead of 10 ms, and nobody knows which: what lies behind
    /// it on its worker is taken back to a slot that is free.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func whatLiesBehindALongTaskIsTakenBack(seed: UInt64) {
        var configuration = CoreConfiguration()
        configuration.placement = .leastLoaded
        var pool = ClosedPool(
            [.init(name: "w1", slots: 2), .init(name: "w2", slots: 2)], configuration, seed: seed)
        pool.runTime = { Int.random(in: 0..<20, using: &$0) == 0 ? 1 : 0.01 }
        pool.delay = 0.05
        for number in 0..<60 {
            pool.submit("s\(number)", ClosedPool.fan(20), after: 4 * Double(number))
        }
        pool.run()
        let times = (0..<60).compactMap { pool.duration(of: "s\($0)") }
        #expect(times.count == 60 && pool.recalls > 10, "\(pool.recalls) recalls")
        // Two long ones in a row would take two seconds.
        #expect((times.max() ?? 0) < 1.5, "\(times)")
    }
}
