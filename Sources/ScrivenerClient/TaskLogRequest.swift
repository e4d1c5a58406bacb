// Whose log is asked for.

/// What one task's agent says, of the running or last attempt or of one by itself.
package struct TaskLogRequest: Sendable {
    package var sessionID: String
    package var taskID: String
    /// The running or last one when absent.
    package var attempt: Int?

    package init(sessionID: String, taskID: String, attempt: Int? = nil) {
        self.sessionID = sessionID
        self.taskID = taskID
        self.attempt = attempt
    }

    /// The task in the API.
    private var task: [String] { ["v1", "sessions", sessionID, "tasks", taskID] }

    package var path: [String] { task + ["log"] }
    package var attemptsPath: [String] { task + ["attempts"] }

    package var query: [(name: String, value: String)] {
        attempt.map { [(name: "attempt", value: "\($0)")] } ?? []
    }
}
