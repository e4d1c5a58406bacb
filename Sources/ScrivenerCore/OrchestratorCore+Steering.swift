// What people do to sessions and workers while they run: pause, resume, other priorities, drain.

import ScrivenerModel

extension OrchestratorCore {
    mutating func pause(
        _ id: String, _ mode: PauseMode, _ token: ReplyToken, at now: Moment,
        into outcome: inout Outcome
    ) {
        guard let number = sessionNumbers[id] else {
            outcome.effects.append(.reply(token, .notOpen))
            return
        }
        let (isCancelling, current) =
            sessions.read(number) { ($0.status == .cancelling, $0.pauseMode) } ?? (false, nil)
        guard !isCancelling else {
            let error = ScrivenerError(.sessionEnded, "session \(id) is being cancelled")
            outcome.effects.append(.reply(token, .refused(error)))
            return
        }
        // Paused already; only what runs may have to be taken back now.
        if current != mode, current != .now {
            keep(.sessionPaused(session: number, mode: mode), at: now, into: &outcome)
            changed.append(number)
            takeBackRunning(of: number, mode, into: &outcome)
        }
        reply(token, withSession: number, at: now, into: &outcome)
    }

    /// What waits on workers for a slot is asked back in any case, what runs only when it is to.
    private func takeBackRunning(
        of number: Int64, _ mode: PauseMode, into outcome: inout Outcome
    ) {
        let running =
            sessions.read(number) { session in
                session.graph.live.sorted().flatMap { session.liveAttempts(of: Int($0)) }
            } ?? []
        for (worker, attempts) in Self.byWorker(running) {
            guard let connection = registry.workers[Int(worker)].connection else { continue }
            let stopped = attempts.filter(isToStop)
            sendCancel(of: stopped, to: worker, into: &outcome)
            let others = attempts.filter { !stopped.contains($0) }
            guard !others.isEmpty else { continue }
            outcome.effects.append(
                .send(connection.id, .recall(epoch: connection.epoch, attempts: others)))
        }
    }

    /// In order of workers.
    static func byWorker(
        _ attempts: [(reference: AttemptReference, worker: Int32)]
    ) -> [(worker: Int32, attempts: [AttemptReference])] {
        var byWorker: [Int32: [AttemptReference]] = [:]
        for (attempt, worker) in attempts { byWorker[worker, default: []].append(attempt) }
        return byWorker.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func resume(
        _ id: String, _ token: ReplyToken, at now: Moment, into outcome: inout Outcome
    ) {
        guard let number = sessionNumbers[id] else {
            outcome.effects.append(.reply(token, .notOpen))
            return
        }
        if sessions.read(number, { $0.isPaused && $0.status != .cancelling }) == true {
            keep(.sessionResumed(session: number), at: now, into: &outcome)
            changed.append(number)
            enqueueReady(of: number, at: now.instant)
        }
        reply(token, withSession: number, at: now, into: &outcome)
    }

    mutating func prioritize(
        _ id: String, _ taskID: String?, _ priority: Int, _ token: ReplyToken, at now: Moment,
        into outcome: inout Outcome
    ) {
        guard let number = sessionNumbers[id] else {
            outcome.effects.append(.reply(token, .notOpen))
            return
        }
        guard PriorityScale.priorities.contains(priority) else {
            let range =
                "\(PriorityScale.priorities.lowerBound)…"
                + "\(PriorityScale.priorities.upperBound)"
            let error = ScrivenerError(
                .requestInvalid, "a priority is \(range)",
                mistakes: [
                    Mistake(
                        .planOutOfRange, at: "/priority", "out of range", limit: range,
                        actual: "\(priority)")
                ])
            outcome.effects.append(.reply(token, .refused(error)))
            return
        }
        let task = taskID.map { id in
            sessions.read(number) { $0.graph.task(named: id) } ?? nil
        }
        guard task == nil || task != .some(nil) else {
            let error = ScrivenerError(
                .taskNotFound, "session \(id) has no task \(taskID ?? "")")
            outcome.effects.append(.reply(token, .refused(error)))
            return
        }
        keep(
            .priorityChanged(session: number, task: task ?? nil, priority: UInt8(priority)),
            at: now, into: &outcome)
        changed.append(number)
        rekey(number, at: now.instant)
        reply(token, withSession: number, at: now, into: &outcome)
    }

    mutating func drainWorker(
        _ id: String, _ token: ReplyToken, at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registry.workerNumber(id),
            let connection = registry.workers[Int(worker)].connection
        else {
            let error = ScrivenerError(.workerNotFound, "no worker \(id) is connected")
            outcome.effects.append(.reply(token, .refused(error)))
            return
        }
        noteDraining(of: worker, at: now, into: &outcome)
        wakeDemands(ofWorker: worker)
        registry.markDraining(worker)
        outcome.effects.append(.send(connection.id, .drain(epoch: connection.epoch)))
        outcome.effects.append(.reply(token, .done))
    }
}

extension TaskGraph {
    func task(named id: String) -> Int32? {
        let bytes = Array(id.utf8)
        return (0..<Int32(count)).first { ids.matches(Int($0), bytes) }
    }
}
