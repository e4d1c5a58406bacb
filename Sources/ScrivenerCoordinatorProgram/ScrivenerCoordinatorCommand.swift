// The coordinator's options, and what runs with them.

import ArgumentParser
import Logging
import ScrivenerCoordinator
import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerOptions
import ScrivenerShell
import ScrivenerStore
import ScrivenerTopology
import ScrivenerTracing

struct ScrivenerCoordinatorCommand: AsyncParsableCommand {
    private static let taskLimits = 1...1_000_000

    static let configuration = CommandConfiguration(
        commandName: CoordinatorProgram.name,
        abstract: "Holds research sessions and dispatches their tasks to workers.",
        version: SoftwareVersion.current)

    @Option(help: "The folder of the journal; made when it is not there.")
    var data: String

    @Option(
        help: ArgumentHelp(
            "A file that describes the cluster: its pools are those that this coordinator knows of.",
            valueName: "file"))
    var topology: String?

    @Option(help: "Where workers connect.")
    var bind = "tcp://127.0.0.1:7412"

    @Option(help: "The address that HTTP listens on.")
    var httpHost = "127.0.0.1"

    @Option(help: "The port that HTTP listens on; 0 picks a free one.")
    var httpPort = 7411

    @OptionGroup(title: "Security")
    var security: SecurityOptions

    @Option(help: "What an acknowledged commit survives.")
    var durability = Durability.full

    @Flag(help: "Refuse plans for agents outside the catalogue.")
    var strictAgents = false

    @Option(help: "The agents and capabilities that plans may ask for, separated by commas.")
    var catalogue: String?

    @Option(help: "Seconds that a worker may be silent before its tasks are given to others.")
    var leaseSeconds = 5.0

    @Option(help: "Which instance takes a task.")
    var placement = PlacementStrategy.performanceAware

    @Option(help: "Which of a session's ready tasks starts first.")
    var ordering = TaskOrdering.criticalPath

    @Option(help: "How many tasks may run at once in the whole pool; no limit when absent.")
    var maxRunningTasks: Int?

    @Option(
        help: ArgumentHelp(
            "How many tasks an agent may run at once in the whole pool. Once for each agent.",
            valueName: "agent=number"),
        transform: {
            try NamedNumber.read($0, option: "--agent-limit", in: Self.taskLimits)
        })
    var agentLimit: [NamedNumber] = []

    @Option(
        help: ArgumentHelp(
            "How much tasks of a type weigh among equals, 0…15. Once for each type.",
            valueName: "type=number"),
        transform: { try NamedNumber.read($0, option: "--type-weight", in: 0...15) })
    var typeWeight: [NamedNumber] = []

    @Option(
        help: ArgumentHelp(
            "Second attempts beside slow ones, of 100 attempts at most; 0 turns them off.",
            valueName: "percent"))
    var hedgingPercent = 5.0

    @Option(
        help: """
            Seconds that a task which takes several slots, or resources, waits for others to leave \
            room, before a worker is kept free for it.
            """)
    var roomPatienceSeconds = 5.0

    @Option(
        help: """
            After how many deaths of workers' processes under it a task runs alone on a worker, and \
            fails as poison when that one dies too; 0 lets every task run again for ever.
            """)
    var poisonDeaths = 2

    @Option(
        help: ArgumentHelp(
            "How long sessions are kept after their end, such as 12h or 30d; for ever when absent.",
            valueName: "time"),
        transform: { try Self.span($0, option: "--keep-sessions") })
    var keepSessions: TimeSpan?

    @Option(help: "How many sessions that have ended are kept; any number when absent.")
    var keepSessionsCount: Int?

    @Option(
        help: """
            Where messages to callbacks of sessions may go: to public addresses, to any address, or \
            nowhere.
            """)
    var webhooks = WebhookReach.public

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @OptionGroup(title: "Traces")
    var tracing: TracingOptions

    @Option(help: "How much is logged.")
    var logLevel: Logger.Level = .info

    @OptionGroup var layers: LayerOptions

    func validate() throws {
        guard strictAgents == (catalogue != nil) else {
            throw ValidationError("--strict-agents and --catalogue go together")
        }
        guard (1...3_600).contains(leaseSeconds) else {
            throw ValidationError("--lease-seconds must be 1…3600, not \(leaseSeconds)")
        }
        guard (0...1_000).contains(poisonDeaths) else {
            throw ValidationError("--poison-deaths must be 0…1000, not \(poisonDeaths)")
        }
        guard (0.1...86_400).contains(roomPatienceSeconds) else {
            throw ValidationError(
                "--room-patience-seconds must be 0.1…86400, not \(roomPatienceSeconds)")
        }
        if let maxRunningTasks, !Self.taskLimits.contains(maxRunningTasks) {
            throw ValidationError(
                "--max-running-tasks must be 1…1000000, not \(maxRunningTasks)")
        }
        guard (0...100).contains(hedgingPercent) else {
            throw ValidationError("--hedging-percent must be 0…100, not \(hedgingPercent)")
        }
        if let keepSessionsCount, keepSessionsCount < 0 {
            throw ValidationError("--keep-sessions-count must not be negative")
        }
        try NamedNumber.checkNames(agentLimit, option: "--agent-limit")
        try NamedNumber.checkNames(typeWeight, option: "--type-weight")
        guard (0...65_535).contains(httpPort) else {
            throw ValidationError("--http-port must be 0…65535, not \(httpPort)")
        }
    }

    func run() async throws {
        let logger = LogSetup.bootstrap(label: "coordinator", level: logLevel)
        let files = OpenFiles.raiseLimit()
        logger.debug("files may be open", metadata: ["limit": "\(files)"])
        var settings = settings
        settings.pools = try pools(logger)
        // Before the coordinator: it looks for whoever records spans.
        let export = tracing.begin(
            service: CoordinatorProgram.name, version: SoftwareVersion.current, logger: logger)
        let service = TracedService(
            CoordinatorService(
                settings: settings, isInsecureAllowed: security.insecure, spanExport: export.tally,
                logger: logger), export, logger: logger)
        do {
            try await Program.run(
                service, patience: .seconds(8) + service.additionalPatience, logger: logger)
        } catch {
            throw ExitCode(Program.exitCode(for: error, logger: logger))
        }
    }

    /// Those of the topology.
    ///
    /// - Throws: `ExitCode`.
    private func pools(_ logger: Logger) throws -> [PoolSpecification] {
        guard let topology else { return [] }
        do throws(ScrivenerError) {
            return try TopologyFile.read(topology).pools.map(\.specification)
        } catch {
            throw ExitCode(Program.exitCode(for: error, logger: logger))
        }
    }

    private static func span(_ text: String, option: String) throws -> TimeSpan {
        guard let span = TimeSpan(text: text) else {
            throw ValidationError("\(option) is \(TimeSpan.textForm), not \(text)")
        }
        return span
    }

    private var settings: CoordinatorSettings {
        var settings = CoordinatorSettings(dataDirectory: data, bind: bind)
        settings.http.host = httpHost
        settings.http.port = httpPort
        settings.durability = durability
        settings.keepSessionsFor = keepSessions
        settings.keepSessionsCount = keepSessionsCount
        settings.webhooks = webhooks
        limits.apply(to: &settings)
        security.apply(to: &settings)
        settings.core.roomPatience = .seconds(roomPatienceSeconds)
        settings.core.poisonDeaths = poisonDeaths
        settings.core.lease = .seconds(leaseSeconds)
        settings.core.placement = placement
        settings.core.ordering = ordering
        if let maxRunningTasks { settings.core.maximumRunningAttempts = maxRunningTasks }
        for limit in agentLimit { settings.core.agentLimits[limit.name] = limit.number }
        for weight in typeWeight { settings.core.typeWeights[weight.name] = weight.number }
        settings.core.hedging.budgetPermille = Int((hedgingPercent * 10).rounded())
        settings.catalogue = catalogue.map { names in
            AgentCatalogue(names: Set(names.split(separator: ",").map(String.init)))
        }
        return settings
    }
}
