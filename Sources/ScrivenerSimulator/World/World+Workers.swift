// The workers' shells: they hand messages and time to the real machine and carry out what it says.

import ScrivenerCore
import ScrivenerModel

extension World {
    @discardableResult
    func addWorker(_ blueprint: WorkerBlueprint, isLiar: Bool = false) -> SimulatedWorker {
        let worker = SimulatedWorker(
            index: workers.count, blueprint: blueprint, isLiar: isLiar)
        if !isLiar, random.chance(0.5) { worker.kept = [:] }
        workers.append(worker)
        return worker
    }

    // MARK: Processes

    func start(_ worker: SimulatedWorker) {
        guard worker.core == nil, !worker.isRetired else { return }
        let incarnation = incarnations[worker.name, default: 0] + 1
        incarnations[worker.name] = incarnation
        worker.process += 1
        worker.incarnation = incarnation
        worker.hasToLeave = false
        var configuration = WorkerConfiguration(
            workerID: worker.name, incarnation: incarnation, host: "host-\(worker.name)",
            processID: Int32(worker.process), softwareVersion: "1",
            agents: worker.blueprint.offers)
        configuration.resources = worker.blueprint.resources
        configuration.healthCheckInterval = scenario.healthCheckInterval
        configuration.orphanGrace = scenario.orphanGrace
        configuration.keepAfter = worker.kept == nil ? nil : .seconds(1)
        configuration.tellsDeaths = worker.kept != nil
        let kept = (worker.kept ?? [:]).sorted { $0.key < $1.key }.map { journal, results in
            KeptResults(
                journalID: journal, results: results.sorted { $0.key < $1.key }.map(\.value))
        }
        worker.core = WorkerCore(
            configuration: configuration, kept: kept, death: worker.untoldDeath,
            seed: random.next())
        note("\(worker.name) starts as incarnation \(incarnation)", worker.subject)
        // Whoever bears the name now takes over from all that did.
        for other in workers where other.name == worker.name { trouble(other) }
        updateSilence(worker)
        worker.isConnecting = false
        planConnect(worker, first: true)
        if !worker.isLiar { handle(.tick, by: worker) }
    }

    /// The process is gone, with all that it held.
    ///
    /// - Parameters:
    ///   - isReset: whether what was on its way is lost with it.
    ///   - hasLeft: whether it ended by itself, in good order.
    func kill(
        _ worker: SimulatedWorker, isReset: Bool, tellsPeer: Bool = true, hasLeft: Bool = false
    ) {
        guard worker.core != nil else { return }
        note("\(worker.name) dies", worker.subject)
        trouble(worker)
        if !hasLeft { noteDeath(of: worker) }
        worker.core = nil
        worker.tickAt = nil
        worker.pipe = []
        worker.inbox = []
        worker.finishedWhilePaused = []
        worker.forgetAll()
        for run in worker.runs.values.sorted() { endRun(run) }
        worker.runs = [:]
        if let connection = worker.connection {
            worker.connection = nil
            if tellsPeer {
                closeAtWorker(connection, isReset: isReset)
            } else {
                connections[connection].isOpenAtWorker = false
                connections[connection].down.envelopes.removeAll()
                if isReset { connections[connection].up.envelopes.removeAll() }
            }
        }
        updateSilence(worker)
    }

    /// What ran in the process is written down where the worker has a folder, unless its last death
    /// has not been told yet.
    private func noteDeath(of worker: SimulatedWorker) {
        let attempts = worker.runs.keys.sorted()
        watch.deaths.formUnion(attempts)
        guard worker.kept != nil, worker.untoldDeath == nil, !attempts.isEmpty else { return }
        worker.untoldDeath = WorkerDeath(
            journalID: "journal", incarnation: worker.incarnation,
            cause: .unknown, attempts: attempts)
    }

    /// Something happens that may keep the worker from being heard.
    func trouble(_ worker: SimulatedWorker) { worker.lastTrouble = max(worker.lastTrouble, now) }

    // MARK: The machine

    func receive(_ message: CoordinatorMessage, by worker: SimulatedWorker) {
        guard worker.core != nil else { return }
        guard !worker.isPaused else {
            worker.inbox.append(message)
            return
        }
        if worker.isLiar { return lie(after: message, worker) }
        worker.lastHeard = now
        note("\(worker.name) ← \(message.short)", worker.subject)
        if case .resultsCommitted(_, let attempts) = message {
            worker.unacknowledged.subtract(attempts)
        }
        worker.remember(message)
        noteArrival(message, at: worker)
        handle(.received(message), by: worker)
    }

    func tick(_ worker: SimulatedWorker, process: Int) {
        guard worker.process == process, worker.tickAt == now, worker.core != nil else { return }
        worker.tickAt = nil
        guard !worker.isPaused else { return }
        handle(.tick, by: worker)
    }

    func handle(_ event: WorkerEvent, by worker: SimulatedWorker) {
        worker.effects.removeAll(keepingCapacity: true)
        let local = now.advanced(by: worker.blueprint.clockOffset)
        worker.core?.handle(event, at: local, into: &worker.effects)
        let effects = worker.effects
        for effect in effects where worker.core != nil { carryOut(effect, by: worker) }
        planTick(worker)
    }

    private func planTick(_ worker: SimulatedWorker) {
        guard let deadline = worker.core?.nextDeadline else { return }
        let offset = worker.blueprint.clockOffset.nanoseconds
        let due = max(now, Instant(nanoseconds: deadline.nanoseconds - offset))
        if let planned = worker.tickAt, planned <= due { return }
        worker.tickAt = due
        queue.plan(.workerTick(worker: worker.index, process: worker.process), at: due)
    }

    private func carryOut(_ effect: WorkerEffect, by worker: SimulatedWorker) {
        switch effect {
        case .send(let message):
            note("\(worker.name) → \(message.short)", worker.subject)
            if case .results(let batch) = message {
                worker.unacknowledged.formUnion(batch.items.map(\.attempt))
            }
            checkSending(message, by: worker)
            send(message, from: worker)
        case .start(let assignment):
            begin(assignment.item, of: assignment.session, on: worker)
        case .stop(let attempt): stop(attempt, on: worker)
        case .initialize(let agent):
            plan(
                .agentSaid(
                    worker: worker.index, process: worker.process, agent: agent, isNew: true),
                in: random.span(milliseconds: 0...50))
        case .checkHealth(let agent):
            plan(
                .agentSaid(
                    worker: worker.index, process: worker.process, agent: agent, isNew: false),
                in: random.span(milliseconds: 0...50))
        case .reconnect:
            worker.pipe = []
            if let connection = worker.connection {
                closeAtWorker(connection, isReset: false)
            }
            worker.isConnecting = false
            planConnect(worker, first: true)
        case .keep(let kept):
            for result in kept.results {
                worker.kept?[kept.journalID, default: [:]][result.attempt] = result
            }
        case .forget(let journal, let attempts):
            for attempt in attempts { worker.kept?[journal]?[attempt] = nil }
            if worker.kept?[journal]?.isEmpty == true { worker.kept?[journal] = nil }
        case .registered(let welcome): noteWelcome(welcome, of: worker)
        case .forgetDeath:
            if let death = worker.untoldDeath { checkHeard(death, of: worker) }
            worker.untoldDeath = nil
        case .fail:
            kill(worker, isReset: false, hasLeft: true)
            planRestart(worker)
        case .leave:
            checkLeaving(worker)
            kill(worker, isReset: false, hasLeft: true)
            planRestart(worker)
        }
    }

    /// Whoever supervises the process starts another.
    func planRestart(_ worker: SimulatedWorker) {
        plan(.startWorker(worker.index), in: random.skewedSpan(milliseconds: 50...4_000))
    }

    // MARK: Being stopped

    func pause(_ worker: SimulatedWorker) {
        worker.pauses += 1
        worker.lastPause = now
        trouble(worker)
        updateSilence(worker)
        note("\(worker.name) is stopped", worker.subject)
    }

    func resume(_ worker: SimulatedWorker) {
        guard worker.pauses > 0 else { return }
        worker.pauses -= 1
        guard worker.pauses == 0, worker.core != nil else { return }
        worker.lastPause = now
        trouble(worker)
        updateSilence(worker)
        note("\(worker.name) goes on", worker.subject)
        let (messages, finished) = (worker.inbox, worker.finishedWhilePaused)
        worker.inbox = []
        worker.finishedWhilePaused = []
        worker.tickAt = nil
        handle(.tick, by: worker)
        for run in finished { agentIsDone(run) }
        for message in messages { receive(message, by: worker) }
    }

    // MARK: Agents' health

    /// An agent has been initialized, or says how it is.
    func agentSaid(_ agent: Int, isNew: Bool, by worker: SimulatedWorker, process: Int) {
        guard worker.process == process, worker.core != nil else { return }
        guard !worker.isPaused else {
            return plan(
                .agentSaid(worker: worker.index, process: process, agent: agent, isNew: isNew),
                in: .milliseconds(500))
        }
        let isWell = isHealed || !random.chance(scenario.rate(of: .sickAgents))
        worker.broken.remove(agent)
        guard !isNew else {
            let failure = isWell ? nil : "cannot start"
            if let failure {
                worker.broken.insert(agent)
                note("\(worker.name), agent \(agent) \(failure)", worker.subject)
            }
            return handle(.initialized(agentIndex: agent, failure: failure), by: worker)
        }
        let state: AgentHealth.State = isWell ? .ready : random.chance(0.5) ? .degraded : .failed
        let isNews = state == .failed && worker.broken.insert(agent).inserted
        if !isWell { note("\(worker.name), agent \(agent) is \(state)", worker.subject) }
        handle(
            .healthChecked(agentIndex: agent, state, message: isWell ? "" : "as drawn"), by: worker)
        if isNews { checkNews(of: agent, by: worker) }
    }
}
