// A second reading of the journal's facts, written from the promises and not from the machine: each
// fact is checked against those before it. There are two in a world. One follows what the machine
// says at once, the other what is on disk; what others are shown is held against the second.

import ScrivenerCore
import ScrivenerModel

/// What a list of facts says.
struct Ledger {
    private(set) var workers: [String] = []
    private(set) var agents: [String] = []
    var sessions: [SessionRecord] = []
    /// Live attempts per worker, and per agent in the whole pool.
    private(set) var liveCounts: [Int] = []
    private(set) var liveByAgent: [Int] = []
    private(set) var numbers: [String: Int64] = [:]
    var openCount = 0
    /// What agents did, step by step.
    private(set) var samples: [MetricsSample] = []
    /// After so many deaths under it a task runs alone; 0 for never.
    var poisonDeaths = 0
    /// What nobody needs since a join was closed, and has to be cancelled next.
    var needless: [(session: Int64, task: Int32)] = []
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
        checkNeedless(fact)
        switch fact {
        case .workerKnown(let number, let id):
            expect(Int(number) == workers.count && !workers.contains(id), "worker \(id) again")
            workers.append(id)
            liveCounts.append(0)
        case .agentKnown(let number, let name):
            expect(Int(number) == agents.count && !agents.contains(name), "agent \(name) again")
            agents.append(name)
            liveByAgent.append(0)
        case .sessionOpened(let opening): open(opening, at: now)
        case .graphExtended(let addition): extend(addition, at: now)
        case .sessionRerun(let rerun): takeOver(rerun, at: now)
        case .attemptDispatched(let attempt, let worker, let agent):
            begin(attempt, worker: worker, agent: agent, at: now)
        case .attemptEnded(let attempt, let ending): end(attempt, ending, at: now)
        case .attemptDied(let attempt, let verdict, let record):
            die(attempt, verdict, record, at: now)
        case .joinClosed(let number, let task): close(number, task, at: now)
        case .checkpointKept(let attempt, let payload): keep(payload, of: attempt)
        case .cancelRequested(let number, let cause): cancel(number, cause)
        case .taskCancelRequested(let number, let task): cancel(number, task: task, at: now)
        case .sessionPaused(let number, let mode): pause(number, mode)
        case .sessionResumed(let number): resume(number, at: now)
        case .priorityChanged(let number, let task, let priority):
            prioritize(number, task, priority)
        case .metricsRecorded(let sample): samples.append(sample)
        case .sessionsCounted, .performanceLearned: break
        case .sessionEnded(let number, let state): finish(number, state)
        }
    }

    private mutating func expect(
        _ holds: Bool, _ text: @autoclosure () -> String, rule: Rule = .history,
        _ subject: Subject = Subject()
    ) {
        if !holds { violations.append(Violation(rule: rule, text: text(), subject: subject)) }
    }

    private mutating func open(_ opening: SessionOpening, at now: Instant) {
        let id = opening.plan.sessionID
        let subject = Subject(session: opening.number)
        expect(opening.number == sessions.count + 1, "\(id) is no. \(opening.number)", subject)
        expect(numbers[id] == nil, "a session \(id) was opened twice", subject)
        guard opening.number == sessions.count + 1 else { return }
        numbers[id] = opening.number
        openCount += 1
        sessions.append(SessionRecord(opening, at: now))
    }

    /// After a join was closed, what it no longer needs is cancelled before anything else happens.
    private mutating func checkNeedless(_ fact: SessionFact) {
        guard !needless.isEmpty else { return }
        if case .taskCancelRequested(let number, let task) = fact {
            needless.removeAll { $0 == (number, task) }
            return
        }
        for (number, task) in needless {
            let record = session(number)?.tasks[Int(task)]
            expect(
                record?.isOver != false || record?.isCancelRequested == true,
                "nobody needs \(number)/\(task), and it is not cancelled",
                Subject(session: number, task: task))
        }
        needless = []
    }

    mutating func expect(
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

    private mutating func extend(_ addition: GraphExtension, at now: Instant) {
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
        sessions[index].append(addition.tasks, at: now)
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
        checkAlone(attempt, worker: worker, subject)
        liveCounts[Int(worker)] += 1
        liveByAgent[Int(agent)] += 1
        let place = Int(attempt.task)
        sessions[index].lastType = task.type
        sessions[index].tasks[place].history.append(
            AttemptRecord(
                attempt: attempt.attempt, worker: worker, agent: agent,
                beside: task.live.first?.attempt))
        sessions[index].tasks[place].live.append(
            LiveRecord(attempt: attempt.attempt, worker: worker, agent: agent))
        sessions[index].tasks[place].state = .live
        sessions[index].tasks[place].attempts = attempt.attempt
        sessions[index].tasks[place].awaitsProof = true
    }

    private mutating func end(
        _ attempt: AttemptReference, _ ending: AttemptEnding, at now: Instant
    ) {
        let subject = Subject(session: attempt.session, task: attempt.task)
        guard let index = openIndex(attempt.session, subject, "had an ending"),
            let task = task(of: attempt), let live = task.live(attempt.attempt)
        else { return expect(false, "\(attempt.short) ended and was not live", subject) }
        let place = Int(attempt.task)
        liveCounts[Int(live.worker)] -= 1
        liveByAgent[Int(live.agent)] -= 1
        sessions[index].tasks[place].live.removeAll { $0.attempt == attempt.attempt }
        for past in task.history.indices where task.history[past].attempt == attempt.attempt {
            sessions[index].tasks[place].history[past].ending = ending
        }
        if ending.outcome == .released { sessions[index].tasks[place].awaitsProof = false }
        if ending.outcome == .superseded { sessions[index].tasks[place].awaitsDecision = true }
        guard ending.disposition != .absorbed else {
            expect(
                task.live.count == 2 && ending.outcome != .completed,
                "\(attempt.short) is absorbed by nothing", subject)
            expect(
                ending.outcome != .failed(.permanent) && ending.outcome != .failed(.invalidInput),
                "\(attempt.short) failed for good, and the other attempt goes on", subject)
            return
        }
        expect(
            task.live.count == 1, "\(attempt.short) decides while \(task.live) run", subject)
        sessions[index].tasks[place].awaitsDecision = false
        sessions[index].liveCount -= 1
        decide(attempt, ending, index, at: now, subject)
        if sessions[index].tasks[place].isOver {
            sessions[index].noteReady(after: place, at: now)
            sessions[index].skipAfter(place, at: now)
        }
    }

    /// The last attempt that ran has ended.
    private mutating func decide(
        _ attempt: AttemptReference, _ ending: AttemptEnding, _ index: Int, at now: Instant,
        _ subject: Subject
    ) {
        let place = Int(attempt.task)
        let task = sessions[index].tasks[place]
        let wasCancelled = sessions[index].isCancelled || task.isCancelRequested
        sessions[index].tasks[place].readyAt = now
        expect(
            !task.recalled.contains(attempt.attempt) || wasCancelled
                || ending.outcome != .cancelled,
            "\(attempt.short) was asked back and counts as stopped by itself", subject)
        switch ending.disposition {
        case .absorbed: return
        case .final: settle(attempt, ending, wasCancelled: wasCancelled, index, subject)
        case .requeue:
            expect(
                ending.outcome == .workerLost || ending.outcome == .released,
                "\(attempt.short) came to \(ending.outcome) for nothing", subject)
            expect(
                task.deaths.condemned != attempt.attempt || wasCancelled,
                "\(attempt.short) has killed its worker once more and is executed again",
                rule: .poison, subject)
            expect(
                ending.outcome != .workerLost || task.kind.delivery == .atLeastOnce
                    || wasCancelled, "\(attempt.short) is to be executed twice", rule: .atMostOnce,
                subject)
            sessions[index].tasks[place].state = wasCancelled ? .over(.cancelled) : .idle
        case .retry(let notBefore):
            expect(!wasCancelled, "\(attempt.short) is retried though cancelled", subject)
            expect(
                ending.outcome.canBeRetried,
                "\(attempt.short) came to \(ending.outcome) and is retried", subject)
            let longest = task.kind.retry.longestBackOff(retries: task.retries)
            expect(
                notBefore.since(now) <= longest,
                "\(attempt.short) is retried in \(notBefore.since(now).milliseconds) ms, not "
                    + "within \(longest.milliseconds)", subject)
            sessions[index].tasks[place].readyAt = notBefore
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
        case .failed:
            status = .failed
            let canRetry =
                ending.outcome.canBeRetried && !wasCancelled && !isOnce
                && task.retries < task.maximumRetries
            expect(!canRetry, "\(attempt.short) failed and was not retried", subject)
            checkGivenUp(attempt, ending, task, subject)
        case .workerLost, .released:
            status = wasCancelled ? .cancelled : .lost
            expect(
                wasCancelled || isOnce, "\(attempt.short) is over though only its worker is lost",
                subject)
        case .cancelled, .superseded:
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

    mutating func openIndex(
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
