// What the deaths of workers' processes say against a task. Whoever ran in a process when it died is
// suspected; what is suspected often enough runs alone, where nobody else can be to blame. The idea is
// that of a "delivery limit" for poison messages (RabbitMQ's quorum queues); to try the suspect alone,
// before it is given up, is ours: tasks that merely stood beside the culprit are cleared by it.

import ScrivenerModel

/// The deaths that a task was there for.
struct TaskDeaths: Sendable, Equatable {
    /// The attempts that ran when their worker's process died.
    private(set) var attempts: [Int32] = []
    /// Attempts after this one have their worker to themselves.
    private(set) var aloneAfter: Int32?

    var count: Int { attempts.count }

    func contains(_ attempt: Int32) -> Bool { attempts.contains(attempt) }

    /// - Parameter latest: the number of the task's latest attempt.
    mutating func add(_ attempt: Int32, _ verdict: DeathVerdict, latest: Int32) {
        attempts.append(attempt)
        if verdict == .isolated { aloneAfter = latest }
    }

    /// What one more death comes to.
    ///
    /// - Parameter limit: how many deaths there may be before the task runs alone; 0 for any number.
    static func verdict(after earlier: TaskDeaths?, attempt: Int32, limit: Int) -> DeathVerdict {
        guard limit > 0 else { return .counted }
        if let alone = earlier?.aloneAfter { return attempt > alone ? .quarantined : .counted }
        return (earlier?.count ?? 0) + 1 >= limit ? .isolated : .counted
    }
}

extension TaskGraph {
    mutating func noteDeath(
        _ task: Int, attempt: Int32, _ verdict: DeathVerdict, _ record: ResultHandle?,
        at now: Instant
    ) {
        deaths[Int32(task), default: TaskDeaths()]
            .add(attempt, verdict, latest: latestAttempt(of: task))
        let ended = endedExecution(of: task, attempt: attempt)
        if let record, let ended { executions.setRecord(record, of: ended) }
        switch verdict {
        case .counted: break
        case .isolated:
            reclassify(task) { $0.runsAlone = true }
            // It waits in the queue of those that need less.
            if lifecycle.isReady(task) { newlyReady.append(Int32(task)) }
        case .quarantined:
            // One that runs by now goes on; one that died as it ran is about to be ended.
            guard lifecycle[task].after(.quarantine) != nil else { return }
            if let ended { executions.condemn(ended) }
            move(task, .quarantine, at: now)
        }
    }

    /// The place of an attempt that was lost with its worker, and may or may not have died there.
    private func endedExecution(of task: Int, attempt: Int32) -> Int? {
        var place = Int(lifecycle.latestExecution(of: task))
        while place >= 0 {
            let execution = executions[place]
            if execution.attempt == attempt {
                return execution.outcome == .workerLost ? place : nil
            }
            place = Int(execution.previous)
        }
        return nil
    }

    /// Whether the death of a worker's process says anything about a task: an attempt at it was there,
    /// and ended or is to end with the worker; it was not told before; and the task is not over.
    func mayCountDeath(of attempt: AttemptReference, worker: Int32) -> Bool {
        let task = Int(attempt.task)
        guard task >= 0, task < count, !lifecycle[task].status.isTerminal,
            deaths[attempt.task]?.contains(attempt.attempt) != true
        else { return false }
        return executions(of: task).contains {
            $0.attempt == attempt.attempt && $0.worker == worker
                && ($0.outcome == nil || $0.outcome == .workerLost)
        }
    }
}
