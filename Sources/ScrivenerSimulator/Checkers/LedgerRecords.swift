// Sessions and tasks as the ledger keeps them: what the promises need, and no more.

import ScrivenerCore
import ScrivenerModel

/// A session, open or ended.
struct SessionRecord {
    let id: String
    let query: String
    let concurrencyLimit: Int
    /// How often whoever follows it is to be shown what has changed.
    let updateInterval: TimeSpan
    let openedAt: Instant
    var tasks: [TaskRecord] = []
    var liveCount = 0
    var cancelCause: CancelCause?
    var isPaused = false
    var ended: SessionState?
    /// The type of the task that was started last.
    var lastType: String?
    /// What was asked for while it runs, of all its tasks.
    var priority: UInt8?

    var isCancelled: Bool { cancelCause != nil }

    init(_ opening: SessionOpening, at now: Instant) {
        id = opening.plan.sessionID
        query = opening.plan.query
        concurrencyLimit = opening.plan.config.concurrencyLimit
        updateInterval = .seconds(opening.plan.config.progressUpdateIntervalSeconds)
        openedAt = now
        append(opening.plan.tasks, at: now)
    }

    mutating func append(_ columns: TaskColumns, at now: Instant) {
        let first = tasks.count
        for task in 0..<columns.count {
            tasks.append(
                TaskRecord(
                    id: columns.ids[task], dependencies: Array(columns.dependencies(of: task)),
                    kind: columns.classes[Int(columns.classOf[task])], at: now))
        }
        // What an addition depends on may have ended badly before.
        for task in 0..<first where tasks[task].isOver { skipAfter(task, at: now) }
    }

    /// Whether nothing that a task needs is still to come.
    func hasInputs(_ task: Int) -> Bool {
        tasks[task].taken != nil || tasks[task].dependencies.allSatisfy { tasks[Int($0)].isOver }
    }

    /// Whether a task could start at once, if there were a place for it.
    func canStart(_ task: Int, at now: Instant) -> Bool {
        guard ended == nil, !isCancelled, !isPaused, !tasks[task].isCancelRequested,
            hasInputs(task)
        else { return false }
        switch tasks[task].state {
        case .idle: return true
        case .backingOff, .live, .over: return false
        }
    }

    func priority(of task: Int) -> UInt8 {
        tasks[task].priority ?? priority ?? tasks[task].kind.priority
    }

    /// The tasks that wait for one that has ended, directly: those that may start now have waited
    /// from now on.
    mutating func noteReady(after ended: Int, at now: Instant) {
        for task in tasks.indices where tasks[task].dependencies.contains(Int32(ended)) {
            if tasks[task].state == .idle { tasks[task].readyAt = now }
        }
    }

    /// What cannot run without a task that has just ended is skipped, and so on down.
    mutating func skipAfter(_ ended: Int, at now: Instant) {
        guard case .over(let status) = tasks[ended].state, status != .completed else { return }
        for task in tasks.indices where tasks[task].state == .idle {
            guard tasks[task].dependencies.contains(Int32(ended)), lacks(task) else { continue }
            tasks[task].state = .over(.skipped)
            noteReady(after: task, at: now)
            skipAfter(task, at: now)
        }
    }

    /// Whether an idle task can no longer have what it needs.
    private func lacks(_ task: Int) -> Bool {
        let record = tasks[task]
        guard record.kind.onDependencyFailure == .skip, record.taken == nil else { return false }
        guard let join = record.kind.join else { return true }
        let possible = record.dependencies.count {
            tasks[Int($0)].status == nil || tasks[Int($0)].status == .completed
        }
        return possible < join.atLeast
    }

    /// The dependencies of a task that completed.
    func completed(of task: Int) -> [Int32] {
        tasks[task].dependencies.filter { tasks[Int($0)].status == .completed }
    }

    /// How the session has to end, once nothing is open.
    var expectedEnd: SessionState {
        let statuses = tasks.compactMap(\.status)
        if cancelCause == .requested, statuses.contains(.cancelled) { return .cancelled }
        if statuses.allSatisfy({ $0 == .completed }) { return .completed }
        let needed = Set(tasks.flatMap(\.dependencies))
        let hasAnswer = tasks.indices.contains {
            !needed.contains(Int32($0)) && tasks[$0].status == .completed
        }
        return hasAnswer ? .partial : .failed
    }
}

/// An attempt that somebody holds.
struct LiveRecord: Equatable {
    var attempt: Int32
    var worker: Int32
    var agent: Int32
}

/// A task.
struct TaskRecord {
    enum State: Equatable {
        case idle
        case backingOff(until: Instant)
        case live
        case over(TaskStatus)
    }

    let id: String
    let dependencies: [Int32]
    let kind: TaskClass
    var state = State.idle
    /// No later than this, what it needs was there.
    var readyAt: Instant
    /// What was asked for while it runs.
    var priority: UInt8?
    /// All attempts, the first first.
    var history: [AttemptRecord] = []
    /// One attempt, or two of a task that may be hedged.
    var live: [LiveRecord] = []
    /// The latest attempt's number.
    var attempts: Int32 = 0
    var retries = 0
    var result: ResultHandle?
    /// The attempt whose result counts.
    var committed: Int32 = 0
    /// The attempt of another session that its result was taken over from.
    var origin: AttemptReference?
    /// What a join that was closed goes on with.
    var taken: [Int32]?
    var isCancelRequested = false
    /// What its attempts left for the next.
    var checkpoint: PayloadHandle?
    /// Attempts that were asked back by a pause.
    var recalled: Set<Int32> = []
    /// Whether an attempt was given out of which nobody knows yet that it never began.
    var awaitsProof = false
    /// The deaths of workers' processes that it was there for.
    var deaths = DeathRecord()
    /// Whether an attempt was superseded by one that has not yet decided the task.
    var awaitsDecision = false

    init(id: String, dependencies: [Int32], kind: TaskClass, at now: Instant) {
        self.id = id
        self.dependencies = dependencies
        self.kind = kind
        readyAt = now
    }

    var type: String { kind.taskType }
    var extendsSession: Bool { kind.extendsSession }
    var maximumRetries: Int { Int(kind.retry.maximumRetries) }
    var isOver: Bool { if case .over = state { true } else { false } }
    var isLive: Bool { state == .live }
    var isBackingOff: Bool { if case .backingOff = state { true } else { false } }

    /// How it ended, if it has.
    var status: TaskStatus? { if case .over(let status) = state { status } else { nil } }

    func live(_ attempt: Int32) -> LiveRecord? { live.first { $0.attempt == attempt } }

    /// Whether one of two attempts is the other's hedge: these may run at once.
    func isHedged(_ one: Int32, _ other: Int32) -> Bool {
        history.contains { $0.attempt == max(one, other) && $0.beside == min(one, other) }
    }
}

/// An attempt at a task.
struct AttemptRecord {
    let attempt: Int32
    let worker: Int32
    let agent: Int32
    /// The attempt beside which it began, if it is a hedge.
    let beside: Int32?
    /// How it ended, if it has.
    var ending: AttemptEnding?

    var isHedge: Bool { beside != nil }
}

extension CompiledRetry {
    /// The longest that a task may back off after so many retries: it grows with each, up to the cap.
    func longestBackOff(retries: Int) -> TimeSpan {
        var longest = Double(base.nanoseconds)
        for _ in 0..<retries { longest *= Double(factorPermille) / 1_000 }
        return TimeSpan(nanoseconds: Int64(min(longest, Double(cap.nanoseconds))))
    }
}

extension AttemptOutcome {
    /// Whether trying again can help, and costs a retry: neither bad input nor a permanent failure
    /// will go away, and who was stopped or lost has not failed.
    var canBeRetried: Bool {
        switch self {
        case .failed(let failure):
            failure != .permanent && failure != .invalidInput && failure != .poison
        // The agent's own word: nobody had asked it to stop.
        case .cancelled: true
        case .completed, .workerLost, .released, .superseded: false
        }
    }
}
