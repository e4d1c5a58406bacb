// What was submitted is what is opened, and what agents are told.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// A session is opened as its plan says.
    func checkOpening(_ opening: SessionOpening) {
        let plan = opening.plan
        let subject = Subject(session: opening.number)
        guard let asked = scenario.blueprint(of: plan.sessionID)?.plan else {
            return report(.history, "nobody asked for \(plan.sessionID)", subject)
        }
        let isSame =
            plan.query == asked.query && plan.config == asked.config
            && plan.timeout == asked.timeoutSeconds.map(TimeSpan.seconds)
            && Int(plan.weight) == asked.weight && plan.tasks.count == asked.tasks.count
        guard isSame, let record = committed.session(opening.number) else {
            return report(.history, "\(plan.sessionID) is not what was asked for", subject)
        }
        let stated = asked.tasks.map { TimeSpan.seconds($0.expectedSeconds ?? 0).nanoseconds }
        if (plan.tasks.expected.isEmpty ? stated.map { _ in 0 } : plan.tasks.expected) != stated {
            report(
                .history, "\(plan.sessionID) is expected to take \(plan.tasks.expected)", subject)
        }
        for (task, told) in zip(asked.tasks, record.tasks) {
            let dependencies = told.dependencies.map { record.tasks[Int($0)].id }
            let limit = task.timeoutSeconds ?? plan.config.taskTimeoutSeconds
            if told.id != task.taskID || dependencies != task.dependencies
                || !told.kind.says(task) || told.kind.timeout != .seconds(limit)
                || !told.kind.retry.says(task.retry ?? RetryRule(), plan.config)
            {
                report(.history, "\(plan.sessionID)/\(task.taskID) became \(told)", subject)
            }
        }
    }

    /// An agent is told its own task, as the plan has it, and that it is this agent's.
    func checkWords(
        _ item: DispatchItem, _ session: DispatchSession, _ task: TaskRecord,
        _ record: SessionRecord, _ worker: SimulatedWorker
    ) {
        let attempt = item.attempt
        func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
            if !holds { report(.dispatch, "\(attempt.short) \(text())", subject(attempt, worker)) }
        }
        expect(!worker.broken.contains(Int(item.agentIndex)), "begins on an agent that has failed")
        expect(session.query == record.query, "is told that the question is \(session.query)")
        expect(item.taskID == task.id, "is told to be \(item.taskID)")
        expect(
            item.timeout == task.kind.timeout && item.progressTimeout == task.kind.progressTimeout,
            "may run \(item.timeout.milliseconds) ms, not \(task.kind.timeout.milliseconds)")
        expect(
            item.slots == task.kind.slots && item.isExclusive == task.kind.isExclusive
                && item.isAtMostOnce == (task.kind.delivery == .atMostOnce),
            "takes \(item.slots) slots, not \(task.kind.slots)")
        let inputs = (task.taken ?? task.dependencies).map { record.tasks[Int($0)] }
            .filter { $0.status == .completed }
        expect(
            item.inputs.map(\.taskID) == inputs.map(\.id)
                && item.inputs.map(\.taskType) == inputs.map(\.type),
            "is given results as those of \(item.inputs.map(\.taskID))")
        let agent = task.history.last { $0.attempt == attempt.attempt }.map {
            committed.agents[Int($0.agent)]
        }
        let offers = worker.blueprint.offers
        expect(
            offers.indices.contains(Int(item.agentIndex))
                && offers[Int(item.agentIndex)].name == agent,
            "is given to agent \(item.agentIndex), which is not \(agent ?? "known")")
        let plan = scenario.blueprint(of: record.id)?.plan
        guard let tasks = plan?.tasks, tasks.indices.contains(Int(attempt.task)) else { return }
        let asked = tasks[Int(attempt.task)]
        expect(
            item.description == asked.description && item.parameters == asked.parameters,
            "is told \(item.description) \(item.parameters.text)")
    }
}

extension TaskClass {
    /// Whether a task is executed as its plan says.
    fileprivate func says(_ task: ResearchTask) -> Bool {
        let slots = task.resources.first { $0.name == ResourceAmount.slotsName }?.amount ?? 1
        return taskType == task.taskType && assignedAgent == task.assignedAgent
            && progressTimeout.seconds == task.progressTimeoutSeconds ?? 0
            && onDependencyFailure == task.onDependencyFailure && says(task.needs)
            && extendsSession == task.extendsSession && Int(priority) == task.priority
            && delivery == task.delivery && isIdempotent == task.idempotent
            && isExclusive == task.exclusive && Set(requires) == Set(task.requires)
            && Set(tags) == Set(task.tags) && Int64(self.slots) == slots
            && Set(resources)
                == Set(
                    task.resources.filter { $0.name != ResourceAmount.slotsName })
            && fallbackAgents == task.fallbackAgents
    }

    private func says(_ needs: JoinRule?) -> Bool {
        guard let needs, let join else { return needs == nil && join == nil }
        return Int(join.atLeast) == needs.atLeast && join.rest == needs.rest
            && join.within == .seconds(needs.withinSeconds ?? 0)
    }
}

extension CompiledRetry {
    fileprivate func says(_ rule: RetryRule, _ config: OrchestrationConfig) -> Bool {
        Int(maximumRetries) == rule.maxRetryAttempts ?? config.maxRetryAttempts
            && base == .seconds(rule.delaySeconds ?? config.retryDelaySeconds)
            && Double(factorPermille) == (rule.factor ?? 2) * 1_000
            && cap == .seconds(rule.maxDelaySeconds ?? 300)
    }
}
