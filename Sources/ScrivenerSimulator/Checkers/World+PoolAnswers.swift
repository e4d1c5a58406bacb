// What is said of workers, agents and the pool, held against the ledger.

import ScrivenerCore
import ScrivenerModel

extension World {
    func check(_ records: [WorkerRecord]) {
        expect(records.map(\.workerID) == handled.workers, "known are \(handled.workers)")
        for (number, record) in records.enumerated() where number < handled.workers.count {
            let name = record.workerID
            expect(
                record.state != "lost" || handled.liveCounts[number] == 0,
                "\(name) is lost and holds attempts")
            expect(
                record.state != "connected" || watch.service.inService.contains(name),
                "\(name) is told to be connected")
            let isLiar = workers.contains { $0.name == name && $0.isLiar }
            if !isLiar, watch.service.registrations[name] != nil,
                !watch.service.lateWelcomes.contains(name),
                let heard = watch.lastRenewals[name]
            {
                let silence = now.since(heard).seconds
                expect(
                    abs((record.secondsSinceHeartbeat ?? -1) - silence) < 1e-3,
                    "\(name) was heard \(silence) s ago")
            }
            expect(
                record.instances.isEmpty || record.host == "host-\(name)"
                    || record.host == "nowhere",
                "\(name) is told to be on \(record.host)")
            for instance in record.instances {
                expect(instance.workerID == name, "\(instance.agent) is told as another's")
                check(instance, on: record.state)
            }
        }
    }

    /// - Parameter state: its worker's, where that is known.
    func check(_ instance: InstanceMetrics, on state: String? = nil) {
        let name = "\(instance.agent) on \(instance.workerID)"
        guard let worker = handled.workers.firstIndex(of: instance.workerID),
            let agent = handled.agents.firstIndex(of: instance.agent),
            let slot = workers.last(where: { $0.name == instance.workerID }),
            let index = slot.blueprint.offers.firstIndex(where: { $0.name == instance.agent })
        else { return report(.answer, "\(name) is told of and unknown") }
        let place = AgentPlace(worker: Int32(worker), agent: Int32(agent))
        let offer = slot.blueprint.offers[index]
        let used = usedSlots(of: place)
        expect(
            Int64(instance.currentExecutions) == used
                && instance.maxConcurrentExecutions == Int(offer.slots)
                && instance.capabilities == offer.capabilities && instance.tags == offer.tags
                && instance.version == offer.version,
            "\(name) is told as \(instance), holds \(used)")
        let health = watch.service.health(of: index, on: instance.workerID)
        if state == "connected" {
            let isBusy = used >= Int64(offer.slots)
            expect(
                instance.state == health?.state.word ?? (isBusy ? "busy" : "ready"),
                "\(name) is told to be \(instance.state), is \(health?.state.word ?? "well")")
        }
        expect(
            (instance.stateMessage ?? "") == (health?.message ?? ""),
            "\(name) is told to say \(instance.stateMessage ?? "nothing")")
        let failures =
            (watch.accounts.total[place]?.failed ?? 0)
            + (watch.accounts.total[place]?.lost ?? 0)
        expect(
            instance.circuit == "closed" || failures > 0 || scenario.rate(of: .sickAgents) > 0,
            "\(name) has not failed, its circuit is \(instance.circuit)")
        checkAccount(instance, place)
    }

    /// What live attempts take of an agent on a worker, and those that are over for their task and
    /// that the worker has not said to have stopped.
    func usedSlots(of place: AgentPlace) -> Int64 {
        let lingering = watch.service.lingering.filter {
            $1.worker == place.worker && $1.agent == place.agent
        }.reduce(0) { $0 + Int64(handled.task(of: $1.key)?.kind.slots ?? 0) }
        return lingering
            + handled.taken(on: place.worker) { $1.agent == place.agent ? Int64($0.kind.slots) : 0 }
    }

    // MARK: The pool

    func check(_ status: OrchestratorStatus) {
        let open = handled.sessions.filter { $0.ended == nil }
        expect(
            status.activeSessions == open.count
                && Set(status.sessionStates.keys) == Set(open.map(\.id)),
            "open are \(open.map(\.id)), told \(status.sessionStates.keys.sorted())")
        for record in open {
            guard let told = status.sessionStates[record.id] else { continue }
            expect(
                told.totalTasks == record.tasks.count
                    && told.openTasks == record.tasks.count { !$0.isOver }
                    && told.runningTasks == record.liveCount
                    && told.status == record.status && told.sessionState == record.word
                    && (0...99.9).contains(told.progressPercentage),
                "\(record.id) is told as \(told)")
        }
        let running = handled.liveCounts.reduce(0, +)
        let balancing = status.loadBalancing
        expect(
            (running...(running + watch.service.lingering.count))
                .contains(balancing.activeExecutions),
            "\(balancing.activeExecutions) attempts are told to run, \(running) do")
        expect(
            balancing.availableSlots
                == balancing.agentMetrics.values.reduce(0) { $0 + $1.availableSlots },
            "\(balancing.availableSlots) slots are told to be free in all")
        let queued = open.reduce(0) { sum, record in
            sum + record.tasks.indices.count { record.canStart($0, at: now) }
        }
        expect(balancing.queueSize >= queued, "\(balancing.queueSize) wait, \(queued) could start")
        guard let pool = certainPool else { return }
        expect(
            Set(balancing.agentMetrics.keys) == Set(pool.map(\.offer.name)),
            "\(balancing.agentMetrics.keys.sorted()) are told to be there, not "
                + "\(pool.map(\.offer.name))")
        for (name, load) in balancing.agentMetrics {
            check(load, of: name, pool.filter { $0.offer.name == name })
        }
    }

    private func check(_ load: AgentLoad, of name: String, _ instances: [PoolInstance]) {
        let accounts = instances.compactMap { watch.accounts.total[$0.place] }
        let completed = accounts.reduce(0) { $0 + $1.completed }
        let failed = accounts.reduce(0) { $0 + $1.failed }
        let runTime = accounts.reduce(0) { $0 + $1.runTime }
        let mean = TimeSpan(nanoseconds: runTime).seconds / Double(max(1, completed))
        let ended = completed + failed
        expect(
            load.instances == instances.count
                && load.slots == instances.reduce(0) { $0 + Int($1.offer.slots) }
                && Int64(load.activeExecutions) == instances.reduce(0) { $0 + $1.used }
                && Int64(load.availableSlots) == instances.reduce(0) { $0 + $1.free }
                && load.completedExecutions == completed && load.failedExecutions == failed
                && load.successRate == (ended == 0 ? nil : Double(completed) / Double(ended))
                && abs((load.averageExecutionTime ?? 0) - mean) < 1e-3
                && (load.averageExecutionTime == nil) == (completed == 0),
            "the load of \(name) is told as \(load), it is \(instances)")
    }

    func check(_ status: RegistryStatus) {
        let types = status.agentTypes.values
        expect(
            status.started && status.totalAgentTypes == types.count
                && status.totalInstances == types.reduce(0) { $0 + $1.totalInstances }
                && status.healthyInstances == types.reduce(0) { $0 + $1.healthyInstances }
                && status.availableInstances == types.reduce(0) { $0 + $1.availableInstances },
            "the sums of \(status)")
        guard let pool = certainPool else { return }
        for (name, type) in status.agentTypes {
            let instances = pool.filter { $0.offer.name == name }
            let isCertain = instances.allSatisfy {
                watch.ejections[$0.place]?.failures ?? 0 == 0 && scenario.rate(of: .sickAgents) == 0
            }
            let listed = instances.filter(\.isListed)
            let words = Set(instances.flatMap(\.offer.capabilities)).sorted()
            expect(
                type.totalInstances == instances.count && type.capabilities == words
                    && type.healthyInstances <= listed.count
                    && type.availableInstances <= type.healthyInstances
                    && (!isCertain || type.healthyInstances == listed.count)
                    && (!isCertain || type.availableInstances == listed.count { $0.free > 0 }),
                "\(name) is told as \(type), it is \(instances)")
        }
    }

    /// An agent on a worker that is registered.
    private struct PoolInstance {
        var place: AgentPlace
        var offer: AgentOffer
        var used: Int64
        /// Whether it takes work.
        var isListed: Bool

        var free: Int64 { isListed ? max(0, Int64(offer.slots) - used) : 0 }
    }

    /// What is registered; `nil` where some worker has been silent for so long that only the
    /// coordinator knows what it thinks of it.
    private var certainPool: [PoolInstance]? {
        var pool: [PoolInstance] = []
        let half = TimeSpan(nanoseconds: watch.lease.nanoseconds / 2)
        for (number, name) in handled.workers.enumerated()
        where watch.service.registrations[name] != nil {
            let heard = watch.lastRenewals[name] ?? .zero
            guard now < heard.advanced(by: half), !watch.service.lateWelcomes.contains(name),
                let slot = workers.last(where: { $0.name == name })
            else { return nil }
            for (index, offer) in slot.blueprint.offers.enumerated() {
                guard let agent = handled.agents.firstIndex(of: offer.name) else { return nil }
                let place = AgentPlace(worker: Int32(number), agent: Int32(agent))
                let health = watch.service.health(of: index, on: name)?.state ?? .ready
                pool.append(
                    PoolInstance(
                        place: place, offer: offer, used: usedSlots(of: place),
                        isListed: watch.service.inService.contains(name)
                            && (health == .ready || health == .degraded)))
            }
        }
        return pool
    }
}

extension AgentHealth.State {
    fileprivate var word: String {
        switch self {
        case .initializing: "initializing"
        case .ready: "ready"
        case .degraded: "degraded"
        case .failed: "failed"
        }
    }
}
