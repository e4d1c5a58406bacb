// What tests do with sessions, all of it through the command line.

import Foundation
import ScrivenerModel
import Testing

extension Cluster {
    /// Submits a plan, which has to be taken.
    ///
    /// - Returns: the session's id.
    func submit(_ plan: ResearchPlan) async throws -> String {
        let outcome = try await scrivener(
            "session", "submit", "-", "--output", "json", input: try plan.json)
        return try outcome.decoded(ResearchSession.self).sessionID
    }

    /// Submits a plan and waits for its end.
    func submitAndWait(_ plan: ResearchPlan) async throws -> (code: Int32, ResearchSession) {
        let outcome = try await scrivener(
            "session", "submit", "-", "--wait", "--output", "json", input: try plan.json)
        return (outcome.code, try outcome.decoded(ResearchSession.self))
    }

    /// Waits for a session's end.
    ///
    /// - Returns: the exit code of the command that waited, and the session as it ended.
    func waitForEnd(of session: String) async throws -> (code: Int32, ResearchSession) {
        let outcome = try await scrivener("session", "watch", session, "--output", "json")
        return (outcome.code, try outcome.decoded(ResearchSession.self))
    }

    /// Waits until a session's progress is as wanted, which it has to be before the session ends.
    @discardableResult
    func wait(
        for session: String, until isWanted: @escaping @Sendable (ProgressReport) -> Bool
    ) async throws -> ProgressReport {
        let watcher = try start(
            .scrivener, name: "watcher", ["session", "watch", session, "--output", "jsonl"])
        let report = try await watcher.first { line -> ProgressReport? in
            let report = try? JSONDecoder().decode(ProgressReport.self, from: Data(line.utf8))
            return report.flatMap { isWanted($0) ? $0 : nil }
        }
        try await watcher.send(SIGKILL)
        return report
    }

    /// Waits until so many of a session's tasks run, and returns all of its tasks.
    func tasks(of session: String, whenRunning count: Int) async throws -> [TaskRecord] {
        try await wait(for: session) { $0.tasksByStatus["running"] == count }
        return try await tasks(of: session)
    }

    func tasks(of session: String) async throws -> [TaskRecord] {
        try await scrivener("session", "tasks", session, "--output", "json")
            .decoded([TaskRecord].self)
    }

    func sessions() async throws -> [ResearchSession] {
        try await scrivener("session", "list", "--output", "json").decoded([ResearchSession].self)
    }

    func explain(_ task: String, of session: String) async throws -> Explanation {
        try await scrivener("session", "explain", session, task, "--output", "json")
            .decoded(Explanation.self)
    }

    func status() async throws -> OrchestratorStatus {
        struct Status: Decodable, Sendable { var orchestrator: OrchestratorStatus }
        return try await scrivener("status", "--output", "json").decoded(Status.self).orchestrator
    }

    func workers() async throws -> [WorkerRecord] {
        try await scrivener("worker", "list", "--output", "json").decoded([WorkerRecord].self)
    }
}
