// The coordinator as a service: the journal's thread, the loop's thread, and the HTTP face, started
// in that order and stopped in the other.

package import Logging
import ScrivenerBatch
import ScrivenerCore
package import ScrivenerHTTP
package import ScrivenerMetrics
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell
import ScrivenerStore
import ScrivenerWire
import ServiceLifecycle
package import Tracing
import ZeroMQ

/// A coordinator: holds sessions, dispatches their tasks to workers, and answers people.
package struct CoordinatorService: Service {
    private let settings: CoordinatorSettings
    private let isInsecureAllowed: Bool
    private let tracer: any Tracer
    private let spanExport: SpanExportTally
    private let logger: Logger

    private let onServing: @Sendable (any CoordinatorGateway) -> Void

    /// - Parameters:
    ///   - tracer: who records the spans of sessions; the program's own backend by default, and nobody where it has
    ///     none.
    ///   - spanExport: what becomes of them, for the metrics.
    ///   - onServing: called when the journal was read back and requests are served.
    package init(
        settings: CoordinatorSettings, isInsecureAllowed: Bool = false,
        tracer: any Tracer = InstrumentationSystem.tracer,
        spanExport: SpanExportTally = SpanExportTally(),
        logger: Logger,
        onServing: @escaping @Sendable (any CoordinatorGateway) -> Void = { _ in }
    ) {
        self.settings = settings
        self.isInsecureAllowed = isInsecureAllowed
        self.tracer = tracer
        self.spanExport = spanExport
        self.logger = logger
        self.onServing = onServing
    }

    /// Runs until graceful shutdown.
    ///
    /// - Throws: `ScrivenerError` when the settings are wrong, the journal cannot be opened or read
    ///   back, or an address is taken; and when the journal fails while running.
    package func run() async throws {
        let security = try HTTPSecurity(settings)
        let mistakes = settings.mistakes(
            isInsecureAllowed: isInsecureAllowed,
            present: PresentKeys(in: settings.keys, tokens: security.tokens))
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the coordinator's settings are wrong", mistakes: mistakes)
        }
        security.warn(settings, logger)
        let wakeUp = try WakeUp()
        let requests = Mailbox<LoopRequest>(capacity: settings.inboxCapacity, wakeUp: wakeUp)
        let monitor = CoordinatorMonitor(
            requests: requests, seriesLimit: settings.maximumMetricSeries, spanExport: spanExport,
            logger: logger)
        let parts = CoordinatorParts(
            requests: requests, notices: Mailbox(wakeUp: wakeUp), keys: try keyService(),
            journal: try JournalThread(meters: monitor.journalMeters), monitor: monitor,
            spans: SessionSpans(tracer), output: OutputTails(), security: security, wakeUp: wakeUp)
        let recovered = AsyncStream.makeStream(of: RecoveredState.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { recovered.continuation.finish() }
                try await runJournal(parts, recovered.continuation)
            }
            group.addTask {
                // The loop ends last: when it does, so do the others.
                defer { _ = parts.journal.jobs.post(.stop) }
                for await state in recovered.stream {
                    try await serve(state, parts)
                }
            }
            do {
                // At the first error: `waitForAll` throws only when all have ended.
                for try await _ in group {}
            } catch {
                _ = parts.notices.post(.stop)
                _ = parts.journal.jobs.post(.stop)
                group.cancelAll()
                throw error
            }
        }
    }

    /// A folder may have nothing but API tokens in it.
    private func keyService() throws -> KeyService? {
        guard let folder = settings.keys.map({ KeyFolder($0) }), folder.hasCoordinatorKey else {
            return nil
        }
        return try KeyService(folder, enrolEndpoint: settings.enrolEndpoint, logger: logger)
    }

    // MARK: Journal

    private func runJournal(
        _ parts: CoordinatorParts, _ recovered: AsyncStream<RecoveredState>.Continuation
    ) async throws {
        let (settings, logger) = (settings, logger)
        try await OwnedThread.run(named: "journal") {
            try parts.journal.run(
                open: {
                    try SQLiteJournal(
                        directory: settings.dataDirectory,
                        configuration: JournalConfiguration(durability: settings.durability))
                },
                start: { journal in
                    recovered.yield(try Self.recover(journal, settings, logger))
                    recovered.finish()
                },
                report: { _ = parts.notices.post(.journal($0)) })
        }
    }

    private static func recover(
        _ journal: some SessionJournal, _ settings: CoordinatorSettings, _ logger: Logger
    ) throws -> RecoveredState {
        let started = BootClock.now
        var core = OrchestratorCore(
            configuration: settings.core, journalID: journal.identity.journalID,
            incarnation: journal.identity.incarnation, seed: journal.identity.nonce)
        var log = PoolLog(
            journalID: journal.identity.journalID, nonce: journal.identity.nonce,
            compactedThrough: journal.compactedThrough)
        var rows = 0
        try journal.replay { (row) throws(JournalError) in
            let changes = row.facts.compactMap { core.replay($0, at: row.moment) }
            log.replay(changes, commit: row.sequence)
            rows += 1
        }
        logger.info(
            "journal read back",
            metadata: [
                "journal": "\(journal.identity.journalID)",
                "incarnation": "\(journal.identity.incarnation)", "commits": "\(rows)",
                "open_sessions": "\(core.openSessionCount)",
                "milliseconds": "\(BootClock.now.since(started).milliseconds)",
            ])
        return RecoveredState(
            core: core, lastSequence: journal.lastSequence, log: log,
            clock: JournalClock(continuing: journal.lastMoment),
            callbacks: CallbackBook(try journal.openCallbacks()))
    }

    // MARK: Serving

    private func serve(_ state: RecoveredState, _ parts: CoordinatorParts) async throws {
        let gateway = Gateway(
            mailbox: parts.requests, notices: parts.notices,
            journal: JournalReader(jobs: parts.journal.jobs), output: parts.output,
            settings: settings, spans: parts.spans)
        parts.spans?.resume(state.core.tracedSessions)
        onServing(gateway)
        let deliveries =
            settings.webhooks == .nowhere
            ? nil
            : DeliveryService(
                journal: gateway.journal, reach: settings.webhooks,
                meters: parts.monitor.deliveryMeters, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runLoop(state, parts, deliveries) }
            if let deliveries { group.addTask { await deliveries.run() } }
            if let keys = parts.keys {
                group.addTask {
                    try await keys.run(parts.monitor.keyMeters) {
                        _ = parts.notices.post(.keys($0, $0.access))
                    }
                }
            }
            group.addTask {
                // The loop goes on until the last request was answered.
                defer { _ = parts.notices.post(.stop) }
                try await face(gateway, parts)
            }
            do {
                // At the first error: `waitForAll` throws only when all have ended.
                for try await _ in group {}
            } catch {
                _ = parts.notices.post(.stop)
                group.cancelAll()
                throw error
            }
        }
    }

    /// Serves HTTP until graceful shutdown.
    private func face(_ gateway: Gateway, _ parts: CoordinatorParts) async throws {
        guard settings.servesHTTP else { return try await gracefulShutdown() }
        try await makeHTTPService(
            configuration: settings.http, security: parts.security, gateway: gateway,
            metrics: parts.monitor, logger: logger
        ) { [logger] port in
            logger.info(
                "HTTP listens",
                metadata: [
                    "port": "\(port)", "tls": "\(parts.security.identity == nil ? "no" : "yes")",
                    "tokens": "\(parts.security.tokens?.isRequired == true ? "required" : "none")",
                ])
        }.run()
    }

    private func runLoop(
        _ state: RecoveredState, _ parts: CoordinatorParts, _ deliveries: DeliveryService?
    ) async throws {
        // Also when there was no loop: what HTTP has asked by then would wait for ever, and HTTP for
        // its answer.
        defer {
            for request in parts.requests.close() { request.turnAway(.stopping) }
            parts.keys?.stop()
        }
        try await withTaskCancellationHandler {
            try await runLoopThread(state, parts, deliveries)
        } onCancel: {
            // HTTP may be waiting for replies that wait for a disk without room.
            _ = parts.notices.post(.stop)
        }
    }

    private func runLoopThread(
        _ state: RecoveredState, _ parts: CoordinatorParts, _ deliveries: DeliveryService?
    ) async throws {
        let (settings, logger) = (settings, logger)
        try await OwnedThread.run(named: "coordinator-loop") {
            let poller = Poller(wakeUp: parts.wakeUp)
            var limits = WireLimits()
            limits.messageBytes = settings.maximumMessageBytes
            limits.resultBytes = Int(settings.core.maximumResultBytes)
            let sockets = try WorkerSockets(
                settings.workerEndpoints, keys: parts.keys?.keys, in: try Context(),
                poller: poller, limits: limits, logger: logger)
            logger.info(
                "workers may connect",
                metadata: [
                    "endpoint": "\(sockets.endpoint)",
                    "keys": parts.keys == nil ? "none" : "required",
                ])
            let loop = CoordinatorLoop(
                state, sockets: sockets, poller: poller, requests: parts.requests,
                notices: parts.notices, jobs: parts.journal.jobs,
                output: OutputIntake(tails: parts.output),
                intake: ResultIntake(
                    planLimits: settings.planLimits, catalogue: settings.catalogue),
                // The rest of a message is room for its envelope.
                writer: DispatchWriter(
                    limits: DispatchDraft.Limits(
                        bytes: limits.messageBytes / 16 * 15, inputs: limits.batchInputs)),
                upkeep: UpkeepSchedule(
                    keepFor: settings.keepSessionsFor, keepCount: settings.keepSessionsCount,
                    keepUntoldFor: deliveries == nil ? nil : DeliveryPolicy().lifetime),
                onMessages: { deliveries?.wake() },
                meters: parts.monitor.loopMeters, spans: parts.spans, logger: logger)
            try loop.run()
        }
    }
}

/// What the threads share: ways to reach each other.
private struct CoordinatorParts: Sendable {
    let requests: Mailbox<LoopRequest>
    let notices: Mailbox<LoopNotice>
    /// Absent where connections are in the clear.
    let keys: KeyService?
    let journal: JournalThread
    let monitor: CoordinatorMonitor
    /// Absent when nobody records spans.
    let spans: SessionSpans?
    let output: OutputTails
    let security: HTTPSecurity
    let wakeUp: WakeUp
}
