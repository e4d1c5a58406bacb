// One session's tasks as a struct of arrays, with compressed rows for the edges.
//
// A completion touches a few integers and no string. Rows of dependants can grow while the session
// runs: a row that gains entries moves to the end of the edge array (the old place is wasted; the
// waste is bounded by the edges that extensions add). Measured on a million tasks, this layout
// costs about a twentieth of one with an object per task.

package import ScrivenerModel

/// The tasks of one session.
package struct TaskGraph: Sendable {
    private(set) var ids = StringArena()
    private(set) var classes: [TaskClass] = []
    private(set) var classOf: [Int32] = []
    private(set) var lifecycle: [TaskLifecycle] = []
    /// Retries that were granted, per task.
    private(set) var retries: [UInt8] = []
    /// The latest attempt's place in `executions`, or -1.
    private(set) var latestExecution: [Int32] = []
    private(set) var dependencies: [Int32] = []
    private(set) var dependencyEnds: [Int32] = []
    private var dependantRows: [EdgeRow] = []
    private var dependantEdges: [Int32] = []
    private(set) var specifications: [SpecificationSlice] = []
    /// Which payload each range of tasks came with, in task order.
    private(set) var specificationPayloads: [(end: Int32, payload: PayloadHandle)] = []
    /// Attempts in the order of their dispatch.
    private(set) var executions: [Execution] = []
    /// How many tasks are in each state.
    private(set) var counts = StatusCounts()
    /// Tasks that a worker holds, in no particular order.
    private(set) var live: [Int32] = []
    /// Tasks that became ready and were not yet given to the dispatcher.
    var newlyReady: [Int32] = []

    private struct EdgeRow {
        var start: Int32
        var count: Int32
    }

    package var count: Int { lifecycle.count }
    package var openCount: Int { count - counts.terminal }

    package init() {}

    // MARK: Reading

    package func taskClass(_ task: Int) -> TaskClass { classes[Int(classOf[task])] }

    package func dependencies(of task: Int) -> ArraySlice<Int32> {
        let start = task == 0 ? 0 : Int(dependencyEnds[task - 1])
        return dependencies[start..<Int(dependencyEnds[task])]
    }

    func dependants(of task: Int) -> ArraySlice<Int32> {
        let row = dependantRows[task]
        return dependantEdges[Int(row.start)..<Int(row.start + row.count)]
    }

    /// Where a task's description and parameters lie.
    package func specification(
        of task: Int
    ) -> (description: PayloadHandle, parameters: PayloadHandle) {
        let slice = specifications[task]
        let index = specificationPayloads.firstIndex { task < Int($0.end) } ?? 0
        let payload = specificationPayloads[index].payload
        let start = payload.offset &+ slice.offset
        return (
            PayloadHandle(row: payload.row, offset: start, length: slice.descriptionLength),
            PayloadHandle(
                row: payload.row, offset: start &+ slice.descriptionLength,
                length: slice.parametersLength)
        )
    }

    /// The committed result of a task, if it completed.
    package func result(of task: Int) -> ResultHandle? {
        guard case .completed(let execution) = lifecycle[task] else { return nil }
        return executions[Int(execution)].record
    }

    /// The attempts at a task, the latest first.
    func executions(of task: Int) -> [Execution] {
        var found: [Execution] = []
        var index = latestExecution[task]
        while index >= 0 {
            found.append(executions[Int(index)])
            index = executions[Int(index)].previous
        }
        return found
    }

    /// The latest attempt at a task that has had one.
    func latestExecution(ofTask task: Int) -> Execution {
        executions[Int(latestExecution[task])]
    }

    /// The number of the latest attempt at a task; 0 when there was none.
    func latestAttempt(of task: Int) -> Int32 {
        let index = latestExecution[task]
        return index < 0 ? 0 : executions[Int(index)].attempt
    }

    // MARK: Growing

    /// Adds tasks. Those with nothing to wait for are ready at once.
    mutating func append(_ new: TaskColumns) {
        let first = count
        let classBase = Int32(classes.count)
        ids.append(contentsOf: new.ids)
        classes.append(contentsOf: new.classes)
        classOf.append(contentsOf: new.classOf.lazy.map { $0 + classBase })
        let edgeBase = Int32(dependencies.count)
        dependencies.append(contentsOf: new.dependencies)
        dependencyEnds.append(contentsOf: new.dependencyEnds.lazy.map { $0 + edgeBase })
        specifications.append(contentsOf: new.specifications)
        specificationPayloads.append((Int32(first + new.count), new.specificationPayload))
        retries.append(contentsOf: repeatElement(0, count: new.count))
        latestExecution.append(contentsOf: repeatElement(-1, count: new.count))
        dependantRows.append(
            contentsOf: repeatElement(EdgeRow(start: 0, count: 0), count: new.count))
        appendDependants(of: new, first: first)
        for task in first..<(first + new.count) { enter(task, first: first) }
        // Counted as open by those that wait for them, wherever they stand in the list.
        let skipped = (first..<count).filter { lifecycle[$0] == .skipped }
        for task in skipped { release(dependantsOf: task) }
    }

    /// Rows of dependants: counted first, then filled, as compressed rows are built.
    private mutating func appendDependants(of new: TaskColumns, first: Int) {
        var additions: [Int32] = Array(repeating: 0, count: first + new.count)
        for dependency in new.dependencies { additions[Int(dependency)] += 1 }
        for task in additions.indices where additions[task] > 0 {
            let old = dependants(of: task)
            let start = Int32(dependantEdges.count)
            dependantEdges.append(contentsOf: old)
            dependantEdges.append(contentsOf: repeatElement(0, count: Int(additions[task])))
            dependantRows[task] = EdgeRow(start: start, count: Int32(old.count))
        }
        for task in first..<(first + new.count) {
            for dependency in dependencies(of: task) {
                let row = dependantRows[Int(dependency)]
                dependantEdges[Int(row.start + row.count)] = Int32(task)
                dependantRows[Int(dependency)].count += 1
            }
        }
    }

    /// The first state of a new task. Some of its older dependencies may be over already.
    private mutating func enter(_ task: Int, first: Int) {
        var open: Int32 = 0
        var isSkipped = false
        for dependency in dependencies(of: task) {
            let status =
                Int(dependency) < first ? lifecycle[Int(dependency)].status : .waiting
            switch status {
            case .completed: break
            case .failed, .cancelled, .skipped:
                if taskClass(task).onDependencyFailure == .skip { isSkipped = true }
            case .waiting, .ready, .running, .backingOff, .cancelling: open += 1
            }
        }
        let state: TaskLifecycle =
            isSkipped ? .skipped : open > 0 ? .waiting(on: open) : .ready
        lifecycle.append(state)
        counts.add(state.status)
        if state == .ready { newlyReady.append(Int32(task)) }
    }

    // MARK: Moving

    /// Carries out a move. An illegal one is a programmer's error: the caller looks first.
    mutating func move(_ task: Int, _ move: TaskMove) {
        let old = lifecycle[task]
        guard let new = old.after(move) else {
            preconditionFailure("task \(ids[task]) (\(task)) is \(old): illegal \(move)")
        }
        set(task, from: old, to: new)
        if new.status.isTerminal { release(dependantsOf: task) }
    }

    private mutating func set(_ task: Int, from old: TaskLifecycle, to new: TaskLifecycle) {
        lifecycle[task] = new
        if old.status != new.status {
            counts.remove(old.status)
            counts.add(new.status)
        }
        if new == .ready { newlyReady.append(Int32(task)) }
        if old.liveExecution != nil, new.liveExecution == nil,
            let place = live.firstIndex(of: Int32(task))
        {
            live.swapAt(place, live.count - 1)
            live.removeLast()
        }
    }

    /// Tells those that wait for an ended task; skips what cannot run without it, and so on down.
    private mutating func release(dependantsOf ended: Int) {
        var pending = [ended]
        while let task = pending.popLast() {
            let completed = lifecycle[task].status == .completed
            let row = dependantRows[task]
            for index in Int(row.start)..<Int(row.start + row.count) {
                let dependant = Int(dependantEdges[index])
                // A dependant that was cancelled or skipped already waits for nothing.
                guard case .waiting = lifecycle[dependant] else { continue }
                let goesOn = completed || taskClass(dependant).onDependencyFailure == .continue
                let old = lifecycle[dependant]
                guard let new = old.after(goesOn ? .dependencyEnded : .dependencyFailed) else {
                    continue
                }
                set(dependant, from: old, to: new)
                if new.status.isTerminal { pending.append(dependant) }
            }
        }
    }

    // MARK: Attempts

    mutating func begin(
        _ task: Int, attempt: Int32, worker: Int32, agent: Int32, at wall: WallTime
    ) {
        let index = Int32(executions.count)
        executions.append(
            Execution(
                attempt: attempt, worker: worker, agent: agent, previous: latestExecution[task],
                dispatchedAt: wall))
        latestExecution[task] = index
        live.append(Int32(task))
        move(task, .dispatch(execution: index))
    }

    mutating func end(_ task: Int, _ ending: AttemptEnding, at wall: WallTime) {
        guard let index = lifecycle[task].liveExecution else {
            preconditionFailure("task \(ids[task]) (\(task)) has no live attempt")
        }
        executions[Int(index)].end(ending, at: wall)
        let isCancelling = lifecycle[task].status == .cancelling
        switch ending.disposition {
        case .requeue: move(task, isCancelling ? .stopped : .requeue)
        case .retry(let notBefore):
            retries[task] += 1
            move(task, .backOff(until: notBefore))
        case .final:
            switch ending.outcome {
            case .completed: move(task, .complete)
            case .failed: move(task, .fail)
            case .cancelled, .workerLost, .released: move(task, isCancelling ? .stopped : .fail)
            }
        }
    }
}

/// One attempt at a task.
package struct Execution: Sendable, Equatable {
    var attempt: Int32
    var worker: Int32
    var agent: Int32
    /// The attempt before this one at the same task, or -1.
    var previous: Int32
    var dispatchedAt: WallTime
    var endedAt = WallTime(millisecondsSince1970: 0)
    var runTime = TimeSpan.zero
    var outcome: AttemptOutcome?
    var record: ResultHandle?

    init(attempt: Int32, worker: Int32, agent: Int32, previous: Int32, dispatchedAt: WallTime) {
        self.attempt = attempt
        self.worker = worker
        self.agent = agent
        self.previous = previous
        self.dispatchedAt = dispatchedAt
    }

    mutating func end(_ ending: AttemptEnding, at wall: WallTime) {
        outcome = ending.outcome
        runTime = ending.runTime
        record = ending.record
        endedAt = wall
    }
}

/// How many tasks are in each state.
package struct StatusCounts: Sendable, Equatable {
    private var values: [Int32] = Array(repeating: 0, count: TaskStatus.allCases.count)
    package private(set) var terminal = 0

    package subscript(status: TaskStatus) -> Int { Int(values[Self.index(status)]) }

    mutating func add(_ status: TaskStatus) {
        values[Self.index(status)] += 1
        if status.isTerminal { terminal += 1 }
    }

    mutating func remove(_ status: TaskStatus) {
        values[Self.index(status)] -= 1
        if status.isTerminal { terminal -= 1 }
    }

    private static func index(_ status: TaskStatus) -> Int {
        switch status {
        case .waiting: 0
        case .ready: 1
        case .running: 2
        case .backingOff: 3
        case .cancelling: 4
        case .completed: 5
        case .failed: 6
        case .cancelled: 7
        case .skipped: 8
        }
    }
}
