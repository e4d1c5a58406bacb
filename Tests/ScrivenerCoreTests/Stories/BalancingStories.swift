// A pool of four hosts, of which one is slow and one fails, under a load that it can bear: what the
// whole orchestrator makes of it, beside taking turns.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct BalancingStories {
    private struct Told {
        /// Of all attempts, by host.
        var shares: [Double]
        /// From submission to end, in seconds.
        var p50: Double
        var p99: Double
    }

    /// 3,000 sessions of one task come at random, three a second; a task runs for half a second to
    /// one and a half, on the slow host for five times that, and one host fails three of ten.
    private func run(_ placement: PlacementStrategy, seed: UInt64) throws -> Told {
        var configuration = CoreConfiguration()
        configuration.placement = placement
        var pool = ClosedPool(
            [
                .init(name: "one", slots: 2), .init(name: "two", slots: 2),
                .init(name: "slow", slots: 2, slowness: 5),
                .init(name: "shaky", slots: 2, failurePermille: 300),
            ], configuration, seed: seed)
        pool.runTime = { Double(Int.random(in: 500...1_500, using: &$0)) / 1_000 }
        var (time, random) = (0.0, SeededGenerator(seed: seed))
        for number in 0..<3_000 {
            time += Double(Int.random(in: 0...700, using: &random)) / 1_000
            pool.submit("s\(number)", ClosedPool.fan(1), after: time)
        }
        pool.run()
        let times = try (0..<3_000).map { try #require(pool.duration(of: "s\($0)")) }.sorted()
        let begun = pool.hosts.map { Double($0.begun) }
        return Told(
            shares: begun.map { $0 / begun.reduce(0, +) }, p50: times[1_500], p99: times[2_970])
    }

    /// The slow one gets what nobody else has a slot for, the shaky one less than its part, and the
    /// slowest of a hundred tasks are done in less than half the time.
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func oneSlowAndOneFailing(seed: UInt64) throws {
        let aware = try run(.performanceAware, seed: seed)
        let turns = try run(.roundRobin, seed: seed)
        #expect(aware.shares[2] < 0.02 && turns.shares[2] > 0.08, "\(aware), \(turns)")
        #expect(aware.shares[3] < 0.5 * aware.shares[0], "\(aware), \(turns)")
        #expect(aware.p99 < turns.p99 / 2, "\(aware), \(turns)")
        #expect(aware.p50 <= turns.p50, "\(aware), \(turns)")
    }
}
