// A worker as a machine, in the style of the orchestrator's: events and the time in, effects out.
//
// It holds attempts from their dispatch until their result is acknowledged: waiting and running ones,
// and an outbox of ended ones. Whatever it doubts, it registers again and says what it holds; the
// coordinator's answer settles the rest. Every message from the coordinator carries the epoch of
// the registration that it belongs to; others are dropped, and so are answers to a registration that was
// followed by another. So what lay in a socket's queue across a reconnect can never start work, and a
// registration can say what it has not come to: nothing that was dispatched before it begins after it.
//
// What happens lies beside this file: `WorkerCore+Conversation` what is said, `+Attempts` what begins
// and ends, `+Stopping` what is stopped and why, `+Agents` who can work.

package import ScrivenerModel

/// The machine behind a worker.
package struct WorkerCore: Sendable {
    let configuration: WorkerConfiguration
    var random: SeededGenerator

    // MARK: The conversation

    var phase = Phase.unregistered(retryAt: .zero)
    var journalID = ""
    var coordinatorIncarnation: Int64 = 0
    /// The epoch of the last welcome from this journal.
    var lastEpoch: Int64 = -1
    /// The highest number of a dispatch that was taken in it.
    var lastDispatch: Int64 = 0
    var failedRegistrations = 0
    var registrations: Int64 = 0
    var isDraining = false
    var lease = LeaseClock()
    /// When anything was last heard of a coordinator.
    var lastHeard = Instant.zero

    // MARK: Attempts

    /// All that were dispatched and have not ended.
    var held = HeldAttempts()
    /// What running attempts told last of their progress.
    var progress: [AttemptReference: AttemptProgress] = [:]
    /// Ended in this registration, in the outbox, and about to be told.
    var untold: [AttemptResult] = []
    /// One for each agent.
    var queues: [AttemptQueue]
    var timers = AttemptTimers()
    /// Of what is held, how many wait, run, and run alone.
    var waitingCount = 0
    var runningCount = 0
    var exclusiveCount = 0
    var outbox = Outbox()
    /// What a process before this one died of, until a coordinator has heard it.
    var untoldDeath: WorkerDeath?
    /// What attempts keep and nobody has been sent: the latest of each.
    var unsentCheckpoints: [AttemptReference: [UInt8]] = [:]
    /// Whose checkpoints were sent since the last heartbeat.
    var sentCheckpoints: Set<AttemptReference> = []

    // MARK: The worker itself

    /// In the order of the registration.
    var agents: [SupervisedAgent]
    /// When to look at the agents next.
    var agentsDue: Instant?
    /// Whether the coordinator has yet to be told how the agents are.
    var owesHealth = false
    var processorLoadPermille: Int32 = 0
    var memoryBytes: Int64 = 0

    /// Where the worker stands with its coordinator.
    enum Phase: Equatable, Sendable {
        /// Not asked yet, or asked in vain. → `registering`
        case unregistered(retryAt: Instant)
        /// Asked; no answer yet. → `registered`, `unregistered`, `stopped`
        case registering(askedAt: Instant, giveUpAt: Instant)
        /// → `unregistered` (silence, or `introduce`), `stopped`
        case registered(Registration)
        /// Refused for good, or left. Nothing follows.
        case stopped
    }

    struct Registration: Equatable, Sendable {
        var epoch: Int64
        var heartbeatInterval: TimeSpan
        var lease: TimeSpan
        var nextHeartbeat: Instant
        var sequence: Int64 = 0
        /// When the coordinator was last heard.
        var lastHeard: Instant
    }

    /// - Parameters:
    ///   - kept: results that a process before this one has left.
    ///   - death: what that process was doing when it died, if it did.
    package init(
        configuration: WorkerConfiguration, kept: [KeptResults] = [], death: WorkerDeath? = nil,
        seed: UInt64
    ) {
        self.configuration = configuration
        random = SeededGenerator(seed: seed)
        queues = configuration.agents.map { AttemptQueue(slots: $0.slots) }
        agents = configuration.agents.map { _ in SupervisedAgent() }
        outbox = Outbox(kept)
        untoldDeath = death
        journalID = kept.last?.journalID ?? ""
        agentsDue = agents.lazy.compactMap(\.due).min()
    }

    /// When to call `handle(.tick)` next.
    package var nextDeadline: Instant? {
        guard phase != .stopped else { return nil }
        let deadlines = [
            conversationDue, timers.next, agentsDue, exclusiveCount > 0 ? lease.marginEnd : nil,
            runningCount > 0 ? orphanedAt : nil, keepDue,
        ]
        return deadlines.compactMap(\.self).min()
    }

    private var conversationDue: Instant? {
        switch phase {
        case .unregistered(let retryAt): retryAt
        case .registering(_, let giveUpAt): giveUpAt
        case .registered(let registration):
            min(
                registration.nextHeartbeat, registration.lastHeard.advanced(by: registration.lease)
            )
        case .stopped: nil
        }
    }

    /// When results have to be kept.
    private var keepDue: Instant? {
        guard let patience = configuration.keepAfter else { return nil }
        return outbox.unkeptSince?.advanced(by: patience)
    }

    private mutating func keepWaiting(at now: Instant, into effects: inout [WorkerEffect]) {
        guard let due = keepDue, due <= now, let patience = configuration.keepAfter else { return }
        let since = Instant(nanoseconds: now.nanoseconds - patience.nanoseconds)
        keep(outbox.keep(waitingSince: since), into: &effects)
    }

    /// The process ends: what nobody has acknowledged shall outlive it.
    package mutating func keepAll(into effects: inout [WorkerEffect]) {
        guard configuration.keepAfter != nil else { return }
        keep(outbox.keep(waitingSince: .distantFuture), into: &effects)
    }

    func keep(_ results: [AttemptResult], into effects: inout [WorkerEffect]) {
        guard !results.isEmpty else { return }
        effects.append(.keep(KeptResults(journalID: journalID, results: results)))
    }

    /// For monitoring.
    package var figures: WorkerCoreFigures {
        var isRegistered = false
        if case .registered = phase { isRegistered = true }
        return WorkerCoreFigures(
            running: runningCount, waiting: waitingCount, unacknowledged: outbox.count,
            setAside: outbox.parkedCount, isRegistered: isRegistered)
    }

    /// How many attempts it holds, begun or not.
    package var heldCount: Int { held.count }

    /// How many results it has set aside until their journal is back.
    package var resultsSetAside: Int { outbox.parkedCount }

    package var isStopped: Bool { phase == .stopped }

    /// The epoch to speak in, while there is one.
    package var epoch: Int64? {
        guard case .registered(let registration) = phase else { return nil }
        return registration.epoch
    }

    package mutating func handle(
        _ event: WorkerEvent, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        take(event, at: now, into: &effects)
        follow(at: now, into: &effects)
    }

    /// For events that came together: takes one of them. What follows is looked at once; the caller owes
    /// `follow` after the last.
    package mutating func take(
        _ event: WorkerEvent, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        switch event {
        case .received(let message):
            // In the epoch in which it ended.
            tellEnded(into: &effects)
            receive(message, at: now, into: &effects)
        case .reconnected: registerAnew(at: now)
        case .ended(let result): end(result, at: now, into: &effects)
        case .progressed(let progress): note(progress, at: now)
        case .checkpoint(let attempt, let bytes): keep(bytes, for: attempt, into: &effects)
        case .initialized(let agent, let failure):
            initialized(agent, failure: failure, at: now)
        case .healthChecked(let agent, let state, let message):
            healthChecked(agent, state, message, at: now)
        case .measured(let processorLoadPermille, let memoryBytes):
            self.processorLoadPermille = processorLoadPermille
            self.memoryBytes = memoryBytes
        case .drain:
            tellEnded(into: &effects)
            drain(into: &effects)
        case .stopAll: stopAll(.drained, into: &effects)
        case .tick: break
        }
    }

    /// What follows from all that was taken, and from the time.
    package mutating func follow(at now: Instant, into effects: inout [WorkerEffect]) {
        tellEnded(into: &effects)
        guard phase != .stopped else { return }
        superviseAgents(at: now, into: &effects)
        stopOverdue(at: now, into: &effects)
        keepWaiting(at: now, into: &effects)
        beginWaiting(at: now, into: &effects)
        leaveIfDrained(into: &effects)
        advance(at: now, into: &effects)
    }
}

/// What a worker is at.
package struct WorkerCoreFigures: Sendable, Equatable {
    /// Attempts that run, and that wait for a slot.
    package var running: Int
    package var waiting: Int
    /// Results that nobody has acknowledged, and those of other journals.
    package var unacknowledged: Int
    package var setAside: Int
    package var isRegistered: Bool
}
