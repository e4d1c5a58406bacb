// Plans, and the tasks that a session gains, as bytes. A plan is written once and may have a
// hundred thousand tasks, so its columns are written as columns.

import ScrivenerCore
import ScrivenerModel

extension ByteWriter {
    mutating func opening(_ opening: SessionOpening) {
        let plan = opening.plan
        signed(opening.number)
        string(plan.sessionID)
        string(plan.query)
        config(plan.config)
        flag(plan.timeout != nil)
        if let timeout = plan.timeout { signed(timeout.nanoseconds) }
        signed(Int64(plan.weight))
        trace(plan.trace)
        tasks(plan.tasks)
    }

    mutating func graphExtension(_ added: GraphExtension) {
        signed(added.session)
        signed(Int64(added.by))
        tasks(added.tasks)
    }

    private mutating func config(_ config: OrchestrationConfig) {
        signed(Int64(config.maxConcurrentTasks))
        double(config.taskTimeoutSeconds)
        double(config.progressUpdateIntervalSeconds)
        signed(Int64(config.maxRetryAttempts))
        double(config.retryDelaySeconds)
        flag(config.enableParallelExecution)
    }

    private mutating func tasks(_ tasks: TaskColumns) {
        if let defect = tasks.defect {
            preconditionFailure("tasks that could not be read back: \(defect)")
        }
        count(tasks.count)
        deltaColumn(tasks.ids.ends.lazy.map { Int64($0) })
        lengthAndBytes(tasks.ids.bytes)
        count(tasks.classes.count)
        for kind in tasks.classes { taskClass(kind) }
        signedColumn(tasks.classOf)
        deltaColumn(tasks.dependencyEnds)
        count(tasks.dependencies.count)
        deltaColumn(tasks.dependencies)
        specifications(tasks.specifications)
        flag(!tasks.expected.isEmpty)
        signedColumn(tasks.expected)
        signed(tasks.specificationPayload.row)
        varint(UInt64(tasks.specificationPayload.offset))
        varint(UInt64(tasks.specificationPayload.length))
    }

    /// Specifications lie one behind the other: offsets are differences from the last one's end.
    private mutating func specifications(_ slices: [SpecificationSlice]) {
        var end: UInt32 = 0
        for slice in slices {
            signed(Int64(slice.offset) - Int64(end))
            varint(UInt64(slice.descriptionLength))
            varint(UInt64(slice.parametersLength))
            end = slice.end
        }
    }
}

extension ByteReader {
    mutating func opening() throws(JournalDecodingError) -> SessionOpening {
        let number = try signed()
        let sessionID = try string()
        let query = try string()
        let config = try config()
        let timeout = try flag() ? TimeSpan(nanoseconds: try signed()) : nil
        return SessionOpening(
            number: number,
            plan: CompiledPlan(
                sessionID: sessionID, query: query, config: config, timeout: timeout,
                weight: try integer(), trace: try trace(), tasks: try tasks()))
    }

    mutating func graphExtension() throws(JournalDecodingError) -> GraphExtension {
        GraphExtension(session: try signed(), by: try integer(), tasks: try tasks())
    }

    private mutating func config() throws(JournalDecodingError) -> OrchestrationConfig {
        OrchestrationConfig(
            maxConcurrentTasks: try integer(), taskTimeoutSeconds: try double(),
            progressUpdateIntervalSeconds: try double(), maxRetryAttempts: try integer(),
            retryDelaySeconds: try double(), enableParallelExecution: try flag())
    }

    private mutating func tasks() throws(JournalDecodingError) -> TaskColumns {
        var tasks = TaskColumns()
        let count = try count()
        let ends = try deltaColumn(count, of: Int64.self)
        tasks.ids = try ids(ends: ends, bytes: try lengthAndBytes())
        for _ in 0..<(try self.count()) { tasks.classes.append(try taskClass()) }
        tasks.classOf = try signedColumn(count)
        tasks.dependencyEnds = try deltaColumn(count)
        tasks.dependencies = try deltaColumn(try self.count())
        tasks.specifications = try specifications(count)
        if try flag() { tasks.expected = try signedColumn(count) }
        tasks.specificationPayload = PayloadHandle(
            row: try signed(), offset: try unsigned32(), length: try unsigned32())
        if let defect = tasks.defect { throw error(.inconsistent(defect)) }
        return tasks
    }

    private func ids(
        ends: [Int64], bytes: [UInt8]
    ) throws(JournalDecodingError) -> StringArena {
        var narrow: [UInt32] = []
        narrow.reserveCapacity(ends.count)
        for end in ends {
            guard let end = UInt32(exactly: end) else { throw error(.number) }
            narrow.append(end)
        }
        guard let arena = StringArena(bytes: bytes, ends: narrow) else {
            throw error(.inconsistent("task ids do not lie within their bytes"))
        }
        return arena
    }

    private mutating func specifications(
        _ count: Int
    ) throws(JournalDecodingError) -> [SpecificationSlice] {
        guard count <= remaining else { throw error(.count) }
        var slices: [SpecificationSlice] = []
        slices.reserveCapacity(count)
        var end: UInt32 = 0
        for _ in 0..<count {
            guard let offset = UInt32(exactly: Int64(end) &+ (try signed())) else {
                throw error(.number)
            }
            let slice = SpecificationSlice(
                offset: offset, descriptionLength: try unsigned32(),
                parametersLength: try unsigned32())
            slices.append(slice)
            end = slice.end
        }
        return slices
    }
}

extension SpecificationSlice {
    fileprivate var end: UInt32 { offset &+ descriptionLength &+ parametersLength }
}

extension TaskColumns {
    /// What of the columns does not fit together, so that an index taken from one would lie outside
    /// another. Whether the dependencies name tasks that exist is not for the journal to know.
    fileprivate var defect: String? {
        guard ids.count == count, dependencyEnds.count == count, specifications.count == count
        else { return "columns of tasks differ in length" }
        guard expected.isEmpty || expected.count == count else {
            return "expected run times are not one for each task"
        }
        guard classOf.allSatisfy({ classes.indices.contains(Int($0)) }) else {
            return "a task's class is not there"
        }
        var last: Int32 = 0
        for end in dependencyEnds {
            guard end >= last else { return "rows of dependencies are out of order" }
            last = end
        }
        guard Int(last) == dependencies.count else { return "dependencies belong to no task" }
        guard dependencies.allSatisfy({ $0 >= 0 }) else { return "a dependency is negative" }
        return nil
    }
}
