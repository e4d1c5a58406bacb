// What came out of a core, as text with names instead of numbers.

import ScrivenerModel

@testable import ScrivenerCore

/// The names behind the numbers of facts and effects.
struct Names {
    /// Sessions by number: their ids and those of their tasks.
    private(set) var sessions: [Int64: (id: String, tasks: [String])] = [:]
    private(set) var workers: [ConnectionID: String] = [:]
    private var labels: [ConnectionID: String] = [:]
    private var workerIDs: [String] = []
    private var agents: [String] = []

    /// A worker's second connection is called `w1@2`, and so on.
    mutating func add(_ connection: ConnectionID, of worker: String) {
        let count = workers.values.count { $0 == worker } + 1
        workers[connection] = worker
        labels[connection] = count == 1 ? worker : "\(worker)@\(count)"
    }

    /// `session/task#attempt`; strangers by their numbers.
    func describe(_ attempt: AttemptReference) -> String {
        guard let session = sessions[attempt.session],
            session.tasks.indices.contains(Int(attempt.task))
        else { return "\(attempt.session)/\(attempt.task)#\(attempt.attempt)" }
        return "\(session.id)/\(session.tasks[Int(attempt.task)])#\(attempt.attempt)"
    }

    /// Reads what `describe` writes. Numbers stand for themselves.
    func attempt(_ text: String) -> AttemptReference {
        let parts = text.split { $0 == "/" || $0 == "#" }.map(String.init)
        let known = sessions.first { $0.value.id == parts[0] }
        let task = known?.value.tasks.firstIndex(of: parts[1]).map(Int32.init)
        return AttemptReference(
            session: known?.key ?? Int64(parts[0]) ?? 0, task: task ?? Int32(parts[1]) ?? 0,
            attempt: Int32(parts[2]) ?? 0)
    }

    private func list(_ attempts: [AttemptReference]) -> String {
        attempts.map(describe).joined(separator: ", ")
    }

    private func id(_ session: Int64) -> String { sessions[session]?.id ?? "\(session)" }

    // MARK: Facts

    /// Facts, archives, effects, and what went out at once.
    mutating func describe(_ outcome: Outcome) -> [String] {
        var lines: [String] = []
        for fact in outcome.facts { lines.append("fact: " + describe(fact)) }
        for archive in outcome.archives {
            let session = archive.session
            lines.append(
                "archive: \(session.sessionID) is \(session.status.rawValue), "
                    + session.sessionState.rawValue)
        }
        lines += outcome.effects.map(describe)
        return lines + outcome.immediate.map { "at once: " + describe($0) }
    }

    private mutating func describe(_ fact: SessionFact) -> String {
        switch fact {
        case .workerKnown(let number, let id):
            workerIDs.append(id)
            return "worker \(number) is \(id)"
        case .agentKnown(let number, let name):
            agents.append(name)
            return "agent \(number) is \(name)"
        case .sessionOpened(let opening):
            let ids = (0..<opening.plan.tasks.count).map { opening.plan.tasks.ids[$0] }
            sessions[opening.number] = (opening.plan.sessionID, ids)
            return "\(opening.plan.sessionID) opened with \(ids.joined(separator: ", "))"
        case .graphExtended(let addition):
            let ids = (0..<addition.tasks.count).map { addition.tasks.ids[$0] }
            sessions[addition.session]?.tasks += ids
            let by = sessions[addition.session]?.tasks[Int(addition.by)] ?? ""
            return "\(id(addition.session)) extended by \(by) with \(ids.joined(separator: ", "))"
        case .sessionRerun(let rerun):
            for addition in rerun.additions {
                sessions[rerun.session]?.tasks +=
                    (0..<addition.tasks.count).map { addition.tasks.ids[$0] }
            }
            let tasks = sessions[rerun.session]?.tasks ?? []
            let kept = rerun.reused.map { tasks[Int($0.task)] }.joined(separator: ", ")
            return "\(id(rerun.session)) runs \(rerun.of) again and takes over "
                + (kept.isEmpty ? "nothing" : kept)
        case .attemptDispatched(let attempt, let worker, let agent):
            return "\(describe(attempt)) dispatched to \(agents[Int(agent)]) "
                + "on \(workerIDs[Int(worker)])"
        case .attemptEnded(let attempt, let ending):
            return "\(describe(attempt)) \(describe(ending.outcome))\(describe(ending.disposition))"
        case .cancelRequested(let session, let cause):
            return "\(id(session)) to be cancelled: \(cause)"
        case .sessionEnded(let session, let state):
            return "\(id(session)) ended: \(state.rawValue)"
        case .joinClosed, .taskCancelRequested, .checkpointKept, .attemptDied, .priorityChanged,
            .sessionPaused, .sessionResumed, .sessionsCounted, .performanceLearned,
            .metricsRecorded:
            return describeSteering(fact)
        }
    }

    private func describeSteering(_ fact: SessionFact) -> String {
        switch fact {
        case .joinClosed(let session, let task): "\(name(task, of: session)) goes on"
        case .taskCancelRequested(let session, let task):
            "\(name(task, of: session)) to be cancelled"
        case .checkpointKept(let attempt, let payload):
            "\(describe(attempt)) kept checkpoint \(payload.row)"
        case .attemptDied(let attempt, let verdict, _):
            "\(describe(attempt)) died with its worker: \(verdict)"
        case .priorityChanged(let session, let task, let priority):
            "\(task.map { name($0, of: session) } ?? id(session)) has priority \(priority)"
        case .sessionPaused(let session, let mode): "\(id(session)) paused: \(mode)"
        case .sessionResumed(let session): "\(id(session)) resumed"
        case .performanceLearned(let columns): "learned of \(columns.kinds.count) types"
        case .sessionsCounted(let number): "\(number) sessions were opened"
        case .metricsRecorded(let sample): "metrics of \(sample.rows.count) instances"
        default: "\(fact)"
        }
    }

    private func name(_ task: Int32, of session: Int64) -> String {
        let tasks = sessions[session]?.tasks ?? []
        let known = tasks.indices.contains(Int(task)) ? tasks[Int(task)] : "\(task)"
        return "\(id(session))/\(known)"
    }

    private func describe(_ outcome: AttemptOutcome) -> String {
        switch outcome {
        case .completed: "completed"
        case .failed(let failure): "failed (\(failure.name))"
        case .cancelled: "cancelled"
        case .workerLost: "lost"
        case .released: "handed back"
        case .superseded: "superseded"
        }
    }

    private func describe(_ disposition: TaskDisposition) -> String {
        switch disposition {
        case .final: ""
        case .retry: ", again after a delay"
        case .requeue: ", again"
        case .absorbed: ", absorbed"
        }
    }

    // MARK: Effects

    func describe(_ effect: OrchestratorEffect) -> String {
        switch effect {
        case .send(let connection, let message):
            return "\(label(connection)) ← \(describe(message))"
        case .acknowledge(let connection, _, let attempt):
            return "\(label(connection)) ← committed \(list([attempt]))"
        case .dispatch(let connection, _, let orders):
            return "\(label(connection)) ← dispatch \(list(orders.map(\.attempt)))"
        case .reply(_, let reply): return "reply: \(describe(reply))"
        case .progress(_, let report): return "progress: \(describe(report))"
        case .poolMoved: return "pool moved"
        }
    }

    private func label(_ connection: ConnectionID) -> String {
        labels[connection] ?? "stranger \(connection.rawValue)"
    }

    private func describe(_ message: CoordinatorMessage) -> String {
        switch message {
        case .welcome(let welcome):
            "welcome" + (welcome.stop.isEmpty ? "" : ", stop \(list(welcome.stop))")
                + Self.pace(welcome.heartbeatInterval)
        case .heartbeatAcknowledged(_, let sequence, let interval):
            "heartbeat \(sequence) acknowledged" + Self.pace(interval)
        case .dispatch(let batch): "dispatch \(list(batch.items.map(\.attempt)))"
        case .cancel(_, let attempts): "cancel \(list(attempts))"
        case .recall(_, let attempts): "recall \(list(attempts))"
        case .resultsCommitted(_, let attempts): "committed \(list(attempts))"
        case .introduce: "introduce"
        case .drain: "drain"
        case .refused(let code, _, let isFinal):
            "refused: \(code.rawValue)" + (isFinal ? ", final" : "")
        }
    }

    /// How often to heartbeat, where that is not every second.
    private static func pace(_ interval: TimeSpan) -> String {
        interval == .seconds(1) ? "" : ", every \(interval.milliseconds) ms"
    }

    private func describe(_ reply: Reply) -> String {
        switch reply {
        case .session(_, let session): describe(session.progress)
        case .snapshot(let snapshot): "snapshot of \(snapshot.session.sessionID)"
        case .task(let task): "\(task.taskID) \(task.status.rawValue)"
        case .explanation(let explanation):
            "\(explanation.taskID) \(explanation.reason.rawValue)"
        case .sessions(let sessions): "\(sessions.count) sessions"
        case .workers(let workers): "\(workers.count) workers"
        case .workerPools(let pools): "\(pools.count) pools"
        case .diagnosis(let open): "diagnosis of \(open.snapshot.session.sessionID)"
        case .changes(let changes): "\(changes.ended.count) of \(changes.endedCount) ends"
        case .orchestratorStatus: "orchestrator status"
        case .registryStatus: "registry status"
        case .agents(let agents): "\(agents.count) agents"
        case .agentMetrics(let metrics): "metrics of \(metrics.agent)"
        case .pool(let view): "pool of \(view.sessions.count) sessions"
        case .poolSubjects(let subjects): "\(subjects.sessions.count) sessions that changed"
        case .moved(let reports, _): "moved: \(reports.map(\.sessionID).joined(separator: ", "))"
        case .done: "done"
        case .notOpen: "not open"
        case .refused(let error): "refused: \(error.code.rawValue)"
        }
    }

    private func describe(_ report: ProgressReport) -> String {
        "\(report.sessionID) \(report.status.rawValue), \(report.completedTasks) of "
            + "\(report.totalTasks) completed"
    }
}
