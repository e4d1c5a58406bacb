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
    /// Live attempts per worker and agent.
    private(set) var liveByAgent: [Int64: Int] = [:]
    private(set) var numbers: [String: Int64] = [:]
    private(set) var openCount = 0
    /// What did not hold; taken by the world.
    var violations: [Violation] = []

    static func key(worker: Int32, agent: Int32) -> Int64 { Int64(worker) << 32 | Int64(agent) }

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
        guard let task = task(of: attempt), task.attempts == attempt.attempt,
            case .live(let worker, _) = task.state
        else { return nil }
        return worker
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
        case .attemptEnded(let attempt, let ending): end(attempt, ending, at: now)
        case .cancelRequested(let number, let cause): cancel(number, cause)
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
        expect(
            attempt.attempt == task.attempts + 1,
            "\(attempt.short) follows attempt \(task.attempts)", subject)
        let open = task.dependencies.filter { !session.tasks[Int($0)].isOver }
        expect(open.isEmpty, "\(attempt.short) began before \(open) had ended", subject)
        switch task.state {
        case .idle: break
        case .backingOff(let until):
            expect(until <= now, "\(attempt.short) began before its backoff was over", subject)
        case .live, .over:
            expect(false, "\(attempt.short) began while the task is \(task.state)", subject)
        }
        expect(
            session.liveCount < session.concurrencyLimit,
            "\(attempt.short) is one more than the session may run", rule: .limits, subject)
        guard liveCounts.indices.contains(Int(worker)), agents.indices.contains(Int(agent)) else {
            return expect(false, "\(attempt.short) went to nobody", subject)
        }
        if !task.isLive {
            sessions[index].liveCount += 1
            liveCounts[Int(worker)] += 1
            liveByAgent[Self.key(worker: worker, agent: agent), default: 0] += 1
        }
        sessions[index].tasks[Int(attempt.task)].state = .live(worker: worker, agent: agent)
        sessions[index].tasks[Int(attempt.task)].attempts = attempt.attempt
        sessions[index].tasks[Int(attempt.task)].history.append(
            AttemptRecord(worker: worker, agent: agent))
        sessions[index].lastType = task.type
    }

    private mutating func end(
        _ attempt: AttemptReference, _ ending: AttemptEnding, at now: Instant
    ) {
        let subject = Subject(session: attempt.session, task: attempt.task)
        guard let index = openIndex(attempt.session, subject, "had an ending"),
            let task = task(of: attempt), task.attempts == attempt.attempt,
            case .live(let worker, let agent) = task.state
        else { return expect(false, "\(attempt.short) ended and was not live", subject) }
        sessions[index].liveCount -= 1
        liveCounts[Int(worker)] -= 1
        liveByAgent[Self.key(worker: worker, agent: agent), default: 0] -= 1
        let wasCancelled = sessions[index].isCancelled
        let place = Int(attempt.task)
        sessions[index].tasks[place].history[task.history.count - 1].ending = ending
        switch ending.disposition {
        case .final:
            settle(attempt, ending, wasCancelled: wasCancelled, index, subject)
        case .requeue:
            expect(
                task.mayBeRequeued(after: ending.outcome),
                "\(attempt.short) came to \(ending.outcome) for nothing", subject)
            sessions[index].tasks[place].state = wasCancelled ? .over(.cancelled) : .idle
        case .retry(let notBefore):
            expect(!wasCancelled, "\(attempt.short) is retried though cancelled", subject)
            expect(
                ending.outcome.canBeRetried,
                "\(attempt.short) came to \(ending.outcome) and is retried", subject)
            let longest = sessions[index].longestBackOff(retries: task.retries)
            expect(
                notBefore.since(now) <= longest,
                "\(attempt.short) is retried in \(notBefore.since(now).milliseconds) ms, not in "
                    + "\(longest.milliseconds)", subject)
            sessions[index].tasks[place].retries += 1
            expect(
                sessions[index].tasks[place].retries <= sessions[index].maximumRetries,
                "\(attempt.short) was retried too often", rule: .limits, subject)
            sessions[index].tasks[place].state = .backingOff(until: notBefore)
        }
        if sessions[index].tasks[place].isOver { sessions[index].skipAfter(place) }
    }

    private mutating func settle(
        _ attempt: AttemptReference, _ ending: AttemptEnding, wasCancelled: Bool, _ index: Int,
        _ subject: Subject
    ) {
        let place = Int(attempt.task)
        let status: TaskStatus
        switch ending.outcome {
        case .completed:
            status = .completed
            expect(
                sessions[index].tasks[place].result == nil,
                "\(attempt.short) is a second result", subject)
            expect(ending.record != nil, "\(attempt.short) completed without a result", subject)
            sessions[index].tasks[place].result = ending.record
        case .failed:
            status = .failed
            let canRetry =
                ending.outcome.canBeRetried && !wasCancelled
                && sessions[index].tasks[place].retries < sessions[index].maximumRetries
            expect(!canRetry, "\(attempt.short) failed and was not retried", subject)
        case .cancelled, .workerLost, .released:
            status = wasCancelled ? .cancelled : .failed
            let isOwnWord = ending.outcome == .cancelled
            expect(
                wasCancelled || isOwnWord,
                "\(attempt.short) is over though only its worker is lost", subject)
            expect(
                wasCancelled || sessions[index].tasks[place].retries
                    >= sessions[index].maximumRetries,
                "\(attempt.short) stopped of itself and was not retried", subject)
        }
        sessions[index].tasks[place].state = .over(status)
    }

    private mutating func cancel(_ number: Int64, _ cause: CancelCause) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was cancelled") else { return }
        expect(!sessions[index].isCancelled, "session \(number) was cancelled twice", subject)
        sessions[index].cancelCause = cause
        // In the plan's order: what waits for a task that was just cancelled is skipped.
        for task in sessions[index].tasks.indices where !sessions[index].tasks[task].isOver {
            if !sessions[index].tasks[task].isLive {
                sessions[index].tasks[task].state = .over(.cancelled)
                sessions[index].skipAfter(task)
            }
        }
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
