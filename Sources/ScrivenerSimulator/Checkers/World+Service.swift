// Work goes to those who take it: who has registered and is not leaving, whom the coordinator has
// heard within half a lease, and whose agent says that it can. And no more of it at once than the
// pool, and each agent in it, may do.

import ScrivenerCore
import ScrivenerModel

/// What the coordinator was told of its workers since it started.
struct ServiceWatch {
    /// A registration that was answered.
    struct Registration: Equatable {
        var connection: ConnectionID
        var epoch: Int64
    }

    /// Workers that have registered, and have neither left nor been given up since.
    var inService: Set<String> = []
    /// The last registration of each.
    var registrations: [String: Registration] = [:]
    /// How their agents are, by their place in the registration; those that are not named are well.
    var health: [String: [AgentHealth]] = [:]
    /// Attempts that are over for their task and whose workers have not said that they have stopped.
    var lingering: [AttemptReference: LiveRecord] = [:]
    /// Workers whose welcome took so long to reach the disk that they may have been given up before
    /// it left, and that have not been heard since.
    var lateWelcomes: Set<String> = []

    /// How an agent is, by its place in the registration; `nil` when it is well.
    func health(of agent: Int, on worker: String) -> AgentHealth? {
        health[worker]?.last { Int($0.agentIndex) == agent }
    }

    /// Whether an agent is certain to be given work.
    func isReady(_ agent: Int, of worker: String) -> Bool {
        inService.contains(worker) && health(of: agent, on: worker) == nil
    }
}

extension World {
    private func name(on connection: ConnectionID) -> String? {
        let number = Int(exactly: connection.rawValue) ?? -1
        guard connections.indices.contains(number) else { return nil }
        return workers[connections[number].worker].name
    }

    /// Takes note of who leaves or is given up, before the facts of the same event.
    func noteService(_ event: OrchestratorEvent) {
        switch event {
        case .draining(let connection, let epoch):
            _ = noteLeaving(ServiceWatch.Registration(connection: connection, epoch: epoch))
        case .goodbye(let connection, let epoch):
            let name = noteLeaving(
                ServiceWatch.Registration(connection: connection, epoch: epoch))
            if let name { watch.service.registrations[name] = nil }
        case .overflowed(let connection), .expelled(let connection),
            .unroutable(let connection):
            guard let name = name(on: connection),
                watch.service.registrations[name]?.connection == connection
            else { return }
            watch.service.inService.remove(name)
            watch.service.registrations[name] = nil
        case .drainWorker(let name, _): watch.service.inService.remove(name)
        case .results(_, _, let ended):
            for each in ended { watch.service.lingering[each.attempt] = nil }
        case .released(_, _, let attempts):
            for attempt in attempts { watch.service.lingering[attempt] = nil }
        default: return
        }
    }

    /// - Returns: whose registration it is, if it stands.
    private func noteLeaving(_ registration: ServiceWatch.Registration) -> String? {
        guard let name = name(on: registration.connection),
            watch.service.registrations[name] == registration
        else { return nil }
        watch.service.inService.remove(name)
        return name
    }

    /// Takes note of an answer that renews a lease: to a registration, or to a heartbeat.
    func noteAnswer(_ effect: OrchestratorEffect, to event: OrchestratorEvent) {
        guard case .send(let connection, let message) = effect, let name = name(on: connection)
        else { return }
        switch message {
        case .welcome(let welcome):
            watch.service.registrations[name] = ServiceWatch.Registration(
                connection: connection, epoch: welcome.epoch)
            watch.service.inService.insert(name)
            watch.service.lateWelcomes.remove(name)
            if let worker = handled.workers.firstIndex(of: name) {
                watch.service.lingering = watch.service.lingering.filter { $1.worker != worker }
            }
            if case .register(_, let registration, _) = event {
                watch.service.health[name] = registration.health
            }
            renew(connection)
        case .heartbeatAcknowledged:
            watch.service.lateWelcomes.remove(name)
            if case .heartbeat(_, let heartbeat) = event {
                noteReports(heartbeat, of: name)
                watch.service.health[name] = heartbeat.health
            }
            renew(connection)
            if coordinator?.core.isSuspect(connection) == true {
                report(
                    .service, "\(name) has just been heard and gets no work",
                    Subject(worker: name))
            }
        default: return
        }
    }

    /// A welcome leaves: its worker's lease counts from now.
    func noteWelcome(on connection: ConnectionID) {
        guard let name = name(on: connection) else { return }
        let heard = watch.lastRenewals[name] ?? .zero
        if now >= heard.advanced(by: watch.lease) { watch.service.lateWelcomes.insert(name) }
        renew(connection)
    }

    /// The lease of the worker that is registered on a connection counts from now.
    func renew(_ connection: ConnectionID) {
        guard let name = name(on: connection),
            watch.service.registrations[name]?.connection == connection
        else { return }
        watch.lastRenewals[name] = now
    }

    /// Whoever comes back is told to stop what is no longer his.
    func checkWelcome(_ effect: OrchestratorEffect, to event: OrchestratorEvent) {
        guard case .send(let connection, .welcome(let welcome)) = effect,
            case .register(_, let registration, _) = event, let name = name(on: connection)
        else { return }
        let others = registration.running.filter { attempt in
            handled.holder(of: attempt).flatMap(handled.name(ofWorker:)) != name
        }
        if Set(welcome.stop) != Set(others) {
            report(
                .overlap,
                "\(name) is told to stop \(welcome.stop.map(\.short)), not "
                    + "\(others.map(\.short))", Subject(worker: name))
        }
    }

    /// A worker whose agent has just failed has said so at once, if anybody listens.
    func checkNews(of agent: Int, by worker: SimulatedWorker) {
        guard worker.registeredEpoch != nil else { return }
        let hasSaid = worker.effects.contains { effect in
            guard case .send(let message) = effect else { return false }
            return switch message {
            case .heartbeat(let heartbeat):
                heartbeat.health.contains { Int($0.agentIndex) == agent }
            case .register: true
            default: false
            }
        }
        if !hasSaid {
            report(
                .service, "\(worker.name) does not say that its agent \(agent) has failed",
                worker.subject)
        }
    }

    // MARK: The rule

    /// Whoever is given an attempt takes work, as far as the coordinator has been told.
    func checkService(_ attempt: AttemptReference, worker name: String, agent: String) {
        func report(_ text: String) {
            self.report(
                .service, "\(attempt.short) is given to \(name), \(text)",
                Subject(session: attempt.session, task: attempt.task, worker: name))
        }
        guard watch.service.inService.contains(name) else { return report("which takes no work") }
        let half = TimeSpan(nanoseconds: watch.lease.nanoseconds / 2)
        let heard = watch.lastRenewals[name] ?? .zero
        let suspect = max(heard.advanced(by: half), watch.amnestyUntil)
        if now > suspect.advanced(by: DetectionWatch.margin) {
            report("which was last heard \(now.since(heard).milliseconds) ms ago")
        }
        let offers = workers.last { $0.name == name }?.blueprint.offers
        let health = offers?.firstIndex { $0.name == agent }.flatMap {
            watch.service.health(of: $0, on: name)
        }
        switch health?.state {
        case .initializing?, .failed?: report("whose agent is not well")
        case .ready?, .degraded?, nil: return
        }
    }

    /// What is done twice keeps to its budget.
    func checkBudget(_ attempt: AttemptReference) {
        let isHedge = handled.task(of: attempt)?.isLive == true
        let budget = watch.given.attempts * configuration.hedging.budgetPermille
        if isHedge, watch.given.hedges * 1_000 >= budget {
            report(
                .limits, "\(attempt.short) is a hedge too many: \(watch.given)", subject(attempt))
        }
        watch.given.attempts += 1
        watch.given.hedges += isHedge ? 1 : 0
    }

    /// The pool, and an agent in it, run no more at once than they may.
    func checkPoolLimits(_ attempt: AttemptReference, agent: Int32) {
        let running = handled.liveCounts.reduce(0, +)
        if running > configuration.maximumRunningAttempts {
            report(
                .limits,
                "\(running) attempts run in the pool, may be "
                    + "\(configuration.maximumRunningAttempts)", subject(attempt))
        }
        let name = handled.agents[Int(agent)]
        let ofAgent = handled.liveByAgent[Int(agent)]
        if let limit = configuration.agentLimits[name], ofAgent > limit {
            report(.limits, "\(ofAgent) attempts of \(name) run, may be \(limit)", subject(attempt))
        }
    }
}
