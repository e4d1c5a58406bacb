// What is stopped, and why: attempts that took too long or went silent, exclusive ones before the
// lease can have run out, all of them when the coordinator stays away, and those that somebody asked
// to be stopped. The agent's end, not the stop, is what is told.

import ScrivenerModel

// MARK: On request

extension WorkerCore {
    /// What has not begun is handed back. What is not here, and not on its way back either, was never
    /// received: that is said, or the coordinator would wait for a proof for ever.
    mutating func cancel(
        _ attempts: [AttemptReference], epoch: Int64, into effects: inout [WorkerEffect]
    ) {
        for attempt in attempts { stop(attempt, .cancelled, into: &effects) }
        let notHere = attempts.filter { attempt in
            guard let held = held[attempt] else { return !outbox.contains(attempt) }
            return held.isWaiting || held.isFenced
        }
        handBack(notHere, epoch, into: &effects)
    }

    /// The coordinator has given it up: it stops without a word, and its slots are free, as they are
    /// in the coordinator's books.
    mutating func fence(_ attempt: AttemptReference, into effects: inout [WorkerEffect]) {
        guard let fenced = held[attempt], !fenced.isFenced else { return }
        unsentCheckpoints[attempt] = nil
        guard !fenced.isWaiting else {
            queues[fenced.agentIndex].remove(attempt)
            forgetWaiting(attempt)
            return
        }
        stop(attempt, .fenced, into: &effects)
        held.set(.stopping(.fenced), of: attempt)
        queues[fenced.agentIndex].free(fenced.slots)
    }

    mutating func fenceAll(into effects: inout [WorkerEffect]) {
        for attempt in held.keys.sorted() { fence(attempt, into: &effects) }
    }

    /// Only what runs is stopped, and once.
    private mutating func stop(
        _ attempt: AttemptReference, _ reason: StopReason, into effects: inout [WorkerEffect]
    ) {
        guard let stopped = held[attempt], stopped.running != nil else { return }
        held.set(.stopping(reason), of: attempt)
        noteNoLongerRunning(stopped)
        effects.append(.stop(attempt))
    }

    mutating func noteNoLongerRunning(_ attempt: HeldAttempt) {
        runningCount -= 1
        if attempt.isExclusive { exclusiveCount -= 1 }
    }
}

// MARK: In time

extension WorkerCore {
    /// When a worker that hears nothing stops everything.
    var orphanedAt: Instant { lastHeard.advanced(by: configuration.orphanGrace) }

    mutating func stopOverdue(at now: Instant, into effects: inout [WorkerEffect]) {
        stopTimedOut(at: now, into: &effects)
        if exclusiveCount > 0, let marginEnd = lease.marginEnd, marginEnd <= now {
            for attempt in held.keys.sorted() where held[attempt]?.isExclusive == true {
                stop(attempt, .leaseMargin, into: &effects)
            }
        }
        if runningCount > 0, orphanedAt <= now {
            stopAll(.orphaned, into: &effects)
        }
    }

    mutating func stopAll(_ reason: StopReason, into effects: inout [WorkerEffect]) {
        for attempt in held.keys.sorted() { stop(attempt, reason, into: &effects) }
    }

    private mutating func stopTimedOut(at now: Instant, into effects: inout [WorkerEffect]) {
        while let first = timers.first {
            guard let running = held[first.place]?.running else {
                timers.removeFirst()
                continue
            }
            guard first.due <= now else { break }
            timers.removeFirst()
            if let reason = running.overdue(at: now) {
                stop(first.attempt, reason, into: &effects)
            } else if let next = running.due {
                timers.add(first.attempt, in: first.place, at: next, now: now)
            }
        }
        timers.compact(live: runningCount) { held[$0.place]?.running != nil }
    }
}
