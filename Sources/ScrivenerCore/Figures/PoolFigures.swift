// The state of the pool in figures, for monitoring: as of the moment, be it on disk yet or not.

package import ScrivenerModel

/// What monitoring is told of the machine.
package struct PoolFigures: Sendable {
    /// Tasks of open sessions.
    package var tasks: [TaskStatus: Int] = [:]
    /// Open sessions.
    package var sessions: [SessionStatus: Int] = [:]
    package var sessionsOpened: Int64 = 0
    package var sessionsEnded: [SessionState: Int64] = [:]
    /// How long what was dispatched had been ready; to the millisecond.
    package var queueWaits = DurationTally()
    /// How long the task that has been ready for longest has waited.
    package var oldestWait = TimeSpan.zero
    package var reassignments: Int64 = 0
    package var retries: Int64 = 0
    package var workerDeaths: Int64 = 0
    package var counters = OrchestratorCounters()
    /// Those that have an instance, or of which an attempt has ended.
    package var agents: [AgentFigures] = []
    /// Those that are known, by the words of the API.
    package var workerStates: [String: Int] = [:]
    /// Those that are registered.
    package var workers: [WorkerFigures] = []
    /// As of when it was last worked out how many replicas they should have.
    package var pools: [WorkerPoolRecord] = []
}

/// An agent on all workers.
package struct AgentFigures: Sendable {
    package var name: String
    /// Of registered workers.
    package var instances = 0
    package var slots = 0
    package var usedSlots = 0
    /// Free, of instances that take work.
    package var availableSlots = 0
    package var runningAttempts = 0
    /// Of its instances, by the words of the API.
    package var circuits: [String: Int] = [:]
    /// In the order of `OutcomeClass`; empty where no attempt has ended.
    package var outcomes: [Int64] = []
    package var runTimes: DurationTally?
}

/// A worker that is registered.
package struct WorkerFigures: Sendable {
    package var id: String
    package var slots = 0
    package var usedSlots = 0
    /// As it last said.
    package var memoryBytes: Int64
    /// Since it was last heard.
    package var silence: TimeSpan
}

extension OrchestratorCore {
    /// Looks at every open session, every ready task and every worker.
    package func figures(at now: Instant) -> PoolFigures {
        var figures = PoolFigures()
        countSessions(into: &figures)
        figures.sessionsOpened = tally.sessionsOpened
        figures.sessionsEnded = tally.sessionsEnded
        figures.queueWaits = dispatcher.waits
        figures.oldestWait = oldestWait(at: now)
        figures.reassignments = tally.reassignments
        figures.retries = tally.retries
        figures.workerDeaths = tally.workerDeaths
        figures.counters = counters
        figures.agents = agentFigures()
        figures.pools = poolRecords()
        for worker in registry.workers {
            figures.workerStates[Self.word(for: worker.phase), default: 0] += 1
            if let registered = Self.figures(of: worker, registry.instances, at: now) {
                figures.workers.append(registered)
            }
        }
        return figures
    }

    private func countSessions(into figures: inout PoolFigures) {
        // Made once: the list of all cases is made anew whenever it is asked for.
        let statuses = TaskStatus.allCases
        var tasks = [Int](repeating: 0, count: statuses.count)
        for number in sessions.numbers {
            sessions.read(number) { session in
                figures.sessions[session.status, default: 0] += 1
                for place in statuses.indices {
                    tasks[place] += session.graph.counts[statuses[place]]
                }
            }
        }
        for (status, count) in zip(statuses, tasks) { figures.tasks[status] = count }
    }

    private func oldestWait(at now: Instant) -> TimeSpan {
        dispatcher.oldestWait(
            at: now,
            mayStart: { session in
                sessions.read(session) { !$0.isPaused && $0.status != .cancelling } ?? false
            },
            isReady: { session, task in
                sessions.read(session) { $0.graph.lifecycle.isReady(Int(task)) } ?? false
            })
    }

    private func agentFigures() -> [AgentFigures] {
        var agents = registry.agentNames.indices.map { number in
            let ended = tally.attempts.read(agent: number)
            return AgentFigures(
                name: registry.agentNames[number],
                runningAttempts: registry.runningByAgent[number],
                outcomes: ended?.outcomes ?? [], runTimes: ended?.runTimes)
        }
        for worker in registry.workers {
            for number in worker.instances {
                let instance = registry.instances[Int(number)]
                let agent = Int(instance.agent)
                agents[agent].instances += 1
                agents[agent].slots += Int(instance.slots)
                agents[agent].usedSlots += Int(min(instance.used, instance.slots))
                if registry.isInService(number) {
                    agents[agent].availableSlots += Int(instance.freeSlots)
                }
                agents[agent].circuits[circuitWord(of: instance), default: 0] += 1
            }
        }
        return agents.filter { $0.instances > 0 || $0.runTimes != nil || $0.runningAttempts > 0 }
    }

    private static func figures(
        of worker: WorkerState, _ instances: [AgentInstance], at now: Instant
    ) -> WorkerFigures? {
        guard worker.connection != nil else { return nil }
        var figures = WorkerFigures(
            id: worker.id, memoryBytes: worker.memoryBytes,
            silence: worker.lastHeartbeat.map { max(.zero, now.since($0)) } ?? .zero)
        for number in worker.instances {
            let instance = instances[Int(number)]
            figures.slots += Int(instance.slots)
            figures.usedSlots += Int(min(instance.used, instance.slots))
        }
        return figures
    }
}
