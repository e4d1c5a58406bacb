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
            expect(record.secondsSinceHeartbeat ?? 0 >= 0, "\(name) will be heard")
            for instance in record.instances {
                expect(
                    instance.workerID == name, "\(instance.agent) of another is told as \(name)'s")
                check(instance)
            }
        }
    }

    func check(_ instance: InstanceMetrics) {
        let name = "\(instance.agent) on \(instance.workerID)"
        guard let worker = handled.workers.firstIndex(of: instance.workerID),
            let agent = handled.agents.firstIndex(of: instance.agent),
            let slot = workers.last(where: { $0.name == instance.workerID }),
            let offer = slot.blueprint.offers.first(where: { $0.name == instance.agent })
        else { return report(.answer, "\(name) is told of and unknown") }
        let held = handled.taken(on: Int32(worker)) {
            $1.agent == Int32(agent) ? Int64($0.kind.slots) : 0
        }
        // Those that were superseded keep their slots until their worker has said that they stopped.
        expect(
            Int64(instance.currentExecutions) >= held
                && instance.maxConcurrentExecutions == Int(offer.slots)
                && instance.capabilities == offer.capabilities && instance.tags == offer.tags,
            "\(name) is told as \(instance), holds \(held)")
        let ended = instance.successfulExecutions + instance.failedExecutions
        let rates = instance.successRate + instance.errorRate
        expect(
            instance.totalExecutions == ended + instance.lostExecutions
                && rates == (ended == 0 ? 0 : 1) && instance.averageExecutionTime >= 0,
            "\(name): the sums of \(instance)")
    }

    /// The pool's own sums.
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
                    && told.runningTasks == record.liveCount,
                "\(record.id) is told as \(told)")
        }
        let running = handled.liveCounts.reduce(0, +)
        let balancing = status.loadBalancing
        expect(
            balancing.activeExecutions >= running,
            "\(balancing.activeExecutions) attempts are told to run, \(running) do")
        let loads = balancing.agentMetrics.values
        expect(
            balancing.availableSlots == loads.reduce(0) { $0 + $1.availableSlots },
            "\(balancing.availableSlots) slots are told to be free in all")
        for load in loads {
            expect(
                load.availableSlots <= load.slots && load.availableSlots >= 0
                    && (0...1).contains(load.successRate ?? 1),
                "the load is told as \(load)")
        }
        let queued = open.reduce(0) { sum, record in
            sum + record.tasks.indices.count { record.canStart($0, at: now) }
        }
        expect(balancing.queueSize >= queued, "\(balancing.queueSize) wait, \(queued) could start")
    }

    func check(_ status: RegistryStatus) {
        let types = status.agentTypes.values
        expect(
            status.totalAgentTypes == types.count
                && status.totalInstances == types.reduce(0) { $0 + $1.totalInstances }
                && status.healthyInstances == types.reduce(0) { $0 + $1.healthyInstances }
                && status.availableInstances == types.reduce(0) { $0 + $1.availableInstances },
            "the sums of \(status)")
        for (name, type) in status.agentTypes {
            let offers = workers.flatMap(\.blueprint.offers).filter { $0.name == name }
            expect(
                type.totalInstances >= type.healthyInstances
                    && type.healthyInstances >= type.availableInstances
                    && type.capabilities.allSatisfy { word in
                        offers.contains { $0.capabilities.contains(word) }
                    }, "\(name) is told as \(type)")
        }
    }
}
