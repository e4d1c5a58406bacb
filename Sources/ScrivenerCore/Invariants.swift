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
    audit.checkFollowing()
    audit.checkDispatcher()
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
    audit.checkRooms()
    audit.checkCircuits()
    return audit.found
}

/// Of what does not hold, that a task waits beside a slot that is free: quick enough to be asked after
/// each event.
package func idleSlots(of core: OrchestratorCore) -> [String] {
    let audit = Audit(core: core)
    audit.checkIdleSlots()
    return audit.found
}

/// One look at everything.
final class Audit {
    let core: OrchestratorCore
    private(set) var found: [String] = []

    init(core: OrchestratorCore) { self.core = core }

    func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        if !holds { found.append(sentence()) }
    }
}

// MARK: - Sessions

extension Audit {
    func checkFollowing() {
        for number in core.sessions.numbers {
            core.sessions.read(number) { session in
                expect(
                    session.isWatched == (session.isFollowed || core.isPoolFollowed),
                    "session \(number) is watched, or not, against what its followers want")
                let count = core.moved.count { $0 == number }
                expect(
                    count == (session.hasMoved ? 1 : 0),
                    "session \(number) stands \(count) times among those that have moved")
            }
        }
    }

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

    func checkDispatcher() {
        expect(
            core.sessions.count > 0 || core.dispatcher.isEmpty,
            "no session is open, and something of one is queued")
        let ready = core.sessions.numbers.reduce(0) { sum, number in
            sum + (core.sessions.read(number) { $0.graph.counts[.ready] } ?? 0)
        }
        expect(
            core.dispatcher.queuedCount >= ready,
            "\(ready) tasks are ready, \(core.dispatcher.queuedCount) are counted as queued")
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
        var byClass = graph.classes.map { _ in ClassCount() }
        for task in 0..<graph.count where graph.statedRunTime(of: task) == nil {
            byClass[graph.kind(of: task)].all += 1
            byClass[graph.kind(of: task)].over += graph.lifecycle[task].status.isTerminal ? 1 : 0
        }
        expect(byClass == graph.classCounts, "\(session.sessionID): counts of types differ")
        expect(
            graph.endOrder.count == recount.terminal
                && Set(graph.endOrder).count == recount.terminal
                && graph.endOrder.allSatisfy { graph.lifecycle[Int($0)].status.isTerminal },
            "\(session.sessionID): \(recount.terminal) tasks are over, "
                + "\(graph.endOrder.count) have their place in the order of ends")
        expect(
            graph.deaths.keys.allSatisfy { !graph.lifecycle[Int($0)].status.isTerminal },
            "\(session.sessionID): remembers the deaths under a task that is over")
        let columns = [
            graph.ids.count, graph.classOf.count, graph.retries.count,
            graph.dependencyEnds.count, graph.specifications.count,
        ]
        expect(
            session.rules.count == graph.classes.count,
            "\(session.sessionID): \(session.rules.count) of \(graph.classes.count) types known")
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
        for (place, task) in graph.live.enumerated() {
            expect(
                graph.livePlace(of: Int(task)) == place,
                "\(session.sessionID): task \(task) is not listed where it says")
        }
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
                pair.contains(graph.lifecycle.latestExecution(of: task)) || !pair.isHedged,
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
        // Tasks may wait for those that are before them, and those for more than a slot.
        guard session.hasRoom, kind.slots == 1, core.registry.runningCount < poolLimit,
            !core.timers.contains(.patience(demand: Int32(number)))
        else { return }
        let demand = Int32(number)
        if let instance = core.able(demand, slots: 1, at: core.handledAt),
            hasResources(instance, demand, session.kind(of: task)), firstFits(demand, on: instance)
        {
            expect(false, "\(name): is ready, may run, and instance \(instance) has a free slot")
        } else if !kind.runsAlone || core.mayKeepRoom(for: demand),
            !core.keepsWanted(demand), let last = lastEjected(demand),
            hasResources(last, demand, session.kind(of: task))
        {
            expect(false, "\(name): is ready, may run, and the last instance, \(last), is ejected")
        }
    }

    /// The first task of each demand waits only because it has to.
    fileprivate func checkIdleSlots() {
        guard !core.registry.open.isEmpty, core.registry.runningCount < poolLimit else { return }
        for (number, wanted) in core.registry.demands.enumerated() where wanted.slots == 1 {
            let demand = Int32(number)
            guard core.dispatcher.holdsTasks(demand),
                let instance = core.able(demand, slots: 1, at: core.handledAt),
                !core.timers.contains(.patience(demand: demand))
            else { continue }
            var dispatcher = core.dispatcher
            guard let session = dispatcher.turn(demand), let task = dispatcher.firstTask(demand)
            else { continue }
            core.sessions.read(session) {
                guard $0.hasRoom, $0.graph.lifecycle.isReady(Int(task)),
                    $0.demand(of: Int(task)) == demand,
                    hasResources(instance, demand, $0.kind(of: Int(task)))
                else { return }
                expect(
                    false,
                    "\($0.sessionID)/\($0.graph.ids[Int(task)]): is ready, may run, and instance "
                        + "\(instance) has a free slot")
            }
        }
    }

    /// Where all that could take a task of a demand are ejected: of those that have a slot for it,
    /// the one whose ejection ends first.
    private func lastEjected(_ demand: Int32) -> Int32? {
        var last: (instance: Int32, until: Instant)?
        for number in core.registry.eligible[Int(demand)].all {
            guard case .no(let until) = core.admission(of: number, at: core.handledAt) else {
                return nil
            }
            let instance = core.registry.instances[Int(number)]
            guard instance.hasRoom(for: 1), !core.isAtLimit(agent: instance.agent) else { continue }
            if until < last?.until ?? .distantFuture { last = (number, until) }
        }
        return last?.instance
    }

    private func hasResources(_ instance: Int32, _ demand: Int32, _ kind: Int32) -> Bool {
        core.registry.reservation(
            demand, memory: core.performance.peakMemoryMebibytes(kind: kind),
            worker: core.registry.instances[Int(instance)].worker) != nil
    }

    /// Whether the task whose turn it is among those of a demand finds what it takes: the learned
    /// memory of tasks of one demand differs by their types.
    private func firstFits(_ demand: Int32, on instance: Int32) -> Bool {
        var dispatcher = core.dispatcher
        guard let number = dispatcher.turn(demand), let task = dispatcher.firstTask(demand),
            let kind = core.sessions.read(number, { $0.kind(of: Int(task)) })
        else { return true }
        return hasResources(instance, demand, kind)
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
