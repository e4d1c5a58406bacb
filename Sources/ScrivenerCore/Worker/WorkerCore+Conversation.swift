// What worker and coordinator say to each other: registering, heartbeats, leaving.

import ScrivenerModel

// MARK: Hearing

extension WorkerCore {
    mutating func receive(
        _ message: CoordinatorMessage, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        switch message {
        case .welcome(let welcome): enter(welcome, at: now, into: &effects)
        case .introduce:
            guard case .registered = phase else { return }
            lastHeard = now
            phase = .unregistered(retryAt: now)
        case .refused(let code, let reason, let isFinal):
            lastHeard = now
            guard isFinal, phase != .stopped else { return }
            phase = .stopped
            fenceAll(into: &effects)
            effects.append(.fail(ScrivenerError(code, reason)))
        case .heartbeatAcknowledged(let epoch, let sequence, let interval):
            guard hear(epoch, at: now) else { return }
            lease.acknowledged(heartbeat: sequence)
            beatEvery(interval)
        case .dispatch(let batch):
            guard hear(batch.epoch, at: now) else { return }
            lastDispatch = max(lastDispatch, batch.number)
            take(batch, at: now, into: &effects)
        case .cancel(let epoch, let attempts):
            guard hear(epoch, at: now) else { return }
            cancel(attempts, epoch: epoch, into: &effects)
        case .recall(let epoch, let attempts):
            guard hear(epoch, at: now) else { return }
            handBack(attempts.filter { held[$0]?.isWaiting == true }, epoch, into: &effects)
        case .resultsCommitted(let epoch, let attempts):
            guard hear(epoch, at: now) else { return }
            let forgotten = outbox.acknowledge(attempts)
            if !forgotten.isEmpty {
                effects.append(.forget(journalID: journalID, forgotten))
            }
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
        lastHeard = now
        phase = .registered(registration)
        return true
    }

    /// From the next heartbeat on; zero changes nothing.
    private mutating func beatEvery(_ interval: TimeSpan) {
        guard interval > .zero, case .registered(var registration) = phase else { return }
        registration.heartbeatInterval = pace(interval)
        phase = .registered(registration)
    }

    /// At the interval that was told, but so often that the answers come within the grace after which
    /// attempts are stopped for the coordinator's silence.
    private func pace(_ told: TimeSpan) -> TimeSpan {
        min(told, TimeSpan(nanoseconds: configuration.orphanGrace.nanoseconds / 2))
    }

    private mutating func enter(
        _ welcome: Welcome, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        guard case .registering(let askedAt, _) = phase, isNews(welcome), answersLast(welcome)
        else { return }
        if welcome.journalID != journalID { changeJournal(to: welcome.journalID, into: &effects) }
        coordinatorIncarnation = welcome.coordinatorIncarnation
        lastEpoch = welcome.epoch
        lastDispatch = 0
        failedRegistrations = 0
        lastHeard = now
        lease.welcomed(lease: welcome.lease, registeredAt: askedAt)
        phase = .registered(
            Registration(
                epoch: welcome.epoch, heartbeatInterval: pace(welcome.heartbeatInterval),
                lease: welcome.lease, nextHeartbeat: firstHeartbeat(welcome, askedAt, now),
                lastHeard: now))
        if let death = untoldDeath, [welcome.journalID, ""].contains(death.journalID) {
            // A welcome goes out when what the registration led to is on disk.
            untoldDeath = nil
            effects.append(.forgetDeath)
        }
        for attempt in welcome.stop { fence(attempt, into: &effects) }
        sentCheckpoints.removeAll()
        sendCheckpoints(welcome.epoch, into: &effects)
        outbox.forgetSending()
        resend(epoch: welcome.epoch, after: .zero, at: now, into: &effects)
        if isDraining { effects.append(.send(.draining(epoch: welcome.epoch))) }
        handBackUnstartable(into: &effects)
        effects.append(.registered(welcome))
    }

    /// The answer may have taken so long that the lease, as it is counted here, has run out: then
    /// another renews it at once, or nothing could begin.
    private func firstHeartbeat(
        _ welcome: Welcome, _ askedAt: Instant, _ now: Instant
    ) -> Instant {
        guard now < askedAt.advanced(by: welcome.lease) else { return now }
        return now.advanced(by: pace(welcome.heartbeatInterval))
    }

    /// A coordinator that came back has a higher incarnation, and each registration has an epoch of
    /// its own: a lower incarnation and the last epoch are the past.
    private func isNews(_ welcome: Welcome) -> Bool {
        guard welcome.journalID == journalID else { return true }
        return welcome.coordinatorIncarnation >= coordinatorIncarnation
            && welcome.epoch != lastEpoch
    }

    /// What follows the answer to an earlier registration, the coordinator may have given to others since:
    /// the last one has told it that none of that had begun. A coordinator that does not say which one it
    /// answers gives nothing to others for that reason.
    private func answersLast(_ welcome: Welcome) -> Bool {
        [registrations, 0].contains(welcome.registrationNumber)
    }

    /// What belongs to the journal before is set aside, and comes back with that journal.
    private mutating func changeJournal(to other: String, into effects: inout [WorkerEffect]) {
        fenceAll(into: &effects)
        unsentCheckpoints.removeAll()
        // Nobody knows when that journal will be heard of again.
        keepAll(into: &effects)
        outbox.change(from: journalID, to: other)
        journalID = other
    }
}

// MARK: Speaking

extension WorkerCore {
    mutating func advance(at now: Instant, into effects: inout [WorkerEffect]) {
        switch phase {
        case .unregistered(let retryAt) where retryAt <= now: register(at: now, into: &effects)
        case .registering(_, let giveUpAt) where giveUpAt <= now:
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

    /// On a connection that is new: what was asked on the one before is not answered any more.
    mutating func registerAnew(at now: Instant) {
        guard phase != .stopped else { return }
        phase = .unregistered(retryAt: now)
    }

    private static let maximumPatienceDoublings = 4

    private mutating func register(at now: Instant, into effects: inout [WorkerEffect]) {
        registrations += 1
        owesHealth = false
        // A coordinator with a slow disk answers late: each failure doubles the patience.
        let patience = TimeSpan(
            nanoseconds: configuration.registrationTimeout.nanoseconds
                << min(failedRegistrations, Self.maximumPatienceDoublings))
        phase = .registering(askedAt: now, giveUpAt: now.advanced(by: patience))
        effects.append(
            .send(
                .register(
                    WorkerRegistration(
                        workerID: configuration.workerID,
                        pool: WorkerName(configuration.workerID)?.pool ?? "",
                        incarnation: configuration.incarnation,
                        registrationNumber: registrations, host: configuration.host,
                        processID: configuration.processID,
                        softwareVersion: configuration.softwareVersion, journalID: journalID,
                        agents: configuration.agents, health: health,
                        resources: configuration.resources, running: held.keys.sorted(),
                        outbox: outbox.attempts, parked: outbox.parkedAttempts,
                        taken: TakenDispatches(epoch: max(0, lastEpoch), number: lastDispatch),
                        tellsDeaths: configuration.tellsDeaths, death: untoldDeath))))
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
        // How an agent is cannot wait for the next heartbeat: work is on its way to it.
        guard registration.nextHeartbeat <= now || owesHealth else { return }
        owesHealth = false
        registration.sequence += 1
        registration.nextHeartbeat = now.advanced(by: registration.heartbeatInterval)
        phase = .registered(registration)
        lease.sent(heartbeat: registration.sequence, at: now)
        sentCheckpoints.removeAll()
        sendCheckpoints(registration.epoch, into: &effects)
        resend(
            epoch: registration.epoch, after: registration.lease, at: now, into: &effects)
        effects.append(.send(.heartbeat(heartbeat(registration))))
        handBackUnstartable(into: &effects)
    }

    private func heartbeat(_ registration: Registration) -> WorkerHeartbeat {
        let told = progress.keys.sorted().prefix(Self.maximumProgressReports)
        return WorkerHeartbeat(
            epoch: registration.epoch, sequence: registration.sequence,
            held: Int32(clamping: held.count), processorLoadPermille: processorLoadPermille,
            memoryBytes: memoryBytes, progress: told.compactMap { progress[$0] }, health: health)
    }

    /// How many attempts' progress one heartbeat tells, the oldest first: a heartbeat must always
    /// fit its message.
    private static let maximumProgressReports = 1_000

    /// Sends what was not sent yet in this registration, and again what has not been acknowledged
    /// for so long. One result a message: together they might be too large for one.
    private mutating func resend(
        epoch: Int64, after patience: TimeSpan, at now: Instant,
        into effects: inout [WorkerEffect]
    ) {
        for result in outbox.due(after: patience, at: now) {
            effects.append(.send(.results(ResultBatch(epoch: epoch, items: [result]))))
        }
    }
}

// MARK: Leaving

extension WorkerCore {
    /// What runs is finished and told, also where that needs another registration first; what waits
    /// is handed back. How long that may take is for the shell to say.
    mutating func drain(into effects: inout [WorkerEffect]) {
        guard !isDraining, phase != .stopped else { return }
        isDraining = true
        guard let epoch else { return }
        effects.append(.send(.draining(epoch: epoch)))
        handBackUnstartable(into: &effects)
    }

    mutating func leaveIfDrained(into effects: inout [WorkerEffect]) {
        guard isDraining, phase != .stopped, held.isEmpty, outbox.isEmpty else { return }
        if let epoch { effects.append(.send(.goodbye(epoch: epoch))) }
        phase = .stopped
        effects.append(.leave)
    }
}
