// The pool as its followers are shown it.

package import ScrivenerModel

/// What a stream of the pool begins with.
package struct PoolView: Sendable, Equatable {
    /// Without the states of sessions, which are shown themselves.
    package var status: OrchestratorStatus
    /// Of the open ones, the newest first.
    package var sessions: [ResearchSession]
    package var workers: [WorkerRecord]

    package init(
        status: OrchestratorStatus, sessions: [ResearchSession], workers: [WorkerRecord]
    ) {
        self.status = status
        self.sessions = sessions
        self.workers = workers
    }
}

/// Sessions and workers as they are, for changes that are told.
package struct PoolSubjects: Sendable, Equatable {
    /// In the order in which they were asked for; `nil` for what is not open.
    package var sessions: [ResearchSession?]
    /// Workers are never forgotten.
    package var workers: [WorkerRecord]

    package init(sessions: [ResearchSession?], workers: [WorkerRecord]) {
        self.sessions = sessions
        self.workers = workers
    }
}
