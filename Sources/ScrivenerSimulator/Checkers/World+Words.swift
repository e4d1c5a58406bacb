// What was submitted is what is opened, and what agents are told.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// A session is opened as its plan says.
    func checkOpening(_ opening: SessionOpening) {
        let plan = opening.plan
        let subject = Subject(session: opening.number)
        guard let asked = scenario.sessions.first(where: { $0.id == plan.sessionID })?.plan else {
            return report(.history, "nobody asked for \(plan.sessionID)", subject)
        }
        let isSame =
            plan.query == asked.query && plan.config == asked.config
            && plan.timeout == asked.timeoutSeconds.map(TimeSpan.seconds)
            && plan.tasks.count == asked.tasks.count
        guard isSame, let record = committed.session(opening.number) else {
            return report(.history, "\(plan.sessionID) is not what was asked for", subject)
        }
        for (task, told) in zip(asked.tasks, record.tasks) {
            let limit = task.timeoutSeconds ?? plan.config.taskTimeoutSeconds
            let kind = TaskClass(
                taskType: task.taskType, assignedAgent: task.assignedAgent,
                timeout: .seconds(limit), onDependencyFailure: task.onDependencyFailure,
                extendsSession: task.extendsSession)
            let dependencies = told.dependencies.map { record.tasks[Int($0)].id }
            if told.id != task.taskID || told.kind != kind || dependencies != task.dependencies {
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
        expect(session.query == record.query, "is told that the question is \(session.query)")
        expect(item.taskID == task.id, "is told to be \(item.taskID)")
        expect(
            item.timeout == task.kind.timeout,
            "may run \(item.timeout.milliseconds) ms, not \(task.kind.timeout.milliseconds)")
        let inputs = task.dependencies.map { record.tasks[Int($0)] }
            .filter { $0.status == .completed }
        expect(
            item.inputs.map(\.taskID) == inputs.map(\.id)
                && item.inputs.map(\.taskType) == inputs.map(\.type),
            "is given results as those of \(item.inputs.map(\.taskID))")
        let agent = task.history.indices.contains(Int(attempt.attempt) - 1)
            ? committed.agents[Int(task.history[Int(attempt.attempt) - 1].agent)] : "?"
        let offers = worker.blueprint.offers
        expect(
            offers.indices.contains(Int(item.agentIndex))
                && offers[Int(item.agentIndex)].name == agent,
            "is given to agent \(item.agentIndex), which is not \(agent)")
        let plan = scenario.sessions.first { $0.id == record.id }?.plan
        guard let tasks = plan?.tasks, tasks.indices.contains(Int(attempt.task)) else { return }
        let asked = tasks[Int(attempt.task)]
        expect(
            item.description == asked.description && item.parameters == asked.parameters,
            "is told \(item.description) \(item.parameters.text)")
    }
}
