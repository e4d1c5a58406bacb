// The rules, asked at the moments at which they can be broken. `docs/simulator.md` lists them.

import ScrivenerCore
import ScrivenerModel

extension World {
    // MARK: What the machine says

    /// Takes note of what one event led to.
    func observe(
        _ event: OrchestratorEvent, _ process: CoordinatorProcess, facts: Int, effects: Int,
        immediate: Int, archives: Int
    ) {
        let outcome = process.outcome
        let instant = now.advanced(by: process.clockOffset)
        noteService(event)
        noteWatching(event)
        if case .query(let query, _) = event {
            checkReply(outcome.effects[effects...], to: query, at: instant)
        }
        for fact in outcome.facts[facts...] {
            digest.mix(now)
            if case .attemptEnded(let attempt, let ending) = fact, ending.outcome == .workerLost {
                checkBlame(for: attempt, at: event)
            }
            digest.mix(fact)
            note("fact: \(fact.short)", fact.subject(in: handled))
            handled.apply(fact, at: instant)
            if case .attemptDispatched(let attempt, let worker, let agent) = fact {
                checkSlots(attempt, worker: worker, agent: agent)
                checkPlace(of: attempt, worker: worker, agent: agent, at: instant)
                checkTurn(of: attempt)
                watch.dispatches[attempt] = now
            }
            if case .attemptEnded(let attempt, let ending) = fact {
                noteEnd(of: attempt, ending, at: instant)
            }
            if let session = fact.subject(in: handled).session { noteChange(of: session) }
        }
        takeViolations(of: &handled)
        for effect in outcome.effects[effects...] {
            digest.mix(effect)
            if case .send(let connection, .welcome) = effect { noteWelcome(connection) }
            if case .progress(let session, let progress) = effect {
                check(progress, number: session, at: instant)
                notePublication(of: session, progress, at: instant)
            }
        }
        for effect in outcome.immediate[immediate...] {
            digest.mix(effect)
            if case .send(let connection, .heartbeatAcknowledged) = effect { renew(connection) }
        }
        for archive in outcome.archives[archives...] {
            checkArchive(archive)
            check(archive, at: instant)
        }
        watch.handledEvents += 1
        if watch.handledEvents % watch.recountInterval == 0 { recount(process) }
    }

    func recount(_ process: CoordinatorProcess) {
        for text in ScrivenerCore.violations(of: process.core) { report(.recount, text) }
    }

    private func takeViolations(of ledger: inout Ledger) {
        for violation in ledger.violations {
            report(violation.rule, violation.text, violation.subject)
        }
        ledger.violations = []
    }

    /// A welcome or a heartbeat's answer renews the lease, unless somebody else has registered since.
    func renew(_ connection: ConnectionID) {
        let name = workers[connections[Int(connection.rawValue)].worker].name
        guard watch.registered[name] == connection else { return }
        watch.lastRenewals[name] = now
    }

    private func noteWelcome(_ connection: ConnectionID) {
        let name = workers[connections[Int(connection.rawValue)].worker].name
        watch.registered[name] = connection
        watch.inService.insert(name)
        renew(connection)
    }

    private func checkSlots(_ attempt: AttemptReference, worker: Int32, agent: Int32) {
        let held = handled.liveByAgent[Ledger.key(worker: worker, agent: agent)] ?? 0
        guard let name = handled.name(ofWorker: worker),
            let slot = workers.last(where: { $0.name == name }),
            handled.agents.indices.contains(Int(agent)),
            let offer = slot.blueprint.offers.first(where: {
                $0.name == handled.agents[Int(agent)]
            })
        else {
            return report(.limits, "\(attempt.short) went where nobody offers it", subject(attempt))
        }
        if held > Int(offer.slots) {
            report(
                .limits,
                "\(name) holds \(held) attempts of \(offer.name), has \(offer.slots) slots",
                subject(attempt, slot))
        }
    }

    private func checkArchive(_ archive: SessionSnapshot) {
        let subject = Subject(session: archive.number)
        guard let record = handled.session(archive.number), record.ended != nil,
            record.tasks.count == archive.tasks.count
        else { return report(.history, "an archive of a session that has not ended", subject) }
        for (task, record) in zip(archive.tasks, record.tasks) where task.status != record.status {
            report(
                .history,
                "\(task.taskID) is archived as \(task.status), the facts say \(record.state)",
                subject)
        }
    }

    /// A silent worker's attempts are over when its lease is, and a quarter of a second.
    func checkTurn(_ process: CoordinatorProcess) {
        for (number, name) in handled.workers.enumerated() where handled.liveCounts[number] > 0 {
            let renewed = watch.lastRenewals[name] ?? .zero
            let due = max(renewed.advanced(by: watch.lease), watch.amnestyUntil)
            if now > due.advanced(by: DetectionWatch.margin) {
                report(
                    .detection,
                    "\(name) holds \(handled.liveCounts[number]) attempts and was last heard at "
                        + "\(renewed.nanoseconds / 1_000_000) ms",
                    Subject(worker: name))
            }
        }
        checkPublications()
    }

    // MARK: What is on disk

    func checkCommit(_ fact: SessionFact, at instant: Instant) {
        watch.committedFacts += 1
        committed.apply(fact, at: instant)
        if case .cancelRequested(let session, _) = fact {
            plan(.cancellationIsDue(session, since: now), in: Self.cancelPatience)
        }
        if case .sessionOpened(let opening) = fact { checkOpening(opening) }
        takeViolations(of: &committed)
        guard case .attemptEnded(let attempt, let ending) = fact,
            committed.task(of: attempt)?.status == .cancelled,
            ending.outcome == .cancelled || ending.outcome == .released, !isUnreliable
        else { return }
        let runs = running[TaskKey(attempt)] ?? []
        for run in runs where self.runs[run].attempt == attempt {
            report(
                .cancelProof, "\(attempt.short) is cancelled and runs on",
                subject(attempt, workers[self.runs[run].worker]))
        }
    }

    /// Everything that was acknowledged is in the journal.
    func checkJournal() -> Bool {
        var sessions: Set<String> = []
        var ended: Set<AttemptReference> = []
        var count = 0
        for row in disk.rows {
            count += row.facts.count
            for fact in row.facts {
                switch fact {
                case .sessionOpened(let opening): sessions.insert(opening.plan.sessionID)
                case .attemptEnded(let attempt, _): ended.insert(attempt)
                default: continue
                }
            }
        }
        for id in clients.acknowledged.sorted() where !sessions.contains(id) {
            report(.durability, "the acknowledged session \(id) is gone")
        }
        for attempt in watch.acknowledged.subtracting(ended).sorted() {
            report(
                .durability, "the acknowledged result of \(attempt.short) is gone",
                subject(attempt))
        }
        if count != watch.committedFacts {
            report(.durability, "\(watch.committedFacts - count) facts are gone from the journal")
        }
        return violations.isEmpty
    }

    // MARK: What is shown

    func checkSending(_ message: CoordinatorMessage, on connection: ConnectionNumber) {
        guard connections.indices.contains(connection) else { return }
        let worker = workers[connections[connection].worker]
        switch message {
        case .dispatch(let batch):
            for item in batch.items where holder(of: item.attempt) != worker.name {
                report(
                    .outputCommit,
                    "\(item.attempt.short) goes to \(worker.name), "
                        + "on disk it is \(holder(of: item.attempt) ?? "nobody")'s",
                    subject(item.attempt, worker))
            }
        case .resultsCommitted(_, let attempts):
            for attempt in attempts {
                if holder(of: attempt) == worker.name {
                    report(
                        .outputCommit, "\(attempt.short) is acknowledged and not on disk",
                        subject(attempt, worker))
                }
                let isEnded = committed.task(of: attempt).map { $0.attempts >= attempt.attempt }
                if isEnded == true, attempt.attempt > 0, !worker.isLiar {
                    watch.acknowledged.insert(attempt)
                }
            }
        case .cancel(_, let attempts):
            for attempt in attempts
            where committed.session(attempt.session)?.isCancelled != true {
                report(.outputCommit, "\(attempt.short) is cancelled, on disk it is not")
            }
        case .welcome, .heartbeatAcknowledged, .introduce, .drain, .refused: return
        }
    }

    private func holder(of attempt: AttemptReference) -> String? {
        committed.holder(of: attempt).flatMap(committed.name(ofWorker:))
    }

    func checkProgress(_ progress: ProgressReport, of session: Int64) {
        let completed = committed.session(session)?.tasks.count { $0.status == .completed } ?? 0
        if progress.completedTasks > completed {
            report(
                .outputCommit,
                "\(progress.completedTasks) tasks are shown as completed, \(completed) are",
                Subject(session: session))
        }
    }

    func checkAnswer(_ reply: Reply, to action: ClientAction) {
        let id = scenario.sessions[action.session].id
        let number = committed.numbers[id]
        let record = number.flatMap(committed.session)
        let subject = Subject(session: number)
        switch reply {
        case .session(_, let session):
            if record == nil || session.status.isTerminal && record?.ended == nil {
                report(.outputCommit, "\(id) is shown as \(session.status)", subject)
            }
        case .snapshot(let snapshot):
            for (index, task) in snapshot.tasks.enumerated() where task.status.isTerminal {
                guard let record, record.tasks.indices.contains(index),
                    record.tasks[index].status == task.status
                else {
                    report(.outputCommit, "\(id)/\(index) is shown as \(task.status)", subject)
                    return
                }
            }
        case .explanation(let explanation):
            let saysOver = explanation.reason == .ended
            if saysOver != explanation.status.isTerminal || explanation.message.isEmpty {
                report(.answer, "\(id)/\(explanation.taskID): \(explanation)", subject)
            }
        case .notOpen:
            if action.knewOfSession, record?.ended == nil {
                report(.answer, "\(id) is open, and somebody was told that it is not", subject)
            }
        case .sessions, .workers, .refused: return
        }
    }

    // MARK: What workers do

    /// Messages are lost one by one: then more can happen than promises cover.
    var isUnreliable: Bool { scenario.rate(of: .unreliableMessages) > 0 }

    func checkStart(
        _ item: DispatchItem, of session: DispatchSession, on worker: SimulatedWorker
    ) {
        let attempt = item.attempt
        let subject = subject(attempt, worker)
        guard let task = committed.task(of: attempt), task.attempts >= attempt.attempt else {
            return report(.dispatch, "\(attempt.short) runs and was never dispatched", subject)
        }
        if started.contains(attempt), !isUnreliable {
            report(.overlap, "\(attempt.short) was started twice", subject)
        }
        let record = committed.session(attempt.session)
        if record?.id != session.sessionID || task.type != item.taskType {
            report(.dispatch, "\(attempt.short) was told to be \(item.taskType)", subject)
        }
        var inputs: [String] = []
        for dependency in task.dependencies {
            guard let other = record?.tasks[Int(dependency)], other.isOver else {
                report(.dispatch, "\(attempt.short) runs before task \(dependency)", subject)
                continue
            }
            guard other.status == .completed else { continue }
            let source = AttemptReference(
                session: attempt.session, task: dependency, attempt: other.attempts)
            inputs.append("\"\(source.short)\"")
        }
        let told = item.inputs.map(\.payload.text)
        if inputs != told {
            report(.dispatch, "\(attempt.short) was given \(told), not \(inputs)", subject)
        }
        if let record { checkWords(item, session, task, record, worker) }
        for index in running[TaskKey(attempt)] ?? [] {
            // The earlier of the two is the one that was given up.
            let (run, other) = (runs[index], workers[runs[index].worker])
            let isExcused =
                run.attempt < attempt
                ? isExcused(run.attempt, on: other) : isExcused(attempt, on: worker)
            guard !isExcused else { continue }
            let text = "\(attempt.short) runs beside \(run.attempt.short) on \(other.name)"
            report(.overlap, text, subject)
        }
    }

    /// Whether the worker could have been thought lost since it was given the attempt.
    private func isExcused(_ attempt: AttemptReference, on worker: SimulatedWorker) -> Bool {
        let since = watch.dispatches[attempt] ?? .zero
        return isUnreliable || worker.isInTrouble || worker.lastTrouble >= since
            || coordinatorPauses > 0 || lastCoordinatorTrouble >= since
    }

    func checkSending(_ message: WorkerMessage, by worker: SimulatedWorker) {
        checkMemory(message, of: worker)
        guard case .released(_, let attempts) = message else { return }
        for attempt in attempts where worker.runs[attempt] != nil {
            report(
                .cancelProof, "\(worker.name) hands back \(attempt.short), which runs",
                subject(attempt, worker))
        }
    }
}

/// What the rule of detection needs to know.
struct DetectionWatch {
    static let margin = TimeSpan.milliseconds(250)

    var lastRenewals: [String: Instant] = [:]
    /// Until then nobody is given up: the coordinator itself was stopped.
    var amnestyUntil = Instant(nanoseconds: .min)
    var lease = CoreConfiguration().lease
    /// When each attempt was given to its worker.
    var dispatches: [AttemptReference: Instant] = [:]
    /// Results that a worker was told to forget.
    var acknowledged: Set<AttemptReference> = []
    var handledEvents = 0
    /// How many facts the disk has confirmed.
    var committedFacts = 0
    /// From when to when the coordinator was last stopped.
    var stop: ClosedRange<Instant>?
    /// Until when it was patient after the time before that.
    var lastPatience: Instant?
    /// When the disk was last slow or full.
    var lastDiskTrouble = Instant(nanoseconds: .min)
    var publications = PublicationWatch()
    /// Workers that have registered, and have neither left nor been given up since.
    var inService: Set<String> = []
    /// On which connection each registered last.
    var registered: [String: ConnectionID] = [:]
    var ejections: [AgentPlace: EjectionRecord] = [:]
    var fairness = FairnessWatch()
    /// One event in so many is followed by a full recount.
    var recountInterval = 40

    mutating func coordinatorStarted(_ workers: [String], at now: Instant, grace: TimeSpan) {
        let until = TimeSpan(nanoseconds: grace.nanoseconds - lease.nanoseconds)
        for worker in workers { lastRenewals[worker] = now.advanced(by: until) }
        publications = PublicationWatch()
        inService = []
        registered = [:]
        ejections = [:]
        fairness = FairnessWatch()
    }

    mutating func coordinatorStopped(at now: Instant) {
        lastPatience = stop?.upperBound.advanced(by: .seconds(2))
        stop = now...Instant(nanoseconds: .max)
    }

    /// A coordinator that was stopped for a while gives everybody two heartbeats.
    mutating func coordinatorResumed(at now: Instant) {
        amnestyUntil = now.advanced(by: .seconds(2))
        stop = stop.map { $0.lowerBound...now }
    }
}
