// The API's routes, one function each. Where a command may print the answer as it came, its bytes
// come along.

import Foundation
import ScrivenerModel

/// An answer: what it says, and the bytes that said so.
struct Answer<Value: Sendable>: Sendable {
    var value: Value
    var bytes: [UInt8]
}

/// Which tasks of a session are asked for.
struct TaskQuery: Sendable {
    var status: TaskStatus?
    var agent: String?
    var limit: Int?
    var after: String?

    var parameters: [(name: String, value: String)] {
        [
            ("status", status?.rawValue), ("agent", agent), ("limit", limit.map(String.init)),
            ("after", after),
        ].compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}

extension APIClient {
    /// Opens a session. Sent again when the answer is lost on the way: the key sees to it that
    /// only one session is opened.
    ///
    /// - Parameters:
    ///   - key: Says which submission this is; one of its own when absent.
    ///   - seconds: How long the answer may wait for the session's end.
    func submit(
        _ plan: PlanDocument, key: String? = nil, waitingSeconds seconds: Int? = nil
    ) async throws -> Answer<ResearchSession> {
        var generator = SystemRandomNumberGenerator()
        let key = key ?? Self.randomKey(using: &generator)
        let headers =
            [
                (name: "Content-Type", value: plan.format.contentType),
                (name: "Idempotency-Key", value: key),
            ] + (seconds.map { [(name: "Prefer", value: "wait=\($0)")] } ?? []) + traceHeaders
        let bytes = try await resending {
            try await post(["v1", "sessions"], headers: headers, body: plan.bytes)
        }
        return try answer(bytes, of: "POST /v1/sessions")
    }

    /// Runs a session that has ended again. Sent again as a submission is.
    func rerun(
        _ id: String, _ scope: RerunScope, key: String? = nil
    ) async throws -> Answer<ResearchSession> {
        var generator = SystemRandomNumberGenerator()
        let key = key ?? Self.randomKey(using: &generator)
        let bytes = try await resending {
            try await post(
                ["v1", "sessions", id, "rerun"],
                headers: [(name: "Idempotency-Key", value: key)] + traceHeaders,
                json: [("only", .string(scope.rawValue))])
        }
        return try answer(bytes, of: "POST /v1/sessions/\(id)/rerun")
    }

    /// What running it again would come to.
    func rerunPreview(_ id: String, _ scope: RerunScope) async throws -> Answer<RerunPreview> {
        try await answer(
            post(
                ["v1", "sessions", id, "rerun"], query: [(name: "dry_run", value: "true")],
                json: [("only", .string(scope.rawValue))]),
            of: "POST /v1/sessions/\(id)/rerun?dry_run=true")
    }

    /// Sends what opens a session, and sends it again when the answer is lost on the way: it bears a key.
    private func resending(_ send: () async throws -> [UInt8]) async throws -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff()
        while true {
            do {
                return try await send()
            } catch let error as APIError where error.isPassing {
                // Refused from the first: nobody is there, and no answer was lost.
                if case .broken = error {} else if backoff.attempts == 0 { throw error }
                guard backoff.attempts < Self.maximumResubmissions,
                    let wait = backoff.next(outage: .zero, using: &generator)
                else { throw error }
                try await Task.sleep(for: wait)
            }
        }
    }

    static let maximumResubmissions = 5

    /// Whoever runs this within a trace says so in the environment; the session then belongs to the same.
    private var traceHeaders: [(name: String, value: String)] {
        let environment = ProcessInfo.processInfo.environment
        guard
            let context = environment["TRACEPARENT"].flatMap({
                TraceContext(traceparent: $0, tracestate: environment["TRACESTATE"] ?? "")
            })
        else { return [] }
        return [
            (name: "traceparent", value: context.traceparent),
            (name: "tracestate", value: context.tracestate),
        ].filter { !$0.value.isEmpty }
    }

    private static func randomKey(using generator: inout some RandomNumberGenerator) -> String {
        (0..<2).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }

    func session(_ id: String) async throws -> Answer<ResearchSession> {
        try await answer(get(["v1", "sessions", id]), of: "GET /v1/sessions/\(id)")
    }

    /// One page of the list of sessions, newest first as the coordinator orders them.
    func sessions(
        limit: Int, after cursor: String?, status: SessionStatus? = nil, since: String? = nil
    ) async throws -> Answer<RecordList<ResearchSession>> {
        var query = [(name: "limit", value: String(limit))]
        if let cursor { query.append((name: "after", value: cursor)) }
        if let status { query.append((name: "status", value: status.rawValue)) }
        if let since { query.append((name: "since", value: since)) }
        return try await answer(get(["v1", "sessions"], query: query), of: "GET /v1/sessions")
    }

    /// Asks for a session's cancellation. It is cancelled when its stream says so.
    func cancel(_ id: String) async throws -> Answer<ResearchSession> {
        try await answer(
            post(["v1", "sessions", id, "cancel"]), of: "POST /v1/sessions/\(id)/cancel")
    }

    func pause(_ id: String, mode: String) async throws -> Answer<ResearchSession> {
        try await answer(
            post(["v1", "sessions", id, "pause"], json: [("mode", .string(mode))]),
            of: "POST /v1/sessions/\(id)/pause")
    }

    func resume(_ id: String) async throws -> Answer<ResearchSession> {
        try await answer(
            post(["v1", "sessions", id, "resume"]), of: "POST /v1/sessions/\(id)/resume")
    }

    /// Gives another priority to a task, or to all tasks of the session.
    func prioritize(
        _ id: String, task: String?, priority: Int
    ) async throws -> Answer<ResearchSession> {
        let path = ["v1", "sessions", id] + (task.map { ["tasks", $0] } ?? []) + ["priority"]
        return try await answer(
            post(path, json: [("priority", .integer(Int64(priority)))]), of: "POST …/priority")
    }

    func diagnostics(of id: String) async throws -> Answer<SessionDiagnostics> {
        try await answer(
            get(["v1", "sessions", id, "diagnostics"]), of: "GET /v1/sessions/\(id)/diagnostics")
    }

    /// A session's results, as bytes: they may be large, and commands look at parts of them.
    func results(_ id: String) async throws -> [UInt8] {
        try await get(["v1", "sessions", id, "results"])
    }

    func taskList(
        of id: String, _ filter: TaskQuery = TaskQuery()
    ) async throws -> Answer<RecordList<TaskRecord>> {
        try await answer(
            get(["v1", "sessions", id, "tasks"], query: filter.parameters),
            of: "GET /v1/sessions/\(id)/tasks")
    }

    func tasks(of id: String) async throws -> [TaskRecord] {
        try await taskList(of: id).value.records
    }

    func callbacks(of id: String) async throws -> Answer<SessionCallbackList> {
        try await answer(
            get(["v1", "sessions", id, "callbacks"]), of: "GET /v1/sessions/\(id)/callbacks")
    }

    func explain(_ task: String, in id: String) async throws -> Answer<Explanation> {
        try await answer(
            get(["v1", "sessions", id, "tasks", task, "explain"]),
            of: "GET /v1/sessions/\(id)/tasks/\(task)/explain")
    }

    func explanation(of task: String, in id: String) async throws -> Explanation {
        try await explain(task, in: id).value
    }

    func workers() async throws -> Answer<RecordList<WorkerRecord>> {
        try await answer(get(["v1", "workers"]), of: "GET /v1/workers")
    }

    func backUp() async throws -> Answer<JournalBackup> {
        try await answer(post(["v1", "journal", "backups"]), of: "POST /v1/journal/backups")
    }

    func drain(_ worker: String) async throws -> Answer<WorkerRecord> {
        try await answer(
            post(["v1", "workers", worker, "drain"]), of: "POST /v1/workers/\(worker)/drain")
    }

    func agents() async throws -> Answer<RecordList<AgentRecord>> {
        try await answer(get(["v1", "agents"]), of: "GET /v1/agents")
    }

    func metrics(
        of agent: String, since: String?, step: String?
    ) async throws -> Answer<AgentMetrics> {
        let query = [("since", since), ("step", step)].compactMap { name, value in
            value.map { (name: name, value: $0) }
        }
        return try await answer(
            get(["v1", "agents", agent, "metrics"], query: query),
            of: "GET /v1/agents/\(agent)/metrics")
    }

    func status() async throws -> Answer<OrchestratorStatus> {
        try await answer(get(["v1", "status"]), of: "GET /v1/status")
    }

    func registry() async throws -> Answer<RegistryStatus> {
        try await answer(get(["v1", "registry"]), of: "GET /v1/registry")
    }

    private func post(
        _ parts: [String], query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [],
        json members: [(key: String, value: JSONValue)]
    ) async throws -> [UInt8] {
        try await post(
            parts, query: query,
            headers: headers + [(name: "Content-Type", value: "application/json")],
            body: RawJSON(.object(members)).bytes)
    }

    private func answer<Value: Decodable & Sendable>(
        _ bytes: [UInt8], of request: String
    ) throws -> Answer<Value> {
        Answer(value: try APIAnswer.decode(Value.self, from: bytes, of: request), bytes: bytes)
    }
}
