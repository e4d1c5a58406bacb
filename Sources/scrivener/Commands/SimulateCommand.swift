// `scrivener simulate`: the coordinator's and the workers' machines in a seeded world with faults.
// For whoever changes them; it talks to no coordinator. `docs/simulator.md` tells the rest.

import ArgumentParser
import FoundationEssentials
import ScrivenerModel
import ScrivenerSimulator
import ScrivenerTopology

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the machines in a simulated pool with faults, and check every promise.",
        discussion: """
            A seed stands for one run, byte for byte. With --seed the digest of everything that \
            happened is printed; it is the same in every process. With --seeds many run, on all \
            cores. A broken promise is told with its story, and the exit code is 3.
            """)

    @Option(help: ArgumentHelp("Run this seed.", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Run these seeds, both ends included.", valueName: "first..last"))
    var seeds: SeedRange?

    @Flag(help: "Print everything that happens. Only with --seed.")
    var trace = false

    @Option(help: "What is submitted: mixed, random, fan, chain or diamonds.")
    var workload: WorkloadName = .mixed

    @Option(
        help: ArgumentHelp(
            "Submit this workflow: JSON, or gzipped JSON, as Benchmarks/dags/README.md tells.",
            valueName: "file"))
    var dag: String?

    @Option(
        help: ArgumentHelp(
            "The workers are those of this description, instead of some that the seed draws.",
            valueName: "file"), completion: .file(extensions: PlanDocument.extensions))
    var topology: String?

    @Option(
        help: ArgumentHelp(
            "Faults: swarm (each seed has some), none, or names separated by commas.",
            valueName: "faults"))
    var faults: FaultList = .init(selection: .swarm)

    @Flag(help: "Pass every message through its bytes.")
    var wire = false

    func validate() throws {
        guard (seed == nil) != (seeds == nil) else {
            throw ValidationError("Give either --seed or --seeds.")
        }
        guard !trace || seed != nil else { throw ValidationError("--trace is for one --seed.") }
    }

    mutating func run() async throws {
        var options = SimulationOptions(seed: seed ?? 0)
        options.faults = faults.selection
        options.throughWire = wire
        options.workload = workload.workload
        if let dag { options.workload = .workflow(try Self.workflow(at: dag)) }
        if let topology { options.pools = try Self.pools(in: topology) }
        if let seeds {
            try await run(seeds.range, options)
        } else {
            try runOne(options)
        }
    }

    private static func pools(in path: String) throws -> [SimulatedPool] {
        try TopologyDocument.read(path).pools.map { pool in
            SimulatedPool(
                specification: pool.specification, replicas: pool.replicas,
                offers: pool.offers.map {
                    AgentOffer(
                        name: $0.name, capabilities: $0.capabilities, tags: pool.tags,
                        slots: Int32(pool.slots))
                })
        }
    }

    static func workflow(at path: String) throws -> WorkflowGraph {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("\(path) cannot be read")
        }
        do {
            return try WorkflowGraph(bytes: [UInt8](data))
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
    }

    // MARK: One

    private func runOne(_ options: SimulationOptions) throws {
        let report = Simulation.run(options, isTraced: trace)
        for line in report.trace { Self.print(line) }
        let names = report.faults.map(\.rawValue).joined(separator: " ")
        Self.print(
            "seed \(report.seed): \(report.eventCount) events, \(report.sessionCount) sessions, "
                + "\(report.attemptCount) attempts, \(report.virtualTime.milliseconds) ms; "
                + "faults: \(names.isEmpty ? "none" : names)")
        Self.print("digest \(Self.hexadecimal(report.digest))")
        try Self.fail(for: report.violations.isEmpty ? [] : [report])
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: Many

    private func run(_ range: ClosedRange<UInt64>, _ options: SimulationOptions) async throws {
        let width = ProcessInfo.processInfo.activeProcessorCount
        let campaign = SimulationCampaign(seeds: range, options: options, width: width)
        let begun = ContinuousClock.now
        let shows = StandardStream.error.isTerminal
        let summary = await campaign.run { summary in
            guard shows else { return }
            StandardStream.error.write("\r\(summary.seedCount) of \(range.count) seeds")
        }
        if shows { StandardStream.error.write("\r\u{1B}[K") }
        let seconds = (ContinuousClock.now - begun) / .seconds(1)
        Self.print(
            "\(summary.seedCount) seeds, \(summary.failures.count) of them failing; "
                + "\(summary.eventCount) events, \(summary.sessionCount) sessions, "
                + "\(summary.attemptCount) attempts; \(Int((seconds * 10).rounded()) / 10) s")
        let probed = summary.explanations.sorted { $0.key.rawValue < $1.key.rawValue }
        let reasons = probed.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
        let total = probed.reduce(0) { $0 + $1.value }
        Self.print("\(total) explanations put to the test: \(reasons.isEmpty ? "none" : reasons)")
        try Self.fail(for: summary.failures)
    }

    /// How many failing seeds are told in full.
    private static let maximumStories = 3

    private static func fail(for failures: [SimulationReport]) throws {
        guard !failures.isEmpty else { return }
        for (index, report) in failures.enumerated() {
            guard let first = report.violations.first else { continue }
            let names = report.faults.map(\.rawValue).joined(separator: " ")
            print("")
            print("seed \(report.seed) breaks the rule of \(first.rule.rawValue): \(first.text)")
            guard index < maximumStories else { continue }
            print("  faults: \(names.isEmpty ? "none" : names)")
            for line in report.story { print("  " + line) }
        }
        let seeds = failures.prefix(5).map { "\($0.seed)" }.joined(separator: ", ")
        throw CommandFailure(
            "\(failures.count) seed\(failures.count == 1 ? "" : "s") broke a promise: \(seeds)",
            hint: "All that happens in one: scrivener simulate --seed N --trace, with the other "
                + "options as they were",
            status: .finishedWithFailures)
    }

    private static func print(_ line: String) { StandardStream.output.write(line + "\n") }
}

/// `first..last`.
struct SeedRange: ExpressibleByArgument {
    let range: ClosedRange<UInt64>

    init?(argument: String) {
        guard let dots = argument.firstRange(of: ".."),
            let first = UInt64(argument[..<dots.lowerBound]),
            let last = UInt64(argument[dots.upperBound...]), first <= last
        else { return nil }
        range = first...last
    }
}

/// What is submitted, by name.
enum WorkloadName: String, CaseIterable, ExpressibleByArgument {
    case mixed, random, fan, chain, diamonds

    var workload: Workload {
        GraphShape(rawValue: rawValue).map(Workload.shape) ?? .mixed
    }
}

/// Faults by name.
struct FaultList: ExpressibleByArgument {
    let selection: FaultSelection

    init(selection: FaultSelection) { self.selection = selection }

    init?(argument: String) {
        switch argument {
        case "swarm": selection = .swarm
        case "none": selection = .none
        default:
            let kinds = argument.split(separator: ",").map { FaultKind(rawValue: String($0)) }
            guard !kinds.isEmpty, kinds.allSatisfy({ $0 != nil }) else { return nil }
            selection = .only(kinds.compactMap(\.self))
        }
    }

    var defaultValueDescription: String { "swarm" }

    static var allValueStrings: [String] {
        ["swarm", "none"] + FaultKind.allCases.map(\.rawValue)
    }
}
