// Agents, their metrics, and the pool as a whole, for people.

import ScrivenerModel

extension Tables {
    /// One row for each instance.
    static func agents(_ agents: [AgentRecord], columns: Int?) -> String {
        guard !agents.isEmpty else { return "No agents.\n" }
        return instances(agents.flatMap(\.instances), columns: columns)
    }

    static func pools(_ pools: [WorkerPoolRecord], columns: Int?) -> String {
        guard !pools.isEmpty else { return "No pools.\n" }
        var table = TableRenderer(columns: [
            .init(title: "POOL"), .init(title: "DESIRED", isRightAligned: true),
            .init(title: "CONNECTED", isRightAligned: true),
            .init(title: "IDLE", isRightAligned: true),
            .init(title: "DRAINING", isRightAligned: true),
            .init(title: "BOUNDS", isRightAligned: true),
            .init(title: "QUEUED", isRightAligned: true),
            .init(title: "OLDEST", isRightAligned: true),
            .init(title: "WHY", isFlexible: true),
        ])
        for pool in pools {
            table.add([
                pool.name, String(pool.desired), String(pool.connected), String(pool.idle),
                String(pool.draining), "\(pool.minimum)…\(pool.maximum)", String(pool.queued),
                pool.queued > 0 ? Readable.seconds(pool.oldestWaitSeconds) : "", pool.reason,
            ])
        }
        return table.rendered(width: columns)
    }

    static func metrics(_ metrics: AgentMetrics, columns: Int?) -> String {
        var text =
            metrics.instances.isEmpty
            ? "No instances.\n" : instances(metrics.instances, columns: columns)
        guard !metrics.history.isEmpty else { return text + "\nNothing has ended in this time.\n" }
        var table = TableRenderer(columns: [
            .init(title: "FROM"), .init(title: "STEP", isRightAligned: true),
            .init(title: "COMPLETED", isRightAligned: true),
            .init(title: "FAILED", isRightAligned: true),
            .init(title: "LOST", isRightAligned: true),
            .init(title: "RUN TIME", isRightAligned: true),
        ])
        for step in metrics.history {
            table.add([
                step.from.toTheSecond, Readable.seconds(step.seconds), String(step.completed),
                String(step.failed), String(step.lost), Readable.seconds(step.busyTime),
            ])
        }
        text += "\n" + table.rendered(width: columns)
        return text
    }

    private static func instances(_ instances: [InstanceMetrics], columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "AGENT"), .init(title: "WORKER"), .init(title: "STATE"),
            .init(title: "CIRCUIT"), .init(title: "BUSY", isRightAligned: true),
            .init(title: "SUCCEEDED", isRightAligned: true),
            .init(title: "FAILED", isRightAligned: true),
            .init(title: "LOST", isRightAligned: true),
            .init(title: "AVERAGE", isRightAligned: true),
            .init(title: "P95", isRightAligned: true),
            .init(title: "LAST ERROR", isFlexible: true),
        ])
        for instance in instances {
            let succeeded = instance.successfulExecutions
            table.add([
                instance.agent, instance.workerID, instance.state, instance.circuit,
                "\(instance.currentExecutions)/\(instance.maxConcurrentExecutions)",
                String(succeeded), String(instance.failedExecutions),
                String(instance.lostExecutions),
                succeeded > 0 ? Readable.seconds(instance.averageExecutionTime) : "",
                instance.p95ExecutionTime.map(Readable.seconds) ?? "",
                instance.stateMessage ?? instance.lastError ?? "",
            ])
        }
        return table.rendered(width: columns)
    }

    static func status(
        _ status: OrchestratorStatus, _ registry: RegistryStatus, columns: Int?
    ) -> String {
        let load = status.loadBalancing
        var facts = FactList()
        facts.add("sessions", "\(status.activeSessions) open")
        facts.add(
            "tasks", "\(load.activeExecutions) running, \(load.queueSize) waiting")
        facts.add("slots", "\(load.availableSlots) free")
        facts.add(
            "instances",
            "\(registry.totalInstances) of \(Readable.count(registry.totalAgentTypes, "agent")), "
                + "\(registry.healthyInstances) healthy, \(registry.availableInstances) available")
        return facts.rendered() + loads(load.agentMetrics, registry, columns: columns)
            + (status.sessionStates.isEmpty
                ? "" : "\n" + sessions(status.sessionStates, columns: columns))
    }

    private static func loads(
        _ loads: [String: AgentLoad], _ registry: RegistryStatus, columns: Int?
    ) -> String {
        guard !loads.isEmpty else { return "" }
        var table = TableRenderer(columns: [
            .init(title: "AGENT", isFlexible: true),
            .init(title: "INSTANCES", isRightAligned: true),
            .init(title: "HEALTHY", isRightAligned: true),
            .init(title: "BUSY", isRightAligned: true),
            .init(title: "COMPLETED", isRightAligned: true),
            .init(title: "FAILED", isRightAligned: true),
            .init(title: "AVERAGE", isRightAligned: true),
        ])
        for (name, load) in loads.sorted(by: { $0.key < $1.key }) {
            table.add([
                name, String(load.instances),
                registry.agentTypes[name].map { String($0.healthyInstances) } ?? "",
                "\(load.activeExecutions)/\(load.slots)", String(load.completedExecutions),
                String(load.failedExecutions),
                load.averageExecutionTime.map(Readable.seconds) ?? "",
            ])
        }
        return "\n" + table.rendered(width: columns)
    }

    /// At most so many: a pool may have a hundred thousand.
    private static let maximumSessions = 20

    static func sessions(_ states: [String: SessionActivity], columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "SESSION", isFlexible: true), .init(title: "STATUS"),
            .init(title: "STATE"), .init(title: "DONE", isRightAligned: true),
            .init(title: "OPEN", isRightAligned: true),
            .init(title: "RUNNING", isRightAligned: true),
        ])
        let sorted = states.sorted { $0.key < $1.key }
        for (id, session) in sorted.prefix(maximumSessions) {
            table.add([
                id, session.status.rawValue, session.sessionState.rawValue,
                Readable.percent(session.progressPercentage),
                "\(session.openTasks)/\(session.totalTasks)", String(session.runningTasks),
            ])
        }
        let more =
            sorted.count > maximumSessions ? "and \(sorted.count - maximumSessions) more\n" : ""
        return table.rendered(width: columns) + more
    }
}
