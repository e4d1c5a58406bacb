// The three strategies: what each prefers, and what they do for a pool with a slow and a failing
// instance.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct InstanceChoiceTests {
    private func choose(
        _ strategy: InstanceChoice.Strategy, _ candidates: [Candidate], seed: UInt64 = 1
    ) -> Int? {
        var choice = InstanceChoice(strategy)
        var random = SeededGenerator(seed: seed)
        return choice.choose(among: candidates.count, random: &random) { candidates[$0] }
    }

    private func candidate(
        _ used: Int32, of slots: Int32, takes seconds: Double = 1, errors: Int64 = 0,
        _ admission: CircuitBreaker.Admission = .yes
    ) -> Candidate {
        Candidate(
            used: used, slots: slots, expected: .seconds(seconds), errorPermille: errors,
            admission: admission)
    }

    /// Two of eight is less than one of two.
    @Test func leastLoadedGoesByShares() {
        #expect(choose(.leastLoaded, [candidate(1, of: 2), candidate(2, of: 8)]) == 1)
        #expect(choose(.leastLoaded, [candidate(0, of: 1), candidate(0, of: 4)]) == 1)
        #expect(choose(.leastLoaded, [candidate(1, of: 1), candidate(7, of: 8)]) == 1)
        #expect(choose(.leastLoaded, [candidate(1, of: 1)]) == nil)
        #expect(choose(.leastLoaded, []) == nil)
    }

    @Test func performanceGoesByExpectedCompletion() {
        // Half full and fast is better than idle and five times slower.
        #expect(
            choose(.performanceAware, [candidate(0, of: 4, takes: 5), candidate(2, of: 4)]) == 1)
        // Many slots do not make one task faster.
        #expect(
            choose(.performanceAware, [candidate(0, of: 16, takes: 4), candidate(0, of: 1)]) == 1)
        // Two tries of one second are worse than one of one and a half.
        let failing = candidate(0, of: 1, takes: 1, errors: 500)
        #expect(
            choose(.performanceAware, [failing, candidate(0, of: 1, takes: 1.5)]) == 1)
        #expect(choose(.performanceAware, [failing, candidate(0, of: 1, takes: 2.5)]) == 0)
        // Equals are spread.
        #expect(choose(.performanceAware, [candidate(1, of: 4), candidate(0, of: 4)]) == 1)
        // What is prefetched waits for a round.
        var queued = candidate(2, of: 1, takes: 1)
        queued.limit = 4
        #expect(queued.expectedCompletion == 3_000_000_000)
    }

    @Test func roundRobinTakesTurnsAmongThoseThatCan() {
        var choice = InstanceChoice(.roundRobin)
        var random = SeededGenerator(seed: 1)
        let candidates = [
            candidate(0, of: 1), candidate(1, of: 1), candidate(0, of: 1),
            candidate(0, of: 1, .no(until: .distantFuture)), candidate(0, of: 1),
        ]
        let turns = (0..<6).map { _ in
            choice.choose(among: 5, random: &random) { candidates[$0] }
        }
        #expect(turns == [0, 2, 4, 0, 2, 4])
    }

    /// An instance that is to be tried again is tried, whatever it is expected to be like.
    @Test(arguments: [InstanceChoice.Strategy.leastLoaded, .performanceAware])
    func aProbeGoesFirst(strategy: InstanceChoice.Strategy) {
        let probe = candidate(0, of: 1, takes: 100, errors: 900, .probe)
        #expect(choose(strategy, [candidate(0, of: 4), probe]) == 1)
        let running = candidate(0, of: 1, .probeRunning)
        #expect(choose(strategy, [running, candidate(3, of: 4, takes: 100)]) == 1)
    }

    /// All of them are ejected: the one that would come back first is let back in. Not while one is
    /// merely busy.
    @Test func theLastResort() {
        let ejected = [50.0, 20, 30].map {
            candidate(0, of: 1, .no(until: Instant.zero.advanced(by: .seconds($0))))
        }
        #expect(InstanceChoice.lastResort(among: 3) { ejected[$0] } == 1)
        let busy = ejected + [candidate(1, of: 1)]
        #expect(InstanceChoice.lastResort(among: 4) { busy[$0] } == nil)
        #expect(InstanceChoice.lastResort(among: 0) { ejected[$0] } == nil)
    }

    /// Of a thousand, two are looked at; when all but one are full, that one is still found.
    @Test(arguments: [InstanceChoice.Strategy.leastLoaded, .performanceAware])
    func manyInstances(strategy: InstanceChoice.Strategy) {
        var choice = InstanceChoice(strategy)
        var random = SeededGenerator(seed: 5)
        var used = [Int32](repeating: 0, count: 1_000)
        var looks = 0
        for _ in 0..<4_000 {
            let chosen = choice.choose(among: 1_000, random: &random) { place in
                looks += 1
                return candidate(used[place], of: 64)
            }
            used[chosen ?? 0] += 1
        }
        #expect(looks == 8_000)
        // Four on the average; one choice would leave somebody with twelve or so.
        #expect((used.max() ?? 0) <= 8)
        for hidden in [0, 500, 999] {
            let found = choice.choose(among: 1_000, random: &random) {
                candidate($0 == hidden ? 0 : 1, of: 1)
            }
            #expect(found == hidden)
        }
        let none = choice.choose(among: 1_000, random: &random) { _ in candidate(1, of: 1) }
        #expect(none == nil)
    }

    /// Numbers that come from outside.
    @Test func extremes() {
        var wild = candidate(.max - 1, of: .max, takes: 1e12, errors: .max)
        wild.expected = TimeSpan(nanoseconds: .max)
        #expect(wild.expectedCompletion == .max)
        wild.slots = 0
        #expect(choose(.performanceAware, [wild]) == nil)
        wild.slots = 1
        wild.used = -1
        #expect(choose(.performanceAware, [wild]) == nil)
    }

    /// One of four instances five times slower, one failing three times of ten: what the default
    /// does about it beside round robin, under a load that the pool can bear.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func oneSlowAndOneFailing(seed: UInt64) {
        let instances = [
            ClosedLoop.Instance(), ClosedLoop.Instance(), ClosedLoop.Instance(slowness: 5),
            ClosedLoop.Instance(failurePermille: 300),
        ]
        func run(_ strategy: InstanceChoice.Strategy) -> ClosedLoop.Outcome {
            var loop = ClosedLoop(instances, strategy, seed: seed, prefetch: 1)
            return loop.run(tasks: 4_000, interval: 0.25)
        }
        let (aware, turns, loaded) = (run(.performanceAware), run(.roundRobin), run(.leastLoaded))
        for outcome in [aware, turns, loaded] { #expect(outcome.latencies.count == 4_000) }
        let told = [aware, turns, loaded].map { "\($0.attempts), p99 \($0.quantile(0.99)) s" }
        #expect(aware.share(2) < 0.03, "\(told)")
        #expect(aware.share(3) < 0.85 * aware.share(0), "\(told)")
        #expect(turns.share(2) > 0.06, "\(told)")
        #expect(aware.quantile(0.99) < turns.quantile(0.99) / 2, "\(told)")
        #expect(aware.quantile(0.99) < loaded.quantile(0.99), "\(told)")
    }

    /// Four equal instances, nearly full: nobody is left out for having been unlucky.
    @Test func aFullPoolUsesAll() {
        let instances = Array(repeating: ClosedLoop.Instance(), count: 4)
        var loop = ClosedLoop(instances, .performanceAware, seed: 9, prefetch: 0)
        let outcome = loop.run(tasks: 4_000, interval: 0.13)
        for instance in 0..<4 { #expect((0.2...0.3).contains(outcome.share(instance))) }
    }
}
