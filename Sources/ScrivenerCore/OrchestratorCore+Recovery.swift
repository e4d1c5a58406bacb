// After a restart: the journal was read back, and what was running waits for its worker.

import ScrivenerModel

extension OrchestratorCore {
    /// What was running waits for its worker, the rest goes on.
    mutating func recover(at now: Moment) {
        performance = LearnedPerformance(learned)
        var holders: Set<Int32> = []
        for number in sessions.numbers {
            sessions.modify(number) { $0.listReady() }
            enqueueReady(of: number, at: now.instant)
            let unfinished = sessions.read(number) { Unfinished($0) }
            for (attempt, execution, slots) in unfinished?.held ?? [] {
                registry.hold(
                    attempt, worker: execution.worker, agent: execution.agent, instance: nil,
                    slots: slots, at: now.instant)
                holders.insert(execution.worker)
            }
            for (task, until) in unfinished?.backingOff ?? [] {
                timers.add(.backOff(session: number, task: task), at: until)
            }
            for (task, due) in unfinished?.joins ?? [] {
                timers.add(.join(session: number, task: task), at: due)
            }
            if let deadline = unfinished?.deadline {
                timers.add(.sessionTimeout(session: number), at: deadline)
            }
        }
        registry.recoveredDispatches = registry.dispatches
        let deadline = now.instant.advanced(by: configuration.reattachGrace)
        for worker in holders.sorted() {
            registry.markAwaited(worker, until: deadline)
            watchLease(of: worker, until: deadline)
        }
        beginScaling(at: now.instant)
    }
}

/// What of a session has to be watched over again.
private struct Unfinished {
    var held: [(attempt: AttemptReference, execution: Execution, slots: Int32)] = []
    var backingOff: [(task: Int32, until: Instant)] = []
    var joins: [(task: Int32, due: Instant)] = []
    var deadline: Instant?

    init(_ session: Session) {
        deadline = session.deadline
        joins = session.graph.joins.met.compactMap { task in
            session.graph.joins.closing(of: task).map { (task, $0) }
        }
        for task in session.graph.lifecycle.indices {
            if case .backingOff(let until) = session.graph.lifecycle[task] {
                backingOff.append((Int32(task), until))
            }
            guard let live = session.graph.lifecycle[task].live else { continue }
            let places = live.isHedged ? [live.first, live.hedge] : [live.first]
            for place in places {
                let execution = session.graph.executions[Int(place)]
                let attempt = AttemptReference(
                    session: session.number, task: Int32(task), attempt: execution.attempt)
                held.append((attempt, execution, session.graph.taskClass(task).slots))
            }
        }
    }
}
