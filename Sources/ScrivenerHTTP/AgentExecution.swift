// Executes one task on an agent: opens a session for it, waits for the end, and reads what it came to.

import Foundation
package import ScrivenerModel

extension CoordinatorGateway {
    /// - Parameter patience: how many seconds to wait for the end. Then the session goes on.
    package func execute(
        _ request: AgentExecutionRequest, key: String? = nil, trace: TraceContext? = nil,
        patience: Int
    ) async throws -> AgentExecutionOutcome {
        let end = PendingEnd(patience: patience)
        let plan = Array(try JSONEncoder().encode(request.plan))
        let receipt: SubmissionReceipt
        do throws(ScrivenerError) {
            receipt = try await submit(
                planJSON: plan, idempotencyKey: key, trace: trace, end: end)
        } catch {
            throw error.ofTask
        }
        let session = await end.session(accepted: receipt.session)
        guard session.status.isTerminal else {
            return AgentExecutionOutcome(sessionID: session.sessionID, status: session.status)
        }
        let task = try await results(session.sessionID).tasks.first
        return AgentExecutionOutcome(
            sessionID: session.sessionID, status: session.status, task: task?.task,
            payload: task?.payload, findings: task?.findings)
    }
}

extension AgentExecutionRequest {
    private static let fields = ["parameters", "query", "timeout_seconds"]

    /// - Parameter body: an object in JSON.
    init(agent: String, body: [UInt8]) throws(ScrivenerError) {
        self.init(agent: agent)
        let fields = try ControlBody(
            body, contentType: "application/json", fields: Self.fields)
        if let parameters = try fields.object("parameters") { self.parameters = parameters }
        query = try fields.text("query") ?? ""
        timeoutSeconds = try fields.number("timeout_seconds")
    }
}

extension ScrivenerError {
    /// The same with places in the request, which has what the plan's only task has; the agent stands in
    /// the path.
    fileprivate var ofTask: ScrivenerError {
        var error = self
        error.mistakes = []
        for mistake in mistakes where mistake.path != "/tasks/0/task_type" {
            var moved = mistake
            if mistake.path == "/tasks/0/assigned_agent" {
                moved.path = "agent"
            } else if mistake.path.hasPrefix("/tasks/0/") {
                moved.path = String(mistake.path.dropFirst("/tasks/0".count))
            }
            error.mistakes.append(moved)
        }
        return error
    }
}
