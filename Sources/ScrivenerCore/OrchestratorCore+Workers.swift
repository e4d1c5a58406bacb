// Workers: registered, renewed, lost. A worker that registers says what it holds; what the
// coordinator believed otherwise ends there, and what it no longer wants is in the welcome.

package import ScrivenerModel

extension OrchestratorCore {
    // MARK: Registration

    mutating func register(
        _ connection: ConnectionID, _ registration: WorkerRegistration, _ deaths: [AttemptDeath],
        at now: Moment, into outcome: inout Outcome
    ) {
        guard let version = registration.protocolRange.common(with: .current) else {
            refuse(
                connection, .protocolVersion,
                "speaks protocol \(registration.protocolRange.minimum)…"
                    + "\(registration.protocolRange.maximum), this coordinator "
                    + "\(ProtocolRange.current.minimum)…\(ProtocolRange.current.maximum)",
                into: &outcome)
            return
        }
        // Attempts are matched with instances by agent: two of one name could not be told apart.
        guard Set(registration.agents.map(\.name)).count == registration.agents.count else {
            refuse(
                connection, .registrationInvalid, "two agents have the same name", into: &outcome)
            return
        }
        let worker = workerNumber(registration.workerID, at: now, into: &outcome)
        let known = registry.workers[Int(worker)]
        guard registration.incarnation >= known.incarnation else {
            refuse(
                connection, .workerSuperseded,
                "a newer process has registered as \(registration.workerID)", into: &outcome)
            return
        }
        // One that was overtaken on its way says what the worker held some time ago.
        guard
            registration.incarnation > known.incarnation || registration.registrationNumber == 0
                || registration.registrationNumber > known.registrationNumber
        else { return }
        guard registry.takeNewAgents(registration.agents, of: worker) else {
            let reason = "brings more than \(WorkerState.mostNewAgents) agents with new names"
            refuse(connection, .registrationInvalid, reason, into: &outcome)
            return
        }
        if let old = known.connection, old.id != connection,
            registration.incarnation > known.incarnation
        {
            refuse(
                old.id, .workerSuperseded,
                "a newer process has registered as \(registration.workerID)", into: &outcome)
        }
        admit(
            worker, connection, registration, deaths, version: version, at: now, into: &outcome)
    }

    private mutating func admit(
        _ worker: Int32, _ connection: ConnectionID, _ registration: WorkerRegistration,
        _ deaths: [AttemptDeath], version: Int, at now: Moment, into outcome: inout Outcome
    ) {
        // A connection speaks for one worker: if it spoke for another, that one is gone.
        if let other = registry.worker(on: connection), other != worker {
            lose(other, at: now, into: &outcome)
        }
        let agents = registration.agents.map {
            agentNumber($0.name, at: now, into: &outcome)
        }
        lastEpoch += 1
        let epoch = lastEpoch
        wakeDemands(ofWorker: worker)
        registry.retire(worker)
        dropLingering(of: worker, at: now)
        noteDeaths(deaths, toldBy: registration, worker: worker, at: now, into: &outcome)
        endUnclaimed(by: registration, worker: worker, at: now, into: &outcome)
        if performance.wantsSweep {
            performance.sweep { [registry] in
                $0 == worker || registry.workers[Int($0)].phase != .absent
            }
        }
        let rows = agents.map {
            performance.row(of: CircuitBreakers.Key(worker: worker, agent: $0))
        }
        if ledger.wantsSweep {
            ledger.sweep { [registry] in
                $0 == worker || registry.workers[Int($0)].phase != .absent
            }
        }
        for agent in agents {
            ledger.register(CircuitBreakers.Key(worker: worker, agent: agent), at: now.wall)
        }
        registry.connect(
            worker, registration, connection: connection, epoch: epoch, agents: agents,
            rows: rows, at: now)
        let stop = reclaim(worker, registration.running, at: now, into: &outcome)
        let lease = configuration.lease
        registry.renewLease(worker, until: now.instant.advanced(by: lease), at: now.instant)
        watchLease(of: worker, until: suspicion(of: worker))
        outcome.effects.append(
            .send(
                connection,
                .welcome(
                    Welcome(
                        journalID: journalID, coordinatorIncarnation: incarnation, epoch: epoch,
                        registrationNumber: registration.registrationNumber,
                        protocolVersion: version, lease: lease,
                        heartbeatInterval: heartbeatInterval,
                        maximumResultBytes: configuration.maximumResultBytes, stop: stop))))
        // Not in `stop`: what is cancelled has to be answered with a proof.
        let cancelling = registry.workers[Int(worker)].heldInOrder.filter(isToStop)
        sendCancel(of: cancelling, to: worker, into: &outcome)
        comeIntoService(worker)
        note(.joined, of: worker, at: now, into: &outcome)
    }

    /// A worker takes work, from now on or again.
    private mutating func comeIntoService(_ worker: Int32) {
        wakeDemands(ofWorker: worker)
        for instance in registry.workers[Int(worker)].instances { noteIdle(instance) }
    }

    /// Forgets what is over for its task: the worker is told to stop it with what else is unknown.
    private mutating func dropLingering(of worker: Int32, at now: Moment) {
        for attempt in registry.workers[Int(worker)].heldInOrder
        where registry.held(attempt, worker: worker)?.isLingering == true {
            dropLingering(attempt, worker: worker, at: now)
        }
    }

    /// Gives what the worker holds its slots again: its instances are new.
    ///
    /// - Returns: of what it runs, what it has to stop.
    private mutating func reclaim(
        _ worker: Int32, _ running: [AttemptReference], at now: Moment,
        into outcome: inout Outcome
    ) -> [AttemptReference] {
        for attempt in registry.workers[Int(worker)].heldInOrder {
            guard let held = registry.held(attempt, worker: worker) else { continue }
            if let instance = registry.instance(worker: worker, agent: held.agent) {
                registry.reclaim(
                    attempt, worker: worker, instance: instance,
                    resources: adoption(of: attempt, worker: worker))
            } else {
                endAsLost(attempt, worker: worker, at: now, into: &outcome)
            }
        }
        moveInAlone(worker)
        let held = registry.workers[Int(worker)].held
        return running.filter { !held.contains($0) }
    }

    /// What an attempt takes of the worker that runs it.
    private func adoption(of attempt: AttemptReference, worker: Int32) -> [ReservedResource] {
        sessions.read(attempt.session) { session in
            let task = Int(attempt.task)
            return registry.adoption(
                registry.demands[Int(session.demand(of: task))],
                memory: performance.peakMemoryMebibytes(kind: session.kind(of: task)),
                worker: worker)
        } ?? []
    }

    func sendCancel(
        of attempts: [AttemptReference], to worker: Int32, into outcome: inout Outcome
    ) {
        guard !attempts.isEmpty, let connection = registry.workers[Int(worker)].connection else {
            return
        }
        outcome.effects.append(
            .send(connection.id, .cancel(epoch: connection.epoch, attempts: attempts)))
    }

    mutating func workerNumber(
        _ id: String, at now: Moment, into outcome: inout Outcome
    ) -> Int32 {
        if let number = registry.workerNumber(id) { return number }
        let number = Int32(registry.workers.count)
        keep(.workerKnown(number: number, id: id), at: now, into: &outcome)
        return number
    }

    mutating func agentNumber(
        _ name: String, at now: Moment, into outcome: inout Outcome
    ) -> Int32 {
        if let number = registry.agentNumber(name) { return number }
        let number = Int32(registry.agentNames.count)
        keep(.agentKnown(number: number, name: name), at: now, into: &outcome)
        return number
    }

    private func refuse(
        _ connection: ConnectionID, _ code: ErrorCode, _ reason: String,
        into outcome: inout Outcome
    ) {
        outcome.effects.append(
            .send(connection, .refused(code: code, reason: reason, isFinal: true)))
    }

    // MARK: Leases

    /// A worker cannot renew a lease that it has not heard of: the lease counts from its welcome, and
    /// a worker whose welcome was late is not to be suspected for it.
    mutating func beginLease(
        _ connection: ConnectionID, at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registry.worker(on: connection) else { return }
        renewLease(of: worker, at: now, into: &outcome)
    }

    /// The worker is no longer suspected of being gone.
    private mutating func renewLease(
        of worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        let end = now.instant.advanced(by: configuration.lease)
        registry.renewLease(worker, until: end, at: now.instant)
        guard case .suspect = registry.workers[Int(worker)].phase else { return }
        registry.clearSuspicion(of: worker)
        comeIntoService(worker)
        note(.recovered, of: worker, at: now, into: &outcome)
    }

    mutating func renew(
        _ connection: ConnectionID, _ heartbeat: WorkerHeartbeat, at now: Moment,
        into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: heartbeat.epoch, into: &outcome) else {
            return
        }
        renewLease(of: worker, at: now, into: &outcome)
        registry.note(heartbeat, of: worker)
        noteHealth(heartbeat.health, of: worker, at: now.instant)
        noteReports(heartbeat.progress, from: worker)
        outcome.immediate.append(
            .send(
                connection,
                .heartbeatAcknowledged(
                    epoch: heartbeat.epoch, sequence: heartbeat.sequence,
                    interval: heartbeatInterval)))
        review(worker, on: connection, heartbeat, at: now.instant, into: &outcome)
    }

    /// How often each of the workers that there are now is to heartbeat.
    package var heartbeatInterval: TimeSpan {
        configuration.heartbeatInterval(of: registry.connectionCount)
    }

    /// What the worker says of its agents; those that it does not name are ready. One that comes
    /// back is tried with one task.
    private mutating func noteHealth(
        _ said: [AgentHealth], of worker: Int32, at now: Instant
    ) {
        for (index, number) in registry.workers[Int(worker)].instances.enumerated() {
            let health = said.last { $0.agentIndex == Int32(index) }
            let before = registry.instances[Int(number)].isAble
            // Those that cannot do without it look elsewhere.
            if before, health.map({ $0.state != .ready }) == true { wakeDemands(of: number) }
            guard registry.setHealth(health?.state ?? .ready, health?.message ?? "", of: number)
            else { continue }
            if !before, registry.instances[Int(number)].isAble {
                if registry.instances[Int(number)].wasRepaired {
                    circuits.demandProbe(circuit(of: number), at: now)
                }
                wakeDemands(of: number)
                noteIdle(number)
            }
        }
    }

    private mutating func noteReports(_ reports: [AttemptProgress], from worker: Int32) {
        for report in reports where holdsLive(report.attempt, worker: worker) {
            let isNews = sessions.modify(report.attempt.session) {
                $0.note(report)
            }
            if isNews == true { changed.append(report.attempt.session) }
        }
    }

    /// Once a lease, compares what the worker should hold with what it says.
    ///
    /// What a worker was given a lease ago it either runs, or has sent the result of before this
    /// heartbeat. If it runs fewer, something was lost on the way: it shall register and say what
    /// it holds. What should be stopping by now is asked for again.
    private mutating func review(
        _ worker: Int32, on connection: ConnectionID, _ heartbeat: WorkerHeartbeat,
        at now: Instant, into outcome: inout Outcome
    ) {
        guard let old = registry.review(worker, every: configuration.lease, at: now) else { return }
        if old.count > heartbeat.held {
            outcome.immediate.append(.send(connection, .introduce))
        } else {
            let stopping = old.filter {
                isToStop($0) || registry.held($0, worker: worker)?.isLingering == true
            }
            sendCancel(of: stopping, to: worker, into: &outcome)
        }
    }

    /// The worker behind a connection; strangers, and those of another epoch, are told to register.
    @inline(always)
    func registered(
        _ connection: ConnectionID, epoch: Int64, into outcome: inout Outcome
    ) -> Int32? {
        guard let worker = registry.worker(on: connection),
            registry.workers[Int(worker)].connection?.epoch == epoch
        else {
            outcome.immediate.append(.send(connection, .introduce))
            return nil
        }
        return worker
    }

    mutating func checkLease(
        of worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        // An earlier one has been set since.
        if let watched = registry.workers[Int(worker)].leaseWatchedAt, watched > now.instant {
            return
        }
        registry.watchLease(worker, at: nil)
        guard registry.workers[Int(worker)].phase != .absent else { return }
        let leaseUntil = registry.workers[Int(worker)].leaseUntil
        let due = max(leaseUntil, leaseAmnesty)
        guard due <= now.instant else {
            doubt(worker, leaseEnds: due, at: now, into: &outcome)
            return
        }
        counters.expiredLeases += 1
        lose(worker, at: now, into: &outcome)
    }

    /// A worker that has been silent for half its lease gets nothing new until it is heard.
    private mutating func doubt(
        _ worker: Int32, leaseEnds due: Instant, at moment: Moment, into outcome: inout Outcome
    ) {
        let now = moment.instant
        let suspicion = max(suspicion(of: worker), leaseAmnesty)
        guard suspicion <= now, registry.workers[Int(worker)].takesWork else {
            watchLease(of: worker, until: suspicion > now ? suspicion : due)
            return
        }
        note(.suspected, of: worker, at: moment, into: &outcome)
        wakeDemands(ofWorker: worker)
        registry.markSuspect(worker)
        watchLease(of: worker, until: due)
    }

    private func suspicion(of worker: Int32) -> Instant {
        let half = TimeSpan(nanoseconds: -(configuration.lease.nanoseconds / 2))
        return registry.workers[Int(worker)].leaseUntil.advanced(by: half)
    }

    /// Sees to it that a timer looks at the worker's lease by then. One a worker suffices.
    mutating func watchLease(of worker: Int32, until due: Instant) {
        if let watched = registry.workers[Int(worker)].leaseWatchedAt, watched <= due { return }
        registry.watchLease(worker, at: due)
        timers.add(.lease(worker: worker), at: due)
    }

    /// Everything that the worker holds ends as lost and can be dispatched again.
    mutating func lose(
        _ worker: Int32, as step: WorkerStep = .lost, at now: Moment, into outcome: inout Outcome
    ) {
        note(step, of: worker, at: now, into: &outcome)
        wakeDemands(ofWorker: worker)
        registry.markAbsent(worker)
        for attempt in registry.workers[Int(worker)].heldInOrder {
            endAsLost(attempt, worker: worker, at: now, into: &outcome)
        }
    }

    func lossDisposition(of attempt: AttemptReference) -> TaskDisposition {
        hasOther(than: attempt) ? .absorbed : isAtMostOnce(attempt) ? .final : .requeue
    }

    mutating func endAsLost(
        _ attempt: AttemptReference, worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        guard registry.held(attempt, worker: worker)?.isLingering != true else {
            dropLingering(attempt, worker: worker, at: now)
            return
        }
        let ending = AttemptEnding(
            outcome: .workerLost, disposition: lossDisposition(of: attempt))
        end(attempt, worker: worker, ending: ending, at: now, into: &outcome)
    }

    // MARK: Leaving

    mutating func drain(
        _ connection: ConnectionID, epoch: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registry.worker(on: connection),
            registry.workers[Int(worker)].connection?.epoch == epoch
        else { return }
        noteDraining(of: worker, at: now, into: &outcome)
        wakeDemands(ofWorker: worker)
        registry.markDraining(worker)
    }
}
