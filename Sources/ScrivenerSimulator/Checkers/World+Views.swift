// What is said of sessions, tasks and workers, held against the ledger at the moment at which it is
// said: everything that a view tells has to follow from the facts.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// The answer to a question, which is given before anything else of its event.
    func checkReply(
        _ effects: ArraySlice<OrchestratorEffect>, to query: Query, at instant: Instant
    ) {
        guard case .reply(_, let reply)? = effects.first else {
            return report(.answer, "a question was not answered")
        }
        switch (query, reply) {
        case (.session(let id), .session(let number, let session)):
            expect(id == session.sessionID, "\(id) was asked for, \(session.sessionID) told")
            check(session, number: number, at: instant)
        case (.snapshot(let id), .snapshot(let snapshot)):
            expect(id == snapshot.session.sessionID, "\(id) was asked for")
            check(snapshot, at: instant)
        case (.explain(let id, let task), .explanation(let explanation)):
            check(explanation, ofTask: task, in: id, at: instant)
        case (.openSessions, .sessions(let sessions)):
            let open = handled.sessions.filter { $0.ended == nil }.reversed().map(\.id)
            expect(sessions.map(\.sessionID) == open, "open are \(open)")
            for session in sessions {
                handled.numbers[session.sessionID].map { check(session, number: $0, at: instant) }
            }
        case (.workers, .workers(let workers)): check(workers)
        case (.session(let id), .notOpen), (.snapshot(let id), .notOpen),
            (.explain(let id, _), .notOpen):
            let isOpen = handled.numbers[id].flatMap(handled.session)?.ended == nil
            expect(handled.numbers[id] == nil || !isOpen, "\(id) is open")
        case (.explain, .refused): return
        default: report(.answer, "\(query) was answered with \(reply)")
        }
    }

    private func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { report(.answer, text()) }
    }

    // MARK: Sessions

    private func check(_ session: ResearchSession, number: Int64, at instant: Instant) {
        guard let record = handled.session(number), record.id == session.sessionID else {
            return report(.answer, "session \(number) is told of as \(session.sessionID)")
        }
        expect(session.query == record.query, "\(record.id) asks \(session.query)")
        expect(
            session.statusTransitions.first?.to == .pending
                && session.statusTransitions.last?.to == session.status
                && session.stateTransitions.first?.to == .initializing
                && session.stateTransitions.last?.to == session.sessionState,
            "the history of \(record.id) does not lead where it is")
        expect(
            (session.endedAt != nil) == (record.ended != nil),
            "\(record.id) is told to have ended \(session.endedAt == nil ? "not" : "before")")
        check(session.progress, number: number, at: instant)
    }

    func check(_ progress: ProgressReport, number: Int64, at instant: Instant) {
        guard let record = handled.session(number), record.id == progress.sessionID else {
            return report(.answer, "progress of \(number) is told as \(progress.sessionID)'s")
        }
        let name = "the progress of \(record.id)"
        expect(progress.status == record.status, "\(name): is \(progress.status)")
        expect(
            progress.currentState == record.ended ?? record.word,
            "\(name): is \(progress.currentState), not \(record.ended ?? record.word)")
        expect(progress.totalTasks == record.tasks.count, "\(name): \(progress.totalTasks) tasks")
        let over = record.tasks.count(where: \.isOver)
        let bounds = over == 0 ? 0...0 : over == record.tasks.count ? 100...100 : 0...100.0
        expect(
            bounds.contains(progress.progressPercentage),
            "\(name): \(progress.progressPercentage) % with \(over) of \(record.tasks.count) over")
        let live = record.tasks.filter(\.isLive).prefix(20).map(\.id)
        expect(progress.currentTasks == live, "\(name): \(progress.currentTasks) run, not \(live)")
        checkCounts(of: progress, record, at: instant)
    }

    private func checkCounts(
        of progress: ProgressReport, _ record: SessionRecord, at instant: Instant
    ) {
        // A backoff's end is no fact: those that are due may still be told as backing off.
        func merged(_ status: TaskStatus) -> TaskStatus { status == .backingOff ? .ready : status }
        var counts: [TaskStatus: Int] = [:]
        for place in record.tasks.indices {
            counts[merged(record.status(ofTask: place, at: instant)), default: 0] += 1
        }
        var told: [TaskStatus: Int] = [:]
        for (word, count) in progress.tasksByStatus {
            TaskStatus(rawValue: word).map { told[merged($0), default: 0] += count }
        }
        expect(
            told == counts && progress.completedTasks == told[.completed] ?? 0,
            "the progress of \(record.id): \(progress.tasksByStatus), "
                + "\(progress.completedTasks) completed")
    }

    // MARK: Tasks and attempts

    /// A session with its tasks: asked for, or archived.
    func check(_ snapshot: SessionSnapshot, at instant: Instant) {
        check(snapshot.session, number: snapshot.number, at: instant)
        guard let record = handled.session(snapshot.number),
            record.tasks.count == snapshot.tasks.count
        else { return report(.answer, "\(snapshot.tasks.count) tasks of \(snapshot.number)") }
        for (place, task) in snapshot.tasks.enumerated() {
            let known = record.tasks[place]
            let name = "\(record.id)/\(known.id)"
            expect(
                task.taskID == known.id && task.taskType == known.type
                    && task.assignedAgent == known.kind.assignedAgent
                    && task.dependencies == known.dependencies,
                "\(name) is told as \(task)")
            let status = record.status(ofTask: place, at: instant)
            let isDue = status == .ready && task.status == .backingOff
            expect(
                task.status == status || isDue && known.isBackingOff,
                "\(name) is told to be \(task.status), the facts say \(known.state)")
            expect(
                task.executions.map(\.attempt) == known.history.indices.map { Int32($0 + 1) },
                "\(name) has had \(known.history.count) attempts")
            for (execution, attempt) in zip(task.executions, known.history) {
                check(execution, attempt, name)
            }
        }
    }

    private func check(
        _ execution: ExecutionSnapshot, _ attempt: AttemptRecord, _ name: String
    ) {
        let isOver = attempt.ending != nil
        let (outcome, failure) = attempt.told
        expect(
            execution.workerID == handled.name(ofWorker: attempt.worker)
                && execution.agent == handled.agents[Int(attempt.agent)]
                && execution.outcome == outcome && execution.failureClass == failure
                && (execution.endedAt != nil) == isOver
                && execution.runTime == attempt.ending?.runTime ?? .zero
                && execution.record == attempt.ending?.record,
            "an attempt at \(name) is told as \(execution), it was \(attempt)")
    }

    private func check(
        _ explanation: Explanation, ofTask id: String, in session: String, at instant: Instant
    ) {
        guard let record = handled.numbers[session].flatMap(handled.session),
            let place = record.tasks.firstIndex(where: { $0.id == id })
        else { return report(.answer, "\(session)/\(id) is explained and does not exist") }
        let task = record.tasks[place]
        let status = record.status(ofTask: place, at: instant)
        let isDue = task.isBackingOff && explanation.status == .backingOff
        expect(
            explanation.taskID == id && (explanation.status == status || isDue)
                && !explanation.message.isEmpty && !explanation.wakes.isEmpty,
            "\(session)/\(id) is \(status) and explained as \(explanation)")
        switch explanation.status {
        case .waiting:
            expect(explanation.reason == .waitsForDependencies, "\(id): \(explanation.reason)")
        case .ready:
            let isFull = record.liveCount >= record.concurrencyLimit
            let reasons: [Explanation.Reason] =
                isFull
                ? [.sessionLimit, .unplaceable] : [.waitsForSlot, .circuitOpen, .unplaceable]
            expect(reasons.contains(explanation.reason), "\(id): \(explanation.reason)")
        case .running, .cancelling:
            let worker = task.history.last.flatMap { handled.name(ofWorker: $0.worker) } ?? "?"
            expect(explanation.message.contains(worker), "\(id): \(explanation.message)")
        case .backingOff:
            guard case .backingOff(let until) = task.state else { return }
            expect(
                explanation.secondsUntil == max(.zero, until.since(instant)).seconds,
                "\(id): is tried again in \(until.since(instant).seconds) s: \(explanation)")
        case .completed, .failed, .cancelled, .skipped:
            expect(explanation.reason == .ended, "\(id): \(explanation.reason)")
        }
    }

    // MARK: Workers

    private func check(_ records: [WorkerRecord]) {
        expect(records.map(\.workerID) == handled.workers, "known are \(handled.workers)")
        for (number, record) in records.enumerated() where number < handled.workers.count {
            expect(
                record.state != "lost" || handled.liveCounts[number] == 0,
                "\(record.workerID) is lost and holds attempts")
            for instance in record.instances {
                let agent = handled.agents.firstIndex(of: instance.agent) ?? -1
                let key = Ledger.key(worker: Int32(number), agent: Int32(agent))
                expect(
                    instance.currentExecutions == handled.liveByAgent[key] ?? 0,
                    "\(instance.agent) on \(record.workerID) is told to run "
                        + "\(instance.currentExecutions)")
            }
        }
    }
}

extension SessionRecord {
    /// What the pool still owes it, in a word.
    var status: SessionStatus {
        switch ended {
        case .failed?: .failed
        case .cancelled?: .cancelled
        case .some: .completed
        case nil: isCancelled ? .cancelling : lastType == nil ? .pending : .inProgress
        }
    }

    /// What it does, in the words of research.
    var word: SessionState {
        switch lastType {
        case nil: .initializing
        case "planning": .planning
        case "analysis": .analyzing
        case "drafting": .drafting
        case "review": .reviewing
        default: .researching
        }
    }

    func status(ofTask place: Int, at instant: Instant) -> TaskStatus {
        switch tasks[place].state {
        case .over(let status): status
        case .live: isCancelled ? .cancelling : .running
        case .backingOff(let until): until <= instant ? .ready : .backingOff
        case .idle:
            tasks[place].dependencies.allSatisfy { tasks[Int($0)].isOver } ? .ready : .waiting
        }
    }
}

extension AttemptRecord {
    /// How it is told.
    fileprivate var told: (ExecutionOutcome, FailureClass?) {
        switch ending?.outcome {
        case nil: (.running, nil)
        case .completed: (.completed, nil)
        case .failed(let failure): (.failed, failure)
        case .cancelled: (.cancelled, .cancelled)
        case .workerLost: (.lost, .workerLost)
        case .released: (.lost, nil)
        }
    }
}
