// The attempts of a session in the order of their dispatch, 44 bytes each: there is one for each task
// that ran, and mostly no more, so this is the largest part of what a session takes.
//
// Times are milliseconds after the first dispatch, rows of results have 32 bits, attempts eight, and
// first attempts have none before them. What does not fit stands in tables, exactly: a session may be
// open for months, and a wall clock may be set back.

import ScrivenerModel

/// Attempts by place.
package struct ExecutionColumn: Sendable, RandomAccessCollection {
    private struct Entry: Sendable {
        var runTimeLow: UInt32 = 0
        var runTimeHigh: UInt32 = 0
        /// 0 when the attempt left no result.
        var recordRow: UInt32 = 0
        var recordOffset: UInt32 = 0
        var recordPayloadLength: UInt32 = 0
        var recordAnnexLength: UInt32 = 0
        var worker: Int32
        var agent: Int32
        var dispatchedAfter: UInt32
        /// Milliseconds after its dispatch; a wall clock that was set back counts as none. While it
        /// runs and is its task's first attempt, the task's place in `TaskGraph.live`.
        var endedAfter: UInt32 = 0
        var attempt: UInt8
        var outcome: AttemptOutcome?
        var isHedged = false

        /// - Returns: what was its task's place.
        @inline(always)
        mutating func end(_ ending: AttemptEnding, after: Int64) -> Int {
            let live = Int(endedAfter)
            let runTime = UInt64(bitPattern: ending.runTime.nanoseconds)
            runTimeLow = UInt32(truncatingIfNeeded: runTime)
            runTimeHigh = UInt32(truncatingIfNeeded: runTime >> 32)
            endedAfter = UInt32(clamping: after)
            outcome = ending.outcome
            if let record = ending.record { _ = setRecord(record) }
            return live
        }

        /// - Returns: whether its row fits.
        @inline(always)
        mutating func setRecord(_ record: ResultHandle) -> Bool {
            let isSmall = record.row >= 0 && record.row < Int64(UInt32.max)
            recordRow = isSmall ? UInt32(truncatingIfNeeded: record.row) : .max
            recordOffset = record.offset
            recordPayloadLength = record.payloadLength
            recordAnnexLength = record.annexLength
            return isSmall
        }
    }

    private var entries: [Entry] = []
    /// When the first attempt was dispatched.
    private var base: Int64 = 0
    // For the few that have what does not fit.
    private var previous: [Int32: Int32] = [:]
    private var attempts: [Int32: Int32] = [:]
    private var dispatches: [Int32: Int64] = [:]
    private var rows: [Int32: Int64] = [:]

    package var startIndex: Int { 0 }
    package var endIndex: Int { entries.count }

    package subscript(place: Int) -> Execution {
        let entry = entries[place]
        var execution = Execution(
            attempt: attempt(place), worker: entry.worker, agent: entry.agent,
            previous: previous[Int32(place)] ?? -1, dispatchedAt: dispatchedAt(place))
        execution.runTime = TimeSpan(
            nanoseconds: Int64(
                bitPattern: UInt64(entry.runTimeHigh) << 32 | UInt64(entry.runTimeLow)))
        if entry.recordRow != 0 {
            execution.record = ResultHandle(
                row: entry.recordRow == .max
                    ? rows[Int32(place), default: 0] : Int64(entry.recordRow),
                offset: entry.recordOffset, payloadLength: entry.recordPayloadLength,
                annexLength: entry.recordAnnexLength)
        }
        execution.outcome = entry.outcome
        execution.isHedged = entry.isHedged
        if entry.outcome != nil {
            execution.endedAt = WallTime(
                millisecondsSince1970: execution.dispatchedAt.millisecondsSince1970
                    &+ Int64(entry.endedAfter))
        }
        return execution
    }

    @inline(always)
    func attempt(_ place: Int) -> Int32 {
        let attempt = entries[place].attempt
        return attempt < .max ? Int32(attempt) : attempts[Int32(place), default: 0]
    }

    @inline(always)
    func worker(_ place: Int) -> Int32 { entries[place].worker }

    /// The place of its task in `TaskGraph.live`. Only while it runs.
    @inline(always)
    func livePlace(_ place: Int) -> Int { Int(entries[place].endedAfter) }

    @inline(always)
    private func dispatchedAt(_ place: Int) -> WallTime {
        let after = entries[place].dispatchedAfter
        guard after < .max else {
            return WallTime(millisecondsSince1970: dispatches[Int32(place), default: 0])
        }
        return WallTime(millisecondsSince1970: base &+ Int64(after))
    }

    // MARK: Changing

    mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

    /// - Parameter livePlace: see `livePlace(_:)`.
    mutating func append(
        attempt: Int32, worker: Int32, agent: Int32, previous earlier: Int32,
        livePlace: Int = 0, at wall: WallTime
    ) {
        let place = Int32(entries.count)
        if entries.isEmpty { base = wall.millisecondsSince1970 }
        let after = wall.millisecondsSince1970 &- base
        let fits = after >= 0 && after < Int64(UInt32.max)
        if !fits { dispatches[place] = wall.millisecondsSince1970 }
        let isFew = attempt >= 0 && attempt < Int32(UInt8.max)
        if !isFew { attempts[place] = attempt }
        if earlier >= 0 { previous[place] = earlier }
        entries.append(
            Entry(
                worker: worker, agent: agent,
                dispatchedAfter: fits ? UInt32(truncatingIfNeeded: after) : .max,
                endedAfter: UInt32(truncatingIfNeeded: livePlace),
                attempt: isFew ? UInt8(truncatingIfNeeded: attempt) : .max))
    }

    @inline(always)
    mutating func setLivePlace(_ live: Int, of place: Int) {
        entries[place].endedAfter = UInt32(live)
    }

    mutating func noteHedge(beside place: Int) { entries[place].isHedged = true }

    /// - Returns: what was its `livePlace`.
    @discardableResult @inline(always)
    mutating func end(_ place: Int, _ ending: AttemptEnding, at wall: WallTime) -> Int {
        let after =
            wall.millisecondsSince1970 &- dispatchedAt(place).millisecondsSince1970
        let live = entries[place].end(ending, after: after)
        if let record = ending.record, record.row < 0 || record.row >= Int64(UInt32.max) {
            rows[Int32(place)] = record.row
        }
        return live
    }

    /// An attempt that was lost is found to have killed its worker once too often.
    mutating func condemn(_ place: Int) { entries[place].outcome = .failed(.poison) }

    mutating func setRecord(_ record: ResultHandle, of place: Int) {
        let isSmall = entries[place].setRecord(record)
        if !isSmall { rows[Int32(place)] = record.row }
    }
}
