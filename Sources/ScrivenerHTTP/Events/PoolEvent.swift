// The events of the pool's stream, and their data.

import ScrivenerModel

extension StreamEvent {
    /// A change of a session or a worker.
    init(_ change: ToldChange) throws {
        let id = StreamCursor(change.cursor).text
        switch change.subject {
        case .session(let step, let session, let view):
            try self.init(
                "session", id: id,
                SessionChange(
                    at: change.at, change: step.rawValue, session: view, sessionID: session))
        case .worker(let step, let worker):
            try self.init(
                "worker", id: id,
                WorkerChange(
                    at: change.at, change: step.rawValue, worker: worker,
                    workerID: worker.workerID))
        }
    }

    /// - Parameter cursor: where the stream begins.
    init(_ snapshot: PoolSnapshot, at cursor: PoolCursor) throws {
        let text = StreamCursor(cursor).text
        try self.init(
            "snapshot", id: text,
            PoolBeginning(
                cursor: text, sessions: snapshot.sessions, status: snapshot.status,
                workers: snapshot.workers))
    }
}

/// The data of the event `snapshot`.
private struct PoolBeginning: Encodable {
    var cursor: String
    var sessions: [ResearchSession]
    var status: OrchestratorStatus
    var workers: [WorkerRecord]
}

/// The data of the event `session`.
private struct SessionChange: Encodable {
    var at: WallTime
    var change: String
    var session: ResearchSession?
    var sessionID: String

    enum CodingKeys: String, CodingKey {
        case at, change, session
        case sessionID = "session_id"
    }
}

/// The data of the event `worker`.
private struct WorkerChange: Encodable {
    var at: WallTime
    var change: String
    var worker: WorkerRecord
    var workerID: String

    enum CodingKeys: String, CodingKey {
        case at, change, worker
        case workerID = "worker_id"
    }
}
