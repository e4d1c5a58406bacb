// Nobody is blamed too early, and nobody runs on who should have been told to stop.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// How long after its commit a cancellation has to have reached a worker that is well.
    static let cancelPatience = TimeSpan.seconds(2)
    /// What goes wrong shows in messages that travel for as long.
    private static let longestDelay = TimeSpan.seconds(4)
    /// How late a worker may tell its agent that its time is over.
    private static let timeoutMargin = TimeSpan.milliseconds(250)

    // MARK: Leases

    /// A silent worker is thought lost when its lease is over, and not before. Its own word, a
    /// newer registration and a connection that was given up need no lease.
    func checkBlame(for attempt: AttemptReference, at event: OrchestratorEvent) {
        switch event {
        case .register, .goodbye, .overflowed, .expelled: return
        default: break
        }
        guard let name = handled.holder(of: attempt).flatMap(handled.name(ofWorker:)) else {
            return
        }
        watch.lostByLease.insert(attempt)
        var due = (watch.lastRenewals[name] ?? .zero).advanced(by: watch.lease)
        // Who stopped listening for so long that the lease ran out meanwhile waits for a heartbeat
        // and a second more before it blames anybody.
        let patience = watch.lastPatience ?? Instant(nanoseconds: .min)
        if let stop = watch.stop, stop.contains(due.advanced(by: .milliseconds(500))),
            due >= stop.lowerBound, due >= patience
        {
            due = watch.patience(from: stop.upperBound)
        }
        if now < due {
            report(
                .detection,
                "\(name) is thought lost \(due.since(now).milliseconds) ms before its lease is over",
                Subject(session: attempt.session, task: attempt.task, worker: name))
        }
    }

    // MARK: Being told to stop

    /// An attempt's time is over, and its worker has had a moment to say so.
    func timeIsOver(ofRun index: Int) {
        let run = runs[index]
        let worker = workers[run.worker]
        let end = run.startedAt.advanced(by: run.timeout)
        guard !run.isOver, !run.wasStopped, worker.process == run.process, !worker.isPaused,
            worker.lastPause < end
        else { return }
        report(
            .limits, "\(run.attempt.short) runs longer than its \(run.timeout.milliseconds) ms",
            subject(run.attempt, worker))
    }

    func planEnd(ofRun index: Int) {
        guard runs[index].timeout > .zero else { return }
        queue.plan(
            .timeIsOver(run: index),
            at: now.advanced(by: runs[index].timeout).advanced(by: Self.timeoutMargin))
    }

    /// An agent that has just said how far it is has said so in time, and its worker has heard of the
    /// coordinator lately, or should have stopped it.
    func checkRunning(_ run: AgentRun, on worker: SimulatedWorker) {
        let silence = now.since(worker.lastHeard)
        let due = worker.lastHeard.advanced(by: scenario.orphanGrace).advanced(by: .seconds(1))
        guard !run.wasStopped, now > due else { return }
        report(
            .limits,
            "\(run.attempt.short) runs on, and \(worker.name) has heard nothing for "
                + "\(silence.milliseconds) ms", subject(run.attempt, worker))
    }

    /// Why a worker stops an attempt: nobody wants it, it took too long, or the worker is cut off or
    /// has to leave.
    func checkStop(_ index: Int, on worker: SimulatedWorker) {
        let run = runs[index]
        let isOverdue =
            run.timeout > .zero && now.since(run.startedAt) >= run.timeout
            || run.progressTimeout > .zero && now.since(run.lastSign) >= run.progressTimeout
        let isCutOff =
            now.since(worker.lastHeard) >= scenario.orphanGrace
            || worker.lastTrouble >= run.startedAt
        // What must run alone is stopped before the lease can be over, which only the worker knows.
        guard !isOverdue, !isCutOff, !run.isExclusive, !isUnreliable, !worker.hasToLeave,
            !committed.mayStop(run.attempt)
        else { return }
        report(
            .limits, "\(run.attempt.short) is stopped for no reason", subject(run.attempt, worker))
    }

    /// What was cancelled or asked back some time ago has been told to stop by whoever is well.
    func stopIsDue(in session: Int64, since cancelled: Instant) {
        let calm = cancelled.advanced(by: TimeSpan(nanoseconds: -Self.longestDelay.nanoseconds))
        guard !isUnreliable, coordinator != nil, coordinatorPauses == 0,
            lastCoordinatorTrouble < calm, disk.slow == 0, disk.full == 0,
            watch.lastDiskTrouble < calm
        else { return }
        for worker in workers where !worker.isInTrouble && worker.lastTrouble < calm {
            for index in worker.runs.values.sorted() {
                let run = runs[index]
                guard run.attempt.session == session, !run.wasStopped, run.startedAt < cancelled,
                    committed.mayStop(run.attempt)
                else { continue }
                report(
                    .cancelProof,
                    "\(run.attempt.short) is not wanted since \(now.since(cancelled).milliseconds) "
                        + "ms and is not told to stop", subject(run.attempt, worker))
            }
        }
    }

    /// Takes note of what is to be stopped, when that is on disk.
    func noteStop(_ fact: SessionFact) {
        let session: Int64
        switch fact {
        case .cancelRequested(let number, _), .taskCancelRequested(let number, _),
            .sessionPaused(let number, .now):
            session = number
        case .attemptEnded(let attempt, let ending) where ending.outcome == .superseded:
            session = attempt.session
        default: return
        }
        plan(.stopIsDue(session: session, since: now), in: Self.cancelPatience)
    }

    // MARK: What a worker remembers

    /// Whoever was welcomed has stopped what he was told to stop.
    func noteWelcome(_ welcome: Welcome, of worker: SimulatedWorker) {
        worker.remember(welcome)
        for attempt in welcome.stop {
            guard let index = worker.runs[attempt], !runs[index].wasStopped else { continue }
            report(
                .overlap, "\(attempt.short) is to stop on \(worker.name) and runs on",
                subject(attempt, worker))
        }
    }

    /// A worker says that an attempt took too long, or was silent for too long, when it was.
    private func checkTimeout(_ ended: AttemptResult, of worker: SimulatedWorker) {
        guard let code = ended.result.failure?.code, code.hasSuffix("_timeout"),
            let run = runs.last(where: {
                $0.attempt == ended.attempt && $0.worker == worker.index
            })
        else { return }
        let isSo =
            code == "progress_timeout"
            ? run.progressTimeout > .zero && now.since(run.lastSign) >= run.progressTimeout
            : run.timeout > .zero && now.since(run.startedAt) >= run.timeout
        if !isSo {
            report(
                .outbox, "\(ended.attempt.short) is told as \(code)", subject(ended.attempt, worker)
            )
        }
    }

    /// Whoever leaves has told what he has to tell.
    func checkLeaving(_ worker: SimulatedWorker) {
        for attempt in worker.finished.sorted() {
            report(
                .outbox, "\(worker.name) leaves and keeps the result of \(attempt.short)",
                subject(attempt, worker))
        }
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

    /// A worker tells of all that it runs, and of every result until that is acknowledged; then it
    /// forgets it.
    private func checkMemory(_ message: WorkerMessage, of worker: SimulatedWorker) {
        switch message {
        case .register(let registration):
            worker.registeredEpoch = nil
            if registration.registrationNumber <= worker.registrationNumber, !worker.isLiar {
                report(
                    .outbox,
                    "\(worker.name) registers for the "
                        + "\(registration.registrationNumber). time again", worker.subject)
            }
            worker.registrationNumber = registration.registrationNumber
            checkTelling(registration.death, by: worker)
            for attempt in worker.runs.keys.sorted()
            where !registration.running.contains(attempt) {
                report(
                    .outbox, "\(worker.name) runs \(attempt.short) and does not say so",
                    subject(attempt, worker))
            }
            for attempt in worker.finished.sorted() where !registration.outbox.contains(attempt) {
                report(
                    .outbox, "\(worker.name) has forgotten the result of \(attempt.short)",
                    subject(attempt, worker))
            }
        case .results(let batch):
            for item in batch.items {
                checkTimeout(item, of: worker)
                checkKept(item, by: worker)
            }
            for item in batch.items where worker.acknowledged.contains(item.attempt) {
                report(
                    .outbox, "\(worker.name) sends \(item.attempt.short), which is acknowledged",
                    subject(item.attempt, worker))
            }
        case .heartbeat(let heartbeat):
            if Int(heartbeat.held) < worker.runs.count {
                report(
                    .outbox,
                    "\(worker.name) says that it holds \(heartbeat.held) attempts, it runs "
                        + "\(worker.runs.count)", worker.subject)
            }
        case .released, .draining, .goodbye, .checkpoints, .output: return
        }
    }
}

extension SimulatedWorker {
    /// Takes note of what its coordinator tells it.
    func remember(_ message: CoordinatorMessage) {
        switch message {
        case .resultsCommitted(let epoch, let attempts) where epoch == registeredEpoch:
            finished.subtract(attempts)
            acknowledged.formUnion(attempts.filter { runs[$0] == nil })
        case .introduce: registeredEpoch = nil
        default: return
        }
    }

    /// Its process is gone.
    func forgetAll() {
        unacknowledged = []
        finished = []
        acknowledged = []
        fenced = []
        broken = []
        registrationNumber = 0
        registeredEpoch = nil
    }

    func remember(_ welcome: Welcome) {
        registeredEpoch = welcome.epoch
        // Nobody wants to hear of these any more.
        fenced.formUnion(welcome.stop)
    }
}
