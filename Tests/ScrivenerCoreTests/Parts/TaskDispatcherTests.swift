// The queues as a whole: which task goes next when several kinds of work wait, and that no task is
// ever lost or served twice.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct TaskDispatcherTests {
    private func task(_ number: Int32, due seconds: Double) -> TaskPriority {
        TaskPriority(
            task: number, ready: .zero,
            key: PriorityKey(Instant.zero.advanced(by: .seconds(seconds))))
    }

    /// Everything that is pending, in the order in which it would be served.
    private func serve(
        _ dispatcher: inout TaskDispatcher, cost: TimeSpan = .seconds(1)
    ) -> [String] {
        var order: [String] = []
        while let demand = dispatcher.takePending() {
            guard let session = dispatcher.turn(demand), let task = dispatcher.firstTask(demand)
            else { continue }
            order.append("\(session)/\(task)")
            dispatcher.takeTask(demand, cost: cost, at: .zero)
            dispatcher.wake(demand)
        }
        return order
    }

    /// Within one session the most urgent task goes first, whatever it requires.
    @Test func keysDecideAcrossDemands() {
        var dispatcher = TaskDispatcher()
        for (number, due) in [4.0, 2, 3, 1].enumerated() {
            dispatcher.enqueue(
                task(Int32(number), due: due), session: 1, weight: 1, demand: Int32(number % 2))
        }
        #expect(serve(&dispatcher) == ["1/3", "1/1", "1/2", "1/0"])
    }

    /// Between sessions what they were served decides, of whatever kind it was.
    @Test func oneAccountForAllDemands() {
        var dispatcher = TaskDispatcher()
        for number in 0..<3 as Range<Int32> {
            dispatcher.enqueue(task(number, due: 0), session: 1, weight: 1, demand: 0)
            dispatcher.enqueue(task(number, due: 0), session: 1, weight: 1, demand: 1)
            dispatcher.enqueue(task(number, due: 9), session: 2, weight: 1, demand: 1)
        }
        // The first is served of demand 0; so the second, which only waits for 1, is before it there.
        // Whenever it is the first one's turn, its earliest task goes, of whichever demand.
        #expect(
            serve(&dispatcher) == [
                "1/0", "2/0", "1/0", "2/1", "1/1", "2/2", "1/1", "1/2", "1/2",
            ])
    }

    /// An agent comes back while its tasks are pending already, as those of others are: they are looked
    /// at once, and not once for each time that they were woken.
    @Test func whatIsWokenAgainIsLookedAtOnce() {
        var dispatcher = TaskDispatcher()
        for demand in 0..<3 as Range<Int32> {
            dispatcher.enqueue(
                task(demand, due: Double(demand)), session: 1, weight: 1, demand: demand)
        }
        #expect(dispatcher.takePending() == 0)
        dispatcher.wake(0)
        // From now on they stand in order.
        #expect(dispatcher.takePending() == 0)
        var others = DemandSet()
        others.insert(1)
        others.insert(2)
        dispatcher.wake(others)
        #expect((0..<3).map { _ in dispatcher.takePending() } == [1, 2, nil])
    }

    /// What a task is made urgent by may change while it waits.
    @Test func keysCanBeMadeAnew() {
        var dispatcher = TaskDispatcher()
        for number in 0..<4 as Range<Int32> {
            dispatcher.enqueue(
                task(number, due: Double(number)), session: 1, weight: 1, demand: number % 2)
        }
        dispatcher.rekey(1) {
            PriorityKey(Instant.zero.advanced(by: .seconds(Double(10 - $0.task))))
        }
        #expect(serve(&dispatcher) == ["1/3", "1/2", "1/1", "1/0"])
    }

    /// One that may not start more stands aside, comes back, and gains nothing by it.
    @Test func aSessionStandsAside() {
        var dispatcher = TaskDispatcher()
        for number in 0..<2 as Range<Int32> {
            dispatcher.enqueue(task(number, due: 0), session: 1, weight: 1, demand: 0)
            dispatcher.enqueue(task(number, due: 0), session: 2, weight: 1, demand: 0)
        }
        dispatcher.park(0)
        dispatcher.enqueue(task(7, due: 0), session: 1, weight: 1, demand: 0)
        #expect(dispatcher.willFind(7, session: 1, demand: 0))
        #expect(serve(&dispatcher) == ["2/0", "2/1"])
        let isWanted = dispatcher.isWanted(0)
        #expect(!isWanted)
        dispatcher.unpark(1, weight: 1)
        #expect(serve(&dispatcher) == ["1/0", "1/1", "1/7"])
        dispatcher.remove(session: 1)
        dispatcher.remove(session: 2)
        #expect(dispatcher.isEmpty)
    }

    /// Tasks are taken from the end of the queue until there is none: nobody waits any longer, and
    /// whoever comes next is found.
    @Test func theLastTaskOfAll() {
        var dispatcher = TaskDispatcher()
        for number in 0..<3 as Range<Int32> {
            dispatcher.enqueue(
                task(number, due: Double(number)), session: 1, weight: 1, demand: 0)
        }
        for number in (0..<3 as Range<Int32>).reversed() {
            let last = dispatcher.lastTask(0)
            #expect(last?.task.task == number && last?.count == Int(number) + 1)
            dispatcher.takeLastTask(0, cost: .seconds(1))
        }
        let (isWanted, last) = (dispatcher.isWanted(0), dispatcher.lastTask(0)?.count)
        #expect(!isWanted && last == nil)
        dispatcher.enqueue(task(7, due: 0), session: 2, weight: 1, demand: 0)
        #expect(serve(&dispatcher) == ["2/7"])
    }

    /// Twice the weight, twice the tasks.
    @Test func weightsAreShares() {
        var dispatcher = TaskDispatcher()
        for number in 0..<40 as Range<Int32> {
            dispatcher.enqueue(task(number, due: 0), session: 1, weight: 1, demand: 0)
            dispatcher.enqueue(task(number, due: 0), session: 2, weight: 2, demand: 0)
        }
        let first = serve(&dispatcher).prefix(30)
        #expect(first.count { $0.hasPrefix("1/") } == 10)
    }

    /// Anything in any order: each task is served once or leaves with its session, counts agree,
    /// and nothing is left in the end.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func anySequence(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var dispatcher = TaskDispatcher()
        var waiting: Set<[Int64]> = []
        var next: Int32 = 0
        for _ in 0..<2_000 {
            let session = Int64.random(in: 1...8, using: &random)
            let demand = Int32.random(in: 0..<4, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                let due = Double.random(in: 0...9, using: &random)
                dispatcher.enqueue(
                    task(next, due: due), session: session, weight: 2, demand: demand)
                waiting.insert([session, Int64(demand), Int64(next)])
                next += 1
            case 4: dispatcher.park(demand)
            case 5: dispatcher.unpark(session, weight: 2)
            case 6: dispatcher.settle(session, charged: .seconds(1), actual: .zero)
            case 7 where Int.random(in: 0..<8, using: &random) == 0:
                dispatcher.remove(session: session)
                waiting = waiting.filter { $0[0] != session }
            default:
                dispatcher.wake(demand)
                guard let served = dispatcher.takePending(),
                    let turn = dispatcher.turn(served), let first = dispatcher.firstTask(served)
                else { continue }
                #expect(waiting.remove([turn, Int64(served), Int64(first)]) != nil)
                dispatcher.takeTask(served, cost: .seconds(1), at: .zero)
            }
            #expect(dispatcher.queuedCount == waiting.count)
        }
        #expect(
            waiting.allSatisfy {
                dispatcher.willFind(Int32($0[2]), session: $0[0], demand: Int32($0[1]))
            })
        for session in Int64(1)...8 { dispatcher.remove(session: session) }
        #expect(dispatcher.isEmpty)
    }
}
