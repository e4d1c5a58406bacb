// What every worker is told, whatever agents it holds: where its coordinator is, who it is, and how it runs.

import ArgumentParser
import Logging
package import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOptions
import ScrivenerShell
import ScrivenerTracing
import ScrivenerWorker

/// The options of a worker.
package struct WorkerOptions: ParsableArguments {
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

    @Option(help: "How many tasks each agent executes at once, where it does not say so itself.")
    var slots: Int32 = 4

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

    @OptionGroup(title: "Keys")
    var keys: KeyOptions

    @OptionGroup(title: "Metrics")
    var metrics: MetricsOptions

    @OptionGroup(title: "Traces")
    var tracing: TracingOptions

    @Option(help: "How much is logged.")
    var logLevel: Logger.Level = .info

    @OptionGroup var layers: LayerOptions

    package init() {}

    package func validate() throws {
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
    }

    private static func resource(_ text: String) throws -> ResourceAmount {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let amount = Int64(parts[1]) else {
            throw ValidationError("\(text) is not of the form name=amount.")
        }
        return ResourceAmount(name: String(parts[0]), amount: amount)
    }

    // MARK: Running

    /// Runs a worker until it is told to stop.
    ///
    /// - Parameter agents: what it holds, and how long the slowest of them may take to end when it is cancelled.
    ///   What it throws ends the program with the code of wrong settings.
    package func run(_ agents: () throws -> HeldAgents) async throws {
        let logger = LogSetup.bootstrap(label: "worker", level: logLevel)
        let held = try Self.held(agents, logger)
        do {
            var settings = WorkerSettings(
                coordinator: coordinator,
                workerID: try ReplicaName.workerID(pool: pool, name: id, dataDirectory: data),
                dataDirectory: data, slots: slots, tags: tags, resources: resources,
                healthCheckInterval: .seconds(healthCheckSeconds),
                orphanGrace: .seconds(orphanGraceSeconds), maximumMessageBytes: maxMessageBytes,
                security: keys.security)
            settings.drainTimeout = .seconds(drainSeconds)
            settings.stopTimeout += held.endingTime
            // Before the worker: it looks for whoever records spans.
            let export = tracing.begin(
                service: "scrivener-worker", instance: settings.workerID,
                version: SoftwareVersion.current, logger: logger)
            let service = TracedService(
                metrics.service(
                    settings: settings, agents: held.agents, spanExport: export.tally,
                    logger: logger),
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

    package typealias HeldAgents = (agents: [any BaseAgent], endingTime: Duration)

    /// Whatever keeps agents from being made, it will do so with every other start.
    private static func held(
        _ agents: () throws -> HeldAgents, _ logger: Logger
    ) throws -> HeldAgents {
        do {
            return try agents()
        } catch {
            let failure = error as? AgentFailure
            logger.critical("\(failure.map { "\($0.code): \($0.message)" } ?? "\(error)")")
            throw ExitCode(Program.configurationExitCode)
        }
    }
}
