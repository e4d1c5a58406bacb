// Nobody is blamed too early, and nobody runs on who should have been told to stop.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// How long after its commit a cancellation has to have reached a worker that is well.
    static let cancelPatience = TimeSpan.seconds(2)
    /// How late a worker may tell its agent that its time is over.
    private static let timeoutMargin = TimeSpan.milliseconds(250)

    // MARK: Leases

    /// A silent worker is thought lost when its lease is over, and not before. Its own word, a
    /// newer registration and a connection that was given up need no lease.
    func checkBlame(for attempt: AttemptReference, at event: OrchestratorEvent) {
        switch event {
        case .register, .goodbye, .overflowed: return
        default: break
        }
        guard let name = handled.holder(of: attempt).flatMap(handled.name(ofWorker:)) else { return }
        var due = (watch.lastRenewals[name] ?? .zero).advanced(by: watch.lease)
        // Who stopped listening for so long that the lease ran out meanwhile waits two heartbeats
        // more before it blames anybody.
        let patience = watch.lastPatience ?? Instant(nanoseconds: .min)
        if let stop = watch.stop, stop.contains(due.advanced(by: .milliseconds(500))),
            due >= stop.lowerBound, due >= patience
        {
            due = stop.upperBound.advanced(by: .seconds(2))
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
            worker.lastTrouble < end
        else { return }
        report(
            .limits, "\(run.attempt.short) runs longer than its \(run.timeout.milliseconds) ms",
            subject(run.attempt, worker))
    }

    func planEnd(ofRun index: Int) {
        guard runs[index].timeout > .zero else { return }
        let margin = Self.timeoutMargin
        queue.plan(
            .timeIsOver(run: index),
            at: now.advanced(by: runs[index].timeout).advanced(by: margin))
    }

    /// A session was cancelled some time ago: whoever is well and runs its tasks has been told.
    func cancellationIsDue(_ session: Int64, since cancelled: Instant) {
        let calm = cancelled.advanced(by: TimeSpan(nanoseconds: -2 * watch.lease.nanoseconds))
        guard !isUnreliable, coordinator != nil, coordinatorPauses == 0,
            lastCoordinatorTrouble < calm, disk.slow == 0, disk.full == 0,
            watch.lastDiskTrouble < calm
        else { return }
        for worker in workers where !worker.isInTrouble && worker.lastTrouble < calm {
            for index in worker.runs.values.sorted() {
                let run = runs[index]
                guard run.attempt.session == session, !run.wasStopped else { continue }
                report(
                    .cancelProof,
                    "\(run.attempt.short) was cancelled \(now.since(cancelled).milliseconds) ms "
                        + "ago and is not told to stop", subject(run.attempt, worker))
            }
        }
    }

    // MARK: What a worker remembers

    /// A worker tells of all that it runs, and of every result until that is acknowledged; then it
    /// forgets it.
    func checkMemory(_ message: WorkerMessage, of worker: SimulatedWorker) {
        switch message {
        case .register(let registration):
            worker.registeredEpoch = nil
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
            for item in batch.items where worker.acknowledged.contains(item.attempt) {
                report(
                    .outbox, "\(worker.name) sends \(item.attempt.short), which is acknowledged",
                    subject(item.attempt, worker))
            }
        case .heartbeat(let heartbeat):
            if Int(heartbeat.held) != worker.runs.count {
                report(
                    .outbox, "\(worker.name) says that it runs \(heartbeat.held) attempts, it is "
                        + "\(worker.runs.count)", worker.subject)
            }
        case .released, .draining, .goodbye: return
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

    func remember(_ welcome: Welcome) {
        registeredEpoch = welcome.epoch
        // Nobody wants to hear of these any more.
        fenced.formUnion(welcome.stop)
    }
}
