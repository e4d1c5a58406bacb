// What people do to open sessions: cancel, pause, resume, give another priority. A session that has
// ended is an error that says how it ended.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel

extension Gateway {
    func cancel(_ id: String) async throws(ScrivenerError) -> ResearchSession {
        try await control(id, .cancel(sessionID: id))
    }

    func pause(
        _ id: String, running: PausedTasks
    ) async throws(ScrivenerError) -> ResearchSession {
        let mode: PauseMode =
            switch running {
            case .finish: .finish
            case .now: .now
            }
        return try await control(id, .pause(sessionID: id, mode))
    }

    func resume(_ id: String) async throws(ScrivenerError) -> ResearchSession {
        try await control(id, .resume(sessionID: id))
    }

    func prioritize(
        session id: String, task: String?, priority: Int
    ) async throws(ScrivenerError) -> ResearchSession {
        try await control(id, .prioritize(sessionID: id, taskID: task, priority: priority))
    }

    /// - Returns: the session as it is when what was asked for is on disk.
    private func control(
        _ id: String, _ control: Control
    ) async throws(ScrivenerError) -> ResearchSession {
        let reply = await ask { .control(control, $0) }
        switch reply {
        case .session(_, let session): return session
        case .done: return try await session(id)
        case .notOpen:
            let ended = try await archived(id).session
            throw ScrivenerError(
                .sessionEnded, "session \(id) has ended: it is \(ended.sessionState.rawValue)")
        default: throw unexpected(reply)
        }
    }
}
