// Turns among sessions: by weight, by time, and whatever the number of tasks and of queues.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct FairShareTests {
    private let second = TimeSpan.seconds(1)

    private static func turn(of session: Int64, _ share: FairShare) -> TurnQueue.Turn {
        TurnQueue.Turn(session: session, lane: 0, flow: Int32(share.place(of: session) ?? 0))
    }

    /// A closed loop: slots take a task when they are free; sessions have so many tasks each. One
    /// queue, and what was served beside it, as `TaskDispatcher` puts them together.
    private struct Pool {
        var share = FairShare()
        var turns = TurnQueue()
        var left: [Int64: Int] = [:]
        var cost: [Int64: TimeSpan] = [:]
        var served: [Int64: Int] = [:]

        mutating func add(_ session: Int64, tasks: Int, weight: Int = 1, cost: TimeSpan) {
            left[session] = tasks
            self.cost[session] = cost
            wait(session, weight: weight)
        }

        mutating func wait(_ session: Int64, weight: Int = 1) {
            guard !turns.contains(session) else { return }
            share.enter(session, weight: weight)
            enter(session)
        }

        private mutating func enter(_ session: Int64) {
            _ = turns.enter(
                FairShareTests.turn(of: session, share), tag: share.tag(of: session) ?? 0)
        }

        mutating func rest(_ session: Int64) {
            if turns.leave(session) { share.leave(session) }
        }

        mutating func remove(_ session: Int64) {
            rest(session)
            share.remove(session)
        }

        var next: Int64? {
            mutating get { turns.next(share)?.turn.session }
        }

        @discardableResult
        mutating func serve(cost: TimeSpan) -> Int64? {
            guard let session = next else { return nil }
            share.charge(session, cost: cost)
            if share.wantsRebase { turns.rebase(by: share.rebase()) }
            return session
        }

        mutating func settle(_ session: Int64, charged: TimeSpan, actual: TimeSpan) {
            share.settle(session, charged: charged, actual: actual)
            if turns.contains(session) {
                enter(session)
            }
        }

        mutating func take() -> Int64? {
            guard let session = next else { return nil }
            serve(cost: cost[session] ?? .zero)
            left[session, default: 0] -= 1
            served[session, default: 0] += 1
            if left[session] == 0 { rest(session) }
            return session
        }
    }

    /// 10 tasks behind 100,000, all slots busy, done within twice the time
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
            pool.rest(2)
            pool.wait(2)
        }
        #expect((49...51).contains((pool.served[2] ?? 0) - before))
    }

    /// A session's tasks were thought to take a second and take ten: it pays later.
    @Test func chargesAreCorrected() {
        var pool = Pool()
        pool.add(1, tasks: 10_000, cost: second)
        pool.add(2, tasks: 10_000, cost: second)
        for _ in 0..<1_100 where pool.take() == 1 {
            pool.settle(1, charged: second, actual: .seconds(10))
        }
        #expect((95...105).contains(pool.served[1] ?? 0))
        // Work that was taken back unstarted is not paid for.
        var other = Pool()
        other.add(1, tasks: 10_000, cost: second)
        other.add(2, tasks: 10_000, cost: second)
        for turn in 0..<600 where other.take() == 1 && turn % 2 == 0 {
            other.settle(1, charged: second, actual: .zero)
        }
        #expect((other.served[1] ?? 0) > (other.served[2] ?? 0))
    }

    /// The theorem, under any mix of weights and costs: service by weight of two sessions that both
    /// wait differs by at most one task of each.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func theBoundOfTheMethod(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pool = Pool()
        let weights = (0..<6).map { _ in Int.random(in: 1...20, using: &random) }
        var service = [Double](repeating: 0, count: 6)
        for session in 0..<6 { pool.wait(Int64(session), weight: weights[session]) }
        for _ in 0..<2_000 {
            let cost = TimeSpan.milliseconds(.random(in: 1...1_000, using: &random))
            guard let session = pool.serve(cost: cost) else { break }
            service[Int(session)] += cost.seconds / Double(weights[Int(session)])
        }
        for first in 0..<6 {
            for second in 0..<6 {
                let bound = 1 / Double(weights[first]) + 1 / Double(weights[second])
                #expect(service[first] - service[second] <= bound + 0.001)
            }
        }
    }

    /// The same where sessions wait for several things at once: a session that is served of one
    /// kind waits longer for the others, and all of it is one account.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func theBoundHoldsOverSeveralQueues(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var share = FairShare()
        var queues = [TurnQueue(), TurnQueue(), TurnQueue()]
        let weights = (0..<4).map { _ in Int.random(in: 1...10, using: &random) }
        for session in 0..<4 {
            for queue in queues.indices {
                share.enter(Int64(session), weight: weights[session])
                _ = queues[queue].enter(
                    Self.turn(of: Int64(session), share), tag: share.tag(of: Int64(session)) ?? 0)
            }
        }
        var service = [Double](repeating: 0, count: 4)
        for _ in 0..<3_000 {
            let queue = Int.random(in: 0..<3, using: &random)
            guard let (turn, tag) = queues[queue].next(share) else { break }
            let session = turn.session
            #expect(tag == share.tag(of: session))
            #expect((0..<4).allSatisfy { tag <= share.tag(of: $0) ?? 0 })
            let cost = TimeSpan.milliseconds(.random(in: 1...1_000, using: &random))
            share.charge(session, cost: cost)
            service[Int(session)] += cost.seconds / Double(weights[Int(session)])
        }
        for first in 0..<4 {
            for second in 0..<4 {
                let bound = 1 / Double(weights[first]) + 1 / Double(weights[second])
                #expect(service[first] - service[second] <= bound + 0.001)
            }
        }
    }

    /// Years of service: tags start anew, and order and proportions stay.
    @Test func tagsNeverOverflow() {
        var pool = Pool()
        pool.wait(1)
        pool.wait(2, weight: 2)
        var served = [Int64: Int]()
        var rebased = false
        var last: UInt64 = 0
        for _ in 0..<30_000 {
            guard let session = pool.serve(cost: .seconds(1e9)) else { break }
            served[session, default: 0] += 1
            pool.settle(session, charged: .zero, actual: .zero)
            if pool.share.virtualTime < last { rebased = true }
            last = pool.share.virtualTime
        }
        #expect(rebased)
        #expect((9_990...10_010).contains(served[1] ?? 0))
        for _ in 0..<100_000 { pool.settle(1, charged: .zero, actual: .seconds(1e9)) }
        let next = pool.next
        #expect(next == 2)
    }

    /// Sessions come, rest and end in any order; the machine's books stay straight.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func anySequence(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pool = Pool()
        var waiting: Set<Int64> = []
        for _ in 0..<3_000 {
            let session = Int64.random(in: 1...40, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                pool.wait(session, weight: Int.random(in: -1...50, using: &random))
                waiting.insert(session)
            case 1:
                pool.rest(session)
                waiting.remove(session)
            case 2:
                pool.remove(session)
                waiting.remove(session)
            case 3: pool.settle(session, charged: second, actual: .milliseconds(200))
            default: pool.serve(cost: second)
            }
            #expect(pool.turns.count == waiting.count)
            let least = waiting.map { pool.share.tag(of: $0) ?? 0 }.min()
            let next = pool.turns.next(pool.share)
            #expect(next?.tag == least)
            #expect(next.map { waiting.contains($0.turn.session) } ?? waiting.isEmpty)
        }
        for session in Int64(1)...40 { pool.remove(session) }
        let next = pool.next
        #expect(pool.share.count == 0 && next == nil)
    }
}
