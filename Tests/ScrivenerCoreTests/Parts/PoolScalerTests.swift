// How many replicas a pool should have, from figures alone.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PoolScalerTests {
    /// Of 4 slots each, for a target wait of 30 s and a start of 10 s: the horizon is 20 s.
    private func scaler(_ change: (inout PoolSpecification) -> Void = { _ in }) -> PoolScaler {
        var pool = PoolSpecification(name: "p", maximum: 100, slots: 4, agents: ["work"])
        change(&pool)
        return PoolScaler(pool)
    }

    private func demand(
        _ slots: Double, queued: Int = 0, widest: Double = 10_000, oldest: Double = 0
    ) -> PoolDemand {
        PoolDemand(
            queued: queued, slots: slots, widest: widest, oldestWait: .seconds(oldest))
    }

    /// - Parameter idle: so many of the connected.
    private func replicas(_ connected: Int, idle: Int = 0, awaited: Int = 0) -> PoolReplicas {
        PoolReplicas(
            connected: connected, awaited: awaited, idle: (0..<idle).map { Int32($0) })
    }

    private func update(
        _ scaler: inout PoolScaler, _ demand: PoolDemand, _ replicas: PoolReplicas,
        at seconds: Double, isSettling: Bool = false
    ) -> Int {
        scaler.update(
            demand, replicas, isSettling: isSettling,
            at: Instant.zero.advanced(by: .seconds(seconds)))
        return scaler.desired
    }

    @Test(
        "the horizon is the target wait less the start time, within bounds",
        arguments: [(0, 20), (10, 20), (15, 15), (25, 10), (60, 10)] as [(Double, Double)])
    func horizon(start: Double, expected: Double) {
        let scaler = scaler { $0.startTime = .seconds(start) }
        #expect(scaler.horizon == .seconds(expected))
    }

    @Test func `a task counts for one slot at most, however long it runs`() {
        let scaler = scaler()
        #expect(scaler.share(of: .seconds(10)) == 0.5)
        #expect(scaler.share(of: .seconds(20)) == 1)
        #expect(scaler.share(of: .seconds(86_400)) == 1)
        #expect(scaler.share(of: .seconds(-1)) == 0)
    }

    @Test func `the first replica comes at once`() {
        var scaler = scaler()
        #expect(scaler.desired == 0)
        #expect(update(&scaler, demand(0.01, queued: 1), replicas(0), at: 0) == 1)
    }

    /// What is done at once starts nothing.
    @Test func `more are desired when more have been needed for 2 s`() {
        var scaler = scaler()
        #expect(update(&scaler, demand(8), replicas(0), at: 0) == 2)
        #expect(update(&scaler, demand(40), replicas(2), at: 1) == 2)
        #expect(update(&scaler, demand(40), replicas(2), at: 2) == 2)
        #expect(update(&scaler, demand(36), replicas(2), at: 3) == 9)
        #expect(scaler.cause == .work(9))
        // A dip between two peaks.
        #expect(update(&scaler, demand(8), replicas(9), at: 4) == 9)
        #expect(update(&scaler, demand(80), replicas(9), at: 5) == 9)
    }

    /// It pays to keep an idle replica for as long as another takes to start.
    @Test func `fewer are desired when fewer have sufficed for as long as a start takes`() {
        var scaler = scaler()
        #expect(update(&scaler, demand(40), replicas(10), at: 0) == 10)
        #expect(update(&scaler, demand(0), replicas(10, idle: 10), at: 1) == 10)
        #expect(scaler.cause == .recently(10, within: .seconds(10)))
        #expect(scaler.mayLeave.isEmpty)
        #expect(update(&scaler, demand(0), replicas(10, idle: 10), at: 10) == 10)
        #expect(update(&scaler, demand(0), replicas(10, idle: 10), at: 10.5) == 0)
        #expect(scaler.mayLeave == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(self.scaler { $0.startTime = .seconds(1) }.downWindow == .seconds(10))
        #expect(self.scaler { $0.startTime = .seconds(60) }.downWindow == .seconds(60))
    }

    @Test func `who is busy is not asked to leave`() {
        var scaler = scaler()
        #expect(update(&scaler, demand(0.5), replicas(10, idle: 4), at: 0) == 6)
        #expect(scaler.cause == .busy)
        #expect(scaler.mayLeave == [0, 1, 2, 3])
        // Those that are not back yet are busy as well.
        #expect(update(&scaler, demand(0.5), replicas(10, idle: 4, awaited: 3), at: 1) == 9)
        #expect(scaler.mayLeave == [3])
    }

    @Test func `there are never fewer than the minimum, nor more than the maximum`() {
        var scaler = scaler {
            $0.minimum = 2
            $0.maximum = 8
        }
        #expect(update(&scaler, demand(0), replicas(2, idle: 2), at: 0) == 2)
        #expect(scaler.cause == .minimum)
        #expect(update(&scaler, demand(400, queued: 9), replicas(2), at: 3) == 8)
        #expect(scaler.cause == .maximum(100))
        #expect(
            scaler.reason
                == "9 tasks wait, the longest for 0 s of 30 s; work for 100, and there may be 8")
        // A maximum that was lowered: who is busy stays.
        #expect(update(&scaler, demand(400), replicas(12), at: 4) == 12)
    }

    /// Estimates may be wrong; that somebody waits is not.
    @Test func `a long wait scales what is there, twofold at most, and to no more than has work`() {
        for (oldest, widest, expected) in [
            (25, 400, 4), (30, 400, 5), (50, 400, 8), (100, 400, 8), (100, 20, 5), (100, 4, 4),
        ] as [(Double, Double, Int)] {
            var scaler = scaler()
            let waiting = demand(4, queued: 40, widest: widest, oldest: oldest)
            #expect(update(&scaler, waiting, replicas(4), at: 0) == expected)
        }
    }

    /// Whoever acted on the figures of a coordinator that knows nobody yet would stop the whole pool.
    @Test func `nobody is sent away while a coordinator waits for those that it knew`() {
        var scaler = scaler()
        let few = replicas(2, idle: 2, awaited: 3)
        #expect(update(&scaler, demand(0), few, at: 0, isSettling: true) == 5)
        #expect(scaler.cause == .settling)
        #expect(scaler.mayLeave.isEmpty)
        #expect(update(&scaler, demand(0), replicas(2, idle: 2), at: 16) == 0)
    }

    @Test func `replicas that do not come are told of`() {
        var scaler = scaler()
        _ = update(&scaler, demand(8), replicas(0), at: 5)
        #expect(scaler.overdue(at: Instant.zero.advanced(by: .seconds(35))) == nil)
        #expect(scaler.overdue(at: Instant.zero.advanced(by: .seconds(36))) == .seconds(31))
        _ = update(&scaler, demand(8), replicas(2), at: 37)
        #expect(scaler.overdue(at: Instant.zero.advanced(by: .seconds(400))) == nil)
    }

    /// Whatever comes: bounds, and those that are busy.
    @Test(arguments: UInt64(1)...20)
    func `no figures make it break its promises`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var scaler = scaler {
            $0.minimum = 3
            $0.maximum = 20
        }
        for second in 0..<400 {
            let connected = Int.random(in: 0...30, using: &random)
            let idle = Int.random(in: 0...connected, using: &random)
            let here = replicas(
                connected, idle: idle, awaited: Int.random(in: 0...3, using: &random))
            let work = demand(
                .random(in: 0...200, using: &random), queued: .random(in: 0...9, using: &random),
                oldest: .random(in: 0...90, using: &random))
            let desired = update(&scaler, work, here, at: Double(second))
            #expect(desired >= max(3, here.busy))
            #expect(desired <= max(20, here.busy))
            #expect(scaler.mayLeave.count == min(idle, max(0, connected - desired)))
            #expect(scaler.mayLeave.allSatisfy(here.idle.contains))
        }
    }
}

@Suite struct SlidingExtremeTests {
    @Test(arguments: UInt64(1)...10)
    func `it is what a look at all values would find`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var largest = SlidingExtreme.largest(within: .seconds(10))
        var smallest = SlidingExtreme.smallest(within: .seconds(10))
        var all: [(at: Double, value: Int)] = []
        var now = 0.0
        for _ in 0..<500 {
            now += Double.random(in: 0.1...3, using: &random)
            let value = Int.random(in: 0...20, using: &random)
            all.append((now, value))
            let instant = Instant.zero.advanced(by: .seconds(now))
            let recent = all.filter { $0.at >= now - 10 }.map(\.value)
            #expect(largest.add(value, at: instant) == recent.max())
            #expect(smallest.add(value, at: instant) == recent.min())
        }
    }
}
