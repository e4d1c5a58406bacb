// What the shell needs to put an effect into bytes: texts, and where payloads lie. The machine's
// orders carry numbers only.

package import ScrivenerModel

/// An attempt's task, as its agent is to see it.
package struct DispatchSpecification: Sendable, Equatable {
    package var session: DispatchSession
    package var taskID: String
    package var taskType: String
    package var description: PayloadHandle
    package var parameters: PayloadHandle
    package var inputs: [InputSpecification]
    /// What the attempt before this one kept.
    package var checkpoint: PayloadHandle?
}

/// A dependency's result, as the dependant's agent is to see it.
package struct InputSpecification: Sendable, Equatable {
    package var taskID: String
    package var taskType: String
    package var payload: PayloadHandle
}

/// What the tasks that an attempt proposes are checked against.
package struct ExtensionContext: Sendable {
    package var existingIDs: StringArena
    package var config: OrchestrationConfig
}

extension OrchestratorCore {
    /// What an attempt that is about to start is to be told; `nil` when it is over already.
    ///
    /// Changes nothing. `mutating` because the machine would be copied otherwise, whole, by whoever holds
    /// it in a class.
    package mutating func specification(of attempt: AttemptReference) -> DispatchSpecification? {
        sessions.look(at: attempt.session) { session -> DispatchSpecification? in
            let task = Int(attempt.task)
            guard task >= 0, task < session.graph.count,
                session.graph.liveExecution(of: task, attempt: attempt.attempt) != nil
            else { return nil }
            let place = session.graph.specification(of: task)
            return DispatchSpecification(
                session: DispatchSession(
                    number: session.number, sessionID: session.sessionID, query: session.query),
                taskID: session.graph.ids[task],
                taskType: session.graph.taskClass(task).taskType, description: place.description,
                parameters: place.parameters, inputs: session.graph.inputSpecifications(of: task),
                checkpoint: session.graph.checkpoints[attempt.task])
        } ?? nil
    }

    /// What proposed tasks are checked against; `nil` when the attempt may not add any.
    ///
    /// Holds until the next event: the numbers of proposed tasks follow on those of `existingIDs`.
    package func extensionContext(for attempt: AttemptReference) -> ExtensionContext? {
        sessions.read(attempt.session) { session -> ExtensionContext? in
            let task = Int(attempt.task)
            guard task >= 0, task < session.graph.count,
                session.graph.liveExecution(of: task, attempt: attempt.attempt) != nil,
                session.graph.taskClass(task).extendsSession
            else { return nil }
            return ExtensionContext(existingIDs: session.graph.ids, config: session.config)
        } ?? nil
    }

    /// Whether something is to be kept of a session, so that its number means something.
    package func isOpen(sessionID: String) -> Bool { sessionNumbers[sessionID] != nil }

    package var openSessionCount: Int { sessions.count }
}

extension TaskGraph {
    /// The results that a task gets.
    fileprivate mutating func inputSpecifications(of task: Int) -> [InputSpecification] {
        guard !dependencies(of: task).isEmpty else { return [] }
        return inputs(of: task).compactMap { dependency in
            result(of: Int(dependency)).map { record in
                InputSpecification(
                    taskID: ids[Int(dependency)],
                    taskType: taskClass(Int(dependency)).taskType, payload: record.payload)
            }
        }
    }
}
