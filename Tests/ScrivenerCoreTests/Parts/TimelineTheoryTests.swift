// Random timelines against what theory says of them, senseless ones, and large ones.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct TimelineTheoryTests {
    /// A list schedule leaves no slot idle while a task could run. So the final chain only waits for
    /// slots, and Graham's theorem holds: no more than 2 − 1/slots times the lower bound.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func listSchedulesKeepGrahamsBound(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let slots = Int.random(in: 1...5, using: &random)
        let sample = ListSchedule.make(
            tasks: Int.random(in: 1...80, using: &random), slots: slots, using: &random)
        let analysis = sample.analysis(slots: ["agent": slots])
        #expect(analysis.overall.peak <= slots)
        let chain = analysis.bottlenecks.finalChain
        #expect(chain.waiting.isNear(0) && chain.handover.isNear(0) && chain.retries == 0)
        #expect((chain.running + chain.slotWait).isNear(analysis.makespan))
        let bound = 2 - 1 / Double(slots)
        #expect(analysis.makespan <= bound * analysis.lowerBound + 1e-6)
        // The critical path is a path, and the lengths of its steps add up to its own.
        let steps = analysis.criticalPathSteps(sample.snapshot)
        #expect(steps.reduce(0) { $0 + $1.runTime }.isNear(analysis.chainBound))
        for (earlier, later) in zip(analysis.criticalPath, analysis.criticalPath.dropFirst()) {
            #expect(sample.tasks[later].dependencies.contains(Int32(earlier)))
        }
        #expect(analysis.chainBound.isNear(ListSchedule.longestPath(sample)))
    }

    /// Whatever stands in a snapshot: clocks that jump, numbers that mean no task, circles.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func noFigureIsEverNegativeOrNone(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let snapshot = Chaos.snapshot(using: &random)
        let context = Chaos.context(using: &random)
        let results = ResultAggregator.aggregate(
            snapshot, annexes: [:], payloads: [:], context: context)
        let diagnostics = SessionDiagnosis.diagnose(snapshot, context: context)
        let performance = results.performance
        let chain = performance.efficiency.bottleneckAnalysis.finalChain
        let parts = [
            chain.running, chain.slotWait, chain.retries, chain.handover, chain.waiting,
        ]
        #expect(parts.allSatisfy { $0 >= 0 })
        if performance.makespan < 1e12 {
            #expect(abs(parts.reduce(0, +) - performance.makespan) < 1e-3)
        }
        #expect(performance.lowerBound <= performance.makespan)
        try Chaos.expectNatural(results.performance)
        try Chaos.expectNatural(results.execution)
        try Chaos.expectNatural(results.agentContributions)
        try Chaos.expectNatural(diagnostics)
    }

    /// A hundred thousand tasks, in a chain and side by side: whatever takes the square of that
    /// does not end.
    @Test(.timeLimit(.minutes(2)), arguments: [1, 100_000])
    func largeSessions(width: Int) {
        var sample = SampleSession()
        for number in 0..<100_000 {
            let row = number / width
            let before = row == 0 ? [] : [Int32(number - width), Int32((row - 1) * width)]
            let begin = Double(row)
            sample.add(
                "t\(number)", type: "type\(number % 10)", after: before,
                SampleSession.ran(begin, begin + 1, by: "agent\(number % 1_000)"))
        }
        let last = Double((100_000 - 1) / width + 1)
        sample.endedAt = last
        let results = sample.results()
        #expect(results.performance.makespan == last)
        #expect(results.performance.lowerBound.isNear(last))
        let diagnostics = SessionDiagnosis.diagnose(sample.snapshot)
        #expect(diagnostics.dependencyGraph.tasks.count == 100_000)
        #expect(diagnostics.issues.isEmpty)
    }
}

/// Schedules without a slot that is idle while a task could run, in whole seconds.
private enum ListSchedule {
    static func make(
        tasks count: Int, slots: Int, using random: inout SeededGenerator
    ) -> SampleSession {
        var dependencies: [[Int32]] = []
        for task in 0..<count {
            let candidates = (0..<task).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            dependencies.append(candidates.suffix(3).map(Int32.init))
        }
        let lengths = (0..<count).map { _ in Int.random(in: 1...9, using: &random) }
        var begins: [Int?] = Array(repeating: nil, count: count)
        var now = 0
        func end(_ task: Int) -> Int? { begins[task].map { $0 + lengths[task] } }
        while begins.contains(nil) {
            for task in 0..<count where begins[task] == nil {
                let running = (0..<count).count {
                    (begins[$0] ?? .max) <= now && (end($0) ?? 0) > now
                }
                let isReady = dependencies[task].allSatisfy { (end(Int($0)) ?? .max) <= now }
                if running < slots, isReady { begins[task] = now }
            }
            now += 1
        }
        var sample = SampleSession(endedAt: Double((0..<count).compactMap(end).max() ?? 0))
        for task in 0..<count {
            let begin = Double(begins[task] ?? 0)
            sample.add(
                "t\(task)", after: dependencies[task],
                SampleSession.ran(begin, begin + Double(lengths[task])))
        }
        return sample
    }

    /// By relaxing until nothing moves.
    static func longestPath(_ sample: SampleSession) -> Double {
        let lengths = sample.tasks.map { $0.executions[0].runTime.seconds }
        var paths = lengths
        var moved = true
        while moved {
            moved = false
            for (task, node) in sample.tasks.enumerated() {
                let before = node.dependencies.map { paths[Int($0)] }.max() ?? 0
                if before + lengths[task] > paths[task] {
                    paths[task] = before + lengths[task]
                    moved = true
                }
            }
        }
        return paths.max() ?? 0
    }
}

/// Snapshots that no coordinator writes.
private enum Chaos {
    static func snapshot(using random: inout SeededGenerator) -> SessionSnapshot {
        var sample = SampleSession(endedAt: nil)
        let count = Int.random(in: 0...12, using: &random)
        for number in 0..<count {
            let status = TaskStatus.allCases.randomElement(using: &random) ?? .ready
            sample.add(
                "t\(number)", type: "type\(number % 2)", status: status,
                after: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    Int32.random(in: -2...Int32(count + 1), using: &random)
                })
        }
        var snapshot = sample.snapshot
        for task in snapshot.tasks.indices {
            snapshot.tasks[task].addedBy = [nil, 0, 1, 99, -3].randomElement(using: &random) ?? nil
            snapshot.tasks[task].executions = (0..<Int.random(in: 0...3, using: &random)).map {
                execution($0, using: &random)
            }
        }
        snapshot.session.endedAt = Bool.random(using: &random) ? wall(using: &random) : nil
        snapshot.session.submittedAt = wall(using: &random)
        return snapshot
    }

    private static func execution(
        _ index: Int, using random: inout SeededGenerator
    ) -> ExecutionSnapshot {
        let spans: [Int64] = [0, -1, .min, .max, 1_500_000_000, 20]
        return ExecutionSnapshot(
            attempt: Int32(index), workerID: "w\(index)",
            agent: ["a", "b", "c"].randomElement(using: &random) ?? "a",
            outcome: ExecutionOutcome.allCases.randomElement(using: &random) ?? .failed,
            failureClass: Bool.random(using: &random)
                ? FailureClass.allCases.randomElement(using: &random) : nil,
            dispatchedAt: wall(using: &random),
            endedAt: Int.random(in: 0..<5, using: &random) == 0 ? nil : wall(using: &random),
            runTime: TimeSpan(nanoseconds: spans.randomElement(using: &random) ?? 0), record: nil)
    }

    private static func wall(using random: inout SeededGenerator) -> WallTime {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: WallTime(millisecondsSince1970: .min)
        case 1: WallTime(millisecondsSince1970: .max)
        case 2: WallTime(millisecondsSince1970: 0)
        default: SampleSession.wall(Double(Int.random(in: 0...40, using: &random)) / 4)
        }
    }

    static func context(using random: inout SeededGenerator) -> TimelineContext {
        TimelineContext(
            now: Bool.random(using: &random) ? wall(using: &random) : nil,
            slots: Bool.random(using: &random) ? ["a": .max, "b": 0, "c": .min] : [:],
            unusualRunTimes: ["type0": TimeSpan(nanoseconds: .min)])
    }

    /// No number in it is negative, infinite or none: JSON has no word for the last two.
    static func expectNatural(_ value: some Encodable) throws {
        let json = try RawJSON(Array(JSONEncoder().encode(value))).value()
        #expect(smallest(json) >= 0)
    }

    private static func smallest(_ value: JSONValue) -> Double {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .array(let elements): elements.map(smallest).min() ?? 0
        case .object(let members): members.map { smallest($0.value) }.min() ?? 0
        default: 0
        }
    }
}
