// A worker as a machine, in the style of the orchestrator's: events and the time in, effects out.
//
// It holds attempts from their dispatch until their result is acknowledged: running ones, and an
// outbox of ended ones. Whatever it doubts, it registers again and says what it holds; the
// coordinator's answer settles the rest. Every message from the coordinator carries the epoch of
// the registration that it belongs to; others are dropped, so that what lay in a socket's queue
// across a reconnect can never start work.

package import ScrivenerModel

/// The machine behind a worker.
package struct WorkerCore: Sendable {
    private let configuration: WorkerConfiguration
    private var phase = Phase.unregistered(retryAt: .zero)
    private var held: [AttemptReference: HeldAttempt] = [:]
    private var outbox: [AttemptReference: UnacknowledgedResult] = [:]
    /// Outboxes of other journals: their attempts bear the same numbers and mean other work.
    private var parkedOutboxes: [String: [AttemptReference: UnacknowledgedResult]] = [:]
    private var journalID = ""
    private var coordinatorIncarnation: Int64 = 0
    private var failedRegistrations = 0
    private var registrations: Int64 = 0
    private var isDraining = false
    private var random: SeededGenerator

    /// Where the worker stands with its coordinator.
    private enum Phase: Equatable {
        /// Not asked yet, or asked in vain. → `registering`
        case unregistered(retryAt: Instant)
        /// Asked; no answer yet. → `registered`, `unregistered`, `stopped`
        case registering(giveUpAt: Instant)
        /// → `unregistered` (silence, or `introduce`), `stopped`
        case registered(Registration)
        /// Refused for good, or left. Nothing follows.
        case stopped
    }

    private struct Registration: Equatable {
        var epoch: Int64
        var heartbeatInterval: TimeSpan
        var lease: TimeSpan
        var nextHeartbeat: Instant
        var sequence: Int64 = 0
        /// When the coordinator was last heard.
        var lastHeard: Instant
    }

    private struct HeldAttempt: Sendable {
        var deadline: Instant?
        var stop: StopReason?
        var progress: AttemptProgress?
    }

    private struct UnacknowledgedResult: Sendable {
        var result: AttemptResult
        /// When it was last sent; `nil` when that was before this registration.
        var sentAt: Instant?
    }

    package init(configuration: WorkerConfiguration, seed: UInt64) {
        self.configuration = configuration
        self.random = SeededGenerator(seed: seed)
    }

    /// When to call `handle(.tick)` next.
    package var nextDeadline: Instant? {
        let timeouts = held.values.lazy.filter { $0.stop == nil }.compactMap(\.deadline).min()
        let own: Instant? =
            switch phase {
            case .unregistered(let retryAt): retryAt
            case .registering(let giveUpAt): giveUpAt
            case .registered(let registration):
                min(
                    registration.nextHeartbeat,
                    registration.lastHeard.advanced(by: registration.lease))
            case .stopped: nil
            }
        guard let timeouts else { return own }
        return own.map { min($0, timeouts) } ?? timeouts
    }

    /// How many attempts run.
    package var heldCount: Int { held.count }

    package var isStopped: Bool { phase == .stopped }

    package mutating func handle(
        _ event: WorkerEvent, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        switch event {
        case .received(let message): receive(message, at: now, into: &effects)
        case .ended(let result): end(result, at: now, into: &effects)
        case .progressed(let progress): held[progress.attempt]?.progress = progress
        case .drain: drain(into: &effects)
        case .tick: break
        }
        stopOverdue(at: now, into: &effects)
        leaveIfDrained(into: &effects)
        advance(at: now, into: &effects)
    }

    // MARK: Messages

    private mutating func receive(
        _ message: CoordinatorMessage, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        switch message {
        case .welcome(let welcome): enter(welcome, at: now, into: &effects)
        case .introduce:
            guard case .registered = phase else { return }
            phase = .unregistered(retryAt: now)
        case .refused(let code, let reason, let isFinal):
            guard isFinal else { return }
            phase = .stopped
            stopAll(.fenced, into: &effects)
            effects.append(.fail(ScrivenerError(code, reason)))
        case .heartbeatAcknowledged(let epoch, _): _ = hear(epoch, at: now)
        case .dispatch(let batch):
            guard hear(batch.epoch, at: now) else { return }
            start(batch, at: now, into: &effects)
        case .cancel(let epoch, let attempts):
            guard hear(epoch, at: now) else { return }
            cancel(attempts, epoch: epoch, into: &effects)
        case .recall(let epoch, _): _ = hear(epoch, at: now)
        case .resultsCommitted(let epoch, let attempts):
            guard hear(epoch, at: now) else { return }
            for attempt in attempts { outbox[attempt] = nil }
        case .drain(let epoch):
            guard hear(epoch, at: now) else { return }
            drain(into: &effects)
        }
    }

    /// Notes a sign of life.
    ///
    /// - Returns: whether the message belongs to this registration.
    private mutating func hear(_ epoch: Int64, at now: Instant) -> Bool {
        guard case .registered(var registration) = phase, registration.epoch == epoch else {
            return false
        }
        registration.lastHeard = now
        phase = .registered(registration)
        return true
    }

    private mutating func enter(
        _ welcome: Welcome, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        guard case .registering = phase else { return }
        // A coordinator that came back has a higher incarnation; a lower one is the past.
        guard
            welcome.journalID != journalID
                || welcome.coordinatorIncarnation >= coordinatorIncarnation
        else { return }
        if welcome.journalID != journalID { changeJournal(to: welcome.journalID, into: &effects) }
        coordinatorIncarnation = welcome.coordinatorIncarnation
        failedRegistrations = 0
        phase = .registered(
            Registration(
                epoch: welcome.epoch, heartbeatInterval: welcome.heartbeatInterval,
                lease: welcome.lease, nextHeartbeat: now.advanced(by: welcome.heartbeatInterval),
                lastHeard: now))
        for attempt in welcome.stop { stop(attempt, .fenced, into: &effects) }
        for attempt in outbox.keys { outbox[attempt]?.sentAt = nil }
        resend(epoch: welcome.epoch, after: .zero, at: now, into: &effects)
        if isDraining { effects.append(.send(.draining(epoch: welcome.epoch))) }
        effects.append(.registered(welcome))
    }

    /// What belongs to the journal before is set aside, and comes back with that journal.
    private mutating func changeJournal(to other: String, into effects: inout [WorkerEffect]) {
        stopAll(.fenced, into: &effects)
        if !outbox.isEmpty { parkedOutboxes[journalID] = outbox }
        outbox = parkedOutboxes.removeValue(forKey: other) ?? [:]
        journalID = other
    }

    /// Sends what was not sent yet in this registration, and again what has not been acknowledged
    /// for so long. One result a message: together they might be too large for one.
    private mutating func resend(
        epoch: Int64, after patience: TimeSpan, at now: Instant,
        into effects: inout [WorkerEffect]
    ) {
        for attempt in outbox.keys.sorted() {
            guard let entry = outbox[attempt],
                entry.sentAt.map({ $0.advanced(by: patience) <= now }) ?? true
            else { continue }
            outbox[attempt]?.sentAt = now
            effects.append(
                .send(.results(ResultBatch(epoch: epoch, items: [entry.result]))))
        }
    }

    // MARK: Attempts

    private mutating func start(
        _ batch: DispatchBatch, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        let sessions = Dictionary(
            batch.sessions.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        var handedBack: [AttemptReference] = []
        for item in batch.items {
            // A repeated dispatch of what is held or done starts nothing twice.
            guard outbox[item.attempt] == nil else { continue }
            if let attempt = held[item.attempt] {
                // The number is that of another journal's attempt, which has yet to stop.
                if attempt.stop == .fenced { handedBack.append(item.attempt) }
                continue
            }
            guard !isDraining else {
                handedBack.append(item.attempt)
                continue
            }
            guard let session = sessions[item.attempt.session],
                configuration.agents.indices.contains(Int(item.agentIndex))
            else {
                refuse(item.attempt, epoch: batch.epoch, at: now, into: &effects)
                continue
            }
            let deadline = item.timeout > .zero ? now.advanced(by: item.timeout) : nil
            held[item.attempt] = HeldAttempt(deadline: deadline)
            effects.append(.start(item, session))
        }
        guard !handedBack.isEmpty else { return }
        effects.append(.send(.released(epoch: batch.epoch, attempts: handedBack)))
    }

    /// What cannot be started must not stay the coordinator's belief.
    private mutating func refuse(
        _ attempt: AttemptReference, epoch: Int64, at now: Instant,
        into effects: inout [WorkerEffect]
    ) {
        let failure = AgentFailure(
            .transient, code: ErrorCode.protocolError.rawValue,
            message: "the dispatch names a session or an agent that the worker does not know")
        send(
            AttemptResult(attempt: attempt, runTime: .zero, result: .failed(failure)),
            epoch: epoch, at: now, into: &effects)
    }

    /// What is not here, and not on its way back either, was never received: that is said, or the
    /// coordinator would wait for a proof for ever.
    private mutating func cancel(
        _ attempts: [AttemptReference], epoch: Int64, into effects: inout [WorkerEffect]
    ) {
        for attempt in attempts { stop(attempt, .cancelled, into: &effects) }
        let unknown = attempts.filter {
            (held[$0] == nil || held[$0]?.stop == .fenced) && outbox[$0] == nil
        }
        guard !unknown.isEmpty else { return }
        effects.append(.send(.released(epoch: epoch, attempts: unknown)))
    }

    private mutating func stop(
        _ attempt: AttemptReference, _ reason: StopReason, into effects: inout [WorkerEffect]
    ) {
        guard held[attempt] != nil, held[attempt]?.stop == nil else { return }
        held[attempt]?.stop = reason
        effects.append(.stop(attempt))
    }

    private mutating func stopAll(_ reason: StopReason, into effects: inout [WorkerEffect]) {
        for attempt in held.keys.sorted() { stop(attempt, reason, into: &effects) }
    }

    private mutating func stopOverdue(at now: Instant, into effects: inout [WorkerEffect]) {
        let overdue = held.filter { _, attempt in
            attempt.stop == nil && attempt.deadline.map { $0 <= now } ?? false
        }
        for attempt in overdue.keys.sorted() { stop(attempt, .timedOut, into: &effects) }
    }

    private mutating func end(
        _ result: AttemptResult, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        guard let attempt = held.removeValue(forKey: result.attempt) else { return }
        // Nobody wants to hear of an attempt that was fenced.
        guard attempt.stop != .fenced else { return }
        let told = Self.told(result, stopped: attempt.stop)
        guard case .registered(let registration) = phase else {
            outbox[result.attempt] = UnacknowledgedResult(result: told)
            return
        }
        send(told, epoch: registration.epoch, at: now, into: &effects)
    }

    private mutating func send(
        _ result: AttemptResult, epoch: Int64, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        outbox[result.attempt] = UnacknowledgedResult(result: result, sentAt: now)
        effects.append(.send(.results(ResultBatch(epoch: epoch, items: [result]))))
    }

    /// An attempt that was stopped and ended without success ended because it was stopped.
    private static func told(_ result: AttemptResult, stopped: StopReason?) -> AttemptResult {
        guard let stopped, result.result.failure != nil else { return result }
        var told = result
        switch stopped {
        case .cancelled, .fenced:
            told.result = .failed(
                AgentFailure(.cancelled, code: "cancelled", message: "stopped on request"))
        case .timedOut:
            told.result = .failed(
                AgentFailure(
                    .timeout, code: "task_timeout", message: "ran longer than its timeout"))
        }
        return told
    }

    // MARK: Leaving

    /// What runs is finished and told, also where that needs another registration first. How long
    /// that may take is for the shell to say.
    private mutating func drain(into effects: inout [WorkerEffect]) {
        guard !isDraining, phase != .stopped else { return }
        isDraining = true
        if case .registered(let registration) = phase {
            effects.append(.send(.draining(epoch: registration.epoch)))
        }
    }

    private mutating func leaveIfDrained(into effects: inout [WorkerEffect]) {
        guard isDraining, phase != .stopped, held.isEmpty, outbox.isEmpty else { return }
        if case .registered(let registration) = phase {
            effects.append(.send(.goodbye(epoch: registration.epoch)))
        }
        phase = .stopped
        effects.append(.leave)
    }

    // MARK: Time

    private mutating func advance(at now: Instant, into effects: inout [WorkerEffect]) {
        switch phase {
        case .unregistered(let retryAt) where retryAt <= now: register(at: now, into: &effects)
        case .registering(let giveUpAt) where giveUpAt <= now:
            failedRegistrations += 1
            effects.append(.reconnect)
            let delay = RetryPolicy.delay(
                retries: failedRegistrations,
                CompiledRetry(
                    base: .milliseconds(100), cap: configuration.maximumReconnectDelay),
                random: &random)
            phase = .unregistered(retryAt: now.advanced(by: delay))
        case .registered(let registration): beat(registration, at: now, into: &effects)
        case .unregistered, .registering, .stopped: break
        }
    }

    private static let maximumPatienceDoublings = 4

    private mutating func register(at now: Instant, into effects: inout [WorkerEffect]) {
        registrations += 1
        // A coordinator with a slow disk answers late: each failure doubles the patience.
        let patience = TimeSpan(
            nanoseconds: configuration.registrationTimeout.nanoseconds
                << min(failedRegistrations, Self.maximumPatienceDoublings))
        phase = .registering(giveUpAt: now.advanced(by: patience))
        effects.append(
            .send(
                .register(
                    WorkerRegistration(
                        workerID: configuration.workerID, incarnation: configuration.incarnation,
                        registrationNumber: registrations, host: configuration.host,
                        processID: configuration.processID,
                        softwareVersion: configuration.softwareVersion, journalID: journalID,
                        agents: configuration.agents,
                        resources: configuration.resources, running: held.keys.sorted(),
                        outbox: outbox.keys.sorted()))))
    }

    private mutating func beat(
        _ current: Registration, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        var registration = current
        guard now < registration.lastHeard.advanced(by: registration.lease) else {
            // Silence for a whole lease: the connection or the coordinator is gone.
            effects.append(.reconnect)
            phase = .unregistered(retryAt: now)
            register(at: now, into: &effects)
            return
        }
        guard registration.nextHeartbeat <= now else { return }
        registration.sequence += 1
        registration.nextHeartbeat = now.advanced(by: registration.heartbeatInterval)
        phase = .registered(registration)
        resend(
            epoch: registration.epoch, after: registration.lease, at: now, into: &effects)
        let progress = held.keys.sorted().compactMap { held[$0]?.progress }
            .prefix(Self.maximumProgressReports)
        effects.append(
            .send(
                .heartbeat(
                    WorkerHeartbeat(
                        epoch: registration.epoch, sequence: registration.sequence,
                        held: Int32(clamping: held.count), progress: Array(progress)))))
    }

    /// How many attempts' progress one heartbeat tells, the oldest first: a heartbeat must always
    /// fit its message.
    private static let maximumProgressReports = 1_000
}
