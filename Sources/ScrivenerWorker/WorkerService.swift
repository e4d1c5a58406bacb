// A worker as a service: its agents on the cooperative pool, its loop on a thread of its own.

public import CoreMetrics
public import Logging
public import ScrivenerAgentKit
import ScrivenerCore
import ScrivenerModel
import ScrivenerShell
public import ServiceLifecycle
public import Tracing
import ZeroMQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A worker: holds agents, joins a pool, and executes what it is given until it is told to stop.
///
/// On graceful shutdown it takes nothing new, finishes what runs, and leaves; what still runs after
/// the settings' `drainTimeout` is cancelled.
public struct WorkerService: Service {
    private let settings: WorkerSettings
    private let agents: [any BaseAgent]
    private let metrics: any MetricsFactory
    private let tracer: any Tracer
    private let logger: Logger

    /// Most results are acknowledged sooner, and need not be written.
    private static let keepAfter = TimeSpan.seconds(1)

    private let onRegistered: @Sendable () -> Void

    /// - Parameters:
    ///   - settings: checked when it runs.
    ///   - agents: with distinct names.
    ///   - metrics: where the worker's metrics go; to the program's own backend by default.
    ///   - tracer: who records the spans of attempts; the program's own backend by default, and nobody where it
    ///     has none.
    ///   - logger: of the worker, and of its agents.
    ///   - onRegistered: called each time that the worker has joined the pool.
    public init(
        settings: WorkerSettings, agents: [any BaseAgent],
        metrics: any MetricsFactory = MetricsSystem.factory,
        tracer: any Tracer = InstrumentationSystem.tracer, logger: Logger,
        onRegistered: @escaping @Sendable () -> Void = {}
    ) {
        self.settings = settings
        self.agents = agents
        self.metrics = metrics
        self.tracer = tracer
        self.logger = logger
        self.onRegistered = onRegistered
    }

    /// Joins the pool and returns when the worker has left it.
    ///
    /// - Throws: `ScrivenerError` when the settings are wrong or the coordinator refuses the worker
    ///   for good, `AgentFailure` when an agent cannot start.
    public func run() async throws {
        let mistakes = settings.mistakes + agentMistakes
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the worker's settings are wrong", mistakes: mistakes)
        }
        let mailbox = Mailbox<WorkerInput>(wakeUp: try WakeUp())
        let host = AgentHost(
            agents: agents, workerID: settings.workerID, logger: logger,
            reports: HostReports(
                tell: { _ = mailbox.post(.host($0)) }, leave: { mailbox.leave(.host($0)) },
                wake: { mailbox.wake() }),
            spans: AttemptSpans(
                tracer, workerID: settings.workerID, agents: agents.map(\.name)))
        let configuration = try configuration()
        let (commands, continuation) = AsyncStream.makeStream(of: HostCommand.self)
        logger.info(
            "worker starts",
            metadata: [
                "worker": "\(settings.workerID)", "coordinator": "\(settings.coordinator)",
                "agents": "\(agents.map(\.name).joined(separator: ","))",
            ])
        let ending = await Result { () async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await host.run(commands) }
                group.addTask {
                    try await withTaskCancellationOrShutdownHandler {
                        try await withReloads(mailbox) {
                            try await runLoop(
                                configuration, host: host, mailbox: mailbox,
                                commands: continuation)
                        }
                    } onShutdown: {
                        _ = mailbox.post(.drain)
                    } onCancel: {
                        _ = mailbox.post(.abandon)
                    }
                }
                do {
                    // At the first error: `waitForAll` throws only when all have ended.
                    for try await _ in group {}
                } catch {
                    group.cancelAll()
                    throw error
                }
            }
        }
        // However the loop has ended: only now is it certain that it starts nothing more.
        await host.leave()
        try ending.get()
    }

    /// Reads files of keys again at SIGHUP, while `body` runs.
    private func withReloads(
        _ mailbox: Mailbox<WorkerInput>, _ body: @Sendable () async throws -> Void
    ) async throws {
        guard settings.security != nil else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ReloadSignal.forEach { _ = mailbox.post(.reload) } }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func runLoop(
        _ configuration: WorkerConfiguration, host: AgentHost, mailbox: Mailbox<WorkerInput>,
        commands: AsyncStream<HostCommand>.Continuation
    ) async throws {
        let (settings, logger, onRegistered) = (settings, logger, onRegistered)
        let metrics = metrics
        try await OwnedThread.run(named: "worker-loop") {
            let outbox = try settings.dataDirectory.flatMap { directory in
                try OutboxFile(in: directory, logger: logger)
            }
            var configuration = configuration
            if outbox != nil { configuration.keepAfter = Self.keepAfter }
            // Only of whoever has the folder to itself.
            let box = outbox.flatMap { _ in
                settings.dataDirectory.flatMap {
                    BlackBox(
                        in: $0, incarnation: configuration.incarnation,
                        slots: configuration.agents.reduce(0) { $0 + Int($1.slots) },
                        logger: logger)
                }
            }
            configuration.tellsDeaths = box?.knowsLast == true
            box?.watchProcess()
            host.record(in: box)
            defer { box?.left() }
            let core = WorkerCore(
                configuration: configuration, kept: outbox?.kept ?? [], death: box?.untold,
                seed: UInt64.random(in: .min ... .max))
            let loop = WorkerLoop(
                settings: settings,
                credentials: try settings.security.map {
                    try WorkerCredentials($0, of: settings, logger: logger)
                }, core: core, outbox: outbox, box: box, context: try Context(),
                mailbox: mailbox, host: host, commands: commands,
                meters: WorkerMeters(
                    metrics, workerID: settings.workerID, agents: configuration.agents),
                onRegistered: onRegistered,
                logger: logger)
            try loop.run()
        }
    }

    var agentMistakes: [Mistake] {
        var seen: Set<String> = []
        let misnamed = agents.compactMap { agent -> Mistake? in
            let problem: String
            if !PlanName.isValid(agent.name) {
                problem = "must have a name of 1…128 characters of a–z A–Z 0–9 _ - . :"
            } else if !seen.insert(agent.name).inserted {
                problem = "there is another agent of this name; built-in agents have theirs"
            } else {
                return nil
            }
            return Mistake(
                .configurationInvalid, at: "agents/\(agent.name)", problem, actual: agent.name)
        }
        return misnamed + agents.flatMap(offerMistakes)
    }

    /// A coordinator takes no more.
    private static let maximumTags = 64
    private static let slots = Int32(1)...10_000

    private func offerMistakes(_ agent: any BaseAgent) -> [Mistake] {
        let path = "agents/\(agent.name)"
        let tags = tags(of: agent)
        var found = (agent.tags + agent.capabilities).filter { !PlanName.isValid($0) }.map {
            Mistake(
                .configurationInvalid, at: path,
                "tags and capabilities are 1…128 characters of a–z A–Z 0–9 _ - . :", actual: $0)
        }
        if tags.count > Self.maximumTags {
            found.append(
                Mistake(
                    .configurationInvalid, at: path, "too many tags, with the worker's",
                    limit: "\(Self.maximumTags)", actual: "\(tags.count)"))
        }
        if let slots = agent.slots, !Self.slots.contains(slots) {
            found.append(
                Mistake(
                    .configurationInvalid, at: path, "slots are out of range", limit: "1…10000",
                    actual: "\(slots)"))
        }
        return found
    }

    /// What each agent says of itself, and the worker of all.
    var offers: [AgentOffer] {
        agents.map {
            AgentOffer(
                name: $0.name, capabilities: $0.capabilities, tags: tags(of: $0),
                slots: $0.slots ?? settings.slots, version: $0.version)
        }
    }

    /// The worker's, and its own.
    private func tags(of agent: any BaseAgent) -> [String] {
        settings.tags + agent.tags.filter { !settings.tags.contains($0) }
    }

    private func configuration() throws -> WorkerConfiguration {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        var configuration = WorkerConfiguration(
            workerID: settings.workerID,
            incarnation: try IncarnationFile.next(in: settings.dataDirectory),
            host: host.withUnsafeBytes {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }, processID: getpid(), softwareVersion: SoftwareVersion.current,
            agents: offers)
        configuration.resources = resources
        configuration.orphanGrace = .seconds(settings.orphanGrace / .seconds(1))
        configuration.healthCheckInterval = .seconds(settings.healthCheckInterval / .seconds(1))
        return configuration
    }

    /// What was declared, and the host's memory where nothing was said of it.
    private var resources: [ResourceAmount] {
        let hasMemory = settings.resources.contains { $0.name == ResourceAmount.memoryName }
        guard !hasMemory, let memory = HostUsage.memoryMebibytes else {
            return settings.resources.sorted()
        }
        let own = ResourceAmount(name: ResourceAmount.memoryName, amount: memory)
        return (settings.resources + [own]).sorted()
    }
}

/// Runs an operation that is told of graceful shutdown and of cancellation.
private func withTaskCancellationOrShutdownHandler(
    _ operation: @Sendable () async throws -> Void, onShutdown: @escaping @Sendable () -> Void,
    onCancel: @escaping @Sendable () -> Void
) async throws {
    try await withTaskCancellationHandler {
        try await withGracefulShutdownHandler(
            operation: operation, onGracefulShutdown: onShutdown)
    } onCancel: {
        onCancel()
    }
}

extension Result where Success == Void, Failure == any Error {
    /// What an operation comes to.
    fileprivate init(_ body: () async throws -> Void) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
