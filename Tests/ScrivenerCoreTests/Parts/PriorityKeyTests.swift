// The order of ready tasks: each part outweighs the next, and time outweighs them all.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PriorityKeyTests {
    private let scale = PriorityScale(step: .seconds(600), longest: .seconds(100))

    private struct Task {
        var ready = Instant.zero
        var priority = 5
        var remaining = TimeSpan.seconds(10)
        var weight = 5
    }

    private func key(_ task: Task) -> PriorityKey {
        scale.key(
            ready: task.ready, priority: task.priority, remaining: task.remaining,
            weight: task.weight)
    }

    private func randomTask(_ random: inout SeededGenerator) -> Task {
        Task(
            ready: Instant(nanoseconds: .random(in: 0...10_000_000_000_000, using: &random)),
            priority: .random(in: 1...10, using: &random),
            remaining: TimeSpan(nanoseconds: .random(in: 0...120_000_000_000, using: &random)),
            weight: .random(in: 0...15, using: &random))
    }

    /// Among tasks that became ready together: priority, then path, then type.
    @Test func eachPartOutweighsTheNext() {
        let urgent = Task(priority: 6, remaining: .zero, weight: 0)
        let long = Task(priority: 5, remaining: .seconds(100), weight: 0)
        let heavy = Task(priority: 5, remaining: .seconds(99), weight: 15)
        let light = Task(priority: 5, remaining: .seconds(99), weight: 14)
        #expect(
            [light, heavy, long, urgent].map(key).sorted() == [urgent, long, heavy, light].map(key))
    }

    /// A type's weight decides between tasks of about the same age. One step of it is worth a sixteenth
    /// of a level of the path, 9 ms where a priority is worth 10 minutes: whoever has waited for longer
    /// than that goes first.
    @Test(arguments: [1, 15])
    func aTypesWeightIsWorthSomeWaiting(steps: Int) {
        let worth = steps * 600_000_000_000 / 4_096 / 16
        for (later, isFirst) in [(worth - 1_000, true), (worth + 1_000, false)] {
            let light = Task(weight: 15 - steps)
            let heavy = Task(ready: Instant(nanoseconds: Int64(later)), weight: 15)
            #expect((key(heavy) < key(light)) == isFirst)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func everyPartIsMonotonic(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let task = randomTask(&random)
            var other = task
            other.priority += 1
            #expect(key(other) <= key(task))
            other = task
            other.weight += 1
            #expect(key(other) <= key(task))
            other = task
            other.remaining = TimeSpan(nanoseconds: task.remaining.nanoseconds + 1_000_000_000)
            #expect(key(other) <= key(task))
            other = task
            other.ready = Instant(nanoseconds: task.ready.nanoseconds + 1)
            #expect(key(other) > key(task))
        }
    }

    /// The bound of `horizon`, for tasks of every kind.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func nothingThatComesAfterTheHorizonGoesBefore(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let task = randomTask(&random)
            var later = randomTask(&random)
            later.ready = task.ready.advanced(by: scale.horizon)
            #expect(key(task) < key(later))
            let own = TimeSpan(nanoseconds: scale.step.nanoseconds * Int64(11 - task.priority))
            later.ready = task.ready.advanced(by: own)
            #expect(key(task) < key(later))
        }
    }

    /// A stream of urgent tasks never ends, one a second on one slot. The one of lowest priority is
    /// done all the same, when the horizon has passed and not before it must.
    @Test func aLowPriorityIsOvertakenForABoundedTime() {
        let low = key(Task(priority: 1, remaining: .zero, weight: 0))
        var overtakenBy = 0
        while key(
            Task(
                ready: Instant.zero.advanced(by: .seconds(Double(overtakenBy))), priority: 10,
                remaining: .seconds(100))) < low
        {
            overtakenBy += 1
        }
        #expect(overtakenBy > 9 * 600)
        #expect(overtakenBy <= Int(scale.horizon.seconds))
    }

    /// Whatever a plan says, there is a key, and order survives the ends of the range.
    @Test func extremesSaturate() {
        let wild = PriorityScale(
            step: TimeSpan(nanoseconds: .max), longest: TimeSpan(nanoseconds: .max))
        let early = wild.key(
            ready: .zero, priority: .max, remaining: TimeSpan(nanoseconds: .max), weight: .max)
        let late = wild.key(
            ready: .distantFuture, priority: .min, remaining: TimeSpan(nanoseconds: .min),
            weight: .min)
        #expect(early < late)
        #expect(early.deadline == .zero)
        let tiny = PriorityScale(step: .zero, longest: .zero)
        let keys = [10, 1].map {
            tiny.key(ready: .zero, priority: $0, remaining: .zero, weight: 0)
        }
        #expect(keys[0] < keys[1])
        #expect(PriorityScale(fitting: .zero).step == .seconds(60))
        #expect(PriorityScale(fitting: .seconds(100)).step == .seconds(400))
        #expect(PriorityScale(fitting: .seconds(1e9)).step == .seconds(21_600))
    }
}
