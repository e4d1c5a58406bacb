// Turns among sessions: by weight, by time, and whatever the number of tasks.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FairShareTests {
    private let second = TimeSpan.seconds(1)

    /// A closed loop: slots take a task when they are free; sessions have so many tasks each.
    private struct Pool {
        var share = FairShare()
        var left: [Int64: Int] = [:]
        var cost: [Int64: TimeSpan] = [:]
        var served: [Int64: Int] = [:]

        mutating func add(_ session: Int64, tasks: Int, weight: Int = 1, cost: TimeSpan) {
            left[session] = tasks
            self.cost[session] = cost
            share.wait(session, weight: weight)
        }

        mutating func take() -> Int64? {
            guard let session = share.next else { return nil }
            share.serve(cost: cost[session] ?? .zero)
            left[session, default: 0] -= 1
            served[session, default: 0] += 1
            if left[session] == 0 { share.rest(session) }
            return session
        }
    }

    /// The bar of the brief: 10 tasks behind 100,000, all slots busy, done within twice the time
    /// alone and one task.
    @Test(arguments: [1, 4, 16])
    func aSmallSessionBehindALargeOne(slots: Int) {
        var pool = Pool()
        pool.add(1, tasks: 100_000, cost: second)
        for _ in 0..<(50 * slots) { _ = pool.take() }
        pool.add(2, tasks: 10, cost: second)
        // Slots become free together, once a second; the first time after one task.
        var rounds = 1
        while pool.left[2] != 0 {
            for _ in 0..<slots { _ = pool.take() }
            rounds += 1
        }
        let alone = (10 + slots - 1) / slots
        #expect(rounds <= 2 * alone + 1)
    }

    /// A session that pays for more gets more, to the task.
    @Test func weightsAreProportions() {
        var pool = Pool()
        pool.add(1, tasks: 10_000, weight: 1, cost: second)
        pool.add(2, tasks: 10_000, weight: 3, cost: second)
        for _ in 0..<4_000 { _ = pool.take() }
        #expect(abs((pool.served[1] ?? 0) - 1_000) <= 1)
        #expect(abs((pool.served[2] ?? 0) - 3_000) <= 3)
    }

    /// Fair in time: who has tasks of ten seconds gets a tenth as many.
    @Test func longTasksCountAsLong() {
        var pool = Pool()
        pool.add(1, tasks: 10_000, cost: .seconds(10))
        pool.add(2, tasks: 10_000, cost: second)
        for _ in 0..<1_100 { _ = pool.take() }
        #expect(abs((pool.served[1] ?? 0) - 100) <= 1)
    }

    /// Nobody saves up turns by asking for nothing, or gains any by leaving and coming back.
    @Test func restingGainsNothing() {
        var pool = Pool()
        pool.add(1, tasks: 10_000, cost: second)
        pool.add(2, tasks: 1, cost: second)
        for _ in 0..<1_000 { _ = pool.take() }
        pool.add(2, tasks: 1_000, cost: second)
        for _ in 0..<100 { _ = pool.take() }
        #expect((49...52).contains((pool.served[2] ?? 0) - 1))
        // Leaves after each task and comes back at once: still every other turn.
        let before = pool.served[2] ?? 0
        for _ in 0..<100 where pool.take() == 2 {
            pool.share.rest(2)
            pool.share.wait(2)
        }
        #expect((49...51).contains((pool.served[2] ?? 0) - before))
    }

    /// A session's tasks were thought to take a second and take ten: it pays later.
    @Test func chargesAreCorrected() {
        var pool = Pool()
        pool.add(1, tasks: 10_000, cost: second)
        pool.add(2, tasks: 10_000, cost: second)
        for _ in 0..<1_100 where pool.take() == 1 {
            pool.share.settle(1, charged: second, actual: .seconds(10))
        }
        #expect((95...105).contains(pool.served[1] ?? 0))
        // Work that was taken back unstarted is not paid for.
        var other = Pool()
        other.add(1, tasks: 10_000, cost: second)
        other.add(2, tasks: 10_000, cost: second)
        for turn in 0..<600 where other.take() == 1 && turn % 2 == 0 {
            other.share.settle(1, charged: second, actual: .zero)
        }
        #expect((other.served[1] ?? 0) > (other.served[2] ?? 0))
    }

    /// The theorem, under any mix of weights and costs: service by weight of two sessions that both
    /// wait differs by at most one task of each.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func theBoundOfTheMethod(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var share = FairShare()
        let weights = (0..<6).map { _ in Int.random(in: 1...20, using: &random) }
        var service = [Double](repeating: 0, count: 6)
        for session in 0..<6 { share.wait(Int64(session), weight: weights[session]) }
        for _ in 0..<2_000 {
            let cost = TimeSpan.milliseconds(.random(in: 1...1_000, using: &random))
            guard let session = share.serve(cost: cost) else { break }
            service[Int(session)] += cost.seconds / Double(weights[Int(session)])
        }
        for first in 0..<6 {
            for second in 0..<6 {
                let bound = 1 / Double(weights[first]) + 1 / Double(weights[second])
                #expect(service[first] - service[second] <= bound + 0.001)
            }
        }
    }

    /// Years of service: tags start anew, and order and proportions stay.
    @Test func tagsNeverOverflow() {
        var share = FairShare()
        share.wait(1)
        share.wait(2, weight: 2)
        var served = [Int64: Int]()
        var rebased = false
        var last: UInt64 = 0
        for _ in 0..<30_000 {
            guard let session = share.serve(cost: .seconds(1e9)) else { break }
            served[session, default: 0] += 1
            share.settle(session, charged: .zero, actual: .zero)
            if share.virtualTime < last { rebased = true }
            last = share.virtualTime
        }
        #expect(rebased)
        #expect((9_990...10_010).contains(served[1] ?? 0))
        for _ in 0..<100_000 { share.settle(1, charged: .zero, actual: .seconds(1e9)) }
        #expect(share.next == 2)
    }

    /// Sessions come, rest and end in any order; the machine's books stay straight.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func anySequence(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var share = FairShare()
        var waiting: Set<Int64> = []
        for _ in 0..<3_000 {
            let session = Int64.random(in: 1...40, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                share.wait(session, weight: Int.random(in: -1...50, using: &random))
                waiting.insert(session)
            case 1:
                share.rest(session)
                waiting.remove(session)
            case 2:
                share.remove(session)
                waiting.remove(session)
            case 3: share.settle(session, charged: second, actual: .milliseconds(200))
            default: share.serve(cost: second)
            }
            #expect(share.waitingCount == waiting.count)
            #expect(share.next.map(waiting.contains) ?? waiting.isEmpty)
        }
        for session in Int64(1)...40 { share.remove(session) }
        #expect(share.count == 0 && share.next == nil)
    }
}
