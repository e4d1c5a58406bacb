// One attempt at a task, as its session's graph keeps it.

package import ScrivenerModel

/// One attempt at a task. 64 bytes.
package struct Execution: Sendable, Equatable {
    var attempt: Int32
    var worker: Int32
    var agent: Int32
    /// The attempt before this one at the same task, or -1.
    var previous: Int32
    var dispatchedAt: WallTime
    var runTime = TimeSpan.zero
    /// The result's row; 0 when the attempt left none.
    private var recordRow: Int64 = 0
    private var recordOffset: UInt32 = 0
    private var recordPayloadLength: UInt32 = 0
    private var recordAnnexLength: UInt32 = 0
    /// Milliseconds after its dispatch; a wall clock that was set back counts as none. While it runs
    /// and is its task's first attempt, the task's place in `TaskGraph.live`.
    private var endedAfter: UInt32 = 0
    private(set) var outcome: AttemptOutcome?
    /// Whether another attempt was begun beside it.
    var isHedged = false

    init(attempt: Int32, worker: Int32, agent: Int32, previous: Int32, dispatchedAt: WallTime) {
        self.attempt = attempt
        self.worker = worker
        self.agent = agent
        self.previous = previous
        self.dispatchedAt = dispatchedAt
    }

    /// The place of its task in `TaskGraph.live`. Only while it runs.
    var livePlace: Int {
        get { Int(endedAfter) }
        set { endedAfter = UInt32(newValue) }
    }

    var endedAt: WallTime {
        WallTime(
            millisecondsSince1970: dispatchedAt.millisecondsSince1970 &+ Int64(endedAfter))
    }

    /// Whether another attempt began while this one ran.
    func overlaps(_ later: Execution) -> Bool { isHedged && later.attempt == attempt + 1 }

    var record: ResultHandle? {
        guard recordRow != 0 else { return nil }
        return ResultHandle(
            row: recordRow, offset: recordOffset, payloadLength: recordPayloadLength,
            annexLength: recordAnnexLength)
    }

    mutating func end(_ ending: AttemptEnding, at wall: WallTime) {
        outcome = ending.outcome
        runTime = ending.runTime
        endedAfter = UInt32(
            clamping: wall.millisecondsSince1970 &- dispatchedAt.millisecondsSince1970)
        guard let record = ending.record else { return }
        recordRow = record.row
        recordOffset = record.offset
        recordPayloadLength = record.payloadLength
        recordAnnexLength = record.annexLength
    }
}

/// How many tasks are in each state.
package struct StatusCounts: Sendable, Equatable {
    // A field for each: they are counted with every move, and a list would have to be found unshared
    // each time.
    private var waiting: Int32 = 0
    private var ready: Int32 = 0
    private var held: Int32 = 0
    private var running: Int32 = 0
    private var backingOff: Int32 = 0
    private var cancelling: Int32 = 0
    private var completed: Int32 = 0
    private var failed: Int32 = 0
    private var cancelled: Int32 = 0
    private var skipped: Int32 = 0
    private var lost: Int32 = 0
    package private(set) var terminal = 0

    package subscript(status: TaskStatus) -> Int {
        switch status {
        case .waiting: Int(waiting)
        case .ready: Int(ready)
        case .held: Int(held)
        case .running: Int(running)
        case .backingOff: Int(backingOff)
        case .cancelling: Int(cancelling)
        case .completed: Int(completed)
        case .failed: Int(failed)
        case .cancelled: Int(cancelled)
        case .skipped: Int(skipped)
        case .lost: Int(lost)
        }
    }

    /// A ready task was given to a worker.
    @inline(always)
    mutating func start() {
        ready -= 1
        running += 1
    }

    /// A running task has completed.
    @inline(always)
    mutating func complete() {
        running -= 1
        completed += 1
        terminal += 1
    }

    /// A waiting task has become ready.
    @inline(always)
    mutating func makeReady() {
        waiting -= 1
        ready += 1
    }

    @inline(always)
    mutating func add(_ status: TaskStatus) { change(status, by: 1) }

    @inline(always)
    mutating func remove(_ status: TaskStatus) { change(status, by: -1) }

    @inline(always)
    private mutating func change(_ status: TaskStatus, by number: Int32) {
        switch status {
        case .waiting: waiting += number
        case .ready: ready += number
        case .held: held += number
        case .running: running += number
        case .backingOff: backingOff += number
        case .cancelling: cancelling += number
        case .completed: completed += number
        case .failed: failed += number
        case .cancelled: cancelled += number
        case .skipped: skipped += number
        case .lost: lost += number
        }
        if status.isTerminal { terminal += Int(number) }
    }
}
