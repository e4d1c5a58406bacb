// The worker's one thread that owns its socket and its machine. It sleeps in `zmq_poll` until a
// message comes, an agent reports, or a deadline passes; everything else is the machine's to decide.

import Foundation
import Logging
import ScrivenerCore
import ScrivenerModel
import ScrivenerShell
import ScrivenerWire
import ZeroMQ

/// What the loop is told by other threads.
enum WorkerInput: Sendable {
    case host(HostReport)
    /// Finish what runs and leave.
    case drain
    /// Leave now.
    case abandon
    /// Files of keys may have changed.
    case reload
}

/// The worker's thread. Everything here is confined to it.
final class WorkerLoop {
    private let settings: WorkerSettings
    private let line: CoordinatorLine
    private let mailbox: Mailbox<WorkerInput>
    private let host: AgentHost
    private let commands: AsyncStream<HostCommand>.Continuation
    private var meters: WorkerMeters
    private let onRegistered: @Sendable () -> Void
    private let logger: Logger
    private let poller: Poller
    private let message = Message(maximumFrameCount: 2)
    /// The coordinator's: on messages by configuration, on results by its welcome.
    private var limits = WireLimits()
    /// Whether results are held against them again before they are sent.
    private var checksResults = false
    private var core: WorkerCore
    /// Absent when the worker has no folder.
    private let outbox: OutboxFile?
    /// The same.
    private let box: BlackBox?
    private var joiner = ResultJoiner()
    private var output: OutputSender
    private var effects: [WorkerEffect] = []
    /// Those that are being carried out.
    private var pending: [WorkerEffect] = []
    private var inputs: [WorkerInput] = []
    /// What the effects that are being carried out start, and stop.
    private var starting: [HostedAttempt] = []
    private var stopping: Set<AttemptReference> = []
    private var failure: (any Error)?
    private var running = RunningAttempts()
    /// When to look after the host's runner, while there is one.
    private var runnerDue: Instant?
    /// Of the last registration.
    private var epoch: Int64?
    /// When a worker that drains stops what still runs; and when it then leaves, whatever has not
    /// stopped.
    private var drainDeadline: Instant?
    private var isStopping = false
    private var isAbandoned = false
    private var isReloading = false
    private var measuredAt = Instant.zero
    /// Nothing that is being carried out was decided before this.
    private var turnBegan = Instant.zero
    /// Agents whose initialization has succeeded at least once.
    private var initializedAgents: Set<Int> = []

    /// How many messages are read before agents' reports are looked at again.
    private static let messagesPerTurn = 256

    init(
        settings: WorkerSettings, credentials: WorkerCredentials?, core: WorkerCore,
        outbox: OutboxFile?, box: BlackBox?, context: Context,
        mailbox: Mailbox<WorkerInput>, host: AgentHost,
        commands: AsyncStream<HostCommand>.Continuation, meters: WorkerMeters,
        onRegistered: @escaping @Sendable () -> Void, logger: Logger
    ) {
        self.onRegistered = onRegistered
        self.settings = settings
        limits.messageBytes = settings.maximumMessageBytes
        self.core = core
        self.outbox = outbox
        self.box = box
        self.mailbox = mailbox
        self.host = host
        self.commands = commands
        self.logger = logger
        self.meters = meters
        output = OutputSender(host.output)
        poller = Poller(wakeUp: mailbox.wakeUp)
        line = CoordinatorLine(
            to: settings.coordinator, credentials: credentials,
            maximumMessageBytes: settings.maximumMessageBytes, in: context, poller: poller,
            logger: logger)
        host.setLimits(limits)
    }

    /// Returns when the worker has left, and throws when it was refused for good.
    func run() throws {
        defer {
            running.stopAll()
            commands.finish()
            line.close()
        }
        try line.open(at: BootClock.now)
        while !core.isStopped && !isAbandoned {
            turnBegan = BootClock.now
            measure()
            core.handle(.tick, at: BootClock.now, into: &effects)
            try carryOut()
            guard !core.isStopped else { break }
            _ = try poller.wait(timeout: patience)
            turnBegan = BootClock.now
            if runnerDue != nil { runnerDue = host.runner.watch(at: BootClock.now) }
            takeInputs()
            if let drainDeadline, drainDeadline <= BootClock.now { endDraining() }
            guard !isAbandoned else { break }
            try attendLine()
            try sendOutput()
            try receive()
            try carryOut()
            try line.flush()
        }
        if isAbandoned { try leaveBehind() }
        core.keepAll(into: &effects)
        try carryOut()
        if let failure { throw failure }
    }

    private var patience: Duration? {
        let deadlines = [
            core.nextDeadline, drainDeadline, runnerDue, output.due, line.nextDue,
        ].compactMap(\.self)
        guard let deadline = deadlines.min() else { return nil }
        return max(.zero, deadline.since(BootClock.now).duration)
    }

    /// What has not ended by now is stopped, and handed back when it has; what does not stop in time
    /// either is left behind.
    private func endDraining() {
        guard !isStopping else {
            isAbandoned = true
            return
        }
        isStopping = true
        drainDeadline = BootClock.now.advanced(by: .seconds(settings.stopTimeout / .seconds(1)))
        handle(.stopAll)
    }

    /// What the line does of its own accord ends the registration that the machine knows of.
    private func attendLine() throws {
        let hasDialled = try line.attend(at: BootClock.now, isReloading: isReloading)
        isReloading = false
        if hasDialled { handle(.reconnected) }
    }

    // MARK: In

    private func takeInputs() {
        guard mailbox.drain(into: &inputs) else { return }
        let now = BootClock.now
        for input in inputs {
            switch input {
            // What the agents say from then on only says that they were stopped.
            case .host(.ended(let attempt)) where isAbandoned: running.remove(attempt)
            case _ where isAbandoned: break
            case .host(let report):
                guard let event = event(report) else { break }
                core.take(event, at: now, into: &effects)
            case .drain:
                drainDeadline = now.advanced(by: .seconds(settings.drainTimeout / .seconds(1)))
                core.take(.drain, at: now, into: &effects)
            case .abandon: isAbandoned = true
            case .reload: isReloading = true
            }
        }
        inputs.removeAll(keepingCapacity: true)
        core.follow(at: now, into: &effects)
    }

    /// - Returns: `nil` when it is nothing to the machine, or the worker cannot go on.
    private func event(_ report: HostReport) -> WorkerEvent? {
        switch report {
        case .ended(let attempt):
            running.remove(attempt)
            if output.due != nil { output.noteEnd(of: attempt.reference, at: BootClock.now) }
            if let note = attempt.note { box?.ended(note) }
            guard var outcome = attempt.takeOutcome() else { return nil }
            check(&outcome, parameters: attempt.assignment.item.parameters)
            meters.ended(outcome, agentIndex: attempt.agentIndex)
            return .ended(outcome)
        case .emitted:
            output.noteOutput(at: BootClock.now)
            return nil
        case .progressed(let progress): return .progressed(progress)
        case .checkpoint(let attempt, let bytes): return .checkpoint(attempt, bytes)
        case .initialized(let index, let failure):
            guard mayGoOn(index, failure) else { return nil }
            return .initialized(agentIndex: index, failure: failure?.message)
        case .healthChecked(let index, let state, let message):
            return .healthChecked(agentIndex: index, state, message: message)
        }
    }

    /// When it is tried again is the machine's to say. What could never be started and no second try
    /// will mend ends the worker; what has worked before may do so again.
    ///
    /// - Returns: whether the worker goes on.
    private func mayGoOn(_ index: Int, _ failure: AgentFailure?) -> Bool {
        let isMendable = failure.map {
            $0.failureClass != .permanent && $0.failureClass != .invalidInput
        }
        guard isMendable ?? true || initializedAgents.contains(index) else {
            self.failure = failure
            isAbandoned = true
            return false
        }
        if failure == nil { initializedAgents.insert(index) }
        return true
    }

    private func handle(_ event: WorkerEvent) {
        core.handle(event, at: BootClock.now, into: &effects)
    }

    /// Before a heartbeat is due, so that it says how the host is now.
    private func measure() {
        let now = BootClock.now
        guard now.since(measuredAt) >= .seconds(1) else { return }
        measuredAt = now
        handle(
            .measured(
                processorLoadPermille: HostUsage.processorLoadPermille,
                memoryBytes: HostUsage.residentBytes))
        meters.publish(core.figures)
    }

    /// - Parameter parameters: the attempt's own.
    private func check(_ result: inout AttemptResult, parameters: RawJSON? = nil) {
        host.check(&result.result, of: result.attempt, against: limits, known: parameters)
    }

    private func receive() throws {
        guard let socket = line.socket else { return }
        // How many of the effects are known not to ask for another socket.
        var seen = 0
        for _ in 0..<Self.messagesPerTurn {
            do throws(ZeroMQError) {
                guard try socket.receive(into: message) else { return }
            } catch {
                guard error.code == .tooManyFrames else { throw error }
                logger.warning("stray message dropped")
                continue
            }
            let decoded = message.withSpan(ofFrame: 0) { span in
                Result { () throws(WireError) in
                    try WireCodec.decode(coordinator: span, limits: limits)
                }
            }
            switch decoded {
            case .success(let received):
                if case .refused(let code, let reason, false) = received {
                    logger.warning(
                        "refused", metadata: ["code": "\(code.rawValue)", "reason": "\(reason)"])
                }
                if case .welcome(let welcome) = received {
                    learnLimits(welcome)
                    output.welcomed(welcome, at: BootClock.now)
                }
                if case .heartbeatAcknowledged(let epoch, let sequence, _) = received,
                    epoch == core.epoch
                {
                    output.acknowledged(heartbeat: sequence, at: BootClock.now)
                }
                core.handle(.received(received), at: BootClock.now, into: &effects)
                if case .welcome = received { try sendOutput() }
            case .failure(let error):
                logger.warning("message not understood", metadata: ["error": "\(error)"])
            case nil: continue
            }
            let isDoubtful = effects[seen...].contains {
                if case .reconnect = $0 { true } else { false }
            }
            if isDoubtful { return }
            seen = effects.count
        }
    }

    /// What was finished under a larger limit may have to be sent under this one.
    private func learnLimits(_ welcome: Welcome) {
        let limit = Int(welcome.maximumResultBytes)
        checksResults = checksResults || limit < limits.resultBytes
        limits.resultBytes = limit
        host.setLimits(limits)
    }

    // MARK: Out

    private func carryOut() throws {
        swap(&effects, &pending)
        defer { pending.removeAll(keepingCapacity: true) }
        // All at once, and before any of them is sent: the disk is waited for once.
        outbox?.keep(
            pending.compactMap { if case .keep(let kept) = $0 { kept } else { nil } })
        for effect in pending {
            switch effect {
            case .send(var message):
                if checksResults, case .results(var batch) = message {
                    for index in batch.items.indices { check(&batch.items[index]) }
                    message = .results(batch)
                }
                if case .heartbeat(let heartbeat) = message {
                    output.sent(heartbeat: heartbeat.sequence)
                }
                for message in joiner.add(message) { try line.send(WireCodec.encode(message)) }
            case .start(let assignment):
                let attempt = HostedAttempt(assignment, host: host, startedAt: turnBegan)
                attempt.note = box?.began(assignment.item.attempt)
                running.add(attempt)
                starting.append(attempt)
            case .stop(let attempt): stopping.insert(attempt)
            case .initialize(let index): commands.yield(.initialize(agentIndex: index))
            case .checkHealth(let index): commands.yield(.checkHealth(agentIndex: index))
            case .reconnect:
                logger.info("no answer from the coordinator; connecting anew")
                if let rest = joiner.finish() { try line.send(WireCodec.encode(rest)) }
                try line.reopen(at: BootClock.now)
                meters.reconnected()
            case .keep: continue
            case .forget(let journal, let attempts): outbox?.forget(journal, attempts)
            case .registered(let welcome):
                epoch = welcome.epoch
                meters.registered()
                logger.info(
                    "registered",
                    metadata: ["epoch": "\(welcome.epoch)", "journal": "\(welcome.journalID)"])
                box?.serves(welcome.journalID)
                saySetAside(by: welcome)
                onRegistered()
                if try line.welcomed(welcome.redial, at: BootClock.now) { handle(.reconnected) }
            case .forgetDeath: box?.forgetUntold()
            case .fail(let error): failure = error
            case .leave: logger.info("left the pool")
            }
        }
        if let rest = joiner.finish() { try line.send(WireCodec.encode(rest)) }
        start()
        running.stop(stopping)
        stopping.removeAll(keepingCapacity: true)
    }

    /// Past the effects, which may wait for room: before the results of what said it.
    private func sendOutput() throws {
        guard output.due != nil else { return }
        guard let message = output.message(epoch: core.epoch, at: BootClock.now) else { return }
        try line.send(WireCodec.encode(message))
    }

    private func start() {
        guard !starting.isEmpty else { return }
        let hasRunner = host.runner.start(starting)
        starting.removeAll(keepingCapacity: true)
        if hasRunner, runnerDue == nil {
            runnerDue = BootClock.now.advanced(by: AttemptRunner.patience)
        }
    }

    /// Whoever restored a backup, or lost a volume, has to know what the pool still has.
    private func saySetAside(by welcome: Welcome) {
        guard core.resultsSetAside > 0 else { return }
        logger.warning(
            "results of another journal are set aside until that is back",
            metadata: [
                "results": "\(core.resultsSetAside)", "journal": "\(welcome.journalID)",
            ])
    }

    /// Leaves with work undone, and says so when its agents have stopped: others can take the work at once then, and the
    /// tasks are not charged for it. Of what does not stop only the end of the lease is a proof.
    private func leaveBehind() throws {
        logger.warning(
            "leaving the pool with attempts unfinished", metadata: ["attempts": "\(running.count)"])
        // Results that came just now are no reason to have others do the work again.
        try carryOut()
        running.stopAll()
        let deadline = BootClock.now.advanced(by: .seconds(1))
        while running.count > 0, BootClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.02)
            _ = mailbox.drain(into: &inputs)
            for case .host(.ended(let attempt)) in inputs {
                running.remove(attempt)
            }
            inputs.removeAll(keepingCapacity: true)
        }
        if running.count == 0, let epoch { try line.send(WireCodec.encode(.goodbye(epoch: epoch))) }
    }
}
