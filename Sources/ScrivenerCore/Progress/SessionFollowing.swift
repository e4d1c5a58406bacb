// Answers whoever follows a session's tasks, from the order in which they ended and from what runs.

package import ScrivenerModel

extension OrchestratorCore {
    func changes(in session: Session, since position: FollowerPosition) -> SessionChanges {
        let graph = session.graph
        // A position is from outside.
        let first = min(max(0, position.ended), graph.endOrder.count)
        let end = min(first + SessionChanges.maximumEnded, graph.endOrder.count)
        let running = graph.live.sorted().prefix(SessionChanges.maximumRunning)
        let returned = position.running.filter { task in
            graph.lifecycle.indices.contains(Int(task))
                && !graph.lifecycle[Int(task)].status.isTerminal
                && graph.lifecycle[Int(task)].live == nil
        }
        return SessionChanges(
            endedCount: graph.endOrder.count,
            ended: graph.endOrder[first..<end].map { change(of: Int($0), in: graph) },
            running: running.map { change(of: Int($0), in: graph) },
            runningNumbers: Array(running),
            returned: returned.map { change(of: Int($0), in: graph) })
    }

    private func change(of task: Int, in graph: TaskGraph) -> TaskChange {
        var change = TaskChange(
            taskID: graph.ids[task], status: graph.lifecycle[task].status)
        var place = graph.lifecycle.latestExecution(of: task)
        if case .completed(let execution) = graph.lifecycle[task] { place = execution }
        guard place >= 0 else { return change }
        let execution = graph.executions[Int(place)]
        change.attempt = Int(execution.attempt)
        change.agent = registry.agentNames[Int(execution.agent)]
        change.workerID = registry.workers[Int(execution.worker)].id
        guard let outcome = execution.outcome else { return change }
        change.runSeconds = execution.runTime.seconds
        change.failureClass = Self.describe(outcome).1
        if Int(place) < graph.reused.count { change.reused = true }
        return change
    }
}

extension TaskSnapshot {
    /// The same of an archived task.
    package var change: TaskChange {
        var change = TaskChange(taskID: taskID, status: status)
        guard let execution = committed ?? executions.last else { return change }
        change.attempt = Int(execution.attempt)
        change.agent = execution.agent
        change.workerID = execution.workerID
        guard execution.outcome != .running else { return change }
        change.runSeconds = execution.runTime.seconds
        change.failureClass = execution.failureClass
        if isReused { change.reused = true }
        return change
    }
}
