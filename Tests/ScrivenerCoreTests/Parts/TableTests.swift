// The machine's own tables against the standard library's: any sequence of changes leaves both with
// the same contents.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct TableTests {
    private static func held(_ order: Int64) -> AssignedAttempt {
        AssignedAttempt(agent: 0, slots: 1, dispatchedAt: .zero, expected: .zero, order: order)
    }

    /// A removal closes the gap in the index, wherever the search for others had gone over it.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func assignedAttempts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = AssignedAttempts()
        var reference: [AttemptReference: AssignedAttempt] = [:]
        for step in 0..<5_000 as Range<Int64> {
            let attempt = AttemptReference(
                session: Int64.random(in: 1...3, using: &random),
                task: Int32.random(in: 0..<40, using: &random),
                attempt: Int32.random(in: 1...3, using: &random))
            // First they grow, then they shrink.
            if Int.random(in: 0..<5_000, using: &random) > step {
                table.set(Self.held(step), for: attempt)
                reference[attempt] = Self.held(step)
            } else {
                #expect(table.remove(attempt) == reference.removeValue(forKey: attempt))
            }
            table.modify(attempt) { $0.isRecalled = true }
            reference[attempt]?.isRecalled = true
            #expect(table[attempt] == reference[attempt])
            #expect(table.count == reference.count)
        }
        #expect(Dictionary(uniqueKeysWithValues: zip(table.keys, table.values)) == reference)
        for (attempt, held) in reference { #expect(table[attempt] == held) }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func agents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = AgentTable<Int>()
        var reference: [CircuitBreakers.Key: Int] = [:]
        for step in 0..<1_000 {
            let key = CircuitBreakers.Key(
                worker: Int32.random(in: 0..<9, using: &random),
                agent: Int32.random(in: 0..<5, using: &random))
            table[key, default: 100] += step
            reference[key, default: 100] += step
            if step % 100 == 99 {
                table.removeAll { key, value in key.worker == 3 || value % 2 == 0 }
                reference = reference.filter { $0.key.worker != 3 && $0.value % 2 != 0 }
            }
            #expect(table[key] == reference[key])
            #expect(table.contains(key) == (reference[key] != nil))
            #expect(table.count == reference.count)
        }
        let ordered = reference.keys.sorted { ($0.worker, $0.agent) < ($1.worker, $1.agent) }
        #expect(table.keys == ordered)
    }

    /// An agent of which nothing is known is not made up by a change, and whoever changes it hears so.
    @Test func onlyAgentsThatAreKnownChange() {
        var table = AgentTable<Int>()
        let (known, other) = (
            CircuitBreakers.Key(worker: 1, agent: 2), CircuitBreakers.Key(worker: 1, agent: 3)
        )
        table[known, default: 1] += 0
        #expect(table.change(known) { $0 = 7 })
        #expect(!table.change(other) { $0 = 7 })
        #expect(table[known] == 7)
        #expect(table[other] == nil)
        #expect(table.count == 1)
    }

    /// Waiting for a faster slot ends when the slow one has stood idle for as long as the task runs
    /// there: that counts from when the instance had a free slot again, and from nothing else.
    @Test func instancesKnowSinceWhenTheyHaveRoom() {
        func second(_ seconds: Double) -> Instant { Instant.zero.advanced(by: .seconds(seconds)) }
        var instance = AgentInstance(
            worker: 0, agentIndex: 0, agent: 0, row: 0,
            offer: AgentOffer(name: "work", capabilities: [], slots: 2), at: second(1))
        #expect(instance.freeSince == second(1))
        instance.take(2)
        instance.giveBack(1, at: second(5))
        #expect(instance.freeSince == second(5))
        // It had room already.
        instance.giveBack(1, at: second(6))
        #expect(instance.freeSince == second(5))
        // One that waited there has gone: the slots are still in use.
        instance.take(3)
        instance.giveBack(1, at: second(7))
        #expect(instance.freeSince == second(5))
        instance.giveBack(2, at: second(8))
        #expect(instance.freeSince == second(8))
    }

    /// Workers may name any session. (Regression: -1 was taken for the one that was changed last.)
    @Test(arguments: [-1, 0, 2, .min, .max] as [Int64])
    func sessionsThatNeverWere(number: Int64) {
        var table = SessionTable()
        #expect(table.read(number) { $0.number } == nil)
        let plan = CompiledPlan(
            sessionID: "s", query: "", config: OrchestrationConfig(), timeout: nil,
            tasks: TaskColumns())
        let now = Moment(instant: .zero, wall: WallTime(millisecondsSince1970: 0))
        table.insert(Session(SessionOpening(number: 1, plan: plan), at: now))
        table.modify(1) { $0.rankedAt = 7 }
        #expect(table.read(1) { $0.rankedAt } == 7)
        #expect(table.read(number) { $0.number } == nil)
        table.remove(1)
        #expect(table.read(1) { $0.number } == nil)
        #expect(table.read(number) { $0.number } == nil)
    }

    /// Connections come and go, and some come back.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func connections(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = ConnectionTable()
        var reference: [ConnectionID: Int32] = [:]
        for step in 0..<5_000 as Range<Int32> {
            let connection = ConnectionID(UInt64.random(in: 0..<200, using: &random) << 20)
            // First they grow, then they shrink.
            let worker = Int32.random(in: 0..<5_000, using: &random) > step ? step : nil
            table[connection] = worker
            reference[connection] = worker
            let other = ConnectionID(UInt64.random(in: 0..<200, using: &random) << 20)
            #expect(table[other] == reference[other])
            #expect(table.count == reference.count)
        }
    }

    /// Sessions come in order and end in any; one that is older than all others may come back.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func sessions(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var places = SessionPlaces()
        var reference: [Int64: Int] = [:]
        for number in 1..<6_000 as Range<Int64> {
            places.insert(number, at: Int(number) % 1_000)
            reference[number] = Int(number) % 1_000
            let other = Int64.random(in: max(1, number - 50)...number, using: &random)
            #expect(places.remove(other) == reference.removeValue(forKey: other))
            let old = max(1, number - Int64.random(in: 0..<3_000, using: &random))
            if number % 500 == 0, reference[old] == nil {
                places.insert(old, at: 7)
                reference[old] = 7
            }
            #expect(places[other] == reference[other])
            #expect(places[old] == reference[old])
            #expect(places.count == reference.count)
        }
        #expect(places.numbers == reference.keys.sorted())
    }

    /// Of some that fit into a word, and of more.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func demands(seed: UInt64) {
        let count: Int32 = seed % 2 == 0 ? 64 : 200
        var random = SeededGenerator(seed: seed)
        var set = DemandSet()
        var reference: Set<Int32> = []
        for _ in 0..<300 {
            var other = DemandSet()
            var others: Set<Int32> = []
            for _ in 0..<Int.random(in: 0..<20, using: &random) {
                let demand = Int32.random(in: 0..<count, using: &random)
                other.insert(demand)
                others.insert(demand)
            }
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                set.subtract(other)
                reference.subtract(others)
            case 1:
                set.formIntersection(other)
                reference.formIntersection(others)
            default:
                set.formUnion(other)
                reference.formUnion(others)
            }
            if let demand = others.min() {
                set.remove(demand)
                reference.remove(demand)
            }
            var found: [Int32] = []
            var next: Int32 = 0
            while let demand = set.first(from: next) {
                found.append(demand)
                next = demand + 1
            }
            #expect(found == reference.sorted())
        }
    }
}
