// One task's attempts, as people see them.

package import ScrivenerModel

/// The attempts at a task, the earliest first.
package struct AttemptList: Sendable, Equatable, Codable {
    package var taskID: String
    package var status: TaskStatus
    package var attempts: [AgentExecution]

    package init(taskID: String, status: TaskStatus, attempts: [AgentExecution]) {
        self.taskID = taskID
        self.status = status
        self.attempts = attempts
    }

    enum CodingKeys: String, CodingKey {
        case status, attempts
        case taskID = "task_id"
    }
}
