import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct Scratch {
    @Test func fair() throws {
        let clock = ContinuousClock()
        var mark = clock.now
        func lap(_ name: String) { print("LAP", name, clock.now - mark); mark = clock.now }
        var pool = ClosedPool([ClosedPool.Host(name: "w1", slots: 4)])
        pool.submit("large", ClosedPool.fan(100_000))
        lap("compile")
        pool.step()
        lap("submit")
        for _ in 0..<40 { pool.step() }
        lap("40 steps")
        pool.submit("small", ClosedPool.fan(10))
        for _ in 0..<40 { pool.step() }
        lap("40 steps")
    }

    @Test func patience() {
        var world = World(placement: .performanceAware)
        world.join("slow", "work*1")
        world.join("fast", "work*1")
        for number in 1...12 {
            var lines = world.submit("s\(number)", "a; b")
            while let line = lines.popLast() {
                let sides = line.split(separator: " ← dispatch ").map(String.init)
                guard sides.count == 2 else { continue }
                for attempt in sides[1].split(separator: ", ") {
                    lines += world.complete(sides[0], String(attempt), taking: sides[0] == "slow" ? 8 : 2)
                }
            }
        }
        print("P", world.submit("t", "a; b"))
        print("P", world.explain("t", "b") as Any)
        print("P", world.wait(1, alive: "slow", "fast"))
        print("P", world.complete("fast", "t/a#1", taking: 2))
        print("P", world.submit("u", (1...9).map { "a\($0)" }.joined(separator: ";")))
        print("P", world.statuses("u"))
        print("P", world.wait(1, alive: "slow", "fast"))
        print("P", world.wait(8, alive: "slow", "fast"))
    }

    @Test(arguments: 0..<12) func manyStorms(part: Int) {
        setvbuf(stdout, nil, _IONBF, 0)
        for seed in (part * 25)..<(part * 25 + 25) {
            for hostile in [true, false] {
                var storm = Storm(seed: UInt64(1_000 + seed), isHostile: hostile)
                var bad = false
                print("BEGIN", seed, hostile)
                for step in 0..<250 {
                    let before = storm.transcript.count
                    storm.gust()
                    let broken = violations(of: storm.core)
                    guard !broken.isEmpty else { continue }
                    bad = true
                    print("SEED", seed, hostile, "STEP", step, "NOW", storm.now, broken)
                    for line in storm.transcript.dropFirst(max(0, before - 12)) { print("   ", line) }
                    for (n, d) in storm.core.registry.demands.enumerated() {
                        print("  demand", n, d.wanted, d.tags, d.requires, d.slots, d.resources, storm.core.registry.eligible[n].all, storm.core.waits[Int32(n)] as Any)
                    }
                    for i in storm.core.registry.instances { print("  inst", i.worker, i.offer.name, i.used, i.offer.slots, i.health, i.isListed) }
                    for w in storm.core.registry.workers { print("  worker", w.id, w.phase, w.resources.map { "\($0.name) \($0.used)/\($0.total)" }) }
                    print("  unsettled", storm.core.circuits.inOrder.map { "\($0.key) \($0.breaker.state)" })
                    break
                }
                if !bad {
                    storm.heal()
                    if storm.core.openSessionCount != 0 { print("OPEN", seed, hostile, storm.core.openSessionCount) }
                }
            }
        }
    }
}
