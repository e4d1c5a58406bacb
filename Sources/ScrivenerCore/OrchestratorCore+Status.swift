// What the pool as a whole is doing, for the API, the command line and the dashboard.

import DequeModule
import ScrivenerModel

extension OrchestratorCore {
    // MARK: The orchestrator

    /// - Parameter withSessions: whether each open session's state is told; there may be many.
    func orchestratorStatus(
        at now: Instant, withSessions: Bool = true
    ) -> OrchestratorStatus {
        var loads: [String: AgentLoad] = [:]
        var free = 0
        for worker in registry.workers {
            for number in worker.instances {
                let instance = registry.instances[Int(number)]
                add(
                    instance, isInService: registry.isInService(number),
                    to: &loads[instance.offer.name, default: AgentLoad()])
                if registry.isInService(number) { free += Int(instance.freeSlots) }
            }
        }
        let balancing = LoadBalancingStatus(
            activeExecutions: registry.runningCount, availableSlots: free,
            queueSize: dispatcher.queuedCount, agentMetrics: loads)
        var states: [String: SessionActivity] = [:]
        for number in withSessions ? sessions.numbers : [] {
            sessions.read(number) { session in
                states[session.sessionID] = SessionActivity(
                    status: session.status, sessionState: session.state,
                    progressPercentage: report(on: session, at: now).progressPercentage,
                    totalTasks: session.graph.count, openTasks: session.graph.openCount,
                    runningTasks: session.graph.live.count)
            }
        }
        return OrchestratorStatus(
            activeSessions: sessions.count, loadBalancing: balancing, sessionStates: states,
            counters: counters)
    }

    private func add(
        _ instance: AgentInstance, isInService: Bool, to load: inout AgentLoad
    ) {
        let account = ledger.account(
            CircuitBreakers.Key(worker: instance.worker, agent: instance.agent))
        load.instances += 1
        load.slots += Int(instance.offer.slots)
        load.activeExecutions += Int(instance.used)
        if isInService { load.availableSlots += Int(instance.freeSlots) }
        guard let account else { return }
        let seconds = (load.averageExecutionTime ?? 0) * Double(load.completedExecutions)
        load.completedExecutions += account.completed
        load.failedExecutions += account.failed
        let mean = account.meanRunTime.seconds
        if load.completedExecutions > 0 {
            load.averageExecutionTime =
                (seconds + mean * Double(account.completed)) / Double(load.completedExecutions)
        }
        let ended = load.completedExecutions + load.failedExecutions
        if ended > 0 { load.successRate = Double(load.completedExecutions) / Double(ended) }
    }

    func explanations(of session: Session, at now: Instant) -> [Explanation] {
        session.graph.lifecycle.indices.filter {
            !session.graph.lifecycle[$0].status.isTerminal
        }.map { explanation(of: $0, in: session, at: now) }
    }

    // MARK: The registry

    func registryStatus(at now: Instant) -> RegistryStatus {
        var types: [String: AgentTypeStatus] = [:]
        for worker in registry.workers {
            for number in worker.instances {
                let instance = registry.instances[Int(number)]
                var type =
                    types[instance.offer.name]
                    ?? AgentTypeStatus(
                        totalInstances: 0, healthyInstances: 0, availableInstances: 0,
                        capabilities: [])
                type.totalInstances += 1
                if isHealthy(number, at: now) {
                    type.healthyInstances += 1
                    if instance.freeSlots > 0 { type.availableInstances += 1 }
                }
                type.capabilities = Set(type.capabilities + instance.offer.capabilities).sorted()
                types[instance.offer.name] = type
            }
        }
        return RegistryStatus(
            started: true, totalAgentTypes: types.count,
            totalInstances: types.values.reduce(0) { $0 + $1.totalInstances },
            healthyInstances: types.values.reduce(0) { $0 + $1.healthyInstances },
            availableInstances: types.values.reduce(0) { $0 + $1.availableInstances },
            agentTypes: types)
    }

    private func isHealthy(_ instance: Int32, at now: Instant) -> Bool {
        guard registry.isInService(instance) else { return false }
        if case .no = admission(of: instance, at: now) { return false }
        return true
    }

    func agentRecords(at now: Instant) -> [AgentRecord] {
        let byName = Dictionary(
            grouping: registry.workers.flatMap { $0.instances }.map { registry.instances[Int($0)] },
            by: \.offer.name)
        return byName.keys.sorted().map { name in
            let instances = byName[name] ?? []
            return AgentRecord(
                agent: name, capabilities: Set(instances.flatMap(\.offer.capabilities)).sorted(),
                instances: instances.map { metrics(of: $0, at: now) })
        }
    }

    // MARK: Instances

    func metrics(of instance: AgentInstance, at now: Instant) -> InstanceMetrics {
        let worker = registry.workers[Int(instance.worker)]
        var metrics = InstanceMetrics(agent: instance.offer.name, workerID: worker.id)
        metrics.host = worker.registration?.host ?? ""
        metrics.version = instance.offer.version
        metrics.capabilities = instance.offer.capabilities
        metrics.tags = instance.offer.tags
        metrics.state = Self.state(of: instance, on: worker)
        metrics.stateMessage = instance.healthMessage.isEmpty ? nil : instance.healthMessage
        metrics.currentExecutions = Int(instance.used)
        metrics.maxConcurrentExecutions = Int(instance.offer.slots)
        let key = CircuitBreakers.Key(worker: instance.worker, agent: instance.agent)
        metrics.circuit = circuitWord(of: instance)
        add(ledger.account(key), to: &metrics)
        return metrics
    }

    private func add(_ account: InstanceLedger.Account?, to metrics: inout InstanceMetrics) {
        guard let account else { return }
        metrics.successfulExecutions = account.completed
        metrics.failedExecutions = account.failed
        metrics.lostExecutions = account.lost
        metrics.totalExecutions = account.completed + account.failed + account.lost
        let ended = account.completed + account.failed
        metrics.successRate = ended == 0 ? 0 : Double(account.completed) / Double(ended)
        metrics.errorRate = ended == 0 ? 0 : Double(account.failed) / Double(ended)
        metrics.lastError = account.lastError
        metrics.lastErrorAt = account.lastErrorAt
        metrics.registeredAt = account.registeredAt
        guard account.runTimes.total > 0 else { return }
        func quantile(_ permille: Int64) -> Double {
            TimeSpan(nanoseconds: account.runTimes.quantile(permille: permille)).seconds
        }
        metrics.averageExecutionTime = account.meanRunTime.seconds
        metrics.p50ExecutionTime = quantile(500)
        metrics.p95ExecutionTime = quantile(950)
        metrics.p99ExecutionTime = quantile(990)
    }

    private static func state(of instance: AgentInstance, on worker: WorkerState) -> String {
        switch worker.phase {
        case .awaited, .absent: return "lost"
        case .suspect: return "suspect"
        case .draining: return "draining"
        case .connected: break
        }
        switch instance.health {
        case .initializing: return "initializing"
        case .failed: return "failed"
        case .degraded: return "degraded"
        case .ready: return instance.freeSlots == 0 ? "busy" : "ready"
        }
    }

    func circuitWord(of instance: AgentInstance) -> String {
        let key = CircuitBreakers.Key(worker: instance.worker, agent: instance.agent)
        return switch circuits.breaker(key)?.state {
        case nil, .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        case .probing: "probing"
        }
    }

    // MARK: History

    /// What the instances of an agent did, in steps that are at least as long as those in which it
    /// is kept.
    func agentMetrics(
        _ name: String, since: WallTime?, step: TimeSpan, at now: Instant
    ) -> Reply {
        guard let agent = registry.agentNumber(name) else {
            return .refused(ScrivenerError(.agentNotFound, "no agent \(name) was ever registered"))
        }
        let length = max(step, configuration.metricsInterval, .milliseconds(1))
        var steps: [AgentMetrics.Step] = []
        for sample in ledger.history where since.map({ sample.start >= $0 }) ?? true {
            let rows = sample.rows.filter { $0.agent == agent }
            guard !rows.isEmpty else { continue }
            let from = sample.start.millisecondsSince1970
            if let last = steps.last,
                from < last.from.millisecondsSince1970 + length.milliseconds
            {
                Self.add(rows, to: &steps[steps.count - 1])
            } else {
                var step = AgentMetrics.Step(
                    from: sample.start, seconds: length.seconds, completed: 0, failed: 0, lost: 0,
                    busyTime: 0)
                Self.add(rows, to: &step)
                steps.append(step)
            }
        }
        let instances = registry.workers.flatMap(\.instances).map { registry.instances[Int($0)] }
            .filter { $0.agent == agent }.map { metrics(of: $0, at: now) }
        return .agentMetrics(AgentMetrics(agent: name, instances: instances, history: steps))
    }

    private static func add(_ rows: [MetricsSample.Row], to step: inout AgentMetrics.Step) {
        for row in rows {
            step.completed += Int(row.completed)
            step.failed += Int(row.failed)
            step.lost += Int(row.lost)
            step.busyTime += TimeSpan(nanoseconds: row.busy).seconds
        }
    }
}
