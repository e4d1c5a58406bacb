// Sessions: opened, cancelled, ended; and what happens when their timers fire.

import ScrivenerModel

extension OrchestratorCore {
    mutating func submit(
        _ plan: CompiledPlan, _ token: ReplyToken, at now: Moment, into outcome: inout Outcome
    ) {
        if let refusal = refusal(of: plan) {
            outcome.effects.append(.reply(token, .refused(refusal)))
            return
        }
        let number = lastSessionNumber + 1
        let opening = SessionOpening(number: number, plan: plan)
        keep(.sessionOpened(opening), at: now, into: &outcome)
        begin(number, at: now)
        reply(token, withSession: number, at: now, into: &outcome)
    }

    /// Lets a session that was just opened go its way.
    mutating func begin(_ number: Int64, at now: Moment) {
        tally.sessionsOpened += 1
        if isPoolFollowed { sessions.modify(number) { $0.isWatched = true } }
        if let deadline = sessions.read(number, { $0.deadline }) ?? nil {
            timers.add(.sessionTimeout(session: number), at: deadline)
        }
        enqueueReady(of: number, at: now.instant)
    }

    func refusal(of plan: CompiledPlan) -> ScrivenerError? {
        if sessionNumbers[plan.sessionID] != nil || recentIDs.contains(plan.sessionID) {
            return ScrivenerError(
                .sessionExists, "a session with the id \(plan.sessionID) exists",
                mistakes: [
                    Mistake(
                        .sessionExists, at: "/session_id", "the id is taken",
                        actual: plan.sessionID)
                ])
        }
        guard sessions.count < configuration.maximumOpenSessions else {
            return ScrivenerError(
                .overloaded,
                "\(sessions.count) sessions are open; the limit is "
                    + "\(configuration.maximumOpenSessions)",
                retryAfterSeconds: 1)
        }
        return nil
    }

    mutating func cancel(
        _ id: String, _ token: ReplyToken, at now: Moment, into outcome: inout Outcome
    ) {
        guard let number = sessionNumbers[id] else {
            outcome.effects.append(.reply(token, .notOpen))
            return
        }
        requestCancel(number, .requested, at: now, into: &outcome)
        settle(number, at: now, into: &outcome)
        if let ended = outcome.archives.last, ended.number == number {
            outcome.effects.append(
                .reply(token, .session(number: number, ended.session)))
        } else {
            reply(token, withSession: number, at: now, into: &outcome)
        }
    }

    /// Ends what does not run and tells the workers of what does.
    private mutating func requestCancel(
        _ number: Int64, _ cause: CancelCause, at now: Moment, into outcome: inout Outcome
    ) {
        guard sessions.read(number, { $0.status != .cancelling }) == true else { return }
        keep(.cancelRequested(session: number, cause: cause), at: now, into: &outcome)
        changed.append(number)
        let running =
            sessions.read(number) { session in
                session.graph.live.sorted().flatMap { session.liveAttempts(of: Int($0)) }
            } ?? []
        for (worker, attempts) in Self.byWorker(running) {
            sendCancel(of: attempts, to: worker, into: &outcome)
        }
    }

    /// Ends the session when none of its tasks is open.
    @inline(always)
    mutating func settle(_ number: Int64, at now: Moment, into outcome: inout Outcome) {
        noteChange(of: number)
        guard sessions.read(number, { $0.graph.openCount }) == 0 else { return }
        close(number, at: now, into: &outcome)
    }

    private mutating func close(_ number: Int64, at now: Moment, into outcome: inout Outcome) {
        guard let state = sessions.read(number, { $0.endState }) else { return }
        keep(.sessionEnded(session: number, state: state), at: now, into: &outcome)
        tally.sessionsEnded[state, default: 0] += 1
        let ended = sessions.read(number) { ($0.isFollowed, snapshot(of: $0, at: now.instant)) }
        guard let (isFollowed, archive) = ended else { return }
        outcome.archives.append(archive)
        if isFollowed {
            outcome.effects.append(.progress(session: number, archive.session.progress))
        }
        forget(number)
    }

    // MARK: Timers

    @inline(always)
    mutating func fireTimers(at now: Moment, into outcome: inout Outcome) {
        guard let due = timers.next, due <= now.instant else { return }
        fireDue(at: now, into: &outcome)
    }

    private mutating func fireDue(at now: Moment, into outcome: inout Outcome) {
        while let (_, reason) = timers.popDue(at: now.instant) {
            switch reason {
            case .lease(let worker): checkLease(of: worker, at: now, into: &outcome)
            case .backOff(let session, let task):
                endBackOff(session: session, task: task, at: now)
            case .sessionTimeout(let session):
                guard sessions.contains(session) else { continue }
                requestCancel(session, .timedOut, at: now, into: &outcome)
                settle(session, at: now, into: &outcome)
            case .circuit(let worker, let agent): endEjection(worker: worker, agent: agent)
            case .join(let session, let task):
                closeJoin(task, of: session, at: now, into: &outcome)
                enqueueReady(of: session, at: now.instant)
                settle(session, at: now, into: &outcome)
            case .hedge(let attempt): hedge(attempt, at: now, into: &outcome)
            case .rank(let session): advanceRanks(of: session, at: now.instant)
            case .patience(let demand): dispatcher.wake(demand)
            case .room(let demand): roomIsDue(for: demand)
            case .metrics: keepMetrics(at: now, into: &outcome)
            case .scaling: scalePools(at: now.instant)
            case .progress(let session):
                sessions.modify(session) { $0.publishIsScheduled = false }
                changed.append(session)
            }
        }
    }

    /// A coordinator that was itself stopped must not blame its workers for the silence: their
    /// heartbeats are still being read. Asked before an event is handled: that may add what is due since
    /// its batch began, which with a slow disk may be long ago.
    @inline(always)
    mutating func notePause(at now: Moment) {
        guard let due = timers.next else { return }
        let late = now.instant.since(due)
        guard late > TimeSpan.milliseconds(500) else { return }
        leaseAmnesty = now.instant.advanced(by: heartbeatInterval).advanced(by: .seconds(1))
    }

    /// The backoff's end needs no fact: the instant stands in the one that granted the retry.
    private mutating func endBackOff(session number: Int64, task: Int32, at now: Moment) {
        let ended = sessions.modify(number) { session -> Bool in
            guard case .backingOff(let until) = session.graph.lifecycle[Int(task)],
                until <= now.instant
            else { return false }
            session.backOffEnded(Int(task), at: now.instant)
            return true
        }
        guard ended == true else { return }
        changed.append(number)
        enqueueReady(of: number, at: now.instant)
    }
}
