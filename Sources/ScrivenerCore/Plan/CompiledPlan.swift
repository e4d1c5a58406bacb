// A plan in the form in which the machine and the journal keep it: columns instead of objects,
// numbers instead of names. A plan is compiled once, when it is submitted; recovery parses no JSON.

package import ScrivenerModel

/// A validated plan in columns.
package struct CompiledPlan: Sendable, Equatable {
    package var sessionID: String
    package var query: String
    package var config: OrchestrationConfig
    package var timeout: TimeSpan?
    /// The session's share of the pool beside others'.
    package var weight: Int32
    /// The session's place in a trace, if it has one.
    package var trace: SessionTrace?
    package var tasks: TaskColumns

    package init(
        sessionID: String, query: String, config: OrchestrationConfig, timeout: TimeSpan?,
        weight: Int32 = 1, trace: SessionTrace? = nil, tasks: TaskColumns
    ) {
        self.sessionID = sessionID
        self.query = query
        self.config = config
        self.timeout = timeout
        self.weight = weight
        self.trace = trace
        self.tasks = tasks
    }
}

/// Where a task's description and parameters lie within the payload that came with its plan.
package struct SpecificationSlice: Sendable, Equatable {
    package var offset: UInt32
    package var descriptionLength: UInt32
    package var parametersLength: UInt32

    package init(offset: UInt32, descriptionLength: UInt32, parametersLength: UInt32) {
        self.offset = offset
        self.descriptionLength = descriptionLength
        self.parametersLength = parametersLength
    }
}

/// Tasks in columns: a whole plan's, or those that a running session gains.
package struct TaskColumns: Sendable, Equatable {
    package var ids = StringArena()
    package var classes: [TaskClass] = []
    /// Index into `classes`, per task.
    package var classOf: [Int32] = []
    /// Numbers of tasks within the session, row by row. In an extension, numbers below the first
    /// new task name tasks that the session already has.
    package var dependencies: [Int32] = []
    /// Where each task's row of `dependencies` ends.
    package var dependencyEnds: [Int32] = []
    package var specifications: [SpecificationSlice] = []
    /// Expected run times in nanoseconds, per task; 0 where the plan has none, and empty where it
    /// has none at all.
    package var expected: [Int64] = []
    /// The payload that `specifications` are slices of.
    package var specificationPayload = PayloadHandle(row: 0, offset: 0, length: 0)

    package init() {}

    package var count: Int { classOf.count }

    package func dependencies(of task: Int) -> ArraySlice<Int32> {
        let start = task == 0 ? 0 : Int(dependencyEnds[task - 1])
        return dependencies[start..<Int(dependencyEnds[task])]
    }

    /// The same tasks for a session that has more of them than when they were numbered.
    ///
    /// - Parameter base: how many it had then.
    /// - Returns: `nil` when one of those that it has gained bears the id of one of these.
    func renumbered(after existing: StringArena, base: Int) -> TaskColumns? {
        guard existing.count > base else { return self }
        let gained = Set((base..<existing.count).map { existing[$0] })
        guard !(0..<ids.count).contains(where: { gained.contains(ids[$0]) }) else { return nil }
        var columns = self
        let shift = Int32(existing.count - base)
        columns.dependencies = dependencies.map { $0 < base ? $0 : $0 + shift }
        return columns
    }
}
