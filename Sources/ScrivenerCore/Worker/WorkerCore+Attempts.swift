// From dispatch to end: what waits, what begins, what an attempt says while it runs, and how its end
// is told.

import ScrivenerModel

// MARK: Beginning

extension WorkerCore {
    /// Puts each item into its agent's queue; `beginWaiting` takes it from there.
    mutating func take(
        _ batch: DispatchBatch, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        let sessions = Dictionary(
            batch.sessions.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        var handedBack: [AttemptReference] = []
        for item in batch.items {
            // A repeated dispatch of what is held or done starts nothing twice.
            guard !outbox.contains(item.attempt) else { continue }
            if let attempt = held[item.attempt] {
                // The number is that of another journal's attempt, which has yet to stop.
                if attempt.isFenced { handedBack.append(item.attempt) }
                continue
            }
            guard !isDraining else {
                handedBack.append(item.attempt)
                continue
            }
            guard let session = sessions[item.attempt.session], fits(item) else {
                refuse(item.attempt, at: now)
                continue
            }
            let index = Int(item.agentIndex)
            guard agents[index].takesWork, hasWaitingPlace(index) else {
                handedBack.append(item.attempt)
                continue
            }
            let place = held.add(
                HeldAttempt(
                    agentIndex: index, slots: item.slots, isExclusive: item.isExclusive,
                    isAtMostOnce: item.isAtMostOnce), as: item.attempt)
            queues[index].append(
                Assignment(item, session, receivedAt: now), at: place)
            waitingCount += 1
        }
        tellReleased(handedBack, batch.epoch, into: &effects)
    }

    private func hasWaitingPlace(_ index: Int) -> Bool {
        held.count < configuration.maximumHeld
            && queues[index].count
                < Int(queues[index].slots) * configuration.maximumWaitingPerSlot
    }

    /// Whether there is an agent that could ever execute it.
    private func fits(_ item: DispatchItem) -> Bool {
        let index = Int(item.agentIndex)
        return queues.indices.contains(index) && item.slots >= 1
            && item.slots <= queues[index].slots
    }

    /// What cannot be started must not stay the coordinator's belief.
    private mutating func refuse(
        _ attempt: AttemptReference, at now: Instant
    ) {
        let failure = AgentFailure(
            .transient, code: ErrorCode.protocolError.rawValue,
            message: "the dispatch names a session, an agent or slots that the worker does not have"
        )
        let result = AttemptResult(attempt: attempt, runTime: .zero, result: .failed(failure))
        outbox.add(result, sentAt: now, at: now)
        untold.append(result)
    }

    /// Begins what has room. Once the lease has run out nothing begins: what has not begun may be
    /// somebody else's by now.
    mutating func beginWaiting(at now: Instant, into effects: inout [WorkerEffect]) {
        guard waitingCount > 0, !isDraining, let end = lease.end, now < end, now < orphanedAt
        else { return }
        for index in queues.indices where agents[index].takesWork {
            while let next = queues[index].next {
                guard !next.item.isExclusive || lease.marginEnd.map({ now < $0 }) ?? false else {
                    break
                }
                begin(queues[index].takeNext(), at: now, into: &effects)
            }
        }
    }

    private mutating func begin(
        _ next: AttemptQueue.Waiting, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        let assignment = next.assignment
        let running = HeldAttempt.Running(assignment, at: now)
        held.set(.running(running), at: next.place)
        waitingCount -= 1
        runningCount += 1
        if assignment.item.isExclusive { exclusiveCount += 1 }
        if let due = running.due {
            timers.add(assignment.item.attempt, in: next.place, at: due, now: now)
        }
        effects.append(.start(assignment))
    }
}

// MARK: Handing back

extension WorkerCore {
    /// Gives up attempts that wait, and says so.
    mutating func handBack(
        _ attempts: [AttemptReference], _ epoch: Int64, into effects: inout [WorkerEffect]
    ) {
        for attempt in attempts {
            guard let waiting = held[attempt], waiting.isWaiting else { continue }
            queues[waiting.agentIndex].remove(attempt)
            forgetWaiting(attempt)
        }
        tellReleased(attempts, epoch, into: &effects)
    }

    /// Hands back what waits and will not begin here: all of it when the worker leaves, and what
    /// waits for an agent that cannot work. Without a registration it waits for the next.
    mutating func handBackUnstartable(into effects: inout [WorkerEffect]) {
        guard let epoch, waitingCount > 0 else { return }
        var attempts: [AttemptReference] = []
        for index in queues.indices where isDraining || !agents[index].takesWork {
            attempts += queues[index].removeAll()
        }
        for attempt in attempts { forgetWaiting(attempt) }
        tellReleased(attempts, epoch, into: &effects)
    }

    /// - Precondition: it waits, and its queue has let go of it.
    mutating func forgetWaiting(_ attempt: AttemptReference) {
        held.remove(attempt)
        waitingCount -= 1
    }

    private mutating func tellReleased(
        _ attempts: [AttemptReference], _ epoch: Int64, into effects: inout [WorkerEffect]
    ) {
        guard !attempts.isEmpty else { return }
        tellEnded(into: &effects)
        effects.append(.send(.released(epoch: epoch, attempts: attempts)))
    }
}

// MARK: Running

extension WorkerCore {
    mutating func note(_ progress: AttemptProgress, at now: Instant) {
        guard var running = held[progress.attempt]?.running else { return }
        running.lastSign = now
        held.set(.running(running), of: progress.attempt)
        self.progress[progress.attempt] = progress
    }

    /// Sends what an attempt keeps: the first since the last heartbeat at once, and of those that
    /// follow the latest with the next heartbeat or with the attempt's end, so that an agent that
    /// keeps something all the time does not fill the line.
    mutating func keep(
        _ bytes: [UInt8], for attempt: AttemptReference, into effects: inout [WorkerEffect]
    ) {
        guard let kept = held[attempt], !kept.isWaiting, !kept.isFenced else { return }
        unsentCheckpoints[attempt] = bytes
        guard let epoch, !sentCheckpoints.contains(attempt) else { return }
        sendCheckpoint(of: attempt, epoch, into: &effects)
    }

    /// One a message: together they might be too large for one.
    mutating func sendCheckpoints(_ epoch: Int64, into effects: inout [WorkerEffect]) {
        for attempt in unsentCheckpoints.keys.sorted() {
            sendCheckpoint(of: attempt, epoch, into: &effects)
        }
    }

    private mutating func sendCheckpoint(
        of attempt: AttemptReference, _ epoch: Int64, into effects: inout [WorkerEffect]
    ) {
        guard !unsentCheckpoints.isEmpty,
            let bytes = unsentCheckpoints.removeValue(forKey: attempt)
        else { return }
        sentCheckpoints.insert(attempt)
        effects.append(
            .send(
                .checkpoints(
                    epoch: epoch, [AttemptCheckpoint(attempt: attempt, bytes: bytes)])))
    }
}

// MARK: Ending

extension WorkerCore {
    mutating func end(
        _ result: AttemptResult, at now: Instant, into effects: inout [WorkerEffect]
    ) {
        guard let attempt = held.remove(result.attempt, if: { !$0.isWaiting }) else { return }
        if !progress.isEmpty { progress[result.attempt] = nil }
        if attempt.running != nil { noteNoLongerRunning(attempt) }
        // Nobody wants to hear of an attempt that was fenced, and its slots are free already.
        guard !attempt.isFenced else { return }
        queues[attempt.agentIndex].free(attempt.slots)
        let told = attempt.running == nil ? Self.told(result, attempt.stage) : result
        // What a failed attempt kept is for the next one, and has to come before its end does.
        if told.result.failure == nil, !unsentCheckpoints.isEmpty {
            unsentCheckpoints[result.attempt] = nil
        }
        // Nobody would do it again: it is kept before anything can happen to it.
        let isKept = attempt.isAtMostOnce && configuration.keepAfter != nil
        outbox.add(told, sentAt: epoch == nil ? nil : now, isKept: isKept, at: now)
        if isKept { keep([told], into: &effects) }
        guard let epoch else { return }
        sendCheckpoint(of: result.attempt, epoch, into: &effects)
        if !sentCheckpoints.isEmpty { sentCheckpoints.remove(result.attempt) }
        untold.append(told)
    }

    /// Tells what has ended and was not told yet: together, and before anything that follows from it. How
    /// many of them a message holds is for the shell to say.
    mutating func tellEnded(into effects: inout [WorkerEffect]) {
        guard !untold.isEmpty, let epoch else { return }
        effects.append(.send(.results(ResultBatch(epoch: epoch, items: untold))))
        untold = []
    }

    /// An attempt that was stopped and ended without success ended because it was stopped.
    private static func told(
        _ result: AttemptResult, _ stage: HeldAttempt.Stage
    ) -> AttemptResult {
        guard case .stopping(let reason) = stage, let own = result.result.failure else {
            return result
        }
        var failure = failure(of: reason)
        failure.worker = own.worker
        failure.logTail = own.logTail
        var told = result
        told.result = AgentResult(usage: result.result.usage, failure: failure)
        return told
    }

    private static func failure(of reason: StopReason) -> AgentFailure {
        switch reason {
        case .cancelled, .fenced:
            AgentFailure(.cancelled, code: "cancelled", message: "stopped on request")
        case .timedOut:
            AgentFailure(.timeout, code: "task_timeout", message: "ran longer than its timeout")
        case .stalled:
            AgentFailure(
                .timeout, code: "progress_timeout",
                message: "said nothing of its progress for its progress timeout")
        case .leaseMargin:
            AgentFailure(
                .cancelled, code: AgentFailure.leaseMarginCode,
                message: "stopped because the worker's lease was about to run out")
        case .orphaned:
            AgentFailure(
                .cancelled, code: AgentFailure.orphanedCode,
                message: "stopped because the coordinator was silent for the orphan grace")
        case .drained:
            AgentFailure(
                .cancelled, code: AgentFailure.drainedCode,
                message: "stopped because the worker had to leave")
        }
    }
}
