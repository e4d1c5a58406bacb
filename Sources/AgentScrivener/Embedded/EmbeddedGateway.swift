// The coordinator within the process: a call, and no wire.

import Foundation
import ScrivenerHTTP
import ScrivenerModel

struct EmbeddedGateway: OrchestratorGateway {
    let coordinator: any CoordinatorGateway

    func submit(_ plan: ResearchPlan, key: String?) async throws -> ResearchSession {
        let json = try JSONEncoder().encode(plan)
        return try await coordinator.submit(
            planJSON: Array(json), idempotencyKey: key, trace: nil, end: nil
        ).session
    }

    func session(_ id: String) async throws -> ResearchSession {
        try await coordinator.session(id)
    }

    /// A session within the process is lost with the orchestrator alone.
    func progress(
        of id: String, onLoss _: @escaping @Sendable (ScrivenerError) -> Void
    ) async throws -> AsyncStream<ProgressReport> {
        switch try await coordinator.follow(id) {
        case .open(let reports): return reports
        case .over:
            let report = try await session(id).progress
            return AsyncStream { reports in
                reports.yield(report)
                reports.finish()
            }
        }
    }

    func pause(_ id: String) async throws -> ResearchSession {
        try await coordinator.pause(id, running: .finish)
    }

    func resume(_ id: String) async throws -> ResearchSession {
        try await coordinator.resume(id)
    }

    func cancel(_ id: String) async throws -> ResearchSession {
        try await coordinator.cancel(id)
    }

    func results(_ id: String) async throws -> SessionResults {
        try await coordinator.results(id)
    }

    func diagnostics(_ id: String) async throws -> SessionDiagnostics {
        try await coordinator.diagnostics(id)
    }

    func status() async throws -> OrchestratorStatus { try await coordinator.status() }

    func execute(
        _ request: AgentExecutionRequest, patience: Int
    ) async throws -> AgentExecutionOutcome {
        try await coordinator.execute(request, patience: patience)
    }

    func metrics(ofAgent name: String) async throws -> [InstanceMetrics] {
        try await coordinator.metrics(ofAgent: name, since: nil, step: 60).instances
    }

    func registry() async throws -> RegistryStatus { try await coordinator.registry() }

    func drain(worker: String) async throws -> WorkerRecord {
        try await coordinator.drain(worker: worker)
    }
}
