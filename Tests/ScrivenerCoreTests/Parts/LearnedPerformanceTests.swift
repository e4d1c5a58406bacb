// What is kept of types and of agents on workers, and what is forgotten with those that are gone.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct LearnedPerformanceTests {
    private func completed(_ seconds: Double) -> AttemptEnding {
        AttemptEnding(outcome: .completed, runTime: .seconds(seconds), disposition: .final)
    }

    private func key(_ worker: Int32) -> CircuitBreakers.Key {
        CircuitBreakers.Key(worker: worker, agent: 0)
    }

    /// Run times scatter in proportion to how long tasks are: what was seen of tasks of two seconds
    /// says how far those of four may be off.
    @Test func tasksScatterAsTheirTypeDoes() {
        var performance = LearnedPerformance()
        let kind = performance.kind(of: "work", weight: 5)
        _ = performance.row(of: key(0))
        #expect(performance.deviation(kind: kind, of: .seconds(4)) == .zero)
        for number in 0..<60 {
            performance.learn(
                completed(number % 2 == 0 ? 1 : 3), kind: kind, by: key(0), at: .zero)
        }
        #expect((1.6...2.4).contains(performance.deviation(kind: kind, of: .seconds(4)).seconds))
        #expect((0.8...1.2).contains(performance.deviation(kind: kind, of: .seconds(2)).seconds))
    }

    /// Whoever is given the place of a worker that is gone inherits neither its failures nor its
    /// speed.
    @Test func aNewWorkerBeginsWithoutAPast() {
        var performance = LearnedPerformance()
        let kind = performance.kind(of: "work", weight: 5)
        let (old, other) = (performance.row(of: key(0)), performance.row(of: key(1)))
        let failed = AttemptEnding(
            outcome: .failed(.transient), runTime: .seconds(1), disposition: .final)
        for _ in 0..<20 {
            performance.learn(completed(1), kind: kind, by: key(1), at: .zero)
            performance.learn(completed(9), kind: kind, by: key(0), at: .zero)
            performance.learn(failed, kind: kind, by: key(0), at: .zero)
        }
        #expect(performance.errorPermille(row: old, at: .zero) > 300)
        performance.sweep { $0 != 0 }
        #expect(performance.count == 1)
        let new = performance.row(of: key(2))
        #expect(new == old, "the place of a worker that is gone is free")
        #expect(performance.errorPermille(row: new, at: .zero) == 0)
        #expect(performance.errorPermille(row: other, at: .zero) == 0)
        let expected = [new, other].map {
            performance.expected(kind: kind, stated: nil, row: $0, at: .zero).seconds
        }
        #expect(expected[0] < 5 * expected[1])
    }

    /// A failure counts for half as much after each minute, and what is left of it is counted.
    @Test func anOldFailureFadesAndIsNotDropped() {
        var rate = ErrorRate()
        rate.add(.failure, at: .zero)
        var last = rate.permille(at: .zero)
        for minute in 1...4 {
            let now = Instant.zero.advanced(by: .seconds(Double(60 * minute)))
            #expect((1..<last).contains(rate.permille(at: now)))
            last = rate.permille(at: now)
        }
        // A sixteenth of a failure, beside a success and what stands for those before.
        rate.add(.success, at: Instant.zero.advanced(by: .seconds(240)))
        #expect((1..<last).contains(rate.permille(at: Instant.zero.advanced(by: .seconds(240)))))
    }
}
