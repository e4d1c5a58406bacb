// The API's routes, one function each. Where a program may show the answer as it came, its bytes
// come along.

package import ScrivenerModel

extension APIClient {
    /// Opens a session.
    ///
    /// - Parameters:
    ///   - key: Says which submission this is: with it, it is safe to send again.
    ///   - seconds: How long the answer may wait for the session's end.
    ///   - more: Headers beside those.
    package func open(
        plan: [UInt8], contentType: String, key: String, waitingSeconds seconds: Int? = nil,
        headers more: [(name: String, value: String)] = []
    ) async throws -> Answer<ResearchSession> {
        let headers =
            [
                (name: "Content-Type", value: contentType),
                (name: "Idempotency-Key", value: key),
            ] + Self.preference(seconds)
        let bytes = try await post(["v1", "sessions"], headers: headers + more, body: plan)
        return try answer(bytes, of: "POST /v1/sessions")
    }

    /// Runs a session that has ended again.
    ///
    /// - Parameters:
    ///   - key: With it, it is safe to ask again: for the same session.
    ///   - more: Headers beside it.
    package func openRerun(
        _ id: String, _ scope: RerunScope, key: String,
        headers more: [(name: String, value: String)] = []
    ) async throws -> Answer<ResearchSession> {
        let bytes = try await post(
            ["v1", "sessions", id, "rerun"],
            headers: [(name: "Idempotency-Key", value: key)] + more,
            json: [("only", .string(scope.rawValue))])
        return try answer(bytes, of: "POST /v1/sessions/\(id)/rerun")
    }

    /// What running it again would come to.
    package func rerunPreview(
        _ id: String, _ scope: RerunScope
    ) async throws -> Answer<RerunPreview> {
        try await answer(
            post(
                ["v1", "sessions", id, "rerun"], query: [(name: "dry_run", value: "true")],
                json: [("only", .string(scope.rawValue))]),
            of: "POST /v1/sessions/\(id)/rerun?dry_run=true")
    }

    /// A key that nobody else has.
    package static func randomKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }

    private static func preference(_ seconds: Int?) -> [(name: String, value: String)] {
        seconds.map { [(name: "Prefer", value: "wait=\($0)")] } ?? []
    }

    /// Has an agent execute one task.
    ///
    /// - Parameters:
    ///   - key: With it, it is safe to ask again: for the same execution.
    ///   - seconds: How long the answer may wait for the end.
    package func execute(
        _ request: AgentExecutionRequest, key: String, waitingSeconds seconds: Int
    ) async throws -> Answer<AgentExecutionOutcome> {
        var body = [(key: "parameters", value: try request.parameters.value())]
        if !request.query.isEmpty { body.append(("query", .string(request.query))) }
        if let limit = request.timeoutSeconds {
            body.append(("timeout_seconds", .number(limit)))
        }
        let bytes = try await post(
            ["v1", "agents", request.agent, "execute"],
            headers: [(name: "Idempotency-Key", value: key)] + Self.preference(seconds),
            json: body)
        return try answer(bytes, of: "POST /v1/agents/\(request.agent)/execute")
    }

    package func session(_ id: String) async throws -> Answer<ResearchSession> {
        try await answer(get(["v1", "sessions", id]), of: "GET /v1/sessions/\(id)")
    }

    /// One page of the list of sessions, newest first as the coordinator orders them.
    package func sessions(
        limit: Int, after cursor: String?, status: SessionStatus? = nil, since: String? = nil
    ) async throws -> Answer<RecordList<ResearchSession>> {
        var query = [(name: "limit", value: String(limit))]
        if let cursor { query.append((name: "after", value: cursor)) }
        if let status { query.append((name: "status", value: status.rawValue)) }
        if let since { query.append((name: "since", value: since)) }
        return try await answer(get(["v1", "sessions"], query: query), of: "GET /v1/sessions")
    }

    /// Asks for a session's cancellation. It is cancelled when its stream says so.
    package func cancel(_ id: String) async throws -> Answer<ResearchSession> {
        try await answer(
            post(["v1", "sessions", id, "cancel"]), of: "POST /v1/sessions/\(id)/cancel")
    }

    package func pause(_ id: String, mode: String) async throws -> Answer<ResearchSession> {
        try await answer(
            post(["v1", "sessions", id, "pause"], json: [("mode", .string(mode))]),
            of: "POST /v1/sessions/\(id)/pause")
    }

    package func resume(_ id: String) async throws -> Answer<ResearchSession> {
        try await answer(
            post(["v1", "sessions", id, "resume"]), of: "POST /v1/sessions/\(id)/resume")
    }

    /// Gives another priority to a task, or to all tasks of the session.
    package func prioritize(
        _ id: String, task: String?, priority: Int
    ) async throws -> Answer<ResearchSession> {
        let path = ["v1", "sessions", id] + (task.map { ["tasks", $0] } ?? []) + ["priority"]
        return try await answer(
            post(path, json: [("priority", .integer(Int64(priority)))]), of: "POST …/priority")
    }

    package func diagnostics(of id: String) async throws -> Answer<SessionDiagnostics> {
        try await answer(
            get(["v1", "sessions", id, "diagnostics"]), of: "GET /v1/sessions/\(id)/diagnostics")
    }

    /// A session's results, as bytes: they may be large, and commands look at parts of them.
    package func results(_ id: String) async throws -> [UInt8] {
        try await get(["v1", "sessions", id, "results"])
    }

    package func taskList(
        of id: String, _ filter: TaskFilter = TaskFilter()
    ) async throws -> Answer<RecordList<TaskRecord>> {
        try await answer(
            get(["v1", "sessions", id, "tasks"], query: filter.parameters),
            of: "GET /v1/sessions/\(id)/tasks")
    }

    package func tasks(of id: String) async throws -> [TaskRecord] {
        try await taskList(of: id).value.records
    }

    package func callbacks(of id: String) async throws -> Answer<SessionCallbackList> {
        try await answer(
            get(["v1", "sessions", id, "callbacks"]), of: "GET /v1/sessions/\(id)/callbacks")
    }

    package func explain(_ task: String, in id: String) async throws -> Answer<Explanation> {
        try await answer(
            get(["v1", "sessions", id, "tasks", task, "explain"]),
            of: "GET /v1/sessions/\(id)/tasks/\(task)/explain")
    }

    package func explanation(of task: String, in id: String) async throws -> Explanation {
        try await explain(task, in: id).value
    }

    package func workers() async throws -> Answer<RecordList<WorkerRecord>> {
        try await answer(get(["v1", "workers"]), of: "GET /v1/workers")
    }

    package func pools() async throws -> Answer<RecordList<WorkerPoolRecord>> {
        try await answer(get(["v1", "pools"]), of: "GET /v1/pools")
    }

    package func backUp() async throws -> Answer<JournalBackup> {
        try await answer(post(["v1", "journal", "backups"]), of: "POST /v1/journal/backups")
    }

    package func drain(_ worker: String) async throws -> Answer<WorkerRecord> {
        try await answer(
            post(["v1", "workers", worker, "drain"]), of: "POST /v1/workers/\(worker)/drain")
    }

    package func agents() async throws -> Answer<RecordList<AgentRecord>> {
        try await answer(get(["v1", "agents"]), of: "GET /v1/agents")
    }

    package func metrics(
        of agent: String, since: String?, step: String?
    ) async throws -> Answer<AgentMetrics> {
        let query = [("since", since), ("step", step)].compactMap { name, value in
            value.map { (name: name, value: $0) }
        }
        return try await answer(
            get(["v1", "agents", agent, "metrics"], query: query),
            of: "GET /v1/agents/\(agent)/metrics")
    }

    package func status() async throws -> Answer<OrchestratorStatus> {
        try await answer(get(["v1", "status"]), of: "GET /v1/status")
    }

    package func registry() async throws -> Answer<RegistryStatus> {
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
