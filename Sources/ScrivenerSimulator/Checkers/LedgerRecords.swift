// Sessions and tasks as the ledger keeps them: what the promises need, and no more.

import ScrivenerCore
import ScrivenerModel

/// A session, open or ended.
struct SessionRecord {
    let id: String
    let concurrencyLimit: Int
    var tasks: [TaskRecord] = []
    var liveCount = 0
    var cancelCause: CancelCause?
    var isPaused = false
    var ended: SessionState?

    var isCancelled: Bool { cancelCause != nil }

    init(_ opening: SessionOpening) {
        id = opening.plan.sessionID
        concurrencyLimit = opening.plan.config.concurrencyLimit
        append(opening.plan.tasks)
    }

    mutating func append(_ columns: TaskColumns) {
        let first = tasks.count
        for task in 0..<columns.count {
            tasks.append(
                TaskRecord(
                    dependencies: Array(columns.dependencies(of: task)),
                    kind: columns.classes[Int(columns.classOf[task])]))
        }
        // What an addition depends on may have ended badly before.
        for task in 0..<first where tasks[task].isOver { skipAfter(task) }
    }

    /// What cannot run without a task that has just ended is skipped, and so on down.
    mutating func skipAfter(_ ended: Int) {
        guard case .over(let status) = tasks[ended].state, status != .completed else { return }
        for task in tasks.indices where tasks[task].state == .idle {
            guard tasks[task].dependencies.contains(Int32(ended)), lacks(task) else { continue }
            tasks[task].state = .over(.skipped)
            skipAfter(task)
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

    let dependencies: [Int32]
    let kind: TaskClass
    var state = State.idle
    /// One attempt, or two of a task that may be hedged.
    var live: [LiveRecord] = []
    /// The latest attempt's number.
    var attempts: Int32 = 0
    var retries = 0
    var result: ResultHandle?
    /// The attempt whose result counts.
    var committed: Int32 = 0
    /// What a join that was closed goes on with.
    var taken: [Int32]?
    var isCancelRequested = false
    /// What its attempts left for the next.
    var checkpoint: PayloadHandle?
    /// Attempts that were asked back by a pause.
    var recalled: Set<Int32> = []
    /// Whether an attempt was given out of which nobody knows yet that it never began.
    var awaitsProof = false
    /// Whether an attempt was superseded by one that has not yet decided the task.
    var awaitsDecision = false

    init(dependencies: [Int32], kind: TaskClass) {
        self.dependencies = dependencies
        self.kind = kind
    }

    var type: String { kind.taskType }
    var extendsSession: Bool { kind.extendsSession }
    var maximumRetries: Int { Int(kind.retry.maximumRetries) }
    var isOver: Bool { if case .over = state { true } else { false } }
    var isLive: Bool { state == .live }

    /// How it ended, if it has.
    var status: TaskStatus? { if case .over(let status) = state { status } else { nil } }

    func live(_ attempt: Int32) -> LiveRecord? { live.first { $0.attempt == attempt } }
}
