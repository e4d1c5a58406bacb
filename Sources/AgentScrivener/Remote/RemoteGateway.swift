// A coordinator that is asked over HTTP. It may be away for a moment: what is safe to send again is, which is
// everything here (a submission carries a key), until the outage has lasted too long.

import Foundation
import ScrivenerClient
import ScrivenerModel

struct RemoteGateway: OrchestratorGateway {
    /// How long one answer may wait for the end of an execution. Less than a silent connection is kept.
    static let longestWait = 30

    let client: APIClient
    let feeds: RemoteFeeds
    /// How long a coordinator may be away, from the first failure on, before a call fails.
    let patience: Duration

    func submit(_ plan: ResearchPlan, key: String?) async throws -> ResearchSession {
        let json = Array(try JSONEncoder().encode(plan))
        let key = key ?? APIClient.randomKey()
        return try await patiently {
            try await client.open(plan: json, contentType: "application/json", key: key).value
        }
    }

    func session(_ id: String) async throws -> ResearchSession {
        try await patiently { try await client.session(id).value }
    }

    func progress(
        of id: String, onLoss: @escaping @Sendable (ScrivenerError) -> Void
    ) async throws -> AsyncStream<ProgressReport> {
        _ = try await session(id)
        return feeds.follow(id, onLoss: onLoss)
    }

    func pause(_ id: String) async throws -> ResearchSession {
        try await patiently { try await client.pause(id, mode: "finish").value }
    }

    func resume(_ id: String) async throws -> ResearchSession {
        try await patiently { try await client.resume(id).value }
    }

    func cancel(_ id: String) async throws -> ResearchSession {
        try await patiently { try await client.cancel(id).value }
    }

    func results(_ id: String) async throws -> SessionResults {
        try await patiently {
            try APIAnswer.decode(
                SessionResults.self, from: try await client.results(id),
                of: "GET /v1/sessions/\(id)/results")
        }
    }

    func diagnostics(_ id: String) async throws -> SessionDiagnostics {
        try await patiently { try await client.diagnostics(of: id).value }
    }

    func status() async throws -> OrchestratorStatus {
        try await patiently { try await client.status().value }
    }

    /// Asked again with the same key while it goes on: it is one execution.
    func execute(
        _ request: AgentExecutionRequest, patience: Int
    ) async throws -> AgentExecutionOutcome {
        let key = APIClient.randomKey()
        let deadline = ContinuousClock.now + .seconds(patience)
        while true {
            let left = Int((deadline - .now) / .seconds(1))
            let wait = max(1, min(Self.longestWait, left))
            let outcome = try await patiently {
                try await client.execute(request, key: key, waitingSeconds: wait).value
            }
            guard !outcome.status.isTerminal, ContinuousClock.now < deadline else {
                return outcome
            }
        }
    }

    func metrics(ofAgent name: String) async throws -> [InstanceMetrics] {
        try await patiently {
            try await client.metrics(of: name, since: nil, step: nil).value.instances
        }
    }

    func registry() async throws -> RegistryStatus {
        try await patiently { try await client.registry().value }
    }

    func drain(worker: String) async throws -> WorkerRecord {
        try await patiently { try await client.drain(worker).value }
    }

    /// Patience begins with the first failure: a request may have taken long before it.
    func patiently<Value>(_ request: () async throws -> Value) async throws -> Value {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff(budget: patience)
        var brokenSince: ContinuousClock.Instant?
        while true {
            do {
                return try await request()
            } catch let error as APIError {
                let now = ContinuousClock.now
                let since = brokenSince ?? now
                brokenSince = since
                guard error.isPassing,
                    let wait = backoff.next(outage: now - since, using: &generator)
                else { throw ScrivenerError(error) }
                let asked = error.retryAfterSeconds.map { Duration.seconds($0) } ?? .zero
                try await Task.sleep(for: max(wait, min(asked, patience)))
            }
        }
    }
}
