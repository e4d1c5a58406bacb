// Both machines together. What each promises alone is worth nothing if they misunderstand each
// other.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ClosedLoopTests {
    private static let graph = tasks(
        "a; b:read; c < a; d:read? < a b; e < c d; f? < e b; g:read < a; h < g")

    /// A perfect network: every attempt is made once, and nothing is lost or refused.
    @Test(arguments: 1...4) func withoutFaultsNothingIsDoneTwice(seed: UInt64) {
        var cluster = Cluster(seed: seed, workers: 3)
        for number in 0..<10 { cluster.submit("s\(number)", Self.graph) }
        cluster.run(.seconds(200))
        #expect(cluster.archives.count == 10)
        var counters = OrchestratorCounters()
        counters.dispatchedAttempts = cluster.starts
        #expect(cluster.core.counters == counters)
        let dispatched = cluster.facts.count {
            if case .attemptDispatched = $0 { true } else { false }
        }
        #expect(cluster.starts == dispatched)
        let lost = cluster.facts.contains { fact in
            guard case .attemptEnded(_, let ending) = fact else { return false }
            return ending.outcome == .workerLost || ending.outcome == .released
        }
        #expect(!lost)
    }

    /// Messages are lost, doubled, late and out of order, lines break and workers crash. When that
    /// stops, everything ends, and each result counted once.
    @Test(arguments: 1...12) func afterAnyWeatherEverythingEnds(seed: UInt64) {
        var cluster = Cluster(seed: seed, workers: 3)
        cluster.weather = Weather(
            lossPermille: 60, duplicationPermille: 60, maximumDelay: .milliseconds(400),
            crashPermille: 20, breakPermille: 50)
        for number in 0..<8 {
            cluster.submit("s\(number)", Self.graph)
            cluster.run(.seconds(3), untilDone: false)
        }
        cluster.cancel("s7")
        cluster.run(.seconds(10), untilDone: false)
        cluster.weather = .fair
        cluster.run(.seconds(300))
        #expect(cluster.core.openSessionCount == 0)
        #expect(
            cluster.archives.map(\.session.sessionID).sorted() == (0..<8).map { "s\($0)" })
        for task in cluster.archives.flatMap(\.tasks) {
            let commits = task.executions.count { $0.outcome == .completed }
            #expect(commits == (task.status == .completed ? 1 : 0))
            #expect(task.executions.count { $0.endedAt == nil } == 0)
        }
    }

    /// Lines break while dispatches are on their way: each is given out again, though it may be executed once
    /// only, and none begins twice.
    @Test(arguments: 1...4) func whatABrokenLineSwallowsIsGivenOutAgain(seed: UInt64) {
        var cluster = Cluster(seed: seed, workers: 3)
        cluster.weather.breakPermille = 1_000
        // Half a millisecond before they break.
        cluster.run(TimeSpan(nanoseconds: 999_500_000), untilDone: false)
        cluster.submit("s", tasks("a{once}; b{once}; c{once}; d{once}"))
        cluster.run(.milliseconds(1), untilDone: false)
        #expect(cluster.starts == 0)
        cluster.weather = .fair
        cluster.run(.seconds(60))
        // What waits behind another's work is handed back once more, when a slot is free elsewhere.
        #expect(Set(cluster.handedBack.map(\.task)).count == 4)
        #expect(cluster.starts == 4)
        let ended = cluster.archives.flatMap(\.tasks).map(\.status)
        #expect(ended.count == 4)
        #expect(!ended.contains(.lost))
    }

    /// Silent loss alone, on a line that stands: no connection ever breaks, so only the machines'
    /// own doubts can find out what did not arrive.
    @Test(arguments: 1...6) func lossOnAStandingLineIsFoundOut(seed: UInt64) {
        var cluster = Cluster(seed: seed, workers: 2)
        cluster.weather.lossPermille = 150
        for number in 0..<6 { cluster.submit("s\(number)", Self.graph) }
        cluster.run(.seconds(15), untilDone: false)
        cluster.weather = .fair
        cluster.run(.seconds(120))
        #expect(cluster.core.openSessionCount == 0)
        #expect(cluster.archives.count == 6)
    }

    /// The same seed, the same run: the base of every hunt for a failure.
    @Test func aRunCanBeRepeated() {
        func facts() -> [SessionFact] {
            var cluster = Cluster(seed: 5, workers: 3)
            cluster.weather = Weather(
                lossPermille: 50, duplicationPermille: 50, maximumDelay: .milliseconds(300),
                crashPermille: 20, breakPermille: 20)
            for number in 0..<6 { cluster.submit("s\(number)", Self.graph) }
            cluster.run(.seconds(60))
            return cluster.facts
        }
        let (one, two) = (facts(), facts())
        #expect(one == two)
    }

    /// The whole pool is drained while it works: everything that was begun is finished and told.
    @Test func aDrainedPoolLeavesNothingBehind() {
        var cluster = Cluster(seed: 3, workers: 2)
        cluster.submit("s", Self.graph)
        cluster.run(.milliseconds(500))
        cluster.drain(0)
        cluster.drain(1)
        cluster.run(.seconds(30))
        #expect(cluster.workers.map { $0.core.isStopped } == [true, true])
        #expect(cluster.core.registry.workers.map(\.phase) == [.absent, .absent])
        #expect(cluster.core.counters.expiredLeases == 0)
        let lost = cluster.facts.contains { fact in
            guard case .attemptEnded(_, let ending) = fact else { return false }
            return ending.outcome == .workerLost
        }
        #expect(!lost)
    }
}
