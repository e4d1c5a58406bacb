// What `scrivener top` shows at one moment: the pool, and of its queue why it waits.

import ScrivenerClient
import ScrivenerModel

struct PoolSnapshot: Sendable {
    /// Of so many sessions, those with the most open tasks, so many waiting tasks are explained.
    private static let explainedSessions = 5
    private static let explainedTasks = 4

    var status: Answer<OrchestratorStatus>
    var registry: Answer<RegistryStatus>
    var workers: Answer<RecordList<WorkerRecord>>
    var waiting: [WaitingTask]

    /// - Throws: `APIError`.
    static func take(from client: APIClient) async throws -> PoolSnapshot {
        async let registry = client.registry()
        async let workers = client.workers()
        let status = try await client.status()
        let waiting = try await waiting(in: status.value, client: client)
        return PoolSnapshot(
            status: status, registry: try await registry, workers: try await workers,
            waiting: waiting)
    }

    private static func waiting(
        in status: OrchestratorStatus, client: APIClient
    ) async throws -> [WaitingTask] {
        guard status.loadBalancing.queueSize > 0 else { return [] }
        let sessions = status.sessionStates
            .filter { $0.value.openTasks > $0.value.runningTasks }
            .sorted { ($1.value.openTasks, $0.key) < ($0.value.openTasks, $1.key) }
            .prefix(explainedSessions)
        var found: [WaitingTask] = []
        for (id, _) in sessions {
            do {
                let tasks = try await client.taskList(
                    of: id, TaskFilter(status: .ready, limit: explainedTasks))
                for task in tasks.value.records {
                    let why = try await client.explanation(of: task.taskID, in: id)
                    // It may have begun meanwhile.
                    if why.status == .ready { found.append(WaitingTask(sessionID: id, why: why)) }
                }
            } catch let error as APIError {
                // A session may have been removed meanwhile; everything else is told.
                guard case .problem(let problem, _) = error, problem.status == 404 else {
                    throw error
                }
            }
        }
        return found
    }

    /// Executions that have completed since the coordinator knows of their instances.
    var completed: Int {
        status.value.loadBalancing.agentMetrics.values.reduce(0) { $0 &+ $1.completedExecutions }
    }

    var failed: Int {
        status.value.loadBalancing.agentMetrics.values.reduce(0) { $0 &+ $1.failedExecutions }
    }

    var slots: Int {
        status.value.loadBalancing.agentMetrics.values.reduce(0) { $0 &+ $1.slots }
    }

    /// The answers as they came, side by side.
    var document: [UInt8] {
        let waiting = RawJSON(
            .array(
                waiting.map { task in
                    .object([
                        ("session_id", .string(task.sessionID)),
                        ("task_id", .string(task.why.taskID)),
                        ("reason", .string(task.why.reason.rawValue)),
                        ("message", .string(task.why.message)),
                        ("wakes", .string(task.why.wakes)),
                    ])
                }))
        return [
            #"{"orchestrator":"#.utf8.map(\.self), status.bytes, Array(#","registry":"#.utf8),
            registry.bytes, Array(#","waiting":"#.utf8), waiting.bytes,
            Array(#","workers":"#.utf8), workers.bytes, Array("}".utf8),
        ].flatMap(\.self)
    }
}

/// A task that could run, and why it does not.
struct WaitingTask: Sendable {
    var sessionID: String
    var why: Explanation
}
