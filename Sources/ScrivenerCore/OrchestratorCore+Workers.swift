// Workers: registered, renewed, lost. A worker that registers says what it holds; what the
// coordinator believed otherwise ends there, and what it no longer wants is in the welcome.

import ScrivenerModel

extension OrchestratorCore {
    // MARK: Registration

    mutating func register(
        _ connection: ConnectionID, _ registration: WorkerRegistration, at now: Moment,
        into outcome: inout Outcome
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
        if let old = known.connection, old.id != connection,
            registration.incarnation > known.incarnation
        {
            refuse(
                old.id, .workerSuperseded,
                "a newer process has registered as \(registration.workerID)", into: &outcome)
        }
        admit(
            worker, connection, registration, version: version, at: now, into: &outcome)
    }

    private mutating func admit(
        _ worker: Int32, _ connection: ConnectionID, _ registration: WorkerRegistration,
        version: Int, at now: Moment, into outcome: inout Outcome
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
        wakeDemands(of: worker)
        registry.retire(worker)
        endUnclaimed(by: registration, worker: worker, at: now, into: &outcome)
        if performance.wantsSweep {
            performance.sweep { [registry] in
                $0 == worker || registry.workers[Int($0)].phase != .absent
            }
        }
        let rows = agents.map {
            performance.row(of: CircuitBreakers.Key(worker: worker, agent: $0))
        }
        registry.connect(
            worker, registration, connection: connection, epoch: epoch, agents: agents,
            rows: rows)
        let stop = reclaim(worker, registration.running, at: now, into: &outcome)
        let lease = configuration.lease
        registry.renewLease(worker, until: now.instant.advanced(by: lease), at: now.instant)
        watchLease(of: worker, until: now.instant.advanced(by: lease))
        outcome.effects.append(
            .send(
                connection,
                .welcome(
                    Welcome(
                        journalID: journalID, coordinatorIncarnation: incarnation, epoch: epoch,
                        protocolVersion: version, lease: lease,
                        heartbeatInterval: configuration.heartbeatInterval,
                        maximumResultBytes: configuration.maximumResultBytes, stop: stop))))
        // Not in `stop`: what is cancelled has to be answered with a proof.
        let cancelling = registry.workers[Int(worker)].heldInOrder.filter(isTaskCancelling)
        sendCancel(of: cancelling, to: worker, into: &outcome)
        for instance in registry.workers[Int(worker)].instances {
            for demand in registry.instances[Int(instance)].demands { dispatcher.wake(demand) }
        }
    }

    /// Ends what the worker should hold and does not claim.
    private mutating func endUnclaimed(
        by registration: WorkerRegistration, worker: Int32, at now: Moment,
        into outcome: inout Outcome
    ) {
        // Attempts of another journal bear the same numbers and mean nothing here.
        let isOurs = registration.journalID.isEmpty || registration.journalID == journalID
        let claimed = isOurs ? Set(registration.running).union(registration.outbox) : []
        for attempt in registry.workers[Int(worker)].heldInOrder where !claimed.contains(attempt) {
            endAsLost(attempt, worker: worker, at: now, into: &outcome)
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
            let agent = sessions.read(attempt.session) {
                $0.graph.latestExecution(ofTask: Int(attempt.task)).agent
            }
            if let agent, let instance = registry.instance(worker: worker, agent: agent) {
                registry.takeSlot(instance)
            } else {
                endAsLost(attempt, worker: worker, at: now, into: &outcome)
            }
        }
        let held = registry.workers[Int(worker)].held
        return running.filter { !held.contains($0) }
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

    private mutating func workerNumber(
        _ id: String, at now: Moment, into outcome: inout Outcome
    ) -> Int32 {
        if let number = registry.workerNumber(id) { return number }
        let number = Int32(registry.workers.count)
        keep(.workerKnown(number: number, id: id), at: now, into: &outcome)
        return number
    }

    private mutating func agentNumber(
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

    /// A worker cannot renew a lease that it has not heard of: the lease counts from its welcome.
    mutating func beginLease(_ connection: ConnectionID, at now: Moment) {
        guard let worker = registry.worker(on: connection) else { return }
        registry.renewLease(
            worker, until: now.instant.advanced(by: configuration.lease), at: now.instant)
    }

    mutating func renew(
        _ connection: ConnectionID, _ heartbeat: WorkerHeartbeat, at now: Moment,
        into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: heartbeat.epoch, into: &outcome) else {
            return
        }
        registry.renewLease(
            worker, until: now.instant.advanced(by: configuration.lease), at: now.instant)
        registry.note(heartbeat, of: worker)
        outcome.immediate.append(
            .send(
                connection,
                .heartbeatAcknowledged(epoch: heartbeat.epoch, sequence: heartbeat.sequence)))
        review(worker, on: connection, heartbeat, at: now.instant, into: &outcome)
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
            sendCancel(of: old.filter(isTaskCancelling), to: worker, into: &outcome)
        }
    }

    /// Messages to the worker do not arrive: it gets no more of them, and has to register and say
    /// what it holds. Its lease runs on.
    mutating func loseTouch(with connection: ConnectionID) {
        counters.unroutableMessages += 1
        guard let worker = registry.worker(on: connection) else { return }
        wakeDemands(of: worker)
        registry.markOutOfReach(worker)
    }

    /// The worker behind a connection; strangers, and those of another epoch, are told to register.
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
        let state = registry.workers[Int(worker)]
        // An earlier one has been set since.
        if let watched = state.leaseWatchedAt, watched > now.instant { return }
        registry.watchLease(worker, at: nil)
        guard state.phase != .absent else { return }
        let due = max(state.leaseUntil, leaseAmnesty)
        guard due <= now.instant else {
            watchLease(of: worker, until: due)
            return
        }
        counters.expiredLeases += 1
        lose(worker, at: now, into: &outcome)
    }

    /// Sees to it that a timer looks at the worker's lease by then. One a worker suffices.
    private mutating func watchLease(of worker: Int32, until due: Instant) {
        if let watched = registry.workers[Int(worker)].leaseWatchedAt, watched <= due { return }
        registry.watchLease(worker, at: due)
        timers.add(.lease(worker: worker), at: due)
    }

    /// Everything that the worker holds ends as lost and can be dispatched again.
    mutating func lose(_ worker: Int32, at now: Moment, into outcome: inout Outcome) {
        wakeDemands(of: worker)
        registry.markAbsent(worker)
        for attempt in registry.workers[Int(worker)].heldInOrder {
            endAsLost(attempt, worker: worker, at: now, into: &outcome)
        }
    }

    private mutating func endAsLost(
        _ attempt: AttemptReference, worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        let ending = AttemptEnding(outcome: .workerLost, disposition: .requeue)
        end(attempt, worker: worker, ending: ending, at: now, into: &outcome)
    }

    // MARK: Leaving

    mutating func drain(_ connection: ConnectionID, epoch: Int64) {
        guard let worker = registry.worker(on: connection),
            registry.workers[Int(worker)].connection?.epoch == epoch
        else { return }
        wakeDemands(of: worker)
        registry.markDraining(worker)
    }

    mutating func leave(
        _ connection: ConnectionID, epoch: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registry.worker(on: connection),
            registry.workers[Int(worker)].connection?.epoch == epoch
        else { return }
        lose(worker, at: now, into: &outcome)
    }

    // MARK: Recovery

    /// After the journal was read back: what was running waits for its worker, the rest goes on.
    mutating func recover(at now: Moment) {
        var holders: Set<Int32> = []
        for number in sessions.numbers {
            sessions.modify(number) { $0.listReady() }
            let (held, backingOff, deadline) =
                sessions.read(number) { Self.unfinished($0) } ?? ([], [], nil)
            for (attempt, worker) in held {
                registry.hold(attempt, worker: worker)
                holders.insert(worker)
            }
            for (task, until) in backingOff {
                timers.add(.backOff(session: number, task: task), at: until)
            }
            if let deadline { timers.add(.sessionTimeout(session: number), at: deadline) }
            enqueueReady(of: number)
        }
        let deadline = now.instant.advanced(by: configuration.reattachGrace)
        for worker in holders.sorted() {
            registry.markAwaited(worker, until: deadline)
            watchLease(of: worker, until: deadline)
        }
    }

    private static func unfinished(
        _ session: Session
    ) -> (
        held: [(AttemptReference, worker: Int32)], backingOff: [(Int32, Instant)],
        deadline: Instant?
    ) {
        var held: [(AttemptReference, worker: Int32)] = []
        var backingOff: [(Int32, Instant)] = []
        for task in 0..<session.graph.count {
            switch session.graph.lifecycle[task] {
            case .running(let index), .cancelling(let index):
                let execution = session.graph.executions[Int(index)]
                let attempt = AttemptReference(
                    session: session.number, task: Int32(task), attempt: execution.attempt)
                held.append((attempt, execution.worker))
            case .backingOff(let until): backingOff.append((Int32(task), until))
            case .waiting, .ready, .completed, .failed, .cancelled, .skipped: continue
            }
        }
        return (held, backingOff, session.deadline)
    }
}
