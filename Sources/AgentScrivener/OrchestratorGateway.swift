// What the orchestrator needs of whoever runs its sessions: a coordinator within the process, or one that is
// asked over HTTP.

import ScrivenerModel

/// A coordinator, as the library sees it. Errors are `ScrivenerError`s, and `CancellationError` where the
/// calling task is cancelled.
protocol OrchestratorGateway: Sendable {
    func submit(_ plan: ResearchPlan, key: String?) async throws -> ResearchSession
    func session(_ id: String) async throws -> ResearchSession

    /// The session's progress until its end, the newest only. It ends early when the orchestrator does.
    ///
    /// - Parameter onLoss: called before it ends early for another reason, with that.
    func progress(
        of id: String, onLoss: @escaping @Sendable (ScrivenerError) -> Void
    ) async throws -> AsyncStream<ProgressReport>

    func pause(_ id: String) async throws -> ResearchSession
    func resume(_ id: String) async throws -> ResearchSession
    func cancel(_ id: String) async throws -> ResearchSession
    func results(_ id: String) async throws -> SessionResults
    func diagnostics(_ id: String) async throws -> SessionDiagnostics
    func status() async throws -> OrchestratorStatus

    /// - Parameter patience: how many seconds to wait for the end. Then the session goes on.
    func execute(
        _ request: AgentExecutionRequest, patience: Int
    ) async throws -> AgentExecutionOutcome

    func metrics(ofAgent name: String) async throws -> [InstanceMetrics]
    func registry() async throws -> RegistryStatus
    func drain(worker: String) async throws -> WorkerRecord
}

extension OrchestratorGateway {
    func progress(of id: String) async throws -> AsyncStream<ProgressReport> {
        try await progress(of: id) { _ in }
    }
}
