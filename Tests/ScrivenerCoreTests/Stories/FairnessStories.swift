// Sessions that share a pool.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FairnessStories {
    private func pool(slots: Int) -> ClosedPool {
        ClosedPool([ClosedPool.Host(name: "w1", slots: slots)])
    }

    /// Ten tasks behind somebody's hundred thousand, all slots busy: done within twice the time that
    /// they take alone, and one task.
    @Test(arguments: [1, 4, 16]) func aSmallSessionBehindALargeOne(slots: Int) throws {
        var alone = pool(slots: slots)
        alone.submit("small", ClosedPool.fan(10))
        alone.run()
        var pool = pool(slots: slots)
        pool.submit("large", ClosedPool.fan(100_000))
        pool.submit("small", ClosedPool.fan(10), after: 20.5)
        pool.run(until: "small")
        let (time, bound) = (
            try #require(pool.duration(of: "small")), try #require(alone.duration(of: "small"))
        )
        #expect(time <= 2 * bound + 1, "\(time) s, alone \(bound) s")
    }

    /// The same when the large one's tasks run ten times as long as the small one's: they share the
    /// time, and not the turns.
    @Test func longTasksCountAsLong() throws {
        var pool = ClosedPool([ClosedPool.Host(name: "w1", slots: 4)])
        pool.submit("large", ClosedPool.fan(4_000))
        pool.submit("small", ClosedPool.fan(40), after: 20.5)
        pool.run(until: "small")
        #expect(try #require(pool.duration(of: "small")) <= 21)
    }

    /// Three times the weight, three times the share; and when the one is done, the other has all.
    @Test func weightsAreShares() throws {
        var pool = pool(slots: 4)
        pool.submit("light", ClosedPool.fan(400), weight: 1)
        pool.submit("heavy", ClosedPool.fan(300), weight: 3)
        pool.run()
        #expect(abs(try #require(pool.duration(of: "heavy")) - 100) <= 2)
        #expect(abs(try #require(pool.duration(of: "light")) - 175) <= 2)
    }

    /// Ten sessions come one after the other, all the same: none waits for all others to end, and
    /// together they take no longer than one that is ten times as large.
    @Test func equalSessionsProgressTogether() throws {
        var pool = pool(slots: 5)
        for number in 0..<10 { pool.submit("s\(number)", ClosedPool.fan(50)) }
        pool.run()
        let times = try (0..<10).map { try #require(pool.duration(of: "s\($0)")) }
        #expect(times.max() == 100)
        #expect((times.min() ?? 0) >= 90)
    }

    /// A session at its own limit takes nothing from others, and is not paid back for it later.
    @Test func aSessionAtItsLimitStandsAside() throws {
        var pool = pool(slots: 4)
        pool.submit("limited", ClosedPool.fan(100), limit: 1)
        pool.submit("free", ClosedPool.fan(300))
        pool.run()
        #expect(try #require(pool.duration(of: "limited")) <= 101)
        #expect(try #require(pool.duration(of: "free")) <= 101)
    }

    /// What was handed back unstarted was not served.
    @Test func whatIsHandedBackIsNotCharged() {
        var world = World()
        world.join("w1")
        world.submit("s", "a; b; c")
        for attempt in 1...5 { world.handBack("w1", "s/a#\(attempt)") }
        world.submit("t", "a; b; c")
        var order: [String] = []
        for attempt in ["s/a#6", "t/a#1", "s/b#1", "t/b#1"] {
            order.append(world.complete("w1", attempt).last ?? "")
        }
        #expect(
            order == [
                "w1 ← dispatch t/a#1", "w1 ← dispatch s/b#1", "w1 ← dispatch t/b#1",
                "w1 ← dispatch s/c#1",
            ])
    }
}
