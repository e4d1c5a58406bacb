// The breaker's timeline at exact instants, and what must hold under any sequence of outcomes.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct CircuitBreakerTests {
    private static func second(_ seconds: Double) -> Instant {
        Instant.zero.advanced(by: .seconds(seconds))
    }

    private static func attempt(_ number: Int32) -> AttemptReference {
        AttemptReference(session: 1, task: number, attempt: 1)
    }

    /// A breaker, and attempts that begin and end at once.
    private struct Bench {
        var breaker = CircuitBreaker(at: .zero)
        var attempts: Int32 = 0

        mutating func run(
            _ outcome: CircuitBreaker.Outcome, at time: Double, times: Int = 1,
            mayOpen: Bool = true
        ) {
            for _ in 0..<times {
                attempts += 1
                let (attempt, now) = (
                    CircuitBreakerTests.attempt(attempts), CircuitBreakerTests.second(time)
                )
                breaker.began(attempt, at: now)
                breaker.record(outcome, of: attempt, at: now, mayOpen: mayOpen)
            }
        }

        func admits(_ time: Double) -> CircuitBreaker.Admission {
            breaker.admits(at: CircuitBreakerTests.second(time))
        }

        var openUntil: Double? { breaker.nextDeadline.map { Double($0.nanoseconds) / 1e9 } }
        var isClosed: Bool { if case .closed = breaker.state { true } else { false } }
    }

    /// A worker's service key expires and is renewed: out, probed, out for longer, probed, back in.
    @Test func theTimelineOfAnOutage() {
        var bench = Bench()
        bench.run(.failure, at: 10, times: 4)
        #expect(bench.admits(10) == .yes)
        bench.run(.failure, at: 12)
        #expect(bench.admits(12) == .no(until: Self.second(42)))
        #expect(bench.openUntil == 42)
        #expect(bench.admits(41.999_999_999) == .no(until: Self.second(42)))
        #expect(bench.admits(42) == .probe)

        // The first probe fails: twice as long.
        let probe = Self.attempt(1_000)
        bench.breaker.began(probe, at: Self.second(42))
        #expect(bench.admits(42) == .probeRunning)
        bench.breaker.record(.failure, of: probe, at: Self.second(45))
        #expect(bench.openUntil == 105)

        // Three in a row succeed, one task at a time.
        for (index, time) in [105.0, 106, 107].enumerated() {
            #expect(bench.admits(time) == .probe)
            let probe = Self.attempt(2_000 + Int32(index))
            bench.breaker.began(probe, at: Self.second(time))
            #expect(bench.admits(time) == .probeRunning)
            bench.breaker.record(.success, of: probe, at: Self.second(time + 0.5))
        }
        #expect(bench.isClosed)
        #expect(bench.admits(107.5) == .yes)
        #expect(bench.openUntil == nil)
        // What was counted before does not count again.
        bench.run(.failure, at: 108, times: 4)
        #expect(bench.isClosed)
    }

    /// A service that fails every other call never fails five times in a row.
    @Test func halfOfTwentyOpens() {
        var bench = Bench()
        for _ in 0..<9 {
            bench.run(.failure, at: 1)
            bench.run(.success, at: 1)
        }
        bench.run(.success, at: 1)
        #expect(bench.isClosed)
        bench.run(.failure, at: 1)
        #expect(bench.openUntil == 31, "ten of twenty")
    }

    /// Failures of yesterday must not meet those of today.
    @Test func theWindowSlides() {
        var bench = Bench()
        for _ in 0..<9 {
            bench.run(.failure, at: 0.5)
            bench.run(.success, at: 0.5)
        }
        bench.run(.success, at: 30)
        bench.run(.failure, at: 30)
        #expect(bench.isClosed)
        // Nothing moves back in: at least 28 s of it count.
        var other = Bench()
        for _ in 0..<9 {
            other.run(.failure, at: 2.9)
            other.run(.success, at: 2.9)
        }
        other.run(.success, at: 29.9)
        other.run(.failure, at: 29.9)
        #expect(!other.isClosed)
    }

    /// One user submits a thousand tasks with a wrong parameter: nobody else may suffer for it.
    @Test func badInputNeverOpens() {
        for failure in [FailureClass.invalidInput, .permanent, .cancelled] {
            #expect(CircuitBreaker.Outcome(failure) == .neutral)
        }
        for failure in [FailureClass.transient, .timeout, .workerLost] {
            #expect(CircuitBreaker.Outcome(failure) == .failure)
        }
        var bench = Bench()
        bench.run(.neutral, at: 1, times: 1_000)
        #expect(bench.isClosed)
        // And says nothing good either: the run of failures goes on.
        bench.run(.failure, at: 1, times: 4)
        bench.run(.neutral, at: 1)
        bench.run(.failure, at: 1)
        #expect(bench.openUntil == 31)
    }

    /// Ejection doubles up to five minutes, and a good hour is forgiven.
    @Test func ejectionGrowsAndDecays() {
        var bench = Bench()
        bench.run(.failure, at: 0, times: 5)
        var ejections: [Double] = []
        for _ in 0..<6 {
            let until = bench.openUntil ?? .nan
            bench.run(.failure, at: until)
            ejections.append((bench.openUntil ?? .nan) - until)
        }
        #expect(ejections == [60, 120, 240, 300, 300, 300])
        // Closed for ten minutes: two of the four doublings are gone.
        let back = bench.openUntil ?? .nan
        bench.run(.success, at: back, times: 3)
        #expect(bench.isClosed)
        bench.run(.failure, at: back + 600, times: 5)
        #expect(bench.openUntil == back + 600 + 120)
    }

    /// Twenty tasks were running when the breaker opened. They end while a probe runs, and must
    /// neither close nor open anything.
    @Test func lateOutcomesAreNotTheProbes() {
        var bench = Bench()
        bench.run(.failure, at: 0, times: 5)
        bench.breaker.record(.success, of: Self.attempt(900), at: Self.second(5))
        #expect(bench.openUntil == 30)
        let probe = Self.attempt(1_000)
        bench.breaker.began(probe, at: Self.second(30))
        for late in Int32(901)..<920 {
            bench.breaker.record(.success, of: Self.attempt(late), at: Self.second(31))
            bench.breaker.record(.failure, of: Self.attempt(late), at: Self.second(31))
        }
        #expect(bench.breaker.state == .probing(probe, successes: 0))
        bench.breaker.record(.success, of: probe, at: Self.second(32))
        #expect(bench.breaker.state == .halfOpen(successes: 1))
    }

    /// The task that was to prove something is cancelled by its user: the next one proves it.
    @Test func aProbeWithoutAVerdictIsRepeated() {
        var bench = Bench()
        bench.run(.failure, at: 0, times: 5)
        bench.run(.success, at: 30)
        bench.run(.neutral, at: 31, times: 3)
        #expect(bench.breaker.state == .halfOpen(successes: 1))
        #expect(bench.admits(31) == .probe)
    }

    /// All instances of the only search agent fail: the last is slowed to probes, never shut out.
    @Test func theLastEligibleInstanceIsNotEjected() {
        var bench = Bench()
        bench.run(.failure, at: 0, times: 50, mayOpen: false)
        #expect(bench.isClosed)
        // Another instance came: the next failure counts with those before.
        bench.run(.failure, at: 1)
        #expect(bench.openUntil == 31)
        // The other one leaves again.
        bench.breaker.reprieve()
        #expect(bench.admits(2) == .probe)
        bench.run(.failure, at: 2, mayOpen: false)
        #expect(bench.admits(2) == .probe)
        bench.run(.success, at: 3, times: 3)
        #expect(bench.isClosed)
    }

    /// Any sequence: an ejection is 30 s…5 min long, memory is bounded, and a breaker that is left
    /// alone with good outcomes closes.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func anySequence(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bench = Bench()
        var now = 0.0
        for _ in 0..<400 {
            now += Double(Int.random(in: 0...8_000, using: &random)) / 1_000
            let wasOpen = bench.openUntil
            let outcomes: [CircuitBreaker.Outcome] = [.success, .failure, .failure, .neutral]
            bench.run(outcomes.randomElement(using: &random) ?? .neutral, at: now)
            if let until = bench.openUntil, until != wasOpen {
                #expect((29.999_999...300.000_001).contains(until - now))
            }
        }
        now = max(now, bench.openUntil ?? now)
        bench.run(.success, at: now, times: 3)
        #expect(bench.admits(now) == .yes)
    }
}
