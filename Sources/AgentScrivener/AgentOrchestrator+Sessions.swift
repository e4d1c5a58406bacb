// Sessions: started, followed, steered, and read.

import ScrivenerModel
import Synchronization

extension AgentOrchestrator {
    /// Opens a session with a plan.
    ///
    /// - Parameters:
    ///   - plan: checked as a whole.
    ///   - key: makes it safe to call again: the session that was opened with the key is returned.
    /// - Throws: `plan_invalid` with every mistake of the plan; `session_exists`; `overloaded`.
    @discardableResult
    public func startResearchSession(
        _ plan: ResearchPlan, idempotencyKey key: String? = nil
    ) async throws -> ResearchSession {
        try await gateway.value().submit(plan, key: key)
    }

    /// Calls `callback` with the session's progress: as it is, when it has changed, and at last when the session
    /// has ended.
    ///
    /// A callback that takes long gets fewer reports, and never an older one after a newer. What it throws is
    /// logged, and it is called again with the next report. It holds up no session and no other callback; it is
    /// cancelled when the orchestrator ends, which waits for it.
    ///
    /// - Throws: `session_not_found`.
    public func registerProgressCallback(
        _ sessionID: String,
        _ callback: @escaping @Sendable (ProgressReport) async throws -> Void
    ) async throws {
        _ = try await session(sessionID)
        callbacks.add(sessionID, callback)
    }

    /// The session's progress, as it changes; the last report is that of its end. A slow reader gets the
    /// newest only. It ends early when the orchestrator does, and where the coordinator's answers cannot be read.
    ///
    /// - Throws: `session_not_found`.
    public func progressUpdates(of sessionID: String) async throws -> AsyncStream<ProgressReport> {
        try await gateway.value().progress(of: sessionID)
    }

    /// - Throws: `session_not_found`, as all that follow.
    public func sessionProgress(_ sessionID: String) async throws -> ProgressReport {
        try await session(sessionID).progress
    }

    public func session(_ sessionID: String) async throws -> ResearchSession {
        try await gateway.value().session(sessionID)
    }

    /// The session when it has ended.
    ///
    /// - Throws: `shutting_down` when the orchestrator ends before it; what keeps a coordinator's session from being
    ///   followed, as `answer_unreadable`.
    public func sessionEnd(_ sessionID: String) async throws -> ResearchSession {
        let loss = Mutex<ScrivenerError?>(nil)
        let reports = try await gateway.value().progress(of: sessionID) { error in
            loss.withLock { $0 = error }
        }
        for await report in reports where report.status.isTerminal {
            return try await session(sessionID)
        }
        try Task.checkCancellation()
        if let error = loss.withLock({ $0 }) { throw error }
        // It may have ended just before the orchestrator does.
        let last = try await session(sessionID)
        guard last.status.isTerminal else {
            throw ScrivenerError(.shuttingDown, "the orchestrator ends before the session")
        }
        return last
    }

    /// Nothing more of the session starts until it is resumed; what runs finishes.
    ///
    /// - Throws: `session_ended`.
    @discardableResult
    public func pauseSession(_ sessionID: String) async throws -> ResearchSession {
        try await gateway.value().pause(sessionID)
    }

    /// - Throws: `session_ended`.
    @discardableResult
    public func resumeSession(_ sessionID: String) async throws -> ResearchSession {
        try await gateway.value().resume(sessionID)
    }

    /// Asks for cancellation: the session is `cancelling` until every agent has stopped.
    ///
    /// - Throws: `session_ended`.
    @discardableResult
    public func cancelSession(_ sessionID: String) async throws -> ResearchSession {
        try await gateway.value().cancel(sessionID)
    }

    /// What the session came to; of one that goes on, what there is.
    public func sessionResults(_ sessionID: String) async throws -> SessionResults {
        try await gateway.value().results(sessionID)
    }

    public func sessionDiagnostics(_ sessionID: String) async throws -> SessionDiagnostics {
        try await gateway.value().diagnostics(sessionID)
    }

    public func orchestratorStatus() async throws -> OrchestratorStatus {
        try await gateway.value().status()
    }
}
