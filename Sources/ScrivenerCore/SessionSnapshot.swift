// A session whole: what is archived when it ends, and what answers questions about it while it is
// open. Readable by itself, without the facts that led to it.

package import ScrivenerModel

/// A session with its tasks, attempts, and where the results lie.
package struct SessionSnapshot: Sendable, Equatable {
    package var number: Int64
    package var session: ResearchSession
    package var tasks: [TaskSnapshot]
    /// Numbers of the tasks that are over, in the order in which they ended.
    package var endOrder: [Int32]

    package init(
        number: Int64, session: ResearchSession, tasks: [TaskSnapshot], endOrder: [Int32]
    ) {
        self.number = number
        self.session = session
        self.tasks = tasks
        self.endOrder = endOrder
    }
}

/// A task with its attempts.
package struct TaskSnapshot: Sendable, Equatable {
    package var taskID: String
    package var taskType: String
    package var status: TaskStatus
    package var assignedAgent: String?
    /// Numbers of tasks within the session.
    package var dependencies: [Int32]
    /// 1…10.
    package var priority: Int32
    /// Of the dependencies, those whose results the task went on without.
    package var missingDependencies: [Int32]
    /// The task whose result added it to the session while it ran; it can run from then on.
    package var addedBy: Int32?
    /// Whether its result, and the one attempt, are those of the session that this one runs again.
    package var isReused: Bool
    package var executions: [ExecutionSnapshot]

    package init(
        taskID: String, taskType: String, status: TaskStatus, assignedAgent: String?,
        dependencies: [Int32], priority: Int32 = Int32(ResearchTask.defaultPriority),
        missingDependencies: [Int32] = [], addedBy: Int32? = nil, isReused: Bool = false,
        executions: [ExecutionSnapshot]
    ) {
        self.taskID = taskID
        self.taskType = taskType
        self.status = status
        self.assignedAgent = assignedAgent
        self.dependencies = dependencies
        self.priority = priority
        self.missingDependencies = missingDependencies
        self.addedBy = addedBy
        self.isReused = isReused
        self.executions = executions
    }

    /// The attempts of this session: what its timeline and its figures are made of.
    package var ownExecutions: [ExecutionSnapshot] { isReused ? [] : executions }
}

/// One attempt.
package struct ExecutionSnapshot: Sendable, Equatable {
    package var attempt: Int32
    package var workerID: String
    package var agent: String
    package var outcome: ExecutionOutcome
    package var failureClass: FailureClass?
    package var dispatchedAt: WallTime
    package var endedAt: WallTime?
    package var runTime: TimeSpan
    /// Whether it ran beside another attempt at the same task.
    package var isHedge: Bool
    /// Whether its agent stood in for the one that the task wanted.
    package var isFallback: Bool
    /// The result, where the attempt left one.
    package var record: ResultHandle?

    package init(
        attempt: Int32, workerID: String, agent: String, outcome: ExecutionOutcome,
        failureClass: FailureClass?, dispatchedAt: WallTime, endedAt: WallTime?,
        runTime: TimeSpan, isHedge: Bool = false, isFallback: Bool = false, record: ResultHandle?
    ) {
        self.attempt = attempt
        self.workerID = workerID
        self.agent = agent
        self.outcome = outcome
        self.failureClass = failureClass
        self.dispatchedAt = dispatchedAt
        self.endedAt = endedAt
        self.runTime = runTime
        self.isHedge = isHedge
        self.isFallback = isFallback
        self.record = record
    }
}

/// What an open session's diagnosis is made of.
package struct OpenDiagnosis: Sendable, Equatable {
    /// Beyond which run time a task of a type is unusual, as was learned of the whole pool.
    package struct UnusualRunTime: Sendable, Equatable {
        package var taskType: String
        package var runTime: TimeSpan
    }

    package var snapshot: SessionSnapshot
    package var explanations: [Explanation]
    /// In order of their types; types of which too little is known are absent.
    package var unusualRunTimes: [UnusualRunTime]
}
