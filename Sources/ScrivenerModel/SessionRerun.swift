// Running a session again: what may be asked for, and what would become of each of its tasks.

/// Which tasks of a session run again.
public enum RerunScope: String, Sendable, Codable, CaseIterable {
    /// Those that did not complete, and all that depends on them. Results of the others are kept.
    case failed
    /// All of them.
    case all
}

/// What becomes of a task when its session is run again.
public enum RerunAction: String, Sendable, Codable, CaseIterable {
    /// Its result is taken over.
    case keep
    case run
    /// It is left out: the task whose result had added it runs again, and may add it again.
    case drop
}

/// Why that becomes of it.
public enum RerunReason: String, Sendable, Codable, CaseIterable {
    /// It completed, and so did all that it depends on.
    case completed
    /// It did not complete.
    case notCompleted = "not_completed"
    /// A task that it depends on runs again: it would be given other inputs.
    case dependencyRuns = "dependency_runs"
    /// The task that added it runs again.
    case adderRuns = "adder_runs"
    /// A task that it had added depends on one that is left out, and has to be added again.
    case additionDropped = "addition_dropped"
    /// All tasks were asked for.
    case requested
}

/// One task of a session that would be run again.
public struct RerunTask: Sendable, Equatable, Codable {
    public var taskID: String
    /// How it ended in the session that is run again.
    public var status: TaskStatus
    public var action: RerunAction
    public var reason: RerunReason
    /// The other task that the reason is about, where it is about one.
    public var because: String?

    public init(
        taskID: String, status: TaskStatus, action: RerunAction, reason: RerunReason,
        because: String? = nil
    ) {
        self.taskID = taskID
        self.status = status
        self.action = action
        self.reason = reason
        self.because = because
    }

    enum CodingKeys: String, CodingKey {
        case status, action, reason, because
        case taskID = "task_id"
    }
}

/// What running a session again would come to.
public struct RerunPreview: Sendable, Equatable, Codable {
    /// How many tasks a preview names at most: those that run first, then those that are left out, then
    /// those that are kept.
    public static let maximumTasks = 1_000

    /// The session that would be run again.
    public var sessionID: String
    public var only: RerunScope
    public var tasksToRun: Int
    public var tasksKept: Int
    public var tasksDropped: Int
    public var tasks: [RerunTask]
    /// How many tasks are not named.
    public var tasksOmitted: Int

    public init(sessionID: String, only: RerunScope, tasks: [RerunTask]) {
        self.sessionID = sessionID
        self.only = only
        let byAction = Dictionary(grouping: tasks, by: \.action)
        tasksToRun = byAction[.run]?.count ?? 0
        tasksKept = byAction[.keep]?.count ?? 0
        tasksDropped = byAction[.drop]?.count ?? 0
        let ordered = [RerunAction.run, .drop, .keep].flatMap { byAction[$0] ?? [] }
        self.tasks = Array(ordered.prefix(Self.maximumTasks))
        tasksOmitted = ordered.count - self.tasks.count
    }

    enum CodingKeys: String, CodingKey {
        case only, tasks
        case sessionID = "session_id"
        case tasksToRun = "tasks_to_run"
        case tasksKept = "tasks_kept"
        case tasksDropped = "tasks_dropped"
        case tasksOmitted = "tasks_omitted"
    }
}
