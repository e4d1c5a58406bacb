// Why a task is where it is, and what would move it, read off the structures that decide it.

import ScrivenerModel

extension OrchestratorCore {
    func explain(taskID: String, in session: Session, at now: Instant) -> Reply {
        let graph = session.graph
        let bytes = Array(taskID.utf8)
        guard let task = (0..<graph.count).first(where: { graph.ids.matches($0, bytes) }) else {
            return .refused(
                ScrivenerError(
                    .taskNotFound, "session \(session.sessionID) has no task \(taskID)"))
        }
        return .explanation(explanation(of: task, in: session, at: now))
    }

    func explanation(of task: Int, in session: Session, at now: Instant) -> Explanation {
        var result = Explanation(
            taskID: session.graph.ids[task], status: session.graph.lifecycle[task].status,
            reason: .ended, message: "", wakes: "nothing: the task is over")
        switch session.graph.lifecycle[task] {
        case .waiting: explainWaiting(task, in: session, &result)
        case .ready: explainReady(task, in: session, at: now, &result)
        case .running(let index):
            result.reason = .running
            result.message = "runs on \(place(of: session.graph.executions[Int(index)]))"
            result.wakes = "its result, its timeout, or the loss of its worker"
        case .cancelling(let index):
            result.reason = .cancelling
            result.message =
                "\(place(of: session.graph.executions[Int(index)])) was told to stop it"
            result.wakes = "the worker's word that the agent has stopped, or the worker's loss"
        case .backingOff(let until):
            let wait = max(.zero, until.since(now)).seconds
            result.reason = .backingOff
            result.message = "attempt \(session.graph.latestAttempt(of: task)) failed; tried again"
            result.wakes = "the end of the backoff"
            result.secondsUntil = wait
        case .completed, .failed, .cancelled, .skipped:
            result.message = "the task is \(result.status.rawValue)"
        }
        return result
    }

    private func explainWaiting(_ task: Int, in session: Session, _ result: inout Explanation) {
        let graph = session.graph
        let all = graph.dependencies(of: task)
        let open = all.filter { !graph.lifecycle[Int($0)].status.isTerminal }
        let names = open.prefix(5).map { graph.ids[Int($0)] }.joined(separator: ", ")
        let rest = open.count > 5 ? ", …" : ""
        result.reason = .waitsForDependencies
        result.message =
            "waits for \(open.count) of \(all.count) dependencies: \(names)\(rest)"
        result.wakes = "the end of these tasks"
    }

    private func explainReady(
        _ task: Int, in session: Session, at now: Instant, _ result: inout Explanation
    ) {
        let demand = session.graph.taskClass(task).demand
        let able = registry.workers.filter(\.takesWork).flatMap(\.instances).filter {
            registry.instances[Int($0)].satisfies(demand)
        }
        let connected = registry.workers.count(where: \.takesWork)
        if able.isEmpty {
            result.reason = .unplaceable
            result.message =
                "no worker offers \(describe(demand)); \(count(connected, "worker")) connected"
            result.wakes = "a worker that offers it registers"
        } else if !session.hasRoom {
            result.reason = .sessionLimit
            result.message =
                "the session runs \(session.graph.live.count) tasks, as many as it may "
                + "(\(session.config.concurrencyLimit))"
            result.wakes = "the end of one of the session's running tasks"
        } else if isRefused(able, at: now) {
            explainCircuit(able, at: now, &result)
        } else {
            let slots = able.reduce(0) { $0 + Int(registry.instances[Int($1)].offer.slots) }
            result.reason = .waitsForSlot
            result.message =
                "all \(slots) slots for \(describe(demand)) are in use; would start with 1 more"
            result.wakes = "a slot becomes free, or a worker with one registers"
        }
    }

    /// Whether breakers are what a task waits for: those of the instances that have a free slot, or
    /// of all.
    private func isRefused(_ able: [Int32], at now: Instant) -> Bool {
        let free = able.filter { registry.instances[Int($0)].hasFreeSlot }
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

    private func place(of execution: Execution) -> String {
        "\(registry.agentNames[Int(execution.agent)]) on worker "
            + registry.workers[Int(execution.worker)].id
    }

    private func describe(_ demand: Demand) -> String {
        switch demand {
        case .agent(let name): "the agent \(name)"
        case .capability(let name): "the capability \(name)"
        }
    }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? " is" : "s are")"
    }
}
