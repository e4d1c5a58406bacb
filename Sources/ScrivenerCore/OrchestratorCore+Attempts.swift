// Attempts: dispatched to an instance with a free slot, and ended by a result, a hand-back, or the
// loss of a worker. A result is taken if and only if its attempt was dispatched to that worker and
// has not ended; both are facts, so a late or repeated result can never count.

import ScrivenerModel

extension OrchestratorCore {
    // MARK: Dispatch

    /// Starts what can start: demands take turns, and in each the sessions.
    mutating func dispatchReady(at now: Moment, into outcome: inout Outcome) {
        var orders = DispatchOrders()
        while let demand = dispatcher.takePending() {
            if dispatchOne(demand, orders: &orders, at: now, into: &outcome) {
                dispatcher.wake(demand)
            }
        }
        for worker in orders.workers {
            guard let connection = registry.workers[Int(worker)].connection else { continue }
            for batch in orders.batches(
                for: worker, of: max(1, configuration.maximumDispatchesPerMessage))
            {
                outcome.effects.append(
                    .dispatch(connection.id, epoch: connection.epoch, batch))
            }
        }
    }

    /// - Returns: whether something moved, so that the demand is worth another look.
    private mutating func dispatchOne(
        _ demand: Int32, orders: inout DispatchOrders, at now: Moment, into outcome: inout Outcome
    ) -> Bool {
        guard let session = dispatcher.turn(demand) else { return false }
        guard sessions.read(session, { $0.hasRoom }) == true else {
            dispatcher.park(demand)
            return true
        }
        // What was cancelled while it waited is still in the queue.
        guard let task = dispatcher.firstTask(demand),
            let start = sessions.read(session, { TaskStart(task, in: $0) }) ?? nil
        else {
            dispatcher.dropTask(demand)
            return true
        }
        guard
            let instance = place(
                demand, kind: start.kind, avoiding: start.failedAt, at: now.instant)
        else { return false }
        dispatcher.takeTask(
            demand, cost: performance.durations.estimate(type: start.kind, at: now.instant))
        let attempt = AttemptReference(session: session, task: task, attempt: start.attempt)
        dispatch(attempt, to: instance, at: now, into: &outcome)
        registry.noteServed(demand, by: instance)
        orders.add(
            DispatchOrder(
                attempt: attempt, agentIndex: registry.instances[Int(instance)].agentIndex,
                timeout: start.timeout), worker: registry.instances[Int(instance)].worker)
        return true
    }

    private mutating func dispatch(
        _ attempt: AttemptReference, to instance: Int32, at now: Moment,
        into outcome: inout Outcome
    ) {
        let (worker, agent) = (
            registry.instances[Int(instance)].worker, registry.instances[Int(instance)].agent
        )
        registry.takeSlot(instance)
        registry.hold(attempt, worker: worker)
        circuits.began(attempt, by: circuit(of: instance), at: now.instant)
        keep(
            .attemptDispatched(attempt, worker: worker, agent: agent), at: now, into: &outcome)
        changed.append(attempt.session)
    }

    // MARK: Results

    mutating func take(
        _ results: [EndedAttempt], from connection: ConnectionID, epoch: Int64, at now: Moment,
        into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: epoch, into: &outcome) else { return }
        var grown: Set<Int64> = []
        for result in results {
            guard holdsLive(result.attempt, worker: worker) else {
                counters.refusedResults += 1
                continue
            }
            if result.failure == nil, let proposed = result.proposed,
                !isCancelling(result.attempt.session)
            {
                // The proposal was checked against a graph that an earlier result of this batch
                // has changed since: its numbers mean other tasks now, so the task runs again.
                guard grown.insert(result.attempt.session).inserted else {
                    let stale = AttemptEnding(
                        outcome: .failed(.transient), runTime: result.runTime,
                        disposition: .requeue)
                    end(result.attempt, worker: worker, ending: stale, at: now, into: &outcome)
                    continue
                }
                let addition = GraphExtension(
                    session: result.attempt.session, by: result.attempt.task, tasks: proposed)
                keep(.graphExtended(addition), at: now, into: &outcome)
            }
            end(
                result.attempt, worker: worker, ending: ending(of: result, now: now.instant),
                at: now, into: &outcome)
        }
        // Refused ones are acknowledged as well: the worker shall forget them.
        outcome.effects.append(
            .send(
                connection, .resultsCommitted(epoch: epoch, attempts: results.map(\.attempt))))
    }

    private mutating func ending(of result: EndedAttempt, now: Instant) -> AttemptEnding {
        let attempt = result.attempt
        var ending = AttemptEnding(
            outcome: .completed, runTime: result.runTime, record: result.record,
            summary: result.summary, disposition: .final)
        guard let failure = result.failure else { return ending }
        let isCancelling = isTaskCancelling(attempt)
        ending.summary = FindingsSummary()
        ending.outcome = failure == .cancelled ? .cancelled : .failed(failure)
        guard !isCancelling else { return ending }
        let retries = sessions.read(attempt.session) { session in
            (Int(session.graph.retries[Int(attempt.task)]), session.config)
        }
        guard let (count, config) = retries else { return ending }
        ending.disposition = RetryPolicy.disposition(
            after: failure, retries: count, config: config, now: now, random: &random)
        return ending
    }

    mutating func takeBack(
        _ attempts: [AttemptReference], from connection: ConnectionID, epoch: Int64,
        at now: Moment, into outcome: inout Outcome
    ) {
        guard let worker = registered(connection, epoch: epoch, into: &outcome) else { return }
        for attempt in attempts where holdsLive(attempt, worker: worker) {
            let ending = AttemptEnding(outcome: .released, disposition: .requeue)
            end(attempt, worker: worker, ending: ending, at: now, into: &outcome)
        }
    }

    // MARK: The end of an attempt

    /// Ends an attempt: slot, task, dependants, session.
    mutating func end(
        _ attempt: AttemptReference, worker: Int32, ending: AttemptEnding, at now: Moment,
        into outcome: inout Outcome
    ) {
        let origin = sessions.read(attempt.session) { session in
            (
                agent: session.graph.latestExecution(ofTask: Int(attempt.task)).agent,
                demand: session.graph.taskClass(Int(attempt.task)).demand,
                kind: session.kind(of: Int(attempt.task))
            )
        }
        keep(.attemptEnded(attempt, ending), at: now, into: &outcome)
        if registry.letGo(attempt, worker: worker), let origin {
            let key = CircuitBreakers.Key(worker: worker, agent: origin.agent)
            performance.learn(ending, kind: origin.kind, by: key, at: now.instant)
            judge(
                attempt, by: key, demand: origin.demand, CircuitBreaker.Outcome(ending),
                at: now.instant)
            if let instance = registry.instance(worker: worker, agent: origin.agent) {
                registry.giveBackSlot(instance, ending.outcome)
                for demand in registry.instances[Int(instance)].demands {
                    dispatcher.wake(demand)
                }
            }
        }
        if case .retry(let notBefore) = ending.disposition {
            timers.add(
                .backOff(session: attempt.session, task: attempt.task), at: notBefore)
        }
        dispatcher.unpark(attempt.session)
        enqueueReady(of: attempt.session)
        settle(attempt.session, at: now, into: &outcome)
    }

    /// Whether the worker was given the attempt and it has not ended.
    func holdsLive(_ attempt: AttemptReference, worker: Int32) -> Bool {
        sessions.read(attempt.session) { session in
            let task = Int(attempt.task)
            guard task >= 0, task < session.graph.count,
                let execution = session.graph.lifecycle[task].liveExecution
            else { return false }
            let live = session.graph.executions[Int(execution)]
            return live.attempt == attempt.attempt && live.worker == worker
        } ?? false
    }

    func isTaskCancelling(_ attempt: AttemptReference) -> Bool {
        sessions.read(attempt.session) {
            $0.graph.lifecycle[Int(attempt.task)].status == .cancelling
        } ?? false
    }

    private func isCancelling(_ session: Int64) -> Bool {
        sessions.read(session) { $0.status == .cancelling } ?? false
    }
}

/// What has to be known of a task that is to be dispatched.
private struct TaskStart {
    let attempt: Int32
    let timeout: TimeSpan
    let kind: Int32
    /// Who had the task before and failed at it.
    let failedAt: CircuitBreakers.Key?

    /// `nil` when the task is not ready.
    init?(_ task: Int32, in session: Session) {
        let task = Int(task)
        guard session.graph.lifecycle[task] == .ready else { return nil }
        attempt = session.graph.latestAttempt(of: task) + 1
        timeout = session.graph.taskClass(task).timeout
        kind = session.kind(of: task)
        guard attempt > 1 else {
            failedAt = nil
            return
        }
        let latest = session.graph.latestExecution(ofTask: task)
        switch latest.outcome {
        case .failed, .workerLost:
            failedAt = CircuitBreakers.Key(worker: latest.worker, agent: latest.agent)
        case .completed, .cancelled, .released, nil: failedAt = nil
        }
    }
}

/// Orders by worker, in the order in which workers got their first.
private struct DispatchOrders {
    private(set) var workers: [Int32] = []
    private var orders: [Int32: [DispatchOrder]] = [:]

    mutating func add(_ order: DispatchOrder, worker: Int32) {
        if orders[worker] == nil { workers.append(worker) }
        orders[worker, default: []].append(order)
    }

    func batches(for worker: Int32, of size: Int) -> [[DispatchOrder]] {
        let all = orders[worker] ?? []
        return stride(from: 0, to: all.count, by: size).map {
            Array(all[$0..<min($0 + size, all.count)])
        }
    }
}
