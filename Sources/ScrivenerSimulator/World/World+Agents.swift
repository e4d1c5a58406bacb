// The agents: they take a time that depends on the task's type and the worker's speed, fail in all
// classes, propose tasks, hang, and stop more or less promptly when they are told to.

import ScrivenerCore
import ScrivenerModel

extension World {
    func begin(_ item: DispatchItem, of session: DispatchSession, on worker: SimulatedWorker) {
        checkStart(item, of: session, on: worker)
        let isHanging = !isHealed && random.chance(scenario.rate(of: .hangingAgents))
        let runTime = isHanging ? .seconds(1_000) : runTime(of: item, session, on: worker)
        let index = runs.count
        runs.append(
            AgentRun(
                worker: worker.index, process: worker.process, attempt: item.attempt,
                agentIndex: item.agentIndex, slots: item.slots, isExclusive: item.isExclusive,
                timeout: item.timeout, progressTimeout: item.progressTimeout, startedAt: now,
                doneAt: now.advanced(by: runTime), lastSign: now, failure: drawFailure()))
        worker.runs[item.attempt] = index
        running[TaskKey(item.attempt), default: []].append(index)
        started.insert(item.attempt)
        // A message that comes twice can have it done twice.
        worker.acknowledged.remove(item.attempt)
        note("\(worker.name) executes \(item.attempt.short)", subject(item.attempt, worker))
        if isHanging { note("\(item.attempt.short) hangs", subject(item.attempt, worker)) }
        if isPoison(item) {
            plan(.agentKills(run: index), in: random.span(microseconds: 0...2_000_000))
        }
        plan(.agentDone(run: index), in: runTime)
        planEnd(ofRun: index)
        if !isHanging { plan(.agentReports(run: index), in: Self.reportInterval) }
    }

    private static let reportInterval = TimeSpan.milliseconds(800)

    /// An agent that is at work says how far it is, and now and then keeps something.
    func agentReports(_ index: Int) {
        let run = runs[index]
        let worker = workers[run.worker]
        guard !run.isOver, worker.process == run.process, worker.core != nil else { return }
        plan(.agentReports(run: index), in: Self.reportInterval)
        guard !worker.isPaused else { return }
        checkRunning(run, on: worker)
        runs[index].lastSign = now
        let whole = max(1, run.doneAt.since(run.startedAt).nanoseconds)
        let share = now.since(run.startedAt).nanoseconds * 1_000 / whole
        handle(
            .progressed(
                AttemptProgress(
                    attempt: run.attempt, permille: Int32(min(max(share, 0), 1_000)),
                    message: "at work")), by: worker)
        guard random.chance(0.2) else { return }
        handle(
            .checkpoint(run.attempt, Array("\(run.attempt.short) \(share)".utf8)), by: worker)
    }

    private func runTime(
        of item: DispatchItem, _ session: DispatchSession, on worker: SimulatedWorker
    ) -> TimeSpan {
        let speed = Int64(worker.blueprint.speed)
        let blueprint = scenario.blueprint(of: session.sessionID)
        if let recorded = blueprint?.runTimes, recorded.indices.contains(Int(item.attempt.task)) {
            return TimeSpan(nanoseconds: recorded[Int(item.attempt.task)].nanoseconds / speed)
        }
        let kind = scenario.types.first { $0.name == item.taskType }
        let drawn = random.span(microseconds: kind?.microseconds ?? 1_000...10_000)
        return TimeSpan(nanoseconds: drawn.nanoseconds / speed)
    }

    /// Drawn from the task alone: it kills wherever it runs, and however often.
    private func isPoison(_ item: DispatchItem) -> Bool {
        guard configuration.poisonDeaths > 0 || !isHealed else { return false }
        let rate = scenario.rate(of: .poisonTasks)
        guard rate > 0 else { return false }
        var own = SeededGenerator(
            seed: options.seed &+ UInt64(item.attempt.session) << 32
                &+ UInt64(item.attempt.task))
        return own.chance(rate / 2)
    }

    func agentKills(_ index: Int) {
        let run = runs[index]
        let worker = workers[run.worker]
        guard !run.isOver, worker.process == run.process, !worker.isPaused else { return }
        note("\(run.attempt.short) kills \(worker.name)", subject(run.attempt, worker))
        kill(worker, isReset: random.chance(0.5))
        // Now and then its lease has run out before it is back.
        if random.chance(0.25) {
            plan(.startWorker(worker.index), in: random.span(milliseconds: 4_000...12_000))
        } else {
            planRestart(worker)
        }
    }

    private func drawFailure() -> FailureClass? {
        let rate = scenario.rate(of: .agentFailures)
        guard random.chance(rate) else { return nil }
        let isPermanent = random.chance(0.2)
        return isPermanent
            ? random.pick([.permanent, .invalidInput])
            : random.pick([.transient, .transient, .timeout, .cancelled])
    }

    func stop(_ attempt: AttemptReference, on worker: SimulatedWorker) {
        guard let index = worker.runs[attempt], !runs[index].wasStopped else { return }
        checkStop(index, on: worker)
        runs[index].wasStopped = true
        let rate = isHealed ? 0 : scenario.rate(of: .stubbornAgents)
        let isStubborn = rate > 0 && random.chance(0.3 + rate)
        let delay =
            isStubborn
            ? random.span(milliseconds: 500...8_000) : random.span(microseconds: 50...20_000)
        runs[index].doneAt = min(runs[index].doneAt, now.advanced(by: delay))
        note(
            "\(worker.name) stops \(attempt.short)\(isStubborn ? ", which takes its time" : "")",
            subject(attempt, worker))
        queue.plan(.agentDone(run: index), at: runs[index].doneAt)
        if sabotage.kind == .falseProof { return finish(index, on: worker, keepsRunning: true) }
    }

    func agentIsDone(_ index: Int) {
        let run = runs[index]
        let worker = workers[run.worker]
        guard !run.isOver, run.doneAt <= now, worker.process == run.process else { return }
        guard !worker.isPaused else {
            worker.finishedWhilePaused.append(index)
            return
        }
        finish(index, on: worker, keepsRunning: false)
    }

    private func finish(_ index: Int, on worker: SimulatedWorker, keepsRunning: Bool) {
        let run = runs[index]
        if !keepsRunning {
            endRun(index)
            worker.runs[run.attempt] = nil
            if !worker.fenced.contains(run.attempt) { worker.finished.insert(run.attempt) }
        }
        let wasCut = run.wasStopped && random.chance(0.9)
        let failure = wasCut ? FailureClass.cancelled : run.failure
        var result = AgentResult(
            payload: RawJSON("\"\(run.attempt.short)\""), findings: findings(of: run.attempt))
        result.usage.peakMemoryBytes = Int(run.attempt.task % 5) * 200 << 20
        if let failure {
            result = .failed(AgentFailure(failure, code: "simulated", message: "as drawn"))
        } else {
            result.proposedTasks = proposal(by: run.attempt)
        }
        note(
            "\(worker.name) has done \(run.attempt.short): \(failure?.name ?? "completed")",
            subject(run.attempt, worker))
        let ended = AttemptResult(
            attempt: run.attempt, runTime: now.since(run.startedAt), result: result)
        handle(.ended(ended), by: worker)
    }

    /// What follows from the attempt alone, so that others' draws stay what they are.
    private func findings(of attempt: AttemptReference) -> Findings {
        let source = Source(locator: "s", title: "", kind: .other, confidence: 1)
        let insight = Insight(
            topic: "", summary: "", supportingEvidence: [], confidenceScore: 1, relatedSources: [])
        return Findings(
            sources: Array(repeating: source, count: Int(attempt.task % 4)),
            insights: Array(repeating: insight, count: Int(attempt.attempt % 3)),
            document: attempt.task % 7 == 6
                ? DocumentFacts(title: "", wordCount: 1, sections: [], isFinal: true) : nil)
    }

    /// The agent runs no more, whatever the reason.
    func endRun(_ index: Int) {
        guard !runs[index].isOver else { return }
        runs[index].isOver = true
        let key = TaskKey(runs[index].attempt)
        running[key]?.removeAll { $0 == index }
        if running[key]?.isEmpty == true { running[key] = nil }
    }

    // MARK: Proposals

    /// How many times a session may be extended.
    private static let maximumProposals = 3

    private func proposal(by attempt: AttemptReference) -> RawJSON? {
        guard let task = committed.task(of: attempt), task.extendsSession,
            proposals[attempt.session, default: 0] < Self.maximumProposals, random.chance(0.7)
        else { return nil }
        proposals[attempt.session, default: 0] += 1
        guard !random.chance(0.1) else { return RawJSON("{\"tasks\":[{}]}") }
        let prefix = "x\(proposals[attempt.session] ?? 0)-\(attempt.task)"
        var tasks: [JSONValue] = []
        for number in 0..<random.within(1...4) {
            var dependencies: [JSONValue] = []
            if random.chance(0.4) { dependencies.append(.string("t0")) }
            if number > 0, random.chance(0.6) {
                dependencies.append(.string("\(prefix).\(random.below(number))"))
            }
            tasks.append(
                .object([
                    ("task_id", .string("\(prefix).\(number)")),
                    ("task_type", .string(random.pick(scenario.types)?.name ?? "work")),
                    ("dependencies", .array(dependencies)),
                ]))
        }
        return RawJSON(.object([("tasks", .array(tasks))]))
    }

    func subject(_ attempt: AttemptReference, _ worker: SimulatedWorker? = nil) -> Subject {
        Subject(session: attempt.session, task: attempt.task, worker: worker?.name)
    }
}
