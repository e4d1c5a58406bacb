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
    /// One place for each status, without a reference.
    private var values = SIMD16<Int32>.zero
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
        case .held: 2
        case .running: 3
        case .backingOff: 4
        case .cancelling: 5
        case .completed: 6
        case .failed: 7
        case .cancelled: 8
        case .skipped: 9
        case .lost: 10
        }
    }
}
