// One session's tasks as a struct of arrays, with compressed rows for the edges.
//
// A completion touches a few integers and no string. Measured on a million tasks, this layout
// costs about a twentieth of one with an object per task.

import ScrivenerModel

/// The tasks of one session.
package struct TaskGraph: Sendable {
    private(set) var ids = StringArena()
    private(set) var classes: [TaskClass] = []
    /// Whether tasks of any class need only some of their dependencies.
    private(set) var hasJoins = false
    /// What a session does while a task of the class runs.
    private var statesWhileRunning: [SessionState] = []
    /// The class that its plan gave a task: ranks go by it. What has happened may have given it another,
    /// see `kind(of:)`.
    private(set) var classOf: [Int32] = []
    var lifecycle = LifecycleColumn()
    /// Retries that were granted, per task.
    var retries: [UInt8] = []
    private(set) var dependencies: [Int32] = []
    private(set) var dependencyEnds: [Int32] = []
    /// Whether all that a task depends on stands before it.
    private(set) var isOrdered = true
    var dependants = DependantRows()
    /// Expected run times that the plan states, in nanoseconds; empty where it states none.
    private(set) var expected: [Int64] = []
    /// Priorities that were changed while the session runs: of single tasks, and of all others.
    private var priorities: [Int32: UInt8] = [:]
    private var priorityOfAll: UInt8?
    private(set) var specifications: [SpecificationSlice] = []
    /// What each range of tasks came with, in task order.
    private var origins: [(end: Int32, payload: PayloadHandle, by: Int32?)] = []
    /// Attempts in the order of their dispatch.
    var executions = ExecutionColumn()
    /// How many tasks are in each state.
    var counts = StatusCounts()
    /// By class: how many tasks there are whose plan states no run time, and how many are over.
    var classCounts: [ClassCount] = []
    /// Seconds that plans state, of all tasks and of those that are over.
    var statedWork = (all: 0.0, over: 0.0)
    /// Tasks that workers hold, in no particular order.
    var live: [Int32] = []
    /// Tasks that are over, in the order in which they ended: whoever follows the session is told of
    /// each once, wherever it goes on. The facts lead to the same order when they are read back.
    private(set) var endOrder: [Int32] = []
    /// Tasks whose results were taken over from another session, in the order in which they count as
    /// ended. Theirs are the first of `executions`.
    var reused: [Int32] = []
    /// Tasks that became ready and were not yet given to the dispatcher.
    var newlyReady: [Int32] = []
    /// Why nothing of the session starts, if nothing does.
    var hold: HoldReason?
    /// Of the tasks that need only some of their dependencies.
    var joins = JoinTable()
    /// What attempts left for the next one at their task, by task.
    var checkpoints: [Int32: PayloadHandle] = [:]
    /// Of the tasks under which processes of workers have died.
    var deaths: [Int32: TaskDeaths] = [:]

    package var count: Int { lifecycle.count }
    package var openCount: Int { count - counts.terminal }

    package init() {}

    // MARK: Reading

    package func taskClass(_ task: Int) -> TaskClass { classes[kind(of: task)] }

    @inline(always)
    func priority(of task: Int) -> UInt8 {
        if priorities.isEmpty, priorityOfAll == nil { return classes[kind(of: task)].priority }
        return priorities[Int32(task)] ?? priorityOfAll ?? classes[Int(classOf[task])].priority
    }

    /// The number of its class.
    @inline(always)
    func kind(of task: Int) -> Int { lifecycle.kind(of: task) }

    @inline(always)
    func stateWhileRunning(_ task: Int) -> SessionState { statesWhileRunning[kind(of: task)] }

    /// What the plan expects of the task's run time, if it says anything.
    @inline(always)
    func statedRunTime(of task: Int) -> TimeSpan? {
        guard task < expected.count, expected[task] > 0 else { return nil }
        return TimeSpan(nanoseconds: expected[task])
    }

    package func dependencies(of task: Int) -> ArraySlice<Int32> {
        let start = task == 0 ? 0 : Int(dependencyEnds[task - 1])
        return dependencies[start..<Int(dependencyEnds[task])]
    }

    /// A task is about to end, and its dependants will be told. `mutating`, though nothing is changed:
    /// so that it is certain that nothing is copied.
    @inline(always)
    mutating func anticipateDependants(of task: Int) {
        let row = lifecycle.dependants(of: task)
        dependants.edges.anticipate(row.lowerBound)
        dependants.edges.anticipate(row.upperBound - 1)
    }

    func dependants(of task: Int) -> ArraySlice<Int32> {
        dependants.edges[lifecycle.dependants(of: task)]
    }

    /// The task whose result added this one to the session.
    func adder(of task: Int) -> Int32? { origin(of: task).by }

    private func origin(of task: Int) -> (end: Int32, payload: PayloadHandle, by: Int32?) {
        origins[origins.firstIndex { task < Int($0.end) } ?? 0]
    }

    /// Where a task's description and parameters lie.
    package func specification(
        of task: Int
    ) -> (description: PayloadHandle, parameters: PayloadHandle) {
        let slice = specifications[task]
        let payload = origin(of: task).payload
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
        var index = lifecycle.latestExecution(of: task)
        while index >= 0 {
            let execution = executions[Int(index)]
            found.append(execution)
            index = execution.previous
        }
        return found
    }

    /// The latest attempt at a task that has had one.
    @inline(always)
    func latestExecution(ofTask task: Int) -> Execution {
        executions[Int(lifecycle.latestExecution(of: task))]
    }

    /// The place of a live attempt in `executions`; `nil` when the attempt is not live.
    @inline(always)
    func liveExecution(of task: Int, attempt: Int32) -> Int32? {
        // Mostly there is one.
        if let only = lifecycle.onlyExecution(of: task) {
            return executions.attempt(only) == attempt ? Int32(truncatingIfNeeded: only) : nil
        }
        guard let live = lifecycle[task].live else { return nil }
        if executions.attempt(Int(live.first)) == attempt { return live.first }
        guard live.isHedged, executions.attempt(Int(live.hedge)) == attempt else { return nil }
        return live.hedge
    }

    /// Whether a worker was given an attempt and it has not ended. Any task may be asked for.
    @inline(always)
    func holdsLive(_ attempt: AttemptReference, worker: Int32) -> Bool {
        let task = Int(attempt.task)
        guard task >= 0, task < count,
            let place = liveExecution(of: task, attempt: attempt.attempt)
        else { return false }
        return executions.worker(Int(place)) == worker
    }

    /// Whether a task's result was taken over from another session.
    func isReused(_ task: Int) -> Bool {
        let latest = lifecycle.latestExecution(of: task)
        return latest >= 0 && Int(latest) < reused.count
    }

    /// The dependencies whose results a task is given.
    func inputs(of task: Int) -> [Int32] {
        if let taken = joins.taken(by: Int32(task)) { return taken }
        return dependencies(of: task).filter { lifecycle[Int($0)].status == .completed }
    }

    /// The number of the latest attempt at a task; 0 when there was none.
    @inline(always)
    func latestAttempt(of task: Int) -> Int32 {
        let index = lifecycle.latestExecution(of: task)
        return index < 0 ? 0 : executions.attempt(Int(index))
    }

    // MARK: Growing

    /// Adds tasks. Those with nothing to wait for are ready at once.
    mutating func append(_ new: TaskColumns, by adder: Int32? = nil, at now: Instant) {
        let first = count
        let classBase = Int32(classes.count)
        ids.append(contentsOf: new.ids)
        classes.append(contentsOf: new.classes)
        if new.classes.contains(where: { $0.join != nil }) { hasJoins = true }
        statesWhileRunning += new.classes.map { SessionState(runningTaskType: $0.taskType) }
        classOf.append(contentsOf: new.classOf.lazy.map { $0 + classBase })
        let edgeBase = Int32(dependencies.count)
        dependencies.append(contentsOf: new.dependencies)
        dependencyEnds.append(contentsOf: new.dependencyEnds.lazy.map { $0 + edgeBase })
        specifications.append(contentsOf: new.specifications)
        if !new.expected.isEmpty || !expected.isEmpty {
            expected.append(contentsOf: repeatElement(0, count: first - expected.count))
            expected.append(
                contentsOf: new.expected.isEmpty
                    ? Array(repeating: 0, count: new.count) : new.expected)
        }
        origins.append((Int32(first + new.count), new.specificationPayload, adder))
        retries.append(contentsOf: repeatElement(0, count: new.count))
        isOrdered =
            isOrdered
            && (first..<(first + new.count)).allSatisfy { task in
                dependencies(of: task).allSatisfy { $0 < task }
            }
        classCounts.append(contentsOf: new.classes.map { _ in ClassCount() })
        if first == 0 {
            lifecycle.reserveCapacity(new.count)
            executions.reserveCapacity(new.count)
        }
        for task in first..<(first + new.count) { enter(task, first: first, at: now) }
        dependants.append(new, first: first, to: &lifecycle)
        // Counted as open by those that wait for them, wherever they stand in the list.
        let skipped = (first..<count).filter { lifecycle[$0] == .skipped }
        for task in skipped { release(dependantsOf: task, at: now) }
    }

    /// The first state of a new task. Some of its older dependencies may be over already.
    private mutating func enter(_ task: Int, first: Int, at now: Instant) {
        var open: Int32 = 0
        var completed: Int32 = 0
        var lacks = false
        for dependency in dependencies(of: task) {
            let status =
                Int(dependency) < first ? lifecycle[Int(dependency)].status : .waiting
            switch status {
            case .completed: completed += 1
            case .failed, .cancelled, .skipped, .lost: lacks = true
            case .waiting, .ready, .held, .running, .backingOff, .cancelling: open += 1
            }
        }
        let kind = Int(classOf[task])
        let join = classes[kind].join
        if let join { lacks = completed + open < join.atLeast }
        let isSkipped = lacks && classes[kind].onDependencyFailure == .skip
        let state: TaskLifecycle =
            isSkipped ? .skipped : open > 0 ? .waiting(on: open) : hold.map { .held($0) } ?? .ready
        lifecycle.append(state, kind: classOf[task])
        counts.add(state.status)
        if let stated = statedRunTime(of: task) {
            statedWork.all += stated.seconds
        } else {
            classCounts[Int(classOf[task])].all += 1
        }
        if isSkipped { countOver(task) }
        if state == .ready { newlyReady.append(Int32(task)) }
        guard case .waiting = state, let join else { return }
        joins.open(Int32(task), completed: completed, rule: join, at: now)
    }

    @inline(always)
    mutating func countOver(_ task: Int) {
        endOrder.append(Int32(truncatingIfNeeded: task))
        if let stated = statedRunTime(of: task) {
            statedWork.over += stated.seconds
        } else {
            classCounts[kind(of: task)].over += 1
        }
    }

    /// Gives a task a class of its own, or one that others like it have.
    mutating func reclassify(_ task: Int, _ change: (inout TaskClass) -> Void) {
        let old = kind(of: task)
        var changed = classes[old]
        change(&changed)
        let new = classes.firstIndex(of: changed) ?? classes.count
        if new == classes.count {
            classes.append(changed)
            statesWhileRunning.append(statesWhileRunning[old])
            classCounts.append(ClassCount())
        }
        lifecycle.setKind(Int32(new), of: task)
        guard statedRunTime(of: task) == nil else { return }
        classCounts[old].all -= 1
        classCounts[new].all += 1
    }

    /// - Parameter task: all of the session's when `nil`, also those that are still to come.
    mutating func setPriority(_ priority: UInt8, of task: Int32?) {
        guard let task else {
            priorities = [:]
            priorityOfAll = priority
            return
        }
        priorities[task] = priority
    }
}

/// How many tasks of a class there are.
struct ClassCount: Sendable, Equatable {
    var all: Int32 = 0
    var over: Int32 = 0
}
