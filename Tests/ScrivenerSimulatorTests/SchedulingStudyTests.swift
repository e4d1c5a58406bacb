// The study of order and placement: its yardsticks on problems whose best schedule is known, that
// nothing in it depends on anything but the seed, and that the real core keeps its bars.

import FoundationEssentials
import ScrivenerModel
import Testing

@testable import ScrivenerCore
@testable import ScrivenerSimulator

@Suite struct SchedulingStudyTests {
    /// Tasks as "id type seconds dependencies…", one a line.
    private func workflow(_ lines: String...) throws -> WorkflowGraph {
        let tasks = lines.map { line -> String in
            let words = line.split(separator: " ")
            let dependencies = words.dropFirst(3).map { #""\#($0)""# }.joined(separator: ",")
            return #"{"id":"\#(words[0])","type":"\#(words[1])","runtime":\#(words[2]),"#
                + #""deps":[\#(dependencies)]}"#
        }
        let json = #"{"name":"test","tasks":[\#(tasks.joined(separator: ","))]}"#
        return try WorkflowGraph(bytes: Array(json.utf8))
    }

    private func recorded(_ name: String) throws -> WorkflowGraph {
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(package)/Benchmarks/dags/\(name).json.gz"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        return try WorkflowGraph(bytes: [UInt8](bytes))
    }

    private func problem(
        _ graph: WorkflowGraph, slots: Int, seed: UInt64 = 1
    ) -> SchedulingProblem {
        var random = SeededGenerator(seed: seed)
        return SchedulingProblem(graph, slots: slots, random: &random)
    }

    private func clairvoyant(_ problem: SchedulingProblem, _ schedules: Int = 20) -> Int64 {
        var random = SeededGenerator(seed: 5)
        return ClairvoyantSchedule.makespan(of: problem, schedules: schedules, random: &random)
    }

    // MARK: The problem

    @Test func theOrderOfSubmissionFollowsTheEdges() throws {
        let graph = try recorded("montage-1000")
        for seed in UInt64(1)...3 {
            let problem = problem(graph, slots: 8, seed: seed)
            #expect(problem.count == graph.tasks.count)
            for task in problem.types.indices {
                #expect(problem.dependencies[task].allSatisfy { $0 < task })
            }
            let edges = (problem.dependencies, problem.dependants)
            #expect(edges.0.joined().count == edges.1.joined().count)
        }
    }

    /// Noise changes single run times by a fifth, and all of them together by little.
    @Test func noiseIsNoise() throws {
        let graph = try recorded("blast-1000")
        let (first, second) = (problem(graph, slots: 8), problem(graph, slots: 8, seed: 2))
        #expect(first.runTimes.sorted() != second.runTimes.sorted())
        let recorded = graph.tasks.reduce(0) { $0 + $1.runTime.seconds } * 1e6
        for problem in [first, second] {
            let sum = Double(problem.runTimes.reduce(0, +))
            #expect(abs(sum / recorded - 1.02) < 0.03)
        }
        var random = SeededGenerator(seed: 9)
        let draws = (0..<20_000).map { _ in random.normal() }
        let squares = draws.reduce(0) { $0 + $1 * $1 } / Double(draws.count)
        #expect(abs(squares - 1) < 0.03)
        #expect(abs(draws.reduce(0, +) / Double(draws.count)) < 0.03)
    }

    // MARK: Yardsticks

    /// A chain runs on the fastest worker, whoever else is there.
    @Test func aChainTakesTheTopSpeed() throws {
        let problem = problem(
            try workflow("a x 40", "b x 40 a", "c x 40 b"), slots: 8)
        let best = problem.runTimes.reduce(0) { $0 + $1 / 4 }
        #expect(clairvoyant(problem) == best)
        #expect(abs(LowerBound.of(problem) - best) <= 3)
    }

    /// Five tasks on four slots: four on the fastest one after another, or three and two; which is
    /// best follows from the lengths, so all assignments are tried.
    @Test(arguments: UInt64(1)...12) func independentTasksAreScheduledBest(seed: UInt64) throws {
        let graph = try workflow("a x 30", "b x 50", "c x 20", "d x 80", "e x 40")
        let problem = problem(graph, slots: 4, seed: seed)
        var best = Int64.max
        for code in 0..<1_024 {
            var ends = [Int64](repeating: 0, count: 4)
            for task in 0..<5 {
                let worker = (code >> (2 * task)) & 3
                ends[worker] += problem.runTime(of: task, on: worker)
            }
            best = min(best, ends.max() ?? 0)
        }
        let found = clairvoyant(problem, 400)
        #expect(found >= best)
        #expect(Double(found) <= 1.05 * Double(best))
        #expect(LowerBound.of(problem) <= best)
    }

    /// A task in a gap: the short ones fit before the slot is needed.
    @Test func nothingIsShorterThanTheBound() throws {
        for name in ["epigenomics-100", "montage-1000", "soykb-1000"] {
            let problem = problem(try recorded(name), slots: 32)
            let (bound, best) = (LowerBound.of(problem), clairvoyant(problem, 10))
            // Each run time is cut to whole nanoseconds, the bound is not.
            #expect(bound <= best + Int64(problem.count))
            #expect(Double(best) < 1.1 * Double(bound), "\(name)")
            for placement in [GreedySchedule.Placement.leastLoaded, .fastest, .random] {
                let greedy = GreedySchedule.makespan(of: problem, .fifo, placement, seed: 1)
                #expect(greedy >= best)
            }
        }
    }

    /// One of four is idle: it gets the task, whatever its speed; the fastest is somebody's choice.
    @Test func thoseWhoThinkOfNothing() throws {
        let problem = problem(try workflow("a x 100"), slots: 4)
        let time = problem.runTimes[0]
        #expect(GreedySchedule.makespan(of: problem, .fifo, .leastLoaded, seed: 1) == time)
        #expect(GreedySchedule.makespan(of: problem, .fifo, .fastest, seed: 1) == time / 4)
        let drawn = Set(
            (UInt64(1)...40).map {
                GreedySchedule.makespan(of: problem, .random, .random, seed: $0)
            })
        #expect(drawn == [time, time / 2, time / 4])
    }

    // MARK: The core

    @Test func theCoreRunsEveryTaskOnce() throws {
        let problem = problem(try recorded("epigenomics-100"), slots: 8)
        var experiment = CoreExperiment(for: problem, seed: 1)
        let first = experiment.run(problem, statesRunTimes: false)
        #expect(first >= LowerBound.of(problem))
        #expect(experiment.dispatched == problem.count)
        #expect(experiment.run(problem, statesRunTimes: true) >= LowerBound.of(problem))
        #expect(experiment.dispatched == 2 * problem.count)
    }

    @Test func aRowFollowsFromItsSeed() throws {
        let graph = try recorded("epigenomics-100")
        var study = SchedulingStudy()
        study.schedules = 10
        let row = study.run(graph, slots: 8, seed: 7)
        #expect(row == study.run(graph, slots: 8, seed: 7))
        #expect(row.makespans != study.run(graph, slots: 8, seed: 8).makespans)
        #expect(SchedulingStudy.Policy.allCases.allSatisfy { row.makespan($0) >= row.lowerBound })
    }

    // MARK: The report

    private func row(
        _ graph: String, _ slots: Int, _ makespans: [Double]
    ) -> SchedulingStudy.Row {
        SchedulingStudy.Row(
            graph: graph, slots: slots, seed: 1, lowerBound: .seconds(0.5),
            clairvoyant: .seconds(1), makespans: makespans.map(TimeSpan.seconds))
    }

    @Test func figuresAreWhatTheyAreCalled() {
        let report = SchedulingReport([
            row("a", 8, [2, 2, 2, 2, 1, 1]), row("a", 8, [4, 2, 2, 2, 3, 1]),
            row("a", 8, [4, 2, 2, 2, 2, 1]), row("b", 8, [1, 1, 1, 1, 1.5, 8]),
        ])
        #expect(abs(report.meanRatio(.informed) - 1.681_792_8) < 1e-6)
        #expect(abs(report.meanRatio(.random) - 1.681_792_8) < 1e-6)
        // 1/2, 3/4, 1/2 and 3/2.
        #expect(abs(report.meanRatio(.warm, to: .fifo) - 0.728_237_7) < 1e-6)
        #expect(report.worstMedian(.warm, to: .fifo) == 1.5)
        #expect(Statistics.median([3, 1, 2]) == 2)
        #expect(Statistics.median([4, 1, 2, 3]) == 2.5)
    }

    @Test func theTableIsMarkdown() {
        let report = SchedulingReport([row("a", 8, [1.25, 1, 1, 1, 1, 1])])
        let tables = report.markdown.split(separator: "\n\n").map { $0.split(separator: "\n") }
        #expect(tables.map(\.count) == [4, 5])
        #expect(
            tables[0][2]
                == "| a | 8 | 1.00 | 0.500 | 1.250 | 1.000 | 1.000 | 1.000 | 1.000 | 1.000 |")
        #expect(tables[1][3] == "| warm ÷ FIFO | 0.800 | 0.800 |")
        for lines in tables {
            #expect(Set(lines.map { $0.filter { $0 == "|" }.count }).count == 1)
        }
    }
}
