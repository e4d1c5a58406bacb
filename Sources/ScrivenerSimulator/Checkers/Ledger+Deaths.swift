// The deaths of workers' processes, as the ledger counts them against the tasks that ran there.

import ScrivenerCore
import ScrivenerModel

/// The deaths that a task was there for.
struct DeathRecord {
    var attempts: [Int32] = []
    /// The latest attempt when there were enough of them: whatever comes after it runs alone.
    var aloneAfter: Int32?
    /// The attempt that killed its worker though it ran alone.
    var condemned: Int32?

    func isAlone(_ attempt: Int32) -> Bool { aloneAfter.map { attempt > $0 } ?? false }
}

extension Ledger {
    mutating func die(
        _ attempt: AttemptReference, _ verdict: DeathVerdict, _ record: ResultHandle?,
        at now: Instant
    ) {
        let subject = Subject(session: attempt.session, task: attempt.task)
        guard let index = openIndex(attempt.session, subject, "had a death"),
            let task = task(of: attempt), !task.isOver
        else { return blame(false, "\(attempt.short) is over and has died", subject) }
        let place = Int(attempt.task)
        let wasThere = task.history.contains {
            $0.attempt == attempt.attempt
                && ($0.ending == nil || $0.ending?.outcome == .workerLost)
        }
        blame(wasThere, "\(attempt.short) did not end with its worker", subject)
        blame(
            !task.deaths.attempts.contains(attempt.attempt), "\(attempt.short) died twice", subject)
        let expected = expectedVerdict(attempt, task, sessions[index])
        blame(verdict == expected, "\(attempt.short): \(verdict), not \(expected)", subject)
        sessions[index].tasks[place].deaths.attempts.append(attempt.attempt)
        for past in task.history.indices where task.history[past].attempt == attempt.attempt {
            // Told after a lease had ended it.
            sessions[index].tasks[place].history[past].ending?.record = record
        }
        switch verdict {
        case .counted: return
        case .isolated: sessions[index].tasks[place].deaths.aloneAfter = task.attempts
        case .quarantined:
            sessions[index].tasks[place].deaths.condemned = attempt.attempt
            // Another attempt that runs by now decides; this one's own end follows.
            guard task.live.isEmpty else { return }
            for past in task.history.indices where task.history[past].attempt == attempt.attempt {
                sessions[index].tasks[place].history[past].ending?.outcome = .failed(.poison)
            }
            sessions[index].tasks[place].state = .over(.failed)
            sessions[index].noteReady(after: place, at: now)
            sessions[index].skipAfter(place, at: now)
        }
    }

    private func expectedVerdict(
        _ attempt: AttemptReference, _ task: TaskRecord, _ session: SessionRecord
    ) -> DeathVerdict {
        let isUnwanted = session.isCancelled || task.isCancelRequested
        guard poisonDeaths > 0, !isUnwanted, task.kind.delivery == .atLeastOnce else {
            return .counted
        }
        if task.deaths.isAlone(attempt.attempt) { return .quarantined }
        let isEnough = task.deaths.attempts.count + 1 >= poisonDeaths
        return isEnough && task.deaths.aloneAfter == nil ? .isolated : .counted
    }

    /// A suspect shares its worker with nobody: neither with what is there, nor with what comes.
    mutating func checkAlone(_ attempt: AttemptReference, worker: Int32, _ subject: Subject) {
        guard poisonDeaths > 0, liveCounts[Int(worker)] > 0 else { return }
        let isSuspect = task(of: attempt)?.deaths.isAlone(attempt.attempt) == true
        blame(
            !isSuspect, "\(attempt.short) is to run alone, and its worker holds others", subject)
        for session in sessions where session.ended == nil && session.liveCount > 0 {
            for other in session.tasks where other.deaths.aloneAfter != nil {
                let isThere = other.live.contains {
                    $0.worker == worker && other.deaths.isAlone($0.attempt)
                }
                blame(
                    !isThere, "\(attempt.short) begins beside \(other.id), which runs alone",
                    subject)
            }
        }
    }

    /// A task is given up as poison if and only if it has killed a worker that it had to itself.
    mutating func checkGivenUp(
        _ attempt: AttemptReference, _ ending: AttemptEnding, _ task: TaskRecord,
        _ subject: Subject
    ) {
        let isCondemned = task.deaths.condemned == attempt.attempt
        blame(
            (ending.outcome == .failed(.poison)) == isCondemned,
            "\(attempt.short) is given up as \(ending.outcome) after \(task.deaths)", subject)
    }

    private mutating func blame(
        _ holds: Bool, _ text: @autoclosure () -> String, _ subject: Subject
    ) {
        if !holds {
            violations.append(Violation(rule: .poison, text: text(), subject: subject))
        }
    }
}
