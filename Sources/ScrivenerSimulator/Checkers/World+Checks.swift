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
        defer { noteProcess(event) }
        if case .query(let query, _) = event {
            checkReply(outcome.effects[effects...], to: query, at: instant)
        }
        // A lease that was renewed by an event holds for what else the event led to.
        for effect in outcome.effects[effects...] { noteAnswer(effect, to: event) }
        for effect in outcome.immediate[immediate...] { noteAnswer(effect, to: event) }
        for fact in outcome.facts[facts...] { observe(fact, of: event, at: instant) }
        takeViolations(of: &handled)
        checkRequest(event)
        for effect in outcome.effects[effects...] {
            digest.mix(effect)
            checkWelcome(effect, to: event)
            if case .progress(let session, let progress) = effect {
                check(progress, number: session)
                notePublication(of: session, progress)
            }
        }
        for effect in outcome.immediate[immediate...] { digest.mix(effect) }
        for archive in outcome.archives[archives...] {
            checkArchive(archive)
            check(archive, at: instant)
        }
        watch.handledEvents += 1
        if watch.handledEvents % watch.recountInterval == 0 { recount(process) }
        // Of many instances some are looked at: whether the right ones only shows while a slot is free.
        if scenario.isWide {
            for text in idleSlots(of: process.core) { report(.recount, text) }
        }
    }

    private func observe(_ fact: SessionFact, of event: OrchestratorEvent, at instant: Instant) {
        digest.mix(now)
        digest.mix(fact)
        note("fact: \(fact.short)", fact.subject(in: handled))
        if case .attemptEnded(let attempt, let ending) = fact {
            let live = handled.task(of: attempt)?.live(attempt.attempt)
            if ending.outcome == .superseded { watch.service.lingering[attempt] = live }
            if ending.outcome == .workerLost { checkBlame(for: attempt, at: event) }
            checkArrival(of: attempt, ending, at: event)
        }
        if case .attemptDied(let attempt, _, _) = fact { checkDeath(of: attempt, at: event) }
        watch.fairness.note(fact)
        if case .attemptDispatched(let attempt, _, _) = fact {
            checkTurn(of: attempt, at: instant)
            checkBudget(attempt)
        }
        handled.apply(fact, at: instant)
        switch fact {
        case .attemptDispatched(let attempt, let worker, let agent):
            checkPlace(attempt, worker: worker, agent: agent)
            checkEjection(attempt, worker: worker, agent: agent, at: instant)
            watch.dispatches[attempt] = now
            noteGiven(attempt, to: worker, at: event)
        case .attemptEnded(let attempt, let ending):
            noteEnd(of: attempt, ending, at: instant)
            noteAccount(of: attempt, ending)
            forgetReport(of: attempt)
        case .metricsRecorded(let sample): checkSample(sample)
        default: break
        }
        noteChange(fact)
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

    /// Who is given an attempt offers what it requires, and has room for it.
    private func checkPlace(_ attempt: AttemptReference, worker: Int32, agent: Int32) {
        guard let name = handled.name(ofWorker: worker), let task = handled.task(of: attempt),
            let slot = workers.last(where: { $0.name == name }),
            handled.agents.indices.contains(Int(agent)),
            let offer = slot.blueprint.offers.first(where: {
                $0.name == handled.agents[Int(agent)]
            }), task.kind.demand.rank(of: offer) != nil
        else {
            return report(.limits, "\(attempt.short) went where nobody offers it", subject(attempt))
        }
        checkService(attempt, worker: name, agent: offer.name)
        checkPoolLimits(attempt, agent: agent)
        let held = usedSlots(of: AgentPlace(worker: worker, agent: agent))
        let most = Int64(offer.slots) * Int64(1 + configuration.maximumPrefetchPerSlot)
        let mustFit =
            task.kind.slots > 1 || task.kind.isExclusive || task.kind.delivery == .atMostOnce
        if held > (mustFit ? max(Int64(offer.slots), held - 1) : most) {
            report(
                .limits, "\(name) holds \(held) slots of \(offer.name), has \(offer.slots)",
                subject(attempt, slot))
        }
        for resource in slot.blueprint.resources {
            let used = handled.taken(on: worker) { task, _ in
                task.kind.resources.first { $0.name == resource.name }?.amount ?? 0
            }
            if used > resource.amount {
                report(
                    .limits, "\(name) gave \(used) of \(resource.amount) \(resource.name)",
                    subject(attempt, slot))
            }
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
        checkSampling()
    }

    // MARK: What is on disk

    func checkCommit(_ fact: SessionFact, at instant: Instant) {
        watch.committedFacts += 1
        committed.apply(fact, at: instant)
        noteStop(fact)
        if case .sessionOpened(let opening) = fact { checkOpening(opening) }
        takeViolations(of: &committed)
        guard case .attemptEnded(let attempt, let ending) = fact,
            ending.outcome == .released
                || ending.outcome == .cancelled
                    && committed.task(of: attempt)?.status == .cancelled,
            !isUnreliable
        else { return }
        let runs = running[TaskKey(attempt)] ?? []
        for run in runs where self.runs[run].attempt == attempt {
            report(
                .cancelProof, "\(attempt.short) is \(ending.outcome) and runs on",
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
            if batch.items.count > configuration.maximumDispatchesPerMessage {
                report(.limits, "a message has \(batch.items.count) dispatches", worker.subject)
            }
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
            for attempt in attempts where !committed.mayStop(attempt) {
                report(.outputCommit, "\(attempt.short) is cancelled, on disk it is not")
            }
        case .welcome, .heartbeatAcknowledged, .introduce, .drain, .recall, .refused: return
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
        let id = id(of: action)
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
        case .sessions, .workers, .task, .diagnosis, .changes, .orchestratorStatus, .registryStatus,
            .agents, .agentMetrics, .workerPools, .pool, .poolSubjects, .moved, .done, .refused:
            return
        }
    }

    /// Now and then, puts what is said of a task that does not run to the test.
    func probeExplanation(_ process: CoordinatorProcess) {
        guard sabotage.kind != .noTimers, probeRandom.chance(options.probeRate) else { return }
        guard let picked = probeRandom.pick(process.core.idleTasks()),
            let probe = RemedyProbe(
                process.core, session: picked.session, sessionID: picked.id, task: picked.task,
                at: now.advanced(by: process.clockOffset))
        else { return }
        let subject = Subject(session: picked.session, task: Int32(picked.task))
        check(
            probe.explanation, ofTask: probe.explanation.taskID, in: picked.id,
            at: now.advanced(by: process.clockOffset))
        switch probe.verdict() {
        case .notApplicable: return
        case .holds: probed[probe.reason, default: 0] += 1
        case .doesNotHelp:
            report(
                .explanation, "the remedy does not help: \(probe.reason), \(probe.message)", subject
            )
        case .movedByItself:
            report(.explanation, "moves by itself: \(probe.reason), \(probe.message)", subject)
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
        for dependency in task.taken ?? task.dependencies {
            guard let other = record?.tasks[Int(dependency)], other.isOver else {
                report(.dispatch, "\(attempt.short) runs before task \(dependency)", subject)
                continue
            }
            guard other.status == .completed else { continue }
            let source = other.source(session: attempt.session, task: dependency)
            inputs.append("\"\(source.short)\"")
        }
        checkRoom(item, on: worker)
        checkBegin(attempt, on: worker)
        if watch.lostByLease.contains(attempt), !isUnreliable {
            report(.overlap, "\(attempt.short) begins after its worker was given up", subject)
        }
        if let checkpoint = item.checkpoint, let kept = task.checkpoint.flatMap(disk.read),
            checkpoint != kept, task.attempts == attempt.attempt, task.live.count == 1
        {
            report(.dispatch, "\(attempt.short) was not given what was kept last", subject)
        }
        let told = item.inputs.map(\.payload.text)
        if inputs != told {
            report(.dispatch, "\(attempt.short) was given \(told), not \(inputs)", subject)
        }
        if let record { checkWords(item, session, task, record, worker) }
        for index in running[TaskKey(attempt)] ?? [] {
            // Whether a task may be hedged is the ledger's to say.
            guard !task.isHedged(attempt.attempt, runs[index].attempt.attempt) else { continue }
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

    /// A worker executes no more at once than it has slots, whatever it was given. What it was told
    /// to stop may still be on its way out.
    private func checkRoom(_ item: DispatchItem, on worker: SimulatedWorker) {
        let offer = worker.blueprint.offers[Int(item.agentIndex)]
        let others = worker.runs.filter { attempt, index in
            attempt != item.attempt && runs[index].agentIndex == item.agentIndex
                && !runs[index].wasStopped
        }
        let used = others.reduce(item.slots) { $0 + runs[$1.value].slots }
        if used > offer.slots {
            report(
                .limits,
                "\(worker.name) executes \(used) slots of \(offer.name) at once, has "
                    + "\(offer.slots)", subject(item.attempt, worker))
        }
    }

    /// Whether the worker could have been thought lost since it was given the attempt.
    private func isExcused(_ attempt: AttemptReference, on worker: SimulatedWorker) -> Bool {
        let since = watch.dispatches[attempt] ?? .zero
        return isUnreliable || worker.isInTrouble || worker.lastTrouble >= since
            || coordinatorPauses > 0 || lastCoordinatorTrouble >= since
    }
}
