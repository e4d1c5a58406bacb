// Questions about the state. Replies are effects like any other: they show after the batch that
// they were asked in is on disk, so nobody is told what a power cut could undo.

package import ScrivenerModel

extension OrchestratorCore {
    mutating func answer(
        _ query: Query, _ token: ReplyToken, at now: Moment, into outcome: inout Outcome
    ) {
        let reply: Reply =
            switch query {
            case .session(let id):
                withOpen(id) { .session(number: $0.number, view(of: $0, at: now.instant)) }
            case .snapshot(let id): withOpen(id) { .snapshot(snapshot(of: $0, at: now.instant)) }
            case .task(let id, let task):
                withOpen(id) { session in
                    guard let number = session.graph.task(named: task) else {
                        return .refused(session.hasNoTask(task))
                    }
                    return .task(snapshot(ofTask: Int(number), in: session.graph))
                }
            case .explain(let id, let task):
                withOpen(id) { explain(taskID: task, in: $0, at: now.instant) }
            case .openSessions:
                .sessions(
                    sessions.numbers.reversed().compactMap { number in
                        sessions.read(number) {
                            NumberedSession(number: number, session: view(of: $0, at: now.instant))
                        }
                    })
            case .diagnose(let id):
                withOpen(id) {
                    .diagnosis(
                        OpenDiagnosis(
                            snapshot: snapshot(of: $0, at: now.instant),
                            explanations: explanations(of: $0, at: now.instant),
                            unusualRunTimes: unusualRunTimes(in: $0, at: now.instant)))
                }
            case .changes(let id, let position):
                withOpen(id) { .changes(changes(in: $0, since: position)) }
            case .orchestratorStatus: .orchestratorStatus(orchestratorStatus(at: now.instant))
            case .registryStatus: .registryStatus(registryStatus(at: now.instant))
            case .agents: .agents(agentRecords(at: now.instant))
            case .agentMetrics(let name, let since, let step):
                agentMetrics(name, since: since, step: step, at: now.instant)
            case .workers: .workers(registry.workers.map { record(of: $0, at: now.instant) })
            case .workerPools: .workerPools(poolRecords())
            case .pool(let limit): .pool(poolView(sessions: limit, at: now.instant))
            case .poolSubjects(let numbers, let workers):
                .poolSubjects(subjects(sessions: numbers, workers: workers, at: now.instant))
            case .moved(let limit): takeMoved(limit: limit, at: now.instant)
            }
        outcome.effects.append(.reply(token, reply))
    }

    mutating func watch(
        _ id: String, _ token: ReplyToken, at now: Moment, into outcome: inout Outcome
    ) {
        guard let number = sessionNumbers[id] else {
            outcome.effects.append(.reply(token, .notOpen))
            return
        }
        sessions.modify(number) { session in
            // Others may still have to see what has changed.
            guard !session.isFollowed else { return }
            session.isFollowed = true
            session.isWatched = true
            session.publishedRevision = session.revision
            session.publishedAt = now.instant
        }
        reply(token, withSession: number, at: now, into: &outcome)
    }

    mutating func unwatch(_ number: Int64) {
        sessions.modify(number) { [isPoolFollowed] session in
            session.isFollowed = false
            session.isWatched = isPoolFollowed
        }
    }

    func reply(
        _ token: ReplyToken, withSession number: Int64, at now: Moment,
        into outcome: inout Outcome
    ) {
        let reply = sessions.read(number) {
            Reply.session(number: number, view(of: $0, at: now.instant))
        }
        outcome.effects.append(.reply(token, reply ?? .notOpen))
    }

    // MARK: Progress

    /// A session's watchers may have something to see.
    @inline(always)
    mutating func noteChange(of number: Int64) {
        guard sessions.read(number, { $0.isWatched }) == true else { return }
        if changed.last != number { changed.append(number) }
    }

    /// Publishes what changed in watched sessions, no more often than the session wants.
    mutating func publishProgress(at now: Moment, into outcome: inout Outcome) {
        for number in changed {
            if isPoolFollowed { noteMove(of: number, into: &outcome) }
            guard let due = sessions.modify(number, { $0.publication(at: now.instant) }) else {
                continue
            }
            switch due {
            case .nothing: continue
            case .later(let instant): timers.add(.progress(session: number), at: instant)
            case .now:
                guard let report = sessions.read(number, { report(on: $0, at: now.instant) }) else {
                    continue
                }
                outcome.effects.append(.progress(session: number, report))
            }
        }
        changed.removeAll(keepingCapacity: true)
    }

    // MARK: Views

    private func withOpen(_ id: String, _ body: (Session) -> Reply) -> Reply {
        guard let number = sessionNumbers[id] else { return .notOpen }
        return sessions.read(number, body) ?? .notOpen
    }

    func report(on session: Session, at now: Instant) -> ProgressReport {
        ProgressTracker.report(
            on: session, session.rules.map { performance.timeEstimate(kind: $0.kind, at: now) })
    }

    func view(of session: Session, at now: Instant) -> ResearchSession {
        ResearchSession(
            sessionID: session.sessionID, query: session.query, status: session.status,
            sessionState: session.state, statusTransitions: session.statusTransitions,
            stateTransitions: session.stateTransitions, submittedAt: session.submittedAt,
            endedAt: session.status.isTerminal ? session.statusTransitions.last?.at : nil,
            reason: session.status.isTerminal ? session.reason : nil,
            rerunOf: session.rerunOf, traceparent: session.trace?.context.traceparent,
            progress: report(on: session, at: now))
    }

    func snapshot(of session: Session, at now: Instant) -> SessionSnapshot {
        var tasks = (0..<session.graph.count).map { snapshot(ofTask: $0, in: session.graph) }
        for task in session.graph.reused { tasks[Int(task)].isReused = true }
        return SessionSnapshot(
            number: session.number, session: view(of: session, at: now), tasks: tasks,
            endOrder: session.graph.endOrder)
    }

    /// Which task an attempt is at, if it is live and was given to the worker on a connection. For what
    /// concerns no state: what its agent says.
    package func task(
        of attempt: AttemptReference, on connection: ConnectionID, epoch: Int64
    ) -> (sessionID: String, taskID: String)? {
        guard let worker = registry.worker(on: connection),
            registry.workers[Int(worker)].connection?.epoch == epoch
        else { return nil }
        return sessions.read(attempt.session) { session -> (String, String)? in
            guard session.graph.holdsLive(attempt, worker: worker) else { return nil }
            return (session.sessionID, session.graph.ids[Int(attempt.task)])
        } ?? nil
    }

    /// What was learned of the types that a session has.
    private func unusualRunTimes(
        in session: Session, at now: Instant
    ) -> [OpenDiagnosis.UnusualRunTime] {
        var types: [String: OpenDiagnosis.UnusualRunTime] = [:]
        for (rule, taskClass) in zip(session.rules, session.graph.classes) {
            guard let limit = performance.durations.unusual(type: rule.kind, at: now) else {
                continue
            }
            types[taskClass.taskType] = OpenDiagnosis.UnusualRunTime(
                taskType: taskClass.taskType, runTime: limit)
        }
        return types.values.sorted { $0.taskType < $1.taskType }
    }

    private func snapshot(ofTask task: Int, in graph: TaskGraph) -> TaskSnapshot {
        let kind = Int(graph.classOf[task])
        return TaskSnapshot(
            taskID: graph.ids[task], taskType: graph.classes[kind].taskType,
            status: graph.lifecycle[task].status, assignedAgent: graph.classes[kind].assignedAgent,
            dependencies: Array(graph.dependencies(of: task)),
            priority: Int32(graph.priority(of: task)),
            missingDependencies: missing(task, in: graph),
            addedBy: graph.adder(of: task), executions: executions(task, in: graph))
    }

    /// What a task that has begun, or could, goes without.
    private func missing(_ task: Int, in graph: TaskGraph) -> [Int32] {
        switch graph.lifecycle[task] {
        case .waiting, .skipped, .cancelled: return []
        default: break
        }
        guard let taken = graph.joins.taken(by: Int32(task)) else {
            return graph.dependencies(of: task).filter {
                graph.lifecycle[Int($0)].status != .completed
            }
        }
        return graph.dependencies(of: task).filter { !taken.contains($0) }
    }

    private func executions(_ task: Int, in graph: TaskGraph) -> [ExecutionSnapshot] {
        let kind = Int(graph.classOf[task])
        let executions = graph.executions(of: task)
        return executions.indices.reversed().map { index in
            let execution = executions[index]
            // The one before had not ended when it began.
            let earlier = index + 1 < executions.count ? executions[index + 1] : nil
            let (outcome, failure) = Self.describe(execution.outcome)
            let agent = registry.agentNames[Int(execution.agent)]
            return ExecutionSnapshot(
                attempt: execution.attempt, workerID: registry.workers[Int(execution.worker)].id,
                agent: agent, outcome: outcome, failureClass: failure,
                dispatchedAt: execution.dispatchedAt,
                endedAt: execution.outcome == nil ? nil : execution.endedAt,
                runTime: execution.runTime,
                isHedge: earlier.map { $0.overlaps(execution) } ?? false,
                isFallback: agent != graph.classes[kind].assignedAgent
                    && graph.classes[kind].fallbackAgents.contains(agent),
                record: execution.record)
        }
    }

    static func describe(
        _ outcome: AttemptOutcome?
    ) -> (ExecutionOutcome, FailureClass?) {
        switch outcome {
        case nil: (.running, nil)
        case .completed: (.completed, nil)
        case .failed(let failure): (.failed, failure)
        case .cancelled: (.cancelled, .cancelled)
        case .workerLost: (.lost, .workerLost)
        case .released: (.lost, nil)
        case .superseded: (.superseded, nil)
        }
    }

    static func word(for phase: WorkerPhase) -> String {
        switch phase {
        case .awaited: "awaited"
        case .connected: "connected"
        case .suspect: "suspect"
        case .draining: "draining"
        case .absent: "lost"
        }
    }

    func record(of worker: WorkerState, at now: Instant) -> WorkerRecord {
        let silence = worker.lastHeartbeat.map { max(.zero, now.since($0)).seconds }
        return WorkerRecord(
            workerID: worker.id, pool: WorkerName(worker.id)?.pool,
            host: worker.registration?.host ?? "",
            processID: Int(worker.registration?.processID ?? 0),
            softwareVersion: worker.registration?.softwareVersion ?? "",
            state: Self.word(for: worker.phase),
            instances: worker.instances.map { metrics(of: registry.instances[Int($0)], at: now) },
            secondsSinceHeartbeat: silence)
    }
}
