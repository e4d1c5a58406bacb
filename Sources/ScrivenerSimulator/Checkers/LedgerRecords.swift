// Sessions and tasks as the ledger keeps them: what the promises need, and no more.

import ScrivenerCore
import ScrivenerModel

/// A session, open or ended.
struct SessionRecord {
    let id: String
    let concurrencyLimit: Int
    let maximumRetries: Int
    let retryDelay: TimeSpan
    let query: String
    let updateInterval: Double
    var tasks: [TaskRecord] = []
    var liveCount = 0
    var cancelCause: CancelCause?
    var ended: SessionState?
    /// The type of the task that was started last.
    var lastType: String?

    var isCancelled: Bool { cancelCause != nil }

    init(_ opening: SessionOpening) {
        id = opening.plan.sessionID
        concurrencyLimit = opening.plan.config.concurrencyLimit
        maximumRetries = opening.plan.config.maxRetryAttempts
        retryDelay = .seconds(opening.plan.config.retryDelaySeconds)
        query = opening.plan.query
        updateInterval = opening.plan.config.progressUpdateIntervalSeconds
        append(opening.plan.tasks)
    }

    mutating func append(_ columns: TaskColumns) {
        let first = tasks.count
        for task in 0..<columns.count {
            let kind = columns.classes[Int(columns.classOf[task])]
            tasks.append(
                TaskRecord(
                    id: columns.ids[task], kind: kind,
                    dependencies: Array(columns.dependencies(of: task))))
        }
        // What an addition depends on may have ended badly before.
        for task in 0..<first where tasks[task].isOver { skipAfter(task) }
    }

    /// What cannot run without a task that has just ended is skipped, and so on down.
    mutating func skipAfter(_ ended: Int) {
        guard case .over(let status) = tasks[ended].state, status != .completed else { return }
        for task in tasks.indices where tasks[task].state == .idle && !tasks[task].goesOn {
            guard tasks[task].dependencies.contains(Int32(ended)) else { continue }
            tasks[task].state = .over(.skipped)
            skipAfter(task)
        }
    }

    /// The longest that a task may back off after so many retries: doubled for each, and never more
    /// than five minutes.
    func longestBackOff(retries: Int) -> TimeSpan {
        let longest = TimeSpan.seconds(300)
        let (grown, overflow) = retryDelay.nanoseconds.multipliedReportingOverflow(
            by: 1 << Int64(min(retries, 40)))
        return overflow ? longest : min(longest, TimeSpan(nanoseconds: grown))
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

/// A task.
struct TaskRecord {
    enum State: Equatable {
        case idle
        case backingOff(until: Instant)
        case live(worker: Int32, agent: Int32)
        case over(TaskStatus)
    }

    let id: String
    let kind: TaskClass
    let dependencies: [Int32]
    var state = State.idle
    /// The latest attempt's number.
    var attempts: Int32 = 0
    var retries = 0
    var result: ResultHandle?

    /// All attempts, the first first.
    var history: [AttemptRecord] = []

    init(id: String, kind: TaskClass, dependencies: [Int32]) {
        self.id = id
        self.kind = kind
        self.dependencies = dependencies
    }

    var type: String { kind.taskType }
    var goesOn: Bool { kind.onDependencyFailure == .continue }
    var extendsSession: Bool { kind.extendsSession }
    var isOver: Bool { if case .over = state { true } else { false } }
    var isBackingOff: Bool { if case .backingOff = state { true } else { false } }
    var isLive: Bool { if case .live = state { true } else { false } }

    /// Whether an attempt can end so without counting: it came to nothing that was the agent's doing,
    /// or what it proposed came too late.
    func mayBeRequeued(after outcome: AttemptOutcome) -> Bool {
        switch outcome {
        case .workerLost, .released: true
        case .failed(.transient): extendsSession
        case .completed, .cancelled, .failed: false
        }
    }

    /// How it ended, if it has.
    var status: TaskStatus? { if case .over(let status) = state { status } else { nil } }
}

/// An attempt at a task.
struct AttemptRecord {
    let worker: Int32
    let agent: Int32
    /// How it ended, if it has.
    var ending: AttemptEnding?
}

extension AttemptOutcome {
    /// Whether trying again can help: neither bad input nor a permanent failure will go away, and
    /// only an agent's own failure costs a retry.
    var canBeRetried: Bool {
        switch self {
        case .failed(let failure): failure != .permanent && failure != .invalidInput
        // The agent's own word: nobody had asked it to stop.
        case .cancelled: true
        case .completed, .workerLost, .released: false
        }
    }
}
