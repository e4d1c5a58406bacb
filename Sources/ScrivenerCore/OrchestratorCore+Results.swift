// Attempts end: by a result, a hand-back, or the loss of a worker. A result is taken if and only if
// its attempt was dispatched to that worker and has not ended; both are facts, so a late or repeated
// result can never count.

import ScrivenerModel

extension OrchestratorCore {
    // MARK: Results

    mutating func take(
        _ results: [EndedAttempt], from connection: ConnectionID, epoch: Int64, at now: Moment,
        into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: epoch, into: &outcome) else { return }
        if !results.isEmpty { registry.anticipate(results[0].attempt, worker: worker) }
        for place in 0..<results.count {
            if place + 1 < results.count {
                anticipateTask(of: results[place + 1].attempt)
                registry.anticipate(results[place + 1].attempt, worker: worker)
            }
            let attempt = results[place].attempt
            guard let origin = origin(of: attempt, heldBy: worker) else {
                endLingering(attempt, worker: worker, at: now)
                continue
            }
            if !results[place].isPlain, results[place].proposed != nil {
                let grown = grow(by: results[place], at: now, into: &outcome)
                finish(0, of: [grown], origin, worker: worker, at: now, into: &outcome)
            } else {
                finish(place, of: results, origin, worker: worker, at: now, into: &outcome)
            }
        }
        // Refused ones are acknowledged as well: the worker shall forget them.
        acknowledge(results, to: connection, epoch: epoch, in: &outcome.effects)
    }

    @inline(always)
    private func acknowledge(
        _ results: [EndedAttempt], to connection: ConnectionID, epoch: Int64,
        in effects: inout [OrchestratorEffect]
    ) {
        if results.count == 1 {
            effects.append(.acknowledge(connection, epoch: epoch, results[0].attempt))
        } else {
            let attempts = results.map { $0.attempt }
            effects.append(.send(connection, .resultsCommitted(epoch: epoch, attempts: attempts)))
        }
    }

    /// Adds the tasks that a result proposes to its session.
    ///
    /// - Returns: the result; a failure where one of the tasks has come to bear the id of another
    ///   since they were checked.
    private mutating func grow(
        by result: EndedAttempt, at now: Moment, into outcome: inout Outcome
    ) -> EndedAttempt {
        let session = result.attempt.session
        guard result.failure == nil, let proposed = result.proposed, !isCancelling(result.attempt)
        else { return result }
        let tasks = sessions.read(session) {
            proposed.renumbered(after: $0.graph.ids, base: result.proposalBase)
        }
        guard let tasks = tasks ?? nil else {
            var refused = result
            refused.failure = .permanent
            refused.complaint = "a proposed task has the id of one that another task has added"
            return refused
        }
        keep(
            .graphExtended(GraphExtension(session: session, by: result.attempt.task, tasks: tasks)),
            at: now, into: &outcome)
        return result
    }

    func isAtMostOnce(_ attempt: AttemptReference) -> Bool {
        sessions.read(attempt.session) {
            $0.graph.taskClass(Int(attempt.task)).delivery == .atMostOnce
        } ?? false
    }

    /// What an attempt came to, and with it the other attempt at its task if there is one.
    ///
    /// - Parameter place: of its result: by itself it would be copied.
    @inline(always)
    private mutating func finish(
        _ place: Int, of results: [EndedAttempt], _ origin: AttemptOrigin, worker: Int32,
        at now: Moment, into outcome: inout Outcome
    ) {
        let attempt = results[place].attempt
        var ending = AttemptEnding(
            outcome: .completed, runTime: results[place].runTime, record: results[place].record,
            summary: results[place].summary, disposition: .final)
        if let failure = results[place].failure {
            ending = self.ending(of: results[place], failedBy: failure, now: now.instant)
        }
        if origin.isHedged, ending.disposition != .absorbed {
            supersedeOther(than: attempt, at: now, into: &outcome)
        }
        let memory = results[place].peakMemoryBytes
        if memory > 0, performance.learnMemory(memory, kind: origin.kind) {
            // What it was too much for may be enough now.
            dispatcher.wakeAll()
        }
        end(
            attempt, origin, worker: worker, ending: ending,
            complaint: results[place].isPlain ? nil : results[place].complaint, at: now,
            into: &outcome)
    }

    private mutating func ending(
        of result: EndedAttempt, failedBy failure: FailureClass, now: Instant
    ) -> AttemptEnding {
        let attempt = result.attempt
        var ending = AttemptEnding(
            outcome: .completed, runTime: result.runTime, record: result.record,
            disposition: .final)
        ending.outcome = failure == .cancelled ? .cancelled : .failed(failure)
        if failure == .cancelled, isRecalled(attempt) || result.isHandedBack,
            !isTaskCancelling(attempt)
        {
            ending.outcome = .released
            // How far it came nobody knows: what must not be executed twice is lost.
            ending.disposition =
                hasOther(than: attempt) ? .absorbed : isAtMostOnce(attempt) ? .final : .requeue
            return ending
        }
        let isDecisive = failure == .permanent || failure == .invalidInput
        if hasOther(than: attempt), !isDecisive {
            ending.disposition = .absorbed
            return ending
        }
        guard !isTaskCancelling(attempt) else { return ending }
        let retries = sessions.read(attempt.session) { session in
            (
                Int(session.graph.retries[Int(attempt.task)]),
                session.graph.taskClass(Int(attempt.task))
            )
        }
        guard let (count, kind) = retries, kind.delivery == .atLeastOnce else { return ending }
        ending.disposition = RetryPolicy.disposition(
            after: failure, retries: count, rule: kind.retry, now: now, random: &random)
        return ending
    }

    mutating func takeBack(
        _ attempts: [AttemptReference], from connection: ConnectionID, epoch: Int64,
        at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: epoch, into: &outcome) else { return }
        for attempt in attempts {
            guard holdsLive(attempt, worker: worker) else {
                endLingering(attempt, worker: worker, at: now)
                continue
            }
            handBack(attempt, worker: worker, at: now, into: &outcome)
        }
    }

    /// An attempt has not begun, and will not where it was: its task is as if it had never been given out.
    mutating func handBack(
        _ attempt: AttemptReference, worker: Int32, at now: Moment, into outcome: inout Outcome
    ) {
        let ending = AttemptEnding(
            outcome: .released, disposition: hasOther(than: attempt) ? .absorbed : .requeue)
        refund(attempt, at: now.instant)
        end(attempt, worker: worker, ending: ending, at: now, into: &outcome)
    }

    /// What never began is not to be counted as served.
    private mutating func refund(_ attempt: AttemptReference, at now: Instant) {
        let charged = sessions.read(attempt.session) { session in
            expectedRunTime(TaskStart(next: attempt.task, in: session), at: now)
        }
        guard let charged else { return }
        dispatcher.settle(attempt.session, charged: charged, actual: .zero)
    }

    mutating func keepCheckpoints(
        _ kept: [(AttemptReference, PayloadHandle)], from connection: ConnectionID, epoch: Int64,
        at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: epoch, into: &outcome) else { return }
        for (attempt, payload) in kept where holdsLive(attempt, worker: worker) {
            keep(.checkpointKept(attempt, payload), at: now, into: &outcome)
        }
    }

    // MARK: The end of an attempt

    /// Ends an attempt: slot, task, dependants, session.
    mutating func end(
        _ attempt: AttemptReference, worker: Int32, ending: AttemptEnding,
        complaint: String? = nil, at now: Moment, into outcome: inout Outcome
    ) {
        let origin = sessions.read(attempt.session) {
            AttemptOrigin(Int(attempt.task), in: $0)
        }
        end(
            attempt, origin, worker: worker, ending: ending, complaint: complaint, at: now,
            into: &outcome)
    }

    private mutating func end(
        _ attempt: AttemptReference, _ origin: AttemptOrigin?, worker: Int32,
        ending: AttemptEnding, complaint: String?, at now: Moment, into outcome: inout Outcome
    ) {
        // The instance first: until then the task's dependants are on their way.
        if ending.outcome == .superseded {
            linger(attempt, ending, worker: worker, demand: origin?.demand, at: now.instant)
        } else if let (held, instance) = registry.letGo(attempt, worker: worker, at: now.instant),
            let origin
        {
            let key = CircuitBreakers.Key(worker: worker, agent: held.agent)
            tally.count(ending, agent: held.agent)
            learn(
                ending, complaint: complaint, kind: origin.kind, stated: origin.stated, by: key,
                on: instance, held, at: now)
            judge(
                attempt, by: key, demand: origin.demand, CircuitBreaker.Outcome(ending),
                at: now.instant)
            freed(instance, worker: worker, agent: held.agent)
        }
        // Before the session's tasks that become ready are given to the dispatcher.
        if !dispatcher.parked.isEmpty {
            dispatcher.unpark(attempt.session, weight: origin?.weight ?? 1)
        }
        let signs = keepEnd(of: attempt, ending, at: now, into: &outcome)
        if case .retry(let notBefore) = ending.disposition {
            timers.add(
                .backOff(session: attempt.session, task: attempt.task), at: notBefore)
        }
        if !signs.isEmpty { follow(signs, of: attempt.session, at: now, into: &outcome) }
    }

    /// What else the end of an attempt has brought about in its session. Mostly nothing.
    private mutating func follow(
        _ signs: SessionSigns, of number: Int64, at now: Moment, into outcome: inout Outcome
    ) {
        guard signs.contains(.seldom) else { return noteChange(of: number) }
        closeJoins(of: number, at: now, into: &outcome)
        enqueueReady(of: number, at: now.instant)
        settle(number, at: now, into: &outcome)
    }

    /// An attempt is over for its task and runs on. It says nothing about its instance; if it was to
    /// try it, another may.
    private mutating func linger(
        _ attempt: AttemptReference, _ ending: AttemptEnding, worker: Int32, demand: Int32?,
        at now: Instant
    ) {
        counters.supersededAttempts += 1
        registry.linger(attempt, worker: worker)
        guard let agent = registry.held(attempt, worker: worker)?.agent else { return }
        tally.count(ending, agent: agent)
        guard let demand else { return }
        let key = CircuitBreakers.Key(worker: worker, agent: agent)
        judge(attempt, by: key, demand: demand, .neutral, at: now)
        if let instance = registry.instance(worker: worker, agent: agent) {
            wakeDemands(of: instance)
        }
    }

    /// A slot has become free: whoever waits for it looks again.
    @inline(always)
    private mutating func freed(_ instance: Int32?, worker: Int32, agent: Int32) {
        if registry.runningCount + 1 >= configuration.maximumRunningAttempts {
            dispatcher.wakeAll()
        }
        if !configuration.agentLimits.isEmpty,
            let limit = configuration.agentLimits[registry.agentNames[Int(agent)]],
            registry.runningByAgent[Int(agent)] + 1 >= limit
        {
            wakeDemands(ofAgent: agent)
        }
        guard let instance else { return }
        // One that is kept free stands in no list, and serves nobody that it could wake; what was
        // learned there may let others start elsewhere.
        if registry.workers[Int(worker)].isKept { dispatcher.wakeAll() }
        wakeDemands(of: instance)
        // Another agent of the worker may have waited for memory, or for what else was in use.
        if !registry.workers[Int(worker)].resources.isEmpty {
            for other in registry.workers[Int(worker)].instances { wakeDemands(of: other) }
        }
        if registry.prefetchedCount > 0 { idleInstances.append(instance) }
    }

    @inline(always)
    mutating func wakeDemands(of instance: Int32) {
        if registry.instances[Int(instance)].demandSet.isInAWord {
            dispatcher.wake(word: registry.instances[Int(instance)].demandSet.firstWord)
        } else {
            wakeFarDemands(of: instance)
        }
    }

    // Apart: what is seldom is not to be in the way of what is done with every event.
    @inline(never)
    private mutating func wakeFarDemands(of instance: Int32) {
        dispatcher.wake(registry.instances[Int(instance)].demandSet)
    }

    private mutating func wakeDemands(ofAgent agent: Int32) {
        for worker in registry.workers {
            for instance in worker.instances where registry.instances[Int(instance)].agent == agent
            {
                wakeDemands(of: instance)
            }
        }
    }

    /// A worker says of an attempt that is over for its task that it is over there as well; or of
    /// one that it was never given.
    private mutating func endLingering(
        _ attempt: AttemptReference, worker: Int32, at now: Moment
    ) {
        guard registry.held(attempt, worker: worker)?.isLingering == true else {
            counters.refusedResults += 1
            return
        }
        dropLingering(attempt, worker: worker, at: now)
    }

    /// An attempt that is over for its task is over on its worker as well, or its worker is gone.
    mutating func dropLingering(_ attempt: AttemptReference, worker: Int32, at now: Moment) {
        guard let (held, instance) = registry.letGo(attempt, worker: worker, at: now.instant)
        else { return }
        freed(instance, worker: worker, agent: held.agent)
    }

    // MARK: Reading

    @inline(always)
    func isTaskCancelling(_ attempt: AttemptReference) -> Bool {
        sessions.read(attempt.session) {
            $0.graph.lifecycle[Int(attempt.task)].status == .cancelling
        } ?? false
    }

    /// Whether the worker has been asked to stop the attempt.
    func isToStop(_ attempt: AttemptReference) -> Bool {
        isTaskCancelling(attempt) || isRecalled(attempt)
    }

    private func isRecalled(_ attempt: AttemptReference) -> Bool {
        sessions.read(attempt.session) { $0.recalled.contains(attempt) } ?? false
    }

    private func isCancelling(_ attempt: AttemptReference) -> Bool {
        sessions.read(attempt.session) {
            $0.status == .cancelling
                || $0.graph.lifecycle[Int(attempt.task)].status == .cancelling
        } ?? false
    }
}
