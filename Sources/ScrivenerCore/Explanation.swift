// Why a task is where it is, and what would move it, read off the structures that decide it.

import ScrivenerModel

extension OrchestratorCore {
    func explain(taskID: String, in session: Session, at now: Instant) -> Reply {
        guard let task = session.graph.task(named: taskID) else {
            return .refused(session.hasNoTask(taskID))
        }
        return .explanation(explanation(of: Int(task), in: session, at: now))
    }

    func explanation(of task: Int, in session: Session, at now: Instant) -> Explanation {
        var result = Explanation(
            taskID: session.graph.ids[task], status: session.graph.lifecycle[task].status,
            reason: .ended, message: "", wakes: "nothing: the task is over")
        switch session.graph.lifecycle[task] {
        case .waiting: explainWaiting(task, in: session, at: now, &result)
        case .ready: explainReady(task, in: session, at: now, &result)
        case .held:
            result.reason = .paused
            result.message = "the session is paused"
            result.wakes = "the session is resumed"
        case .running(let live):
            result.reason = .running
            result.message = "runs on \(places(of: live, in: session))"
            result.wakes = "its result, its timeout, or the loss of its worker"
        case .cancelling(let live):
            result.reason = .cancelling
            result.message = "\(places(of: live, in: session)) was told to stop it"
            result.wakes = "the worker's word that the agent has stopped, or the worker's loss"
        case .backingOff(let until):
            let wait = max(.zero, until.since(now)).seconds
            result.reason = .backingOff
            result.message = "attempt \(session.graph.latestAttempt(of: task)) failed; tried again"
            result.wakes = "the end of the backoff"
            result.secondsUntil = wait
        case .completed, .failed, .cancelled, .skipped, .lost:
            result.message = "the task is \(result.status.rawValue)"
        }
        return result
    }

    private func explainWaiting(
        _ task: Int, in session: Session, at now: Instant, _ result: inout Explanation
    ) {
        let graph = session.graph
        let all = graph.dependencies(of: task)
        let open = all.filter { !graph.lifecycle[Int($0)].status.isTerminal }
        let names = open.prefix(5).map { graph.ids[Int($0)] }.joined(separator: ", ")
        let rest = open.count > 5 ? ", …" : ""
        if let closing = graph.joins.closing(of: Int32(task)) {
            result.reason = .joinOpen
            result.message =
                "has enough of its dependencies; still waits for \(open.count): \(names)\(rest)"
            result.wakes = "the end of these tasks, or of the time that they are given"
            result.secondsUntil = max(.zero, closing.since(now)).seconds
            return
        }
        let needed = graph.taskClass(task).join.map {
            " and needs \($0.atLeast - graph.joins.completed(of: Int32(task))) more to complete"
        }
        result.reason = .waitsForDependencies
        result.message =
            "waits for \(open.count) of \(all.count) dependencies\(needed ?? ""): \(names)\(rest)"
        result.wakes = "the end of these tasks"
    }

    private func explainReady(
        _ task: Int, in session: Session, at now: Instant, _ result: inout Explanation
    ) {
        let kind = session.graph.taskClass(task)
        let demand = kind.demand
        let fitting = fitting(demand)
        let able =
            registry.known(demand).map { service(of: $0, at: now) }
            ?? fitting.filter { registry.instances[Int($0)].isListed }
        let kept = keptRoom(of: fitting, for: demand)
        if fitting.isEmpty {
            explainUnplaceable(demand, at: now, &result)
        } else if !session.hasRoom {
            result.reason = .sessionLimit
            result.message =
                "the session runs \(session.graph.live.count) tasks, as many as it may "
                + "(\(session.config.concurrencyLimit))"
            result.wakes = "the end of one of the session's running tasks"
        } else if able.isEmpty, kept == nil {
            explainUnhealthy(fitting, &result)
        } else if registry.runningCount >= configuration.maximumRunningAttempts {
            result.reason = .poolLimit
            result.message =
                "\(registry.runningCount) attempts run, as many as may in the whole pool"
            result.wakes = "the end of one of them"
        } else if let agent = agentAtLimit(able, kept) {
            result.reason = .agentLimit
            result.message =
                "\(registry.runningByAgent[Int(agent)]) attempts of "
                + "\(registry.agentNames[Int(agent)]) run, as many as may"
            result.wakes = "the end of one of them"
        } else if kind.runsAlone,
            kept?.isOwn == true || able.isEmpty || !isRefused(able, slots: kind.slots, at: now)
        {
            explainAlone(kept?.isOwn == true ? kept?.room : nil, &result)
        } else if let kept, able.isEmpty || kept.isOwn {
            explainKept(kept.room, isOwn: kept.isOwn, demand, &result)
        } else if isRefused(able, slots: kind.slots, at: now) {
            explainCircuit(able, at: now, &result)
        } else if let faster = registry.known(demand).flatMap({ waits[$0] }), faster.until > now {
            let instance = place(of: faster.instance)
            result.reason = .waitsForFasterSlot
            result.message =
                "waits for a slot on \(instance), which is expected to finish it "
                + "\(tenths(faster.gain)) s sooner than a slot that is free"
            result.wakes = "a slot becomes free, or the wait is no longer worth it"
            result.secondsUntil = faster.until.since(now).seconds
        } else {
            explainFull(able, demand, kind.slots, &result)
        }
    }

    /// All slots are in use, or what else the task takes.
    private func explainFull(
        _ able: [Int32], _ demand: Demand, _ wanted: Int32, _ result: inout Explanation
    ) {
        let roomy = able.filter { registry.instances[Int($0)].hasRoom(for: wanted) }
        if let first = roomy.first {
            let worker = registry.workers[Int(registry.instances[Int(first)].worker)]
            let short = worker.resources.first { resource in
                let amount = demand.resources.first { $0.name == resource.name }?.amount ?? 0
                return resource.used + max(amount, 1) > resource.total
                    || amount > resource.total - resource.used
            }
            result.reason = .waitsForResource
            result.message =
                "worker \(worker.id) has a slot free and too little left of "
                + (short.map { "\($0.name): \($0.total - $0.used) of \($0.total)" } ?? "memory")
            result.wakes = "an attempt on such a worker ends, or a worker with more registers"
            return
        }
        let slots = able.reduce(0) { $0 + Int(registry.instances[Int($1)].offer.slots) }
        result.reason = .waitsForSlot
        result.message =
            "all \(slots) slots for \(describe(demand)) are in use; would start with "
            + "\(wanted) more"
        result.wakes = "a slot becomes free, or a worker with one registers"
    }

    /// The agent whose limit is what a task waits for.
    private func agentAtLimit(
        _ able: [Int32], _ kept: (room: KeptRoom, isOwn: Bool)?
    ) -> Int32? {
        let able = kept.flatMap { $0.isOwn ? [$0.room.instance] : nil } ?? able
        let agents = able.map { registry.instances[Int($0)].agent }
        return agents.allSatisfy(isAtLimit) ? agents.first : nil
    }

    /// The room that is kept for tasks like this one; or else one that is kept for others where it
    /// could run.
    private func keptRoom(of fitting: [Int32], for demand: Demand) -> (room: KeptRoom, isOwn: Bool)?
    {
        if let own = registry.known(demand).flatMap(room.kept(for:)) { return (own, true) }
        return room.kept.first { kept in
            fitting.contains { registry.instances[Int($0)].worker == kept.worker }
        }.map { ($0, false) }
    }

    /// A worker gets nothing new until a task has room there that needs more than others leave.
    private func explainKept(
        _ kept: KeptRoom, isOwn: Bool, _ demand: Demand, _ result: inout Explanation
    ) {
        let instance = registry.instances[Int(kept.instance)]
        let worker = registry.workers[Int(kept.worker)].id
        result.reason = .waitsForSlot
        result.message =
            isOwn
            ? "worker \(worker) is kept free for it: \(instance.freeSlots) of "
                + "\(instance.slots) slots are free, it wants \(describe(demand))"
            : "worker \(worker), which offers \(describe(demand)), is kept free for a task that "
                + "wants \(describe(registry.demands[Int(kept.demand)]))"
        result.wakes =
            isOwn
            ? "the attempts on it end, or a worker with room registers"
            : "that task has started, or another worker registers"
    }

    /// It needs a worker on which nothing else runs.
    private func explainAlone(_ kept: KeptRoom?, _ result: inout Explanation) {
        let why = "processes of workers have died under it, so it gets a worker to itself"
        result.reason = .runsAlone
        guard let kept else {
            result.message = "\(why); none can be kept free for it yet"
            result.wakes = "another task that has a worker kept for it starts or ends"
            return
        }
        let worker = registry.workers[Int(kept.worker)]
        result.message =
            "\(why): \(count(worker.held.count, "attempt")) still on worker \(worker.id)"
        result.wakes = "they end"
    }

    /// Instances of connected workers that could do the work if they were well.
    private func fitting(_ demand: Demand) -> [Int32] {
        registry.workers.flatMap { worker -> [Int32] in
            switch worker.phase {
            case .connected, .suspect: worker.instances
            case .awaited, .draining, .absent: []
            }
        }.filter { registry.rank(of: $0, for: demand) != nil }
    }

    private func explainUnhealthy(_ fitting: [Int32], _ result: inout Explanation) {
        let instance = registry.instances[Int(fitting[0])]
        let worker = registry.workers[Int(instance.worker)]
        result.reason = .unhealthy
        if worker.takesWork {
            let message = instance.healthMessage.isEmpty ? "" : " (\(instance.healthMessage))"
            result.message =
                "\(instance.offer.name) on worker \(worker.id) is "
                + (instance.health == .failed ? "broken" : "being initialized") + message
            result.wakes = "the worker says that the agent is ready"
        } else {
            result.message = "worker \(worker.id) has not been heard for half a lease"
            result.wakes = "it is heard, or another worker that offers it registers"
        }
    }

    /// Whether breakers are what a task waits for: those of the instances that have a free slot, or
    /// of all.
    private func isRefused(_ able: [Int32], slots: Int32, at now: Instant) -> Bool {
        let free = able.filter { registry.instances[Int($0)].hasRoom(for: slots) }
        return (free.isEmpty ? able : free).allSatisfy {
            switch admission(of: $0, at: now) {
            case .yes: false
            // Due since a moment ago: dispatched with the event that asks.
            case .probe: !free.isEmpty
            case .no, .probeRunning: true
            }
        }
    }

    private func explainCircuit(
        _ able: [Int32], at now: Instant, _ result: inout Explanation
    ) {
        var earliest: (instance: Int32, until: Instant)?
        var probed: Int32?
        for instance in able {
            switch admission(of: instance, at: now) {
            case .no(let until) where until < earliest?.until ?? .distantFuture:
                earliest = (instance, until)
            case .probe: earliest = (instance, now)
            case .probeRunning: probed = probed ?? instance
            case .yes, .no: continue
            }
        }
        result.reason = .circuitOpen
        if let probed {
            result.message = "circuit open on \(place(of: probed)), a probe runs"
            result.wakes = "the end of the probe, or of a task on another instance"
        } else if let (instance, until) = earliest {
            let wait = until.since(now)
            result.message = "circuit open on \(place(of: instance)), probe in \(tenths(wait)) s"
            result.wakes = "the end of the ejection, or of a task on another instance"
            result.secondsUntil = wait.seconds
        }
    }

    private func place(of instance: Int32) -> String {
        let instance = registry.instances[Int(instance)]
        return "worker \(registry.workers[Int(instance.worker)].id) (\(instance.offer.name))"
    }

    /// Seconds with one decimal, rounded up.
    private func tenths(_ span: TimeSpan) -> String {
        let tenths = span.nanoseconds / 100_000_000 + (span.nanoseconds % 100_000_000 > 0 ? 1 : 0)
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func places(of live: LiveAttempts, in session: Session) -> String {
        let places = live.isHedged ? [live.first, live.hedge] : [live.first]
        return places.map { place in
            let execution = session.graph.executions[Int(place)]
            return "\(registry.agentNames[Int(execution.agent)]) on worker "
                + registry.workers[Int(execution.worker)].id
        }.joined(separator: " and ")
    }

    /// No worker offers it: yet, where it is for a pool to offer it.
    private func explainUnplaceable(
        _ demand: Demand, at now: Instant, _ result: inout Explanation
    ) {
        result.reason = .unplaceable
        guard let pool = scaling.pool(startingFor: demand) else {
            let connected = registry.workers.count(where: \.takesWork)
            result.message =
                "no worker offers \(describe(demand)); \(count(connected, "worker")) connected"
            result.wakes = "a worker that offers it registers"
            return
        }
        let name = pool.specification.name
        let replicas = "\(pool.replicas.connected) of \(max(1, pool.desired)) replicas"
        result.wakes = "a replica of the pool \(name) registers"
        if let missing = pool.overdue(at: now) {
            result.message =
                "no worker offers \(describe(demand)); the pool \(name) is to, and for "
                + "\(tenths(missing)) s \(replicas) have been connected"
        } else {
            result.reason = .waitsForPool
            result.message =
                "no worker offers \(describe(demand)) yet; the pool \(name) does, and scales up: "
                + "\(replicas) are connected"
        }
    }

    private func describe(_ demand: Demand) -> String {
        var text: String
        switch demand.wanted {
        case .agent(let name): text = "the agent \(name)"
        case .capability(let name): text = "the capability \(name)"
        }
        if !demand.fallbackAgents.isEmpty {
            text += " or \(demand.fallbackAgents.joined(separator: ", "))"
        }
        var wants = demand.requires.map { "the capability \($0)" }
        wants += demand.tags.map { "the tag \($0)" }
        if demand.slots > 1 { wants.append("\(demand.slots) slots") }
        wants += demand.resources.map { "\($0.amount) \($0.name)" }
        return wants.isEmpty ? text : text + " with " + wants.joined(separator: ", ")
    }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? " is" : "s are")"
    }
}

extension Session {
    func hasNoTask(_ id: String) -> ScrivenerError {
        ScrivenerError(.taskNotFound, "session \(sessionID) has no task \(id)")
    }
}
