// `scrivener bench`: what parts of the software cost on this machine. For whoever changes them.

import ArgumentParser
import FoundationEssentials
import ScrivenerSimulator

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure parts of the software on this machine.",
        subcommands: [
            BenchNoopCommand.self, BenchLatencyCommand.self, BenchChainCommand.self,
            BenchFanCommand.self, BenchDAGCommand.self, BenchSessionsCommand.self,
            BenchPayloadCommand.self, BenchRecoverCommand.self, BenchOpenCommand.self,
            BenchBacklogCommand.self, BenchIdleCommand.self, BenchWireCommand.self,
            BenchCurveCommand.self,
            BenchCodecCommand.self, BenchJournalCommand.self, BenchCoreCommand.self,
            BenchSchedulingCommand.self, BenchAutoscalingCommand.self,
        ])
}

struct BenchCoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "core",
        abstract: "Measure the coordinator's machine alone: no network, no disk.",
        discussion: """
            One session, executed by workers that answer at once; an event is the end of one \
            attempt with all that follows from it. Bytes are what the process grew by when all \
            but the last task had ended. Measure release builds.
            """)

    @Option(help: "How many tasks the session has.")
    var tasks = 1_000_000

    @Option(help: "How many others each task depends on.")
    var dependencies = 3

    @Option(help: "How many sessions share the tasks.")
    var sessions = 1

    @Option(help: "How many types of tasks there are.")
    var types = 16

    @Option(help: "How many workers there are.")
    var workers = 8

    @Option(help: "How many slots each of them has.")
    var slots: Int32 = 125

    @Option(help: "How many agents each of them has; types and slots are shared among these.")
    var agents = 1

    @Option(help: "How many results come in one event.")
    var results = 1

    @Option(help: "How often it is measured.")
    var runs = 3

    func validate() throws {
        guard (1...10_000_000).contains(tasks), (0...100).contains(dependencies),
            (1...1_000).contains(results), (1...100).contains(runs)
        else {
            throw ValidationError(
                "--tasks is 1…10,000,000, --dependencies 0…100, --results 1…1,000, --runs 1…100.")
        }
        guard (1...tasks).contains(sessions), (1...4_096).contains(types),
            (1...10_000).contains(workers), (1...10_000).contains(slots),
            (1...types).contains(agents), agents <= slots
        else {
            throw ValidationError(
                "--sessions is 1…tasks, --types 1…4,096, --workers and --slots 1…10,000, "
                    + "--agents 1…types and at most --slots.")
        }
    }

    mutating func run() throws {
        var shape = CoreBenchmark.Shape()
        shape.tasks = tasks
        shape.dependenciesPerTask = dependencies
        shape.resultsPerEvent = results
        shape.sessions = sessions
        shape.types = types
        shape.workers = workers
        shape.slotsPerWorker = slots
        shape.agentsPerWorker = agents
        StandardStream.output.write(
            "tasks      edges      submit ms  ns/event  ns/task  end ms    bytes/task\n")
        for _ in 0..<runs {
            var benchmark = CoreBenchmark(shape)
            let report = benchmark.run(
                seconds: Self.processorSeconds, residentBytes: Self.residentBytes)
            let cells = [
                Self.cell("\(report.tasks)", 10), Self.cell("\(report.edges)", 10),
                Self.cell("\(Int(report.submitSeconds * 1_000))", 10),
                Self.cell("\(Int(report.nanosecondsPerEvent))", 9),
                Self.cell("\(Int(report.nanosecondsPerTask))", 8),
                Self.cell("\(Int(report.endSeconds * 1_000))", 9),
                "\(Int(report.bytesPerTask))",
            ]
            StandardStream.output.write(cells.joined(separator: " ") + "\n")
        }
    }

    private static func cell(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// What this process has used of processors: on a machine that does other things as well, the
    /// time that passed would say little. Nothing here waits for anything.
    static func processorSeconds() -> Double {
        Double(clock()) / Double(CLOCKS_PER_SEC)
    }

    /// Of this process, as the kernel counts them; 0 where it does not say.
    private static func residentBytes() -> Int {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
        let fields = String(decoding: data, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * 4_096
    }
}
