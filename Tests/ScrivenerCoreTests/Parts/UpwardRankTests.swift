// Ranks against a plain recursion, in slices and while the graph grows.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct UpwardRankTests {
    /// A graph under construction.
    private struct Sketch {
        var classOf: [Int32] = []
        var dependencies: [Int32] = []
        var ends: [Int32] = []

        mutating func add(_ taskClass: Int32, after row: [Int] = []) {
            classOf.append(taskClass)
            dependencies.append(contentsOf: row.map(Int32.init))
            ends.append(Int32(dependencies.count))
        }

        var graph: RankedGraph {
            RankedGraph(classOf: classOf, dependencies: dependencies, dependencyEnds: ends)
        }

        /// Longest paths in nanoseconds, by relaxing until nothing moves.
        func paths(_ estimates: [TimeSpan]) -> [Int64] {
            var paths = classOf.map { estimates[Int($0)].nanoseconds }
            var moved = true
            while moved {
                moved = false
                for task in paths.indices {
                    for edge in graph.row(task) {
                        let dependency = Int(dependencies[edge])
                        let cost = estimates[Int(classOf[dependency])].nanoseconds
                        if paths[task] + cost > paths[dependency] {
                            paths[dependency] = paths[task] + cost
                            moved = true
                        }
                    }
                }
            }
            return paths
        }

        /// Tasks in no topological order: the numbers are shuffled.
        static func random(_ count: Int, _ random: inout SeededGenerator) -> Sketch {
            let numbers = Array(0..<count).shuffled(using: &random)
            var rows = [[Int]](repeating: [], count: count)
            for place in 1..<count {
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    rows[numbers[place]].append(numbers[Int.random(in: 0..<place, using: &random)])
                }
            }
            var sketch = Sketch()
            for row in rows { sketch.add(.random(in: 0..<3, using: &random), after: row) }
            return sketch
        }
    }

    /// Where tasks stand behind all that they depend on, the short way leads to the same ranks.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func orderedGraphs(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sketch = Sketch()
        for task in 0..<500 {
            let row = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
                task == 0 ? nil : Int.random(in: 0..<task, using: &random)
            }
            sketch.add(.random(in: 0..<3, using: &random), after: row)
        }
        var graph = sketch.graph
        graph.isOrdered = true
        var rank = UpwardRank()
        rank.begin(graph, estimates: estimates)
        while !rank.advance(graph, limit: 77) {}
        let other = ranked(sketch)
        for task in 0..<500 { #expect(rank.remaining(task) == other.remaining(task)) }
        #expect(rank.longest == other.longest)
    }

    private let estimates = [1.0, 7, 0.5].map { TimeSpan.seconds($0) }

    private func ranked(_ sketch: Sketch, slice: Int = 100) -> UpwardRank {
        var rank = UpwardRank()
        rank.begin(sketch.graph, estimates: estimates)
        while !rank.advance(sketch.graph, limit: slice) {}
        return rank
    }

    private func agrees(_ rank: UpwardRank, _ sketch: Sketch) -> Bool {
        let paths = sketch.paths(estimates)
        return paths.indices.allSatisfy {
            // Each task of a path may be cut down by less than a unit.
            let told = rank.remaining($0).nanoseconds
            let slack = Int64(sketch.classOf.count) * rank.unit.nanoseconds
            return told <= paths[$0] + slack && told >= paths[$0] - slack
        }
    }

    /// A report over two searches: the search that leads to the long analysis goes first.
    @Test func theLongestPathCounts() {
        var sketch = Sketch()
        sketch.add(0)
        sketch.add(0)
        sketch.add(1, after: [1])
        sketch.add(2, after: [0, 2])
        let rank = ranked(sketch)
        let told = (0..<4).map { (rank.remaining($0).seconds * 1_000).rounded() / 1_000 }
        #expect(told == [1.5, 8.5, 7.5, 0.5])
        #expect(rank.longest == rank.remaining(1))
    }

    /// Any graph, cut into slices of any size: the ranks of the plain recursion, and the same to
    /// the last bit.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func slicesMakeNoDifference(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sketch = Sketch.random(Int.random(in: 2...300, using: &random), &random)
        let whole = ranked(sketch, slice: .max / 2)
        let sliced = ranked(sketch, slice: Int.random(in: 1...50, using: &random))
        #expect(agrees(whole, sketch))
        for task in sketch.classOf.indices {
            #expect(whole.remaining(task) == sliced.remaining(task))
        }
    }

    /// While a pass runs, tasks are still dispatched: by the old ranks, complete.
    @Test func oldRanksStayReadable() {
        var random = SeededGenerator(seed: 1)
        let sketch = Sketch.random(200, &random)
        var rank = ranked(sketch)
        let before = (0..<200).map(rank.remaining)
        rank.begin(sketch.graph, estimates: estimates.map { TimeSpan.seconds($0.seconds * 3) })
        var slices = 0
        while !rank.advance(sketch.graph, limit: 10) {
            slices += 1
            #expect((0..<200).map(rank.remaining) == before)
        }
        #expect(slices >= 2 * 200 / 10 - 1)
        let ratio = rank.remaining(0).seconds / before[0].seconds
        #expect(abs(ratio - 3) < 0.001)
    }

    /// Estimates move a little with every sample; the order of a million tasks must not.
    @Test func aPassIsDueOnlyAfterALargeMove() {
        var sketch = Sketch()
        for _ in 0..<3 { sketch.add(0) }
        var rank = ranked(sketch)
        #expect(!rank.isDue(for: estimates))
        #expect(!rank.isDue(for: [.seconds(1.99), .seconds(3.6), .seconds(0.5)]))
        #expect(rank.isDue(for: [.seconds(2.01), .seconds(7), .seconds(0.5)]))
        #expect(rank.isDue(for: [.seconds(1), .seconds(3.4), .seconds(0.5)]))
        rank.begin(sketch.graph, estimates: estimates)
        #expect(!rank.isDue(for: [.seconds(100), .seconds(7), .seconds(0.5)]), "one runs")
    }

    /// An agent adds tasks behind itself: ranked at once, without another pass.
    @Test func growthBehindAnEndedTask() {
        var sketch = Sketch()
        sketch.add(0)
        var rank = ranked(sketch)
        sketch.add(1, after: [0, 2])
        sketch.add(2, after: [0])
        rank.grow(sketch.graph, estimates: estimates, isOpen: { _ in false })
        #expect(!rank.isDue(for: estimates))
        #expect(abs(rank.remaining(1).seconds - 7) < 0.01)
        #expect(abs(rank.remaining(2).seconds - 7.5) < 0.01)
    }

    /// Tasks are added behind one that still waits: it has become more urgent.
    @Test func growthBehindAnOpenTask() {
        var sketch = Sketch()
        sketch.add(2)
        sketch.add(0, after: [0])
        var rank = ranked(sketch)
        sketch.add(1, after: [1])
        rank.grow(sketch.graph, estimates: estimates, isOpen: { _ in true })
        #expect(rank.isDue(for: estimates))
        rank.begin(sketch.graph, estimates: estimates)
        while !rank.advance(sketch.graph, limit: 1) {}
        #expect(agrees(rank, sketch))
        #expect(!rank.isDue(for: estimates))
    }

    /// Growth at any moment, also in the middle of a pass, of any size: after the passes that are
    /// due, the ranks are those of the whole graph.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func growthAtAnyMoment(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sketch = Sketch.random(50, &random)
        var rank = UpwardRank()
        rank.grow(sketch.graph, estimates: estimates, isOpen: { _ in true })
        for _ in 0..<20 {
            if rank.isDue(for: estimates) { rank.begin(sketch.graph, estimates: estimates) }
            _ = rank.advance(sketch.graph, limit: Int.random(in: 1...120, using: &random))
            let size = [1, 5, 40, 1_100].randomElement(using: &random) ?? 1
            for _ in 0..<size {
                let count = sketch.classOf.count
                let row = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                    Int.random(in: 0..<count, using: &random)
                }
                sketch.add(.random(in: 0..<3, using: &random), after: row)
            }
            rank.grow(sketch.graph, estimates: estimates, isOpen: { _ in true })
            #expect(rank.count == sketch.classOf.count)
        }
        while rank.phase != .idle || rank.isDue(for: estimates) {
            if rank.isDue(for: estimates) { rank.begin(sketch.graph, estimates: estimates) }
            _ = rank.advance(sketch.graph, limit: 500)
        }
        #expect(agrees(rank, sketch))
    }

    /// A chain of 100,000 tasks of a day each: no recursion, no overflow.
    @Test func aLongChain() {
        var sketch = Sketch()
        sketch.add(0)
        for task in 1..<100_000 { sketch.add(0, after: [task - 1]) }
        var rank = UpwardRank()
        rank.begin(sketch.graph, estimates: [.seconds(86_400)])
        while !rank.advance(sketch.graph, limit: 5_000) {}
        let days = rank.remaining(0).seconds / 86_400
        #expect(abs(days / 100_000 - 1) < 0.01)
        #expect(rank.remaining(0) > rank.remaining(1))
    }
}
