// Sessions and tasks as the ledger keeps them: what the promises need, and no more.

import ScrivenerCore
import ScrivenerModel

/// A session, open or ended.
struct SessionRecord {
    let id: String
    let concurrencyLimit: Int
    let maximumRetries: Int
    var tasks: [TaskRecord] = []
    var liveCount = 0
    var cancelCause: CancelCause?
    var ended: SessionState?

    var isCancelled: Bool { cancelCause != nil }

    init(_ opening: SessionOpening) {
        id = opening.plan.sessionID
        concurrencyLimit = opening.plan.config.concurrencyLimit
        maximumRetries = opening.plan.config.maxRetryAttempts
        append(opening.plan.tasks)
    }

    mutating func append(_ columns: TaskColumns) {
        let first = tasks.count
        for task in 0..<columns.count {
            let kind = columns.classes[Int(columns.classOf[task])]
            tasks.append(
                TaskRecord(
                    dependencies: Array(columns.dependencies(of: task)), type: kind.taskType,
                    goesOn: kind.onDependencyFailure == .continue,
                    extendsSession: kind.extendsSession))
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

    let dependencies: [Int32]
    let type: String
    let goesOn: Bool
    let extendsSession: Bool
    var state = State.idle
    /// The latest attempt's number.
    var attempts: Int32 = 0
    var retries = 0
    var result: ResultHandle?

    init(dependencies: [Int32], type: String, goesOn: Bool, extendsSession: Bool) {
        self.dependencies = dependencies
        self.type = type
        self.goesOn = goesOn
        self.extendsSession = extendsSession
    }

    var isOver: Bool { if case .over = state { true } else { false } }
    var isLive: Bool { if case .live = state { true } else { false } }

    /// How it ended, if it has.
    var status: TaskStatus? { if case .over(let status) = state { status } else { nil } }
}
