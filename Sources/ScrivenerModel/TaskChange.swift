// What somebody who follows a session is told of one of its tasks: where it is now, in a line. All else is
// in its record.

/// Where a task is, as of the last committed batch.
public struct TaskChange: Sendable, Equatable, Codable {
    public var taskID: String
    public var status: TaskStatus
    /// The number of the attempt whose result counts, or else of the latest; absent when there was none.
    public var attempt: Int?
    public var agent: String?
    public var workerID: String?
    /// How long the attempt ran, in seconds; absent while it runs.
    public var runSeconds: Double?
    /// Absent when the attempt did not fail.
    public var failureClass: FailureClass?
    /// `true` when the result was taken over from the session that this one runs again.
    public var reused: Bool?

    public init(
        taskID: String, status: TaskStatus, attempt: Int? = nil, agent: String? = nil,
        workerID: String? = nil, runSeconds: Double? = nil, failureClass: FailureClass? = nil,
        reused: Bool? = nil
    ) {
        self.taskID = taskID
        self.status = status
        self.attempt = attempt
        self.agent = agent
        self.workerID = workerID
        self.runSeconds = runSeconds
        self.failureClass = failureClass
        self.reused = reused
    }

    enum CodingKeys: String, CodingKey {
        case status, attempt, agent, reused
        case taskID = "task_id"
        case workerID = "worker_id"
        case runSeconds = "run_seconds"
        case failureClass = "failure_class"
    }
}
