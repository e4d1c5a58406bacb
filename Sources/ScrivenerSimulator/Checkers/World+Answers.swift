// What is said of sessions and tasks, held against the ledger at the moment at which it is said:
// everything that a view tells has to follow from the facts.

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
            check(session, number: number)
        case (.snapshot(let id), .snapshot(let snapshot)):
            expect(id == snapshot.session.sessionID, "\(id) was asked for")
            check(snapshot, at: instant)
        case (.task(_, let id), .task(let task)):
            expect(id == task.taskID, "\(id) was asked for, \(task.taskID) told")
        case (.explain(let id, let task), .explanation(let explanation)):
            check(explanation, ofTask: task, in: id, at: instant)
        case (.diagnose(let id), .diagnosis(let open)):
            check(open.snapshot, at: instant)
            for each in open.explanations { check(each, ofTask: each.taskID, in: id, at: instant) }
        case (.openSessions, .sessions(let sessions)):
            let open = handled.sessions.filter { $0.ended == nil }.reversed().map(\.id)
            expect(sessions.map(\.session.sessionID) == open, "open are \(open)")
            for each in sessions {
                let number = handled.numbers[each.session.sessionID]
                expect(number == each.number, "\(each.session.sessionID) is \(number ?? 0)")
                check(each.session, number: each.number)
            }
        case (.workers, .workers(let workers)): check(workers)
        case (.orchestratorStatus, .orchestratorStatus(let status)): check(status)
        case (.registryStatus, .registryStatus(let status)): check(status)
        case (.agents, .agents(let agents)):
            for instance in agents.flatMap(\.instances) { check(instance) }
        case (.session(let id), .notOpen), (.snapshot(let id), .notOpen),
            (.explain(let id, _), .notOpen), (.diagnose(let id), .notOpen):
            let isOpen = handled.numbers[id].flatMap(handled.session).map { $0.ended == nil }
            expect(isOpen != true, "\(id) is open")
        case (.agentMetrics(let name, _, _), .agentMetrics(let metrics)): check(metrics, of: name)
        case (.explain, .refused), (.task, .refused), (.agentMetrics, .refused): return
        default: report(.answer, "\(query) was answered with \(reply)")
        }
    }

    func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { report(.answer, text()) }
    }

    // MARK: Sessions

    private func check(_ session: ResearchSession, number: Int64) {
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
        let statuses = session.statusTransitions.map(\.to)
        let states = session.stateTransitions.map(\.to)
        expect(
            zip(statuses, statuses.dropFirst()).allSatisfy { $0 != $1 }
                && zip(states, states.dropFirst()).allSatisfy { $0 != $1 },
            "\(record.id) is told to have become what it was")
        expect(
            session.reason == record.reason,
            "\(record.id) ended because of \(session.reason ?? "nothing"), not "
                + (record.reason ?? "nothing"))
        check(session.progress, number: number)
    }

    func check(_ progress: ProgressReport, number: Int64) {
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
        let isOver = over == record.tasks.count
        let bounds = isOver ? 100...100 : 0...99.9
        expect(
            bounds.contains(progress.progressPercentage),
            "\(name): \(progress.progressPercentage) % with \(over) of \(record.tasks.count) over")
        let hasBegun = over > 0 || progress.currentTasks.contains { $0.progress ?? 0 > 0 }
        expect(
            hasBegun || progress.progressPercentage == 0,
            "\(name): \(progress.progressPercentage) % and nothing has begun")
        expect(over == 0 || progress.progressPercentage > 0, "\(name): 0 % with \(over) over")
        checkReports(progress, number, record)
        let live = record.tasks.filter(\.isLive).prefix(20).map(\.id)
        expect(
            progress.currentTasks.map(\.taskID) == live,
            "\(name): \(progress.currentTasks.map(\.taskID)) run, not \(live)")
        if let left = progress.secondsLeft {
            expect(
                !isOver && !record.isPaused && left.low >= 0 && left.low <= left.expected
                    && left.expected <= left.high, "\(name): \(left) left")
        }
        let found = record.tasks.flatMap(\.history).compactMap { $0.ending?.summary }
        expect(
            progress.sourcesFound == found.reduce(0) { $0 + Int($1.sources) }
                && progress.insightsGenerated == found.reduce(0) { $0 + Int($1.insights) }
                && progress.hasFinalDocument == found.contains(where: \.hasFinalDocument),
            "\(name): \(progress.sourcesFound) sources")
        checkCounts(of: progress, record)
    }

    private func checkCounts(of progress: ProgressReport, _ record: SessionRecord) {
        // A backoff's end is no fact: those that are due may still be told as backing off.
        func merged(_ status: TaskStatus) -> TaskStatus {
            status == .backingOff || status == .held ? .ready : status
        }
        var counts: [TaskStatus: Int] = [:]
        for place in record.tasks.indices {
            counts[merged(record.status(ofTask: place, at: now)), default: 0] += 1
        }
        var told: [TaskStatus: Int] = [:]
        for (word, count) in progress.tasksByStatus {
            TaskStatus(rawValue: word).map { told[merged($0), default: 0] += count }
        }
        expect(
            told == counts && progress.completedTasks == told[.completed] ?? 0,
            "the progress of \(record.id): \(progress.tasksByStatus), "
                + "\(progress.completedTasks) completed, not \(counts)")
    }

    // MARK: Tasks and attempts

    /// A session with its tasks: asked for, or archived.
    func check(_ snapshot: SessionSnapshot, at instant: Instant) {
        check(snapshot.session, number: snapshot.number)
        guard let record = handled.session(snapshot.number),
            record.tasks.count == snapshot.tasks.count
        else { return report(.answer, "\(snapshot.tasks.count) tasks of \(snapshot.number)") }
        for (place, task) in snapshot.tasks.enumerated() {
            check(task, place, of: record, at: instant)
        }
    }

    private func check(
        _ task: TaskSnapshot, _ place: Int, of record: SessionRecord, at instant: Instant
    ) {
        let known = record.tasks[place]
        let name = "\(record.id)/\(known.id)"
        expect(
            task.taskID == known.id && task.taskType == known.type
                && task.assignedAgent == known.kind.assignedAgent
                && task.dependencies == known.dependencies
                && task.priority == Int32(record.priority(of: place)),
            "\(name) is told as \(task)")
        let status = record.status(ofTask: place, at: instant)
        expect(
            task.status == status || known.isBackingOff && task.status == .backingOff,
            "\(name) is told to be \(task.status), the facts say \(known.state)")
        expect(
            task.missingDependencies == record.missing(place),
            "\(name) is told to lack \(task.missingDependencies)")
        expect(
            task.executions.map(\.attempt) == known.history.map(\.attempt),
            "\(name) has had \(known.history.count) attempts")
        for (execution, attempt) in zip(task.executions, known.history) {
            check(execution, attempt, known.kind, name)
        }
    }

    private func check(
        _ execution: ExecutionSnapshot, _ attempt: AttemptRecord, _ kind: TaskClass, _ name: String
    ) {
        let (outcome, failure) = attempt.told
        let agent = handled.agents[Int(attempt.agent)]
        expect(
            execution.workerID == handled.name(ofWorker: attempt.worker)
                && execution.agent == agent && execution.outcome == outcome
                && execution.failureClass == failure
                && (execution.endedAt != nil) == (attempt.ending != nil)
                && execution.runTime == attempt.ending?.runTime ?? .zero
                && execution.record == attempt.ending?.record
                && execution.isHedge == attempt.isHedge
                && execution.isFallback
                    == (agent != kind.assignedAgent && kind.fallbackAgents.contains(agent)),
            "an attempt at \(name) is told as \(execution), it was \(attempt)")
    }

    func check(
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
                && !explanation.message.isEmpty && !explanation.wakes.isEmpty
                && explanation.secondsUntil ?? 0 >= 0,
            "\(session)/\(id) is \(status) and explained as \(explanation)")
        expect(
            explanation.wakes.hasPrefix("nothing") == (explanation.reason == .ended)
                && explanation.saysItsTime && explanation.names(task.kind.demand),
            "\(session)/\(id) is explained as \(explanation)")
        let reasons = explanation.status.reasons
        expect(
            reasons.isEmpty || reasons.contains(explanation.reason),
            "\(id) is \(status): \(explanation.reason)")
        checkLimit(explanation, task, record)
        switch explanation.status {
        case .running, .cancelling:
            for live in task.live {
                let worker = handled.name(ofWorker: live.worker) ?? "?"
                expect(explanation.message.contains(worker), "\(id): \(explanation.message)")
            }
        case .backingOff:
            guard case .backingOff(let until) = task.state else { return }
            expect(
                explanation.secondsUntil == max(.zero, until.since(instant)).seconds,
                "\(id): is tried again in \(until.since(instant).seconds) s: \(explanation)")
        case .waiting, .ready, .held, .completed, .failed, .cancelled, .skipped, .lost: return
        }
    }

    /// A limit that a task is said to wait for is reached, and one that is reached is said.
    private func checkLimit(
        _ explanation: Explanation, _ task: TaskRecord, _ record: SessionRecord
    ) {
        let isFull = record.liveCount >= record.concurrencyLimit
        let running = handled.liveCounts.reduce(0, +) + watch.service.lingering.count
        switch explanation.reason {
        case .sessionLimit: expect(isFull, "\(record.id) is not at its limit")
        case .poolLimit:
            expect(
                running >= configuration.maximumRunningAttempts, "the pool is not at its limit")
        case .agentLimit:
            expect(
                configuration.agentLimits.contains { name, limit in
                    handled.agents.firstIndex(of: name).map {
                        handled.liveByAgent[$0] + watch.service.lingering.count >= limit
                    } == true
                }, "no agent is at its limit")
        case .waitsForSlot, .waitsForResource, .waitsForFasterSlot, .circuitOpen, .unhealthy:
            expect(!isFull, "\(record.id) is at its limit: \(explanation)")
        default: return
        }
    }
}

extension TaskStatus {
    /// Why a task can be where it is; empty where there are many reasons.
    fileprivate var reasons: [Explanation.Reason] {
        switch self {
        case .waiting: [.waitsForDependencies, .joinOpen]
        case .held: [.paused]
        case .running: [.running]
        case .cancelling: [.cancelling]
        case .backingOff: [.backingOff]
        case .completed, .failed, .cancelled, .skipped, .lost: [.ended]
        case .ready: []
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

    /// Why it ended as it did; `nil` for plain success, and while it is open.
    fileprivate var reason: String? {
        guard ended != nil else { return nil }
        func count(_ status: TaskStatus) -> Int { tasks.count { $0.status == status } }
        var parts: [String] = []
        if cancelCause == .requested { parts.append("cancelled on request") }
        if cancelCause == .timedOut { parts.append("its time limit passed") }
        if count(.failed) > 0 { parts.append("\(count(.failed)) of \(tasks.count) tasks failed") }
        for status in [TaskStatus.lost, .skipped, .cancelled] where count(status) > 0 {
            parts.append("\(count(status)) \(status.rawValue)")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// What it does, in the words of research.
    var word: SessionState {
        guard !isPaused else { return .paused }
        return switch lastType {
        case nil: .initializing
        case "planning": .planning
        case "analysis": .analyzing
        case "drafting": .drafting
        case "review": .reviewing
        default: .researching
        }
    }

    fileprivate func status(ofTask place: Int, at instant: Instant) -> TaskStatus {
        let idle: TaskStatus = isPaused ? .held : .ready
        return switch tasks[place].state {
        case .over(let status): status
        case .live:
            isCancelled || tasks[place].isCancelRequested ? .cancelling : .running
        case .backingOff(let until): until <= instant ? idle : .backingOff
        case .idle: hasInputs(place) ? idle : .waiting
        }
    }

    /// The dependencies without whose results a task begins, or has begun.
    fileprivate func missing(_ place: Int) -> [Int32] {
        let task = tasks[place]
        guard hasInputs(place), task.status != .skipped, task.status != .cancelled else {
            return []
        }
        let given = task.taken ?? completed(of: place)
        return task.dependencies.filter { !given.contains($0) }
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
        case .superseded: (.superseded, nil)
        }
    }
}

extension Explanation {
    /// Whether the time in the message, where there is one, is the one that it gives beside it,
    /// rounded up to a tenth of a second.
    fileprivate var saysItsTime: Bool {
        guard reason == .circuitOpen, let seconds = secondsUntil else { return true }
        let words = message.split(separator: " ").map(String.init)
        guard let place = words.lastIndex(of: "in"), place + 1 < words.count,
            let told = Double(words[place + 1])
        else { return false }
        return told > seconds - 1e-6 && told < seconds + 0.1 - 1e-6
    }

    /// Whether what nobody offers, or has free, is named.
    fileprivate func names(_ demand: Demand) -> Bool {
        guard reason == .unplaceable || reason == .waitsForSlot else { return true }
        let wanted =
            switch demand.wanted {
            case .agent(let name), .capability(let name): name
            }
        let all = [wanted] + demand.fallbackAgents + demand.requires + demand.tags
        return all.allSatisfy(message.contains)
            && demand.resources.allSatisfy { message.contains("\($0.amount) \($0.name)") }
            && (reason == .waitsForSlot
                || message.contains(" \(demand.slots) slots") == (demand.slots > 1))
    }
}
