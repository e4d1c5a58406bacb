// What the shell asks of the machine between two events.

package import ScrivenerModel

/// What the tasks that an attempt proposes are checked against.
package struct ExtensionContext: Sendable {
    package var existingIDs: StringArena
    package var config: OrchestrationConfig
}

extension OrchestratorCore {
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

    /// An open session as it is now; `nil` when it is not open.
    package func session(number: Int64, at now: Instant) -> ResearchSession? {
        sessions.read(number) { view(of: $0, at: now) }
    }

    /// The id and the status of an open session's task.
    package func task(_ task: Int32, of session: Int64) -> (id: String, status: TaskStatus)? {
        sessions.read(session) { session -> (id: String, status: TaskStatus)? in
            let task = Int(task)
            guard task >= 0, task < session.graph.count else { return nil }
            return (session.graph.ids[task], session.graph.lifecycle[task].status)
        } ?? nil
    }

    /// Whether something is to be kept of a session, so that its number means something.
    package func isOpen(sessionID: String) -> Bool { sessionNumbers[sessionID] != nil }

    package var openSessionCount: Int { sessions.count }
}
