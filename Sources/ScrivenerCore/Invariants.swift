// What holds between any two events, recounted from scratch. The machine keeps counters, lists and
// queues so that it need not look at everything; here everything is looked at, and each of them has
// to agree. Tests and the simulator ask after every step; nothing else does.

import ScrivenerModel

/// Everything that does not hold in a core which is between two events, in words.
///
/// Empty when all is well. Not to be asked of a core that still has to handle `.recovered`.
package func violations(of core: OrchestratorCore) -> [String] {
    let audit = Audit(core: core)
    audit.checkSessionTable()
    for number in core.sessions.numbers {
        core.sessions.read(number) { session in
            audit.checkSession(session)
            audit.checkCounts(session)
            audit.checkLive(session)
            for task in 0..<session.graph.count { audit.checkTask(task, in: session) }
        }
    }
    audit.checkHeld()
    for worker in core.registry.workers { audit.checkWorker(worker) }
    audit.checkEligible()
    audit.checkCircuits()
    return audit.found
}

/// One look at everything.
private final class Audit {
    let core: OrchestratorCore
    private(set) var found: [String] = []

    init(core: OrchestratorCore) { self.core = core }

    func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        if !holds { found.append(sentence()) }
    }
}

// MARK: - Sessions

extension Audit {
    func checkSessionTable() {
        let numbers = core.sessions.numbers
        expect(
            numbers.count == core.sessions.count,
            "\(numbers.count) sessions are listed, \(core.sessions.count) counted")
        expect(
            core.sessionNumbers.count == numbers.count,
            "\(core.sessionNumbers.count) ids are known for \(numbers.count) sessions")
        for number in numbers {
            let id = core.sessions.read(number) { $0.sessionID } ?? ""
            expect(core.sessionNumbers[id] == number, "the id \(id) does not lead to \(number)")
        }
        expect(
            numbers.last ?? 0 <= core.lastSessionNumber,
            "session \(numbers.last ?? 0) is later than the last, \(core.lastSessionNumber)")
        expect(core.changed.isEmpty, "progress of \(core.changed.count) changes was not looked at")
    }

    func checkSession(_ session: Session) {
        let name = session.sessionID
        expect(session.graph.openCount > 0, "\(name): is open and has no open task")
        expect(!session.status.isTerminal, "\(name): is open and \(session.status)")
        expect(
            session.graph.live.count <= session.config.concurrencyLimit,
            "\(name): runs \(session.graph.live.count) tasks, may run "
                + "\(session.config.concurrencyLimit)")
        if session.deadline != nil {
            expect(
                session.status == .cancelling
                    || core.timers.contains(.sessionTimeout(session: session.number)),
                "\(name): has a time limit and no timer")
        }
        if session.publishIsScheduled {
            expect(
                core.timers.contains(.progress(session: session.number)),
                "\(name): progress is scheduled and has no timer")
        }
    }

    func checkCounts(_ session: Session) {
        let graph = session.graph
        var recount = StatusCounts()
        for lifecycle in graph.lifecycle { recount.add(lifecycle.status) }
        expect(recount == graph.counts, "\(session.sessionID): counts differ from a recount")
        let columns = [
            graph.ids.count, graph.classOf.count, graph.retries.count,
            graph.latestExecution.count, graph.dependencyEnds.count, graph.specifications.count,
        ]
        expect(
            session.kinds.count == graph.classes.count,
            "\(session.sessionID): \(session.kinds.count) of \(graph.classes.count) types known")
        expect(
            columns.allSatisfy { $0 == graph.count },
            "\(session.sessionID): the columns differ in length: \(columns)")
    }

    func checkLive(_ session: Session) {
        let graph = session.graph
        let live = graph.lifecycle.indices.filter { graph.lifecycle[$0].live != nil }
        expect(
            graph.live.sorted() == live.map(Int32.init),
            "\(session.sessionID): live are \(live), listed \(graph.live.sorted())")
        var attempts = 0
        for task in live {
            guard let pair = graph.lifecycle[task].live else { continue }
            let name = "\(session.sessionID)/\(graph.ids[task])"
            for execution in [pair.first, pair.hedge] where execution >= 0 {
                attempts += 1
                expect(
                    graph.executions[Int(execution)].outcome == nil,
                    "\(name): runs an attempt that has ended")
            }
            expect(
                pair.contains(graph.latestExecution[task]) || !pair.isHedged,
                "\(name): is hedged by an attempt that is not its latest")
            expect(
                !pair.isHedged || graph.taskClass(task).isIdempotent,
                "\(name): is hedged and not idempotent")
        }
        let open = graph.executions.count { $0.outcome == nil }
        expect(
            open == attempts,
            "\(session.sessionID): \(open) attempts are open, \(attempts) are live")
        expect(
            session.recalled.allSatisfy { reference in
                session.liveAttempts(of: Int(reference.task)).contains {
                    $0.reference == reference
                }
            }, "\(session.sessionID): an attempt is recalled that is not live")
    }
}

// MARK: - Tasks

extension Audit {
    func checkTask(_ task: Int, in session: Session) {
        let graph = session.graph
        let name = "\(session.sessionID)/\(graph.ids[task])"
        let open = graph.dependencies(of: task).count {
            !graph.lifecycle[Int($0)].status.isTerminal
        }
        let isClosed = graph.joins.taken(by: Int32(task)) != nil
        switch graph.lifecycle[task] {
        case .waiting(let count):
            expect(count > 0 && count == open, "\(name): waits for \(count), open are \(open)")
            checkJoin(task, in: session, name)
        case .ready:
            expect(isClosed || open == 0, "\(name): is ready and has \(open) open dependencies")
            expect(!session.isPaused, "\(name): is ready in a paused session")
            checkReady(task, in: session, name)
        case .held:
            expect(isClosed || open == 0, "\(name): is held and has \(open) open dependencies")
            expect(session.isPaused, "\(name): is held in a session that is not paused")
        case .running:
            expect(isClosed || open == 0, "\(name): runs and has \(open) open dependencies")
            expect(session.status != .cancelling, "\(name): runs on in a cancelled session")
        case .backingOff:
            expect(
                core.timers.contains(.backOff(session: session.number, task: Int32(task))),
                "\(name): is backing off and has no timer")
        case .completed(let execution):
            expect(
                graph.executions[Int(execution)].outcome == .completed,
                "\(name): completed with an attempt that did not")
        case .cancelling, .failed, .cancelled, .skipped, .lost: break
        }
        checkCommits(task, in: graph, name)
        checkExplanation(task, in: session, name)
    }

    /// A waiting join counts what has completed, and is closed in time.
    private func checkJoin(_ task: Int, in session: Session, _ name: String) {
        let graph = session.graph
        guard let rule = graph.taskClass(task).join else { return }
        let completed = graph.dependencies(of: task).count {
            graph.lifecycle[Int($0)].status == .completed
        }
        let counted = graph.joins.completed(of: Int32(task))
        expect(counted == completed, "\(name): counts \(counted) inputs, has \(completed)")
        let closing = graph.joins.closing(of: Int32(task))
        expect(
            (closing != nil) == (completed >= rule.atLeast),
            "\(name): has \(completed) of \(rule.atLeast) inputs, closes at \(String(describing: closing))"
        )
        guard let closing else { return }
        expect(
            closing > core.handledAt
                && core.timers.contains(.join(session: session.number, task: Int32(task))),
            "\(name): has enough inputs and is not closed in time")
    }

    /// A ready task will be found, and waits only because it has to.
    private func checkReady(_ task: Int, in session: Session, _ name: String) {
        let kind = session.graph.taskClass(task)
        guard let number = core.registry.demands.firstIndex(of: kind.demand) else {
            expect(false, "\(name): is ready for a demand that has no number")
            return
        }
        expect(
            session.demand(of: task) == Int32(number),
            "\(name): its demand is \(number), noted is \(session.demand(of: task))")
        expect(
            core.dispatcher.willFind(Int32(task), session: session.number, demand: Int32(number)),
            "\(name): is ready and will not be found")
        // Tasks that take more than a slot may wait for those that are before them.
        guard session.hasRoom, kind.slots == 1, core.registry.runningCount < poolLimit,
            !core.timers.contains(.patience(demand: Int32(number)))
        else { return }
        let demand = Int32(number)
        if let instance = core.able(demand, slots: 1, at: core.handledAt),
            hasResources(instance, demand, session.kind(of: task))
        {
            expect(false, "\(name): is ready, may run, and instance \(instance) has a free slot")
        } else if let last = core.lastResort(demand, slots: 1, at: core.handledAt),
            hasResources(last, demand, session.kind(of: task))
        {
            expect(false, "\(name): is ready, may run, and the last instance, \(last), is ejected")
        }
    }

    private func hasResources(_ instance: Int32, _ demand: Int32, _ kind: Int32) -> Bool {
        core.registry.reservation(
            demand, memory: core.performance.peakMemoryMebibytes(kind: kind),
            worker: core.registry.instances[Int(instance)].worker) != nil
    }

    private var poolLimit: Int { core.configuration.maximumRunningAttempts }

    /// At most one result of a task counts.
    private func checkCommits(_ task: Int, in graph: TaskGraph, _ name: String) {
        let commits = graph.executions(of: task).count { $0.outcome == .completed }
        expect(commits <= 1, "\(name): \(commits) results were committed")
        expect(
            (commits == 1) == (graph.lifecycle[task].status == .completed),
            "\(name): is \(graph.lifecycle[task].status) with \(commits) results")
    }

    private func checkExplanation(_ task: Int, in session: Session, _ name: String) {
        let explanation = core.explanation(of: task, in: session, at: core.handledAt)
        let isOver = session.graph.lifecycle[task].status.isTerminal
        expect(
            (explanation.reason == .ended) == isOver && !explanation.message.isEmpty
                && !explanation.wakes.isEmpty,
            "\(name): is \(explanation.status) and not explained: \(explanation)")
    }
}

// MARK: - Workers

extension Audit {
    /// Every live attempt is held by its worker and by no other; nothing else is held.
    func checkHeld() {
        var live: [AttemptReference: Int32] = [:]
        for number in core.sessions.numbers {
            core.sessions.read(number) { session in
                for task in session.graph.live {
                    for (attempt, worker) in session.liveAttempts(of: Int(task)) {
                        live[attempt] = worker
                    }
                }
            }
        }
        for (attempt, worker) in live.sorted(by: { $0.key < $1.key }) {
            expect(
                core.registry.held(attempt, worker: worker)?.isLingering == false,
                "\(attempt) runs on worker \(worker), which does not hold it")
        }
        for worker in core.registry.workers {
            for attempt in worker.heldInOrder where worker.held[attempt]?.isLingering == false {
                expect(
                    live[attempt] == worker.number,
                    "worker \(worker.id) holds \(attempt), which does not run there")
            }
        }
        checkHeldCounts()
    }

    private func checkHeldCounts() {
        let registry = core.registry
        let held = registry.workers.flatMap { $0.held.values }
        expect(
            registry.runningCount == held.count,
            "\(registry.runningCount) attempts are counted, \(held.count) held")
        expect(
            registry.prefetchedCount == held.count { $0.isPrefetched },
            "\(registry.prefetchedCount) attempts are counted as prefetched")
        for agent in registry.runningByAgent.indices {
            let count = held.count { Int($0.agent) == agent }
            expect(
                registry.runningByAgent[agent] == count,
                "\(registry.runningByAgent[agent]) attempts of agent \(agent) are counted, "
                    + "\(count) held")
        }
        let degraded = registry.workers.flatMap(\.instances).count {
            let instance = registry.instances[Int($0)]
            return instance.isListed && instance.health == .degraded
        }
        expect(
            registry.degradedCount == degraded,
            "\(registry.degradedCount) instances are counted as degraded, \(degraded) are")
    }

    func checkWorker(_ worker: WorkerState) {
        switch worker.phase {
        case .absent:
            expect(worker.held.isEmpty, "worker \(worker.id) is absent and holds attempts")
        case .awaited, .connected, .suspect, .draining:
            expect(
                core.timers.contains(.lease(worker: worker.number))
                    && worker.leaseWatchedAt != nil,
                "worker \(worker.id) has a lease and no timer")
        }
        guard let connection = worker.connection else {
            expect(worker.instances.isEmpty, "worker \(worker.id) is away and in service")
            return
        }
        expect(
            core.registry.worker(on: connection.id) == worker.number,
            "the connection of worker \(worker.id) leads to another")
        for instance in worker.instances { checkSlots(instance, of: worker) }
        let placed = worker.held.values.count {
            core.registry.instance(worker: worker.number, agent: $0.agent) != nil
        }
        expect(
            placed == worker.held.count,
            "worker \(worker.id) holds \(worker.held.count) attempts, \(placed) in a slot")
        for (place, resource) in worker.resources.enumerated() {
            let used = worker.held.values.flatMap(\.resources).filter { Int($0.place) == place }
                .reduce(0) { $0 + $1.amount }
            expect(
                resource.used == used && used <= resource.total,
                "worker \(worker.id): \(resource.used) of \(resource.total) \(resource.name) in "
                    + "use, held are \(used)")
        }
    }

    private func checkSlots(_ index: Int32, of worker: WorkerState) {
        let instance = core.registry.instances[Int(index)]
        let name = "\(instance.offer.name) on \(worker.id)"
        let held = worker.held.values.filter { $0.agent == instance.agent }
        let slots = held.reduce(0) { $0 + $1.slots }
        expect(instance.worker == worker.number, "\(name): belongs to another worker")
        expect(
            instance.used == slots,
            "\(name): \(instance.used) slots are in use, attempts hold \(slots)")
        let most =
            max(0, instance.offer.slots)
            * (1 + core.configuration.maximumPrefetchPerSlot)
        expect(
            instance.used <= most,
            "\(name): \(instance.used) of \(instance.offer.slots) slots are in use")
        expect(
            instance.isListed == (worker.takesWork && instance.isAble),
            "\(name): listed \(instance.isListed), \(worker.phase), \(instance.health)")
    }

    /// Ejections end, probes run, and there is nothing to look at while all are closed.
    func checkCircuits() {
        let all = core.circuits.inOrder
        let unsettled = all.count { !$0.breaker.isClosed }
        expect(
            core.circuits.unsettledCount == unsettled,
            "\(core.circuits.unsettledCount) breakers are not closed, a recount says \(unsettled)")
        for (key, breaker) in all {
            let name = "the breaker of agent \(key.agent) on worker \(key.worker)"
            switch breaker.state {
            case .closed, .halfOpen: break
            case .open(let until):
                expect(
                    until <= core.handledAt
                        || core.timers.contains(.circuit(worker: key.worker, agent: key.agent)),
                    "\(name) is open and has no timer")
            case .probing(let attempt, _):
                expect(
                    core.registry.held(attempt, worker: key.worker)?.agent == key.agent,
                    "\(name) waits for the probe \(attempt), which does not run there")
            }
        }
    }

    /// Each demand lists exactly the instances that can serve it now, and each of them knows.
    func checkEligible() {
        let registry = core.registry
        let inService = registry.workers.filter(\.takesWork).flatMap(\.instances).filter {
            registry.instances[Int($0)].isAble
        }
        for (number, demand) in registry.demands.enumerated() {
            let able = inService.filter { registry.rank(of: $0, for: demand) != nil }
            let listed = registry.eligible[number].all.sorted()
            expect(
                listed == able.sorted(),
                "\(demand): eligible are \(able.sorted()), listed \(listed)")
            for instance in registry.eligible[number].wanted {
                expect(
                    registry.rank(of: instance, for: demand) == 0,
                    "\(demand): instance \(instance) stands in and is listed as wanted")
            }
            for instance in able {
                let times = registry.instances[Int(instance)].demands.count { $0 == number }
                expect(times == 1, "\(demand): instance \(instance) lists it \(times) times")
            }
        }
    }
}
