// `scrivener-worker`: reads its options, assembles its agents, built-in ones and programs, and runs.

import ArgumentParser
import Logging
import ScrivenerAgentKit
import ScrivenerAgents
import ScrivenerModel
import ScrivenerOptions
import ScrivenerShell
import ScrivenerTracing
import ScrivenerWorker

@main
struct ScrivenerWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrivener-worker",
        abstract: "Holds agents, joins a coordinator's pool, and executes tasks.",
        version: SoftwareVersion.current)

    @Option(help: "Where the coordinator listens for workers.")
    var coordinator = "tcp://127.0.0.1:7412"

    @Option(
        help: """
            This worker's name: stable across restarts, unique among workers, or in its pool. A \
            replica of a pool that is given none makes one, and keeps it in its data folder.
            """)
    var id: String?

    @Option(help: "The pool that this worker is a replica of; its id is then POOL/NAME.")
    var pool: String?

    @Option(help: "A folder of the worker's own; without one, nothing is remembered.")
    var data: String?

    @Option(help: "How many tasks each agent executes at once.")
    var slots: Int32 = 4

    @Option(help: "The folder of documents that the research agent searches.")
    var corpus: String?

    @Option(
        help: """
            The agents to hold, separated by commas: \
            \(BuiltInAgents.names.joined(separator: ", ")). All but echo by default; research \
            needs --corpus.
            """)
    var agents: String?

    @Option(
        help: ArgumentHelp(
            "A YAML or JSON file of programs that are agents, beside those of --agents.",
            valueName: "file"))
    var execAgents: String?

    @Option(
        name: .customLong("tag"),
        help: "A tag of this worker's agents, for tasks that ask for it. May be given often.")
    var tags: [String] = []

    @Option(
        name: .customLong("resource"),
        help: ArgumentHelp(
            "What tasks may take of this worker beside slots, such as gpu=2. May be given often.",
            valueName: "name=amount"),
        transform: Self.resource)
    var resources: [ResourceAmount] = []

    @Option(help: "Seconds between two questions to an agent how it is.")
    var healthCheckSeconds = 30.0

    @Option(help: "Seconds to work on when the coordinator is not heard.")
    var orphanGraceSeconds = 60.0

    @Option(
        help: "Seconds that tasks may take to end when it is told to stop; then they are cancelled."
    )
    var drainSeconds = 8.0

    @Option(help: "How large a message may be, in bytes: as the coordinator has it.")
    var maxMessageBytes = 8 << 20

    @Option(help: "How many times as long its echo agent takes: to try out a pool.")
    var echoSlowdown = 1.0

    @Option(help: "How many of 100 attempts its echo agent fails: to try out a pool.")
    var echoFailurePercent = 0.0

    @OptionGroup(title: "Keys")
    var keys: KeyOptions

    @OptionGroup(title: "Metrics")
    var metrics: MetricsOptions

    @OptionGroup(title: "Traces")
    var tracing: TracingOptions

    @Option(help: "How much is logged.")
    var logLevel: Logger.Level = .info

    @OptionGroup var layers: LayerOptions

    static func main() async { await LayeredProgram.main(Self.self, program: "worker") }

    func validate() throws {
        guard id != nil || pool != nil else {
            throw ValidationError("A worker needs --id, or --pool.")
        }
        for (option, seconds) in [
            ("--health-check-seconds", healthCheckSeconds),
            ("--orphan-grace-seconds", orphanGraceSeconds),
        ] where !(1...86_400).contains(seconds) {
            throw ValidationError("\(option) must be 1…86400, not \(seconds)")
        }
        guard (0...86_400).contains(drainSeconds) else {
            throw ValidationError("--drain-seconds must be 0…86400, not \(drainSeconds)")
        }
        guard (0.01...1_000).contains(echoSlowdown) else {
            throw ValidationError("--echo-slowdown must be 0.01…1000, not \(echoSlowdown)")
        }
        guard (0...100).contains(echoFailurePercent) else {
            throw ValidationError(
                "--echo-failure-percent must be 0…100, not \(echoFailurePercent)")
        }
    }

    func run() async throws {
        let logger = LogSetup.bootstrap(label: "worker", level: logLevel)
        do {
            var settings = WorkerSettings(
                coordinator: coordinator,
                workerID: try ReplicaName.workerID(pool: pool, name: id, dataDirectory: data),
                dataDirectory: data, slots: slots, tags: tags, resources: resources,
                healthCheckInterval: .seconds(healthCheckSeconds),
                orphanGrace: .seconds(orphanGraceSeconds), maximumMessageBytes: maxMessageBytes,
                security: keys.security)
            let programs = try execAgents.map { try ExecAgentFile.read($0) } ?? []
            settings.drainTimeout = .seconds(drainSeconds)
            // Programs have their grace.
            settings.stopTimeout += programs.map(\.terminationGrace).max() ?? .zero
            let agents = try chosenAgents() + programs.map { ExecAgent($0) }
            // Before the worker: it looks for whoever records spans.
            let export = tracing.begin(
                service: "scrivener-worker", instance: settings.workerID,
                version: SoftwareVersion.current,
                logger: logger)
            let service = TracedService(
                metrics.service(
                    settings: settings, agents: agents, spanExport: export.tally, logger: logger),
                export, logger: logger)
            // The worker itself leaves after its timeouts; what hangs then is cancelled.
            try await Program.run(
                service,
                patience: settings.drainTimeout + settings.stopTimeout + .seconds(0.5)
                    + service.additionalPatience, logger: logger)
        } catch let failure as AgentFailure {
            logger.critical("\(failure.code): \(failure.message)")
            throw ExitCode(Program.configurationExitCode)
        } catch {
            throw ExitCode(Program.exitCode(for: error, logger: logger))
        }
    }

    private static func resource(_ text: String) throws -> ResourceAmount {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let amount = Int64(parts[1]) else {
            throw ValidationError("\(text) is not of the form name=amount.")
        }
        return ResourceAmount(name: String(parts[0]), amount: amount)
    }

    private func chosenAgents() throws -> [any BaseAgent] {
        let names =
            agents?.split(separator: ",").map(String.init)
            ?? BuiltInAgents.defaultNames(hasCorpus: corpus != nil)
        let echo = EchoManners(slowdown: echoSlowdown, failurePercent: echoFailurePercent)
        return try names.map { try BuiltInAgents.make($0, corpus: corpus, echo: echo) }
    }
}
