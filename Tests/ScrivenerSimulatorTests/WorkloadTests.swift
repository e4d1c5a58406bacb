// What is submitted: shapes, and recorded workflows from their files.

import FoundationEssentials
import ScrivenerModel
import Testing

@testable import ScrivenerCore
@testable import ScrivenerSimulator

@Suite struct WorkloadTests {
    @Test(arguments: GraphShape.allCases) func everyShapeRuns(shape: GraphShape) {
        for seed in UInt64(1)...6 {
            var options = SimulationOptions(seed: seed)
            options.workload = .shape(shape)
            let report = Simulation.run(options)
            #expect(report.violations.isEmpty, told(report))
        }
    }

    @Test(arguments: GraphShape.allCases) func edgesPointBack(shape: GraphShape) {
        var random = SeededGenerator(seed: 3)
        for count in 1...20 {
            let edges = shape.edges(count: count, random: &random)
            #expect(edges.count == count)
            for (task, dependencies) in edges.enumerated() {
                #expect(dependencies.allSatisfy { $0 >= 0 && $0 < task })
                #expect(Set(dependencies).count == dependencies.count)
            }
        }
    }

    @Test(arguments: ["epigenomics-100", "montage-1000", "blast-1000", "soykb-1000"])
    func recordedWorkflowsAreRead(name: String) throws {
        let graph = try Self.workflow(name)
        let counts = [
            "epigenomics-100": 97, "montage-1000": 991, "blast-1000": 998, "soykb-1000": 992,
        ]
        #expect(graph.tasks.count == counts[name])
        #expect(graph.tasks.allSatisfy { $0.runTime > .zero || $0.runTime == .zero })
    }

    @Test func aRecordedWorkflowRuns() throws {
        var options = SimulationOptions(seed: 1)
        options.faults = .none
        options.workload = .workflow(try Self.workflow("epigenomics-100"))
        let report = Simulation.run(options)
        #expect(report.violations.isEmpty, told(report))
        #expect(report.attemptCount == 97)
    }

    /// Whoever has described a cluster sees what becomes of it under faults: its workers are there, and no
    /// others but the one that helps at the end.
    @Test func `The workers may be those of a described cluster`() {
        func pool(_ name: String, replicas: Int, _ offers: [AgentOffer]) -> SimulatedPool {
            SimulatedPool(
                specification: PoolSpecification(
                    name: name, minimum: replicas, maximum: replicas + 1,
                    agents: offers.map(\.name), tags: ["gpu"],
                    resources: [ResourceAmount(name: "gpu", amount: 2)]),
                replicas: replicas, offers: offers)
        }
        for seed in UInt64(1)...12 {
            var options = SimulationOptions(seed: seed)
            options.pools = [
                pool(
                    "a", replicas: 2,
                    [AgentOffer(name: "x", capabilities: ["one", "two"], tags: ["gpu"], slots: 2)]),
                pool("b", replicas: 1, [AgentOffer(name: "y", capabilities: [], slots: 1)]),
            ]
            let world = World(options, isTracing: false)
            #expect(world.scenario.workers.map(\.name) == ["a/1", "a/2", "b/1"])
            #expect(world.scenario.types.allSatisfy { ["one", "two", "y"].contains($0.name) })
            let report = Simulation.run(options)
            #expect(report.violations.isEmpty, told(report))
            #expect(report.attemptCount > 0)
        }
    }

    @Test func brokenFilesAreRefused() {
        #expect(throws: WorkflowError.self) { try WorkflowGraph(bytes: Array("{}".utf8)) }
        #expect(throws: WorkflowError.self) { try WorkflowGraph(bytes: Array("{".utf8)) }
        #expect(throws: WorkflowError.self) {
            try WorkflowGraph(bytes: [0x1F, 0x8B, 8] + Array(repeating: 0, count: 40))
        }
        let unknown = #"{"tasks":[{"id":"a","type":"t","runtime":1,"deps":["b"]}]}"#
        #expect(throws: WorkflowError.unknownDependency("b", of: "a")) {
            try WorkflowGraph(bytes: Array(unknown.utf8))
        }
    }

    /// Any byte may be wrong: an error, never a trap.
    @Test func damagedFilesAreRefused() throws {
        let bytes = try Self.file("epigenomics-100")
        var random = SeededGenerator(seed: 5)
        for _ in 0..<60 {
            var damaged = bytes
            damaged[random.below(damaged.count)] ^= UInt8(1 << random.below(8))
            if random.chance(0.3) { damaged = Array(damaged.prefix(random.below(damaged.count))) }
            _ = try? WorkflowGraph(bytes: damaged)
        }
    }

    /// When all has ended, the machine's tables are as they were before anything began.
    @Test func nothingIsLeftBehind() throws {
        for seed in UInt64(1)...20 {
            let world = World(SimulationOptions(seed: seed), isTracing: false)
            world.run()
            let core = try #require(world.coordinator?.core)
            #expect(core.sessions.count == 0 && core.sessionNumbers.isEmpty)
            #expect(core.changed.isEmpty)
            #expect(core.dispatcher.isEmpty)
            #expect(core.registry.runningCount == 0 && core.registry.prefetchedCount == 0)
            #expect(core.registry.workers.allSatisfy { $0.held.isEmpty })
            #expect(core.registry.instances.allSatisfy { $0.used == 0 })
        }
    }

    private static func file(_ name: String) throws -> [UInt8] {
        var path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        path = "/\(path)/Benchmarks/dags/\(name).json.gz"
        return [UInt8](try #require(FileManager.default.contents(atPath: path)))
    }

    private static func workflow(_ name: String) throws -> WorkflowGraph {
        try WorkflowGraph(bytes: try file(name))
    }
}
