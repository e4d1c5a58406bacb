// A fingerprint of everything that a run brought forth. Two runs of one seed, in one process or in
// two, have to have the same. Wall-clock times are left out: they must change nothing else, which
// is what comparing two runs with different wall clocks shows.

import ScrivenerCore
import ScrivenerModel

/// Mixes numbers into 64 bits; order matters. The constants are SplitMix64's.
struct Digest: Sendable, Equatable {
    private(set) var value: UInt64 = 0x243F_6A88_85A3_08D3

    mutating func mix(_ number: Int64) {
        value = (value ^ UInt64(bitPattern: number)) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 29
    }

    mutating func mix(_ number: Int) { mix(Int64(number)) }
    mutating func mix(_ number: Int32) { mix(Int64(number)) }
    mutating func mix(_ instant: Instant) { mix(instant.nanoseconds) }

    mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(Int64(byte)) }
        mix(text.utf8.count)
    }

    mutating func mix(_ attempt: AttemptReference) {
        mix(attempt.session)
        mix(attempt.task)
        mix(attempt.attempt)
    }

    mutating func mix(_ attempts: [AttemptReference]) {
        for attempt in attempts { mix(attempt) }
        mix(attempts.count)
    }
}

// MARK: - Facts

extension Digest {
    mutating func mix(_ fact: SessionFact) {
        switch fact {
        case .workerKnown(let number, let id): mix(tag: 1, number, id)
        case .agentKnown(let number, let name): mix(tag: 2, number, name)
        case .sessionOpened(let opening):
            mix(3)
            mix(opening.number)
            mix(opening.plan.sessionID)
            mix(opening.plan.tasks.count)
        case .graphExtended(let addition):
            mix(4)
            mix(addition.session)
            mix(addition.by)
            mix(addition.tasks.count)
        case .attemptDispatched(let attempt, let worker, let agent):
            mix(5)
            mix(attempt)
            mix(worker)
            mix(agent)
        case .attemptEnded(let attempt, let ending): mix(attempt, ending)
        case .attemptDied(let attempt, let verdict, let record):
            mix(15)
            mix(attempt)
            mix(Int(verdict.rawValue))
            mix(record?.row ?? -1)
        case .sessionRerun(let rerun):
            mix(16)
            mix(rerun.session)
            mix(rerun.of)
            for result in rerun.reused {
                mix(result.task)
                mix(result.record.row)
            }
        case .cancelRequested(let session, let cause):
            mix(7)
            mix(session)
            mix(Int(cause.rawValue))
        case .joinClosed(let session, let task): mix(tag: 9, session, task)
        case .checkpointKept(let attempt, let payload):
            mix(10)
            mix(attempt)
            mix(payload.row)
        case .taskCancelRequested(let session, let task): mix(tag: 11, session, task)
        case .sessionPaused(let session, let mode): mix(tag: 12, session, Int32(mode.rawValue))
        case .sessionResumed(let session): mix(tag: 13, session, 0)
        case .priorityChanged(let session, let task, let priority):
            mix(tag: 14, session, task ?? -1)
            mix(Int(priority))
        case .performanceLearned(let columns): mix(columns)
        case .sessionsCounted(let number): mix(number)
        case .metricsRecorded(let sample):
            for row in sample.rows {
                mix(row.busy)
                mix(row.completed)
            }
        case .sessionEnded(let session, let state):
            mix(8)
            mix(session)
            mix(state.rawValue)
        }
    }

    private mutating func mix(tag: Int, _ session: Int64, _ task: Int32) {
        mix(tag)
        mix(session)
        mix(task)
    }

    private mutating func mix(_ columns: PerformanceColumns) {
        for kind in columns.kinds { mix(kind) }
        for sum in columns.durations.sums { mix(sum) }
        for sum in columns.durations.speedSums { mix(sum) }
    }

    private mutating func mix(tag: Int, _ number: Int32, _ text: String) {
        mix(tag)
        mix(number)
        mix(text)
    }

    private mutating func mix(_ attempt: AttemptReference, _ ending: AttemptEnding) {
        mix(6)
        mix(attempt)
        mix(ending.runTime.nanoseconds)
        switch ending.outcome {
        case .completed: mix(1)
        case .failed(let failure): mix(10 + Int(failure.rawValue))
        case .cancelled: mix(2)
        case .workerLost: mix(3)
        case .released: mix(4)
        case .superseded: mix(5)
        }
        switch ending.disposition {
        case .final: mix(1)
        case .retry(let notBefore): mix(notBefore)
        case .requeue: mix(2)
        case .absorbed: mix(3)
        }
    }
}

// MARK: - Effects

extension Digest {
    mutating func mix(_ effect: OrchestratorEffect) {
        switch effect {
        case .send(let connection, let message):
            mix(Int64(connection.rawValue))
            mix(message)
        case .acknowledge(let connection, let epoch, let attempt):
            mix(Int64(connection.rawValue))
            mix(.resultsCommitted(epoch: epoch, attempts: [attempt]))
        case .dispatch(let connection, let epoch, let orders):
            mix(Int64(connection.rawValue))
            mix(epoch)
            for order in orders {
                mix(order.attempt)
                mix(order.agentIndex)
                mix(order.timeout.nanoseconds)
            }
        case .reply(let token, let reply):
            mix(Int64(bitPattern: token.rawValue))
            mix(reply)
        case .progress(let session, let report):
            mix(session)
            mix(report.revision)
            mix(report.completedTasks)
        case .poolMoved: mix(33)
        }
    }

    private mutating func mix(_ message: CoordinatorMessage) {
        switch message {
        case .welcome(let welcome):
            mix(21)
            mix(welcome.epoch)
            mix(welcome.stop)
        case .heartbeatAcknowledged(let epoch, let sequence, let interval):
            mix(22)
            mix(epoch)
            mix(sequence)
            mix(interval.nanoseconds)
        case .dispatch(let batch): mix(batch.items.map(\.attempt))
        case .cancel(let epoch, let attempts), .resultsCommitted(let epoch, let attempts),
            .recall(let epoch, let attempts):
            mix(23)
            mix(epoch)
            mix(attempts)
        case .introduce: mix(24)
        case .drain(let epoch): mix(epoch)
        case .refused(let code, let reason, _):
            mix(code.rawValue)
            mix(reason)
        }
    }

    private mutating func mix(_ reply: Reply) {
        switch reply {
        case .session(let number, let session):
            mix(number)
            mix(session.status.rawValue)
            mix(session.progress.revision)
        case .snapshot(let snapshot):
            mix(snapshot.number)
            for task in snapshot.tasks { mix(task.status.rawValue) }
        case .task(let task): mix(task.status.rawValue)
        case .explanation(let explanation):
            mix(explanation.reason.rawValue)
            mix(explanation.message)
        case .sessions(let sessions):
            for each in sessions { mix(each.session.sessionID) }
        case .workers(let workers):
            for worker in workers {
                mix(worker.workerID)
                mix(worker.state)
            }
        case .workerPools(let pools):
            for pool in pools { mix(pool.desired) }
        case .diagnosis(let diagnosis):
            mix(diagnosis.snapshot.number)
            for explanation in diagnosis.explanations { mix(explanation.message) }
            for unusual in diagnosis.unusualRunTimes { mix(unusual.runTime.nanoseconds) }
        case .changes(let changes):
            mix(Int64(changes.endedCount))
            for change in changes.ended + changes.running + changes.returned {
                mix(change.taskID)
                mix(change.status.rawValue)
            }
        case .orchestratorStatus(let status): mix(status.loadBalancing.queueSize)
        case .registryStatus(let status): mix(status.healthyInstances)
        case .agents(let agents):
            for agent in agents { mix(agent.agent) }
        case .agentMetrics(let metrics): mix(metrics.history.count)
        case .pool(let view): mix(view.sessions.count)
        case .poolSubjects(let subjects): mix(subjects.sessions.count)
        case .moved(let reports, _): for report in reports { mix(report.revision) }
        case .done: mix(32)
        case .notOpen: mix(31)
        case .refused(let error): mix(error.code.rawValue)
        }
    }
}
