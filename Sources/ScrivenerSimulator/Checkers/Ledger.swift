// A second reading of the journal's facts, written from the promises and not from the machine: each
// fact is checked against those before it. There are two in a world. One follows what the machine
// says at once, the other what is on disk; what others are shown is held against the second.

import ScrivenerCore
import ScrivenerModel

/// What a list of facts says.
struct Ledger {
    private(set) var workers: [String] = []
    private(set) var agents: [String] = []
    private(set) var sessions: [SessionRecord] = []
    /// Live attempts per worker.
    private(set) var liveCounts: [Int] = []
    private(set) var numbers: [String: Int64] = [:]
    private(set) var openCount = 0
    /// What did not hold; taken by the world.
    var violations: [Violation] = []

    func session(_ number: Int64) -> SessionRecord? {
        guard number >= 1, number <= sessions.count else { return nil }
        return sessions[Int(number) - 1]
    }

    func task(of attempt: AttemptReference) -> TaskRecord? {
        guard attempt.session >= 1, attempt.session <= sessions.count, attempt.task >= 0,
            attempt.task < sessions[Int(attempt.session) - 1].tasks.count
        else { return nil }
        return sessions[Int(attempt.session) - 1].tasks[Int(attempt.task)]
    }

    /// The worker that holds an attempt.
    func holder(of attempt: AttemptReference) -> Int32? {
        task(of: attempt)?.live(attempt.attempt)?.worker
    }

    // MARK: Facts

    mutating func apply(_ fact: SessionFact, at now: Instant) {
        switch fact {
        case .workerKnown(let number, let id):
            expect(Int(number) == workers.count && !workers.contains(id), "worker \(id) again")
            workers.append(id)
            liveCounts.append(0)
        case .agentKnown(let number, let name):
            expect(Int(number) == agents.count && !agents.contains(name), "agent \(name) again")
            agents.append(name)
        case .sessionOpened(let opening): open(opening)
        case .graphExtended(let addition): extend(addition)
        case .attemptDispatched(let attempt, let worker, let agent):
            begin(attempt, worker: worker, agent: agent, at: now)
        case .attemptEnded(let attempt, let ending): end(attempt, ending)
        case .joinClosed(let number, let task): close(number, task)
        case .checkpointKept(let attempt, let payload): keep(payload, of: attempt)
        case .cancelRequested(let number, let cause): cancel(number, cause)
        case .taskCancelRequested(let number, let task): cancel(number, task: task)
        case .sessionPaused(let number, let mode): pause(number, mode)
        case .sessionResumed(let number): resume(number)
        case .priorityChanged(let number, _, let priority):
            expect((1...10).contains(priority), "priority \(priority)", Subject(session: number))
        case .sessionsCounted, .performanceLearned, .metricsRecorded: break
        case .sessionEnded(let number, let state): finish(number, state)
        }
    }

    private mutating func expect(
        _ holds: Bool, _ text: @autoclosure () -> String, rule: Rule = .history,
        _ subject: Subject = Subject()
    ) {
        if !holds { violations.append(Violation(rule: rule, text: text(), subject: subject)) }
    }

    private mutating func open(_ opening: SessionOpening) {
        let id = opening.plan.sessionID
        let subject = Subject(session: opening.number)
        expect(opening.number == sessions.count + 1, "\(id) is no. \(opening.number)", subject)
        expect(numbers[id] == nil, "a session \(id) was opened twice", subject)
        guard opening.number == sessions.count + 1 else { return }
        numbers[id] = opening.number
        openCount += 1
        sessions.append(SessionRecord(opening))
    }

    private mutating func expect(
        _ holds: Bool, _ text: @autoclosure () -> String, _ subject: Subject
    ) {
        expect(holds, text(), rule: .history, subject)
    }

    /// What live attempts take of a worker: slots of an agent's, or something else by name.
    func taken(on worker: Int32, _ amount: (TaskRecord, LiveRecord) -> Int64) -> Int64 {
        var total: Int64 = 0
        for session in sessions where session.ended == nil && session.liveCount > 0 {
            for task in session.tasks {
                for live in task.live where live.worker == worker { total += amount(task, live) }
            }
        }
        return total
    }

    private mutating func extend(_ addition: GraphExtension) {
        let subject = Subject(session: addition.session, task: addition.by)
        guard let index = openIndex(addition.session, subject, "was extended") else { return }
        let by = Int(addition.by)
        let isLive =
            sessions[index].tasks.indices.contains(by)
            && sessions[index].tasks[by].isLive
        expect(isLive, "task \(by) added tasks and does not run", subject)
        expect(
            isLive && sessions[index].tasks[by].extendsSession,
            "task \(by) may not add tasks", subject)
        expect(!sessions[index].isCancelled, "a cancelled session was extended", subject)
        sessions[index].append(addition.tasks)
    }

    private mutating func begin(
        _ attempt: AttemptReference, worker: Int32, agent: Int32, at now: Instant
    ) {
        let subject = Subject(
            session: attempt.session, task: attempt.task, worker: name(ofWorker: worker))
        guard let index = openIndex(attempt.session, subject, "had a dispatch"),
            let task = task(of: attempt)
        else { return expect(false, "\(attempt) is of no open session's task", subject) }
        let session = sessions[index]
        expect(!session.isCancelled, "\(attempt.short) began in a cancelled session", subject)
        expect(!session.isPaused, "\(attempt.short) began in a paused session", subject)
        expect(!task.isCancelRequested, "\(attempt.short) began though cancelled", subject)
        expect(
            attempt.attempt == task.attempts + 1,
            "\(attempt.short) follows attempt \(task.attempts)", subject)
        let open = task.dependencies.filter { !session.tasks[Int($0)].isOver }
        expect(
            open.isEmpty || task.taken != nil, "\(attempt.short) began before \(open) had ended",
            subject)
        switch task.state {
        case .idle: break
        case .backingOff(let until):
            expect(until <= now, "\(attempt.short) began before its backoff was over", subject)
        case .live:
            expect(
                task.live.count == 1 && task.kind.isIdempotent && !task.kind.isExclusive,
                "\(attempt.short) began beside \(task.live)", subject)
            expect(
                task.live.allSatisfy { $0.worker != worker },
                "\(attempt.short) is hedged on its own worker", subject)
        case .over:
            expect(false, "\(attempt.short) began while the task is \(task.state)", subject)
        }
        expect(
            task.kind.delivery == .atLeastOnce || !task.awaitsProof,
            "\(attempt.short) is executed twice", rule: .atMostOnce, subject)
        if task.live.isEmpty {
            expect(
                session.liveCount < session.concurrencyLimit,
                "\(attempt.short) is one more than the session may run", rule: .limits, subject)
            sessions[index].liveCount += 1
        }
        guard liveCounts.indices.contains(Int(worker)), agents.indices.contains(Int(agent)) else {
            return expect(false, "\(attempt.short) went to nobody", subject)
        }
        liveCounts[Int(worker)] += 1
        let place = Int(attempt.task)
        sessions[index].tasks[place].live.append(
            LiveRecord(attempt: attempt.attempt, worker: worker, agent: agent))
        sessions[index].tasks[place].state = .live
        sessions[index].tasks[place].attempts = attempt.attempt
        sessions[index].tasks[place].awaitsProof = true
    }

    private mutating func end(_ attempt: AttemptReference, _ ending: AttemptEnding) {
        let subject = Subject(session: attempt.session, task: attempt.task)
        guard let index = openIndex(attempt.session, subject, "had an ending"),
            let task = task(of: attempt), let live = task.live(attempt.attempt)
        else { return expect(false, "\(attempt.short) ended and was not live", subject) }
        let place = Int(attempt.task)
        liveCounts[Int(live.worker)] -= 1
        sessions[index].tasks[place].live.removeAll { $0.attempt == attempt.attempt }
        if ending.outcome == .released { sessions[index].tasks[place].awaitsProof = false }
        if ending.outcome == .superseded { sessions[index].tasks[place].awaitsDecision = true }
        guard ending.disposition != .absorbed else {
            expect(
                task.live.count == 2 && ending.outcome != .completed,
                "\(attempt.short) is absorbed by nothing", subject)
            return
        }
        expect(
            task.live.count == 1, "\(attempt.short) decides while \(task.live) run", subject)
        sessions[index].tasks[place].awaitsDecision = false
        sessions[index].liveCount -= 1
        decide(attempt, ending, index, subject)
        if sessions[index].tasks[place].isOver { sessions[index].skipAfter(place) }
    }

    /// The last attempt that ran has ended.
    private mutating func decide(
        _ attempt: AttemptReference, _ ending: AttemptEnding, _ index: Int, _ subject: Subject
    ) {
        let place = Int(attempt.task)
        let task = sessions[index].tasks[place]
        let wasCancelled = sessions[index].isCancelled || task.isCancelRequested
        switch ending.disposition {
        case .absorbed: return
        case .final: settle(attempt, ending, wasCancelled: wasCancelled, index, subject)
        case .requeue:
            expect(ending.outcome != .completed, "\(attempt.short) completed for nothing", subject)
            expect(
                ending.outcome != .workerLost || task.kind.delivery == .atLeastOnce
                    || wasCancelled, "\(attempt.short) is to be executed twice", rule: .atMostOnce,
                subject)
            sessions[index].tasks[place].state = wasCancelled ? .over(.cancelled) : .idle
        case .retry(let notBefore):
            expect(!wasCancelled, "\(attempt.short) is retried though cancelled", subject)
            expect(
                task.kind.delivery == .atLeastOnce, "\(attempt.short) is to be executed twice",
                rule: .atMostOnce, subject)
            sessions[index].tasks[place].retries += 1
            expect(
                sessions[index].tasks[place].retries <= task.maximumRetries,
                "\(attempt.short) was retried too often", rule: .limits, subject)
            sessions[index].tasks[place].state = .backingOff(until: notBefore)
        }
    }

    private mutating func settle(
        _ attempt: AttemptReference, _ ending: AttemptEnding, wasCancelled: Bool, _ index: Int,
        _ subject: Subject
    ) {
        let place = Int(attempt.task)
        let task = sessions[index].tasks[place]
        let isOnce = task.kind.delivery == .atMostOnce
        let status: TaskStatus
        switch ending.outcome {
        case .completed:
            status = .completed
            expect(task.result == nil, "\(attempt.short) is a second result", subject)
            expect(ending.record != nil, "\(attempt.short) completed without a result", subject)
            sessions[index].tasks[place].result = ending.record
            sessions[index].tasks[place].committed = attempt.attempt
        case .failed(let failure):
            status = .failed
            let canRetry =
                failure != .permanent && failure != .invalidInput && !wasCancelled && !isOnce
                && task.retries < task.maximumRetries
            expect(!canRetry, "\(attempt.short) failed and was not retried", subject)
        case .workerLost:
            status = wasCancelled ? .cancelled : .lost
            expect(
                wasCancelled || isOnce, "\(attempt.short) is over though only its worker is lost",
                subject)
        case .cancelled, .released, .superseded:
            status = wasCancelled ? .cancelled : .failed
            expect(
                wasCancelled || ending.outcome == .cancelled,
                "\(attempt.short) is over as \(ending.outcome)", subject)
        }
        sessions[index].tasks[place].state = .over(status)
    }

    private mutating func keep(_ payload: PayloadHandle, of attempt: AttemptReference) {
        let subject = Subject(session: attempt.session, task: attempt.task)
        guard holder(of: attempt) != nil,
            let index = openIndex(attempt.session, subject, "kept something")
        else { return expect(false, "\(attempt.short) left bytes and does not run", subject) }
        sessions[index].tasks[Int(attempt.task)].checkpoint = payload
    }

    // MARK: Steering

    private mutating func close(_ number: Int64, _ task: Int32) {
        let subject = Subject(session: number, task: task)
        guard let index = openIndex(number, subject, "closed a join"),
            sessions[index].tasks.indices.contains(Int(task))
        else { return }
        let record = sessions[index].tasks[Int(task)]
        let completed = sessions[index].completed(of: Int(task))
        expect(record.state == .idle && record.taken == nil, "a join closed twice", subject)
        expect(
            completed.count >= Int(record.kind.join?.atLeast ?? .max),
            "a join closed with \(completed.count) inputs", subject)
        sessions[index].tasks[Int(task)].taken = completed
    }

    private mutating func cancel(_ number: Int64, _ cause: CancelCause) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was cancelled") else { return }
        expect(!sessions[index].isCancelled, "session \(number) was cancelled twice", subject)
        sessions[index].cancelCause = cause
        for task in sessions[index].tasks.indices
        where !sessions[index].tasks[task].isOver && !sessions[index].tasks[task].isLive {
            sessions[index].tasks[task].state = .over(.cancelled)
        }
    }

    private mutating func cancel(_ number: Int64, task: Int32) {
        let subject = Subject(session: number, task: task)
        guard let index = openIndex(number, subject, "had a task cancelled"),
            sessions[index].tasks.indices.contains(Int(task))
        else { return }
        let record = sessions[index].tasks[Int(task)]
        expect(!record.isOver && !record.isCancelRequested, "cancelled twice", subject)
        sessions[index].tasks[Int(task)].isCancelRequested = true
        guard !record.isLive else { return }
        sessions[index].tasks[Int(task)].state = .over(.cancelled)
        sessions[index].skipAfter(Int(task))
    }

    private mutating func pause(_ number: Int64, _ mode: PauseMode) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was paused") else { return }
        expect(!sessions[index].isCancelled, "a cancelled session was paused", subject)
        sessions[index].isPaused = true
        guard mode == .now else { return }
        for task in sessions[index].tasks.indices
        where sessions[index].tasks[task].kind.delivery == .atLeastOnce {
            let live = sessions[index].tasks[task].live.map(\.attempt)
            sessions[index].tasks[task].recalled.formUnion(live)
        }
    }

    private mutating func resume(_ number: Int64) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was resumed") else { return }
        expect(sessions[index].isPaused, "session \(number) was resumed twice", subject)
        sessions[index].isPaused = false
    }

    /// Whether a worker may be told to stop an attempt: it is not wanted, or over for its task.
    func mayStop(_ attempt: AttemptReference) -> Bool {
        guard let session = session(attempt.session), let task = task(of: attempt) else {
            return false
        }
        return session.isCancelled || task.isCancelRequested
            || task.recalled.contains(attempt.attempt)
            || task.attempts >= attempt.attempt && task.live(attempt.attempt) == nil
    }

    private mutating func finish(_ number: Int64, _ state: SessionState) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "ended") else { return }
        let open = sessions[index].tasks.indices.filter { !sessions[index].tasks[$0].isOver }
        expect(open.isEmpty, "session \(number) ended with \(open) open", subject)
        let expected = sessions[index].expectedEnd
        expect(state == expected, "session \(number) ended as \(state), not \(expected)", subject)
        sessions[index].ended = state
        openCount -= 1
    }

    private mutating func openIndex(
        _ number: Int64, _ subject: Subject, _ what: String
    ) -> Int? {
        guard number >= 1, number <= sessions.count, sessions[Int(number) - 1].ended == nil else {
            expect(false, "session \(number) \(what) and is not open", subject)
            return nil
        }
        return Int(number) - 1
    }

    func name(ofWorker number: Int32) -> String? {
        workers.indices.contains(Int(number)) ? workers[Int(number)] : nil
    }
}

extension AttemptReference {
    /// `1/3#2`: session, task, attempt.
    var short: String { "\(session)/\(task)#\(attempt)" }
}
