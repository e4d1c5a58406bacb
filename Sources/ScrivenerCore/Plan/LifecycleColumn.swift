// Where each task of a session is, in eight bytes a task: `TaskLifecycle` itself takes sixteen, and
// with every end of an attempt the states of some tasks are looked at that lie far apart in memory.
//
// A word has the state's number in its lowest four bits and what belongs to the state above: a
// number of dependencies, or places of executions. When a backoff ends does not fit and stands in a
// table: few tasks back off at a time.
//
// Beside its word lies what else of a task is asked for whenever it moves, its class, its latest
// attempt and where those that wait for it stand: what is far away costs more than all that is done
// with it. For the same reason, how many dependencies a waiting task has is kept in a byte by itself:
// most ends only count that down, of tasks anywhere in the plan, and a million bytes are near.

import ScrivenerModel

/// The states of tasks, by task.
package struct LifecycleColumn: Sendable, RandomAccessCollection {
    private struct Row: Sendable {
        var word: UInt64 = 0
        /// Its class.
        var kind: Int32
        /// The latest attempt's place in `TaskGraph.executions`, or -1.
        var latest: Int32 = -1
        /// Its dependants in `DependantRows.edges`: where the first stands, and how many there are.
        var dependants: (first: Int32, count: Int32) = (0, 0)
    }

    /// On how many dependencies of a waiting task one byte tells; on `many` or more its word does.
    private static let many: UInt8 = .max

    private var rows: [Row] = []
    /// How many dependencies a waiting task has that have not ended; 0 of those that do not wait.
    private var open: [UInt8] = []
    private var backOffs: [Int32: Instant] = [:]

    package var startIndex: Int { 0 }
    package var endIndex: Int { rows.count }

    package subscript(task: Int) -> TaskLifecycle {
        @inline(always) get { state(of: rows[task].word, task) }
        @inline(always) set {
            let old = rows[task].word & Tag.mask
            if old == Tag.backingOff { backOffs[Int32(task)] = nil }
            rows[task].word = Self.word(newValue)
            if case .backingOff(let until) = newValue { backOffs[Int32(task)] = until }
            if case .waiting(let count) = newValue {
                open[task] = UInt8(clamping: count)
            } else if old == Tag.waiting {
                open[task] = 0
            }
        }
    }

    mutating func append(_ state: TaskLifecycle, kind: Int32) {
        rows.append(Row(kind: kind))
        open.append(0)
        self[rows.count - 1] = state
    }

    mutating func reserveCapacity(_ count: Int) {
        rows.reserveCapacity(count)
        open.reserveCapacity(count)
    }

    /// What is known of a task will be asked for soon. Any task may be named.
    @inline(always)
    func anticipate(_ task: Int) { rows.anticipate(task) }

    /// The class of a task.
    @inline(always)
    func kind(of task: Int) -> Int { Int(rows[task].kind) }

    mutating func setKind(_ kind: Int32, of task: Int) { rows[task].kind = kind }

    /// Where a task's dependants stand in `DependantRows.edges`.
    @inline(always)
    func dependants(of task: Int) -> Range<Int> {
        let row = rows[task].dependants
        return Int(row.first)..<Int(row.first) + Int(row.count)
    }

    mutating func setDependants(first: Int32, count: Int32, of task: Int) {
        rows[task].dependants = (first, count)
    }

    /// The place of a task's latest attempt, or -1.
    @inline(always)
    func latestExecution(of task: Int) -> Int32 { rows[task].latest }

    @inline(always)
    mutating func setLatestExecution(_ execution: Int32, of task: Int) {
        rows[task].latest = execution
    }

    // MARK: Without taking a state apart

    @inline(always)
    func isWaiting(_ task: Int) -> Bool { rows[task].word & Tag.mask == Tag.waiting }

    @inline(always)
    func isReady(_ task: Int) -> Bool { rows[task].word == Tag.ready }

    /// The place of the only attempt at a task that runs and is not to be stopped.
    @inline(always)
    func onlyExecution(of task: Int) -> Int? {
        let places = rows[task].word >> Tag.bits
        guard rows[task].word & Tag.mask == Tag.running, places >> Self.placeBits == 0 else {
            return nil
        }
        return Int(places)
    }

    /// The place of the first of a task's attempts that run.
    @inline(always)
    func firstExecution(of task: Int) -> Int? {
        let tag = rows[task].word & Tag.mask
        guard tag == Tag.running || tag == Tag.cancelling else { return nil }
        return Int(rows[task].word >> Tag.bits & (1 << Self.placeBits - 1))
    }

    @inline(always)
    func isBackingOff(_ task: Int) -> Bool { rows[task].word & Tag.mask == Tag.backingOff }

    /// Whether two attempts at a task run.
    @inline(always)
    func isHedged(_ task: Int) -> Bool {
        let word = rows[task].word
        let tag = word & Tag.mask
        return (tag == Tag.running || tag == Tag.cancelling)
            && word >> (Tag.bits + Self.placeBits) != 0
    }

    /// One more dependency of some tasks has ended.
    ///
    /// - Parameter ready: gets those that wait for nothing any more. Those that did not wait, because
    ///   they were cancelled, skipped or closed, are left as they are.
    @inline(always)
    mutating func countDown(_ tasks: Span<Int32>, _ ready: inout [Int32]) {
        Self.countDown(tasks, &open, &rows, &ready)
    }

    @inline(always)
    private static func countDown(
        _ tasks: Span<Int32>, _ open: inout [UInt8], _ rows: inout [Row], _ ready: inout [Int32]
    ) {
        var open = open.mutableSpan
        for place in tasks.indices {
            let task = Int(tasks[place])
            // Mostly there is more to wait for, and only a number changes.
            let count = open[task]
            if count > 1, count < many {
                open[task] = count - 1
            } else if count == 1 {
                open[task] = 0
                rows[task].word = Tag.ready
                ready.append(Int32(truncatingIfNeeded: task))
            } else if count == many {
                let left = rows[task].word >> Tag.bits - 1
                rows[task].word = left << Tag.bits | Tag.waiting
                open[task] = UInt8(clamping: left)
            }
        }
    }

    /// A ready task was given to a worker, in its latest attempt.
    @inline(always)
    mutating func start(_ task: Int, _ execution: Int32) {
        rows[task].word = Self.word(LiveAttempts(execution)) | Tag.running
        rows[task].latest = execution
    }

    /// A task that ran, in one attempt, has completed.
    @inline(always)
    mutating func complete(_ task: Int, _ execution: Int32) {
        rows[task].word = UInt64(UInt32(execution)) << Tag.bits | Tag.completed
    }

    // MARK: Words

    private enum Tag {
        static let bits: UInt64 = 4
        static let mask: UInt64 = 15
        static let waiting: UInt64 = 0
        static let ready: UInt64 = 1
        static let held: UInt64 = 2
        static let running: UInt64 = 3
        static let backingOff: UInt64 = 4
        static let cancelling: UInt64 = 5
        static let completed: UInt64 = 6
        static let failed: UInt64 = 7
        static let cancelled: UInt64 = 8
        static let skipped: UInt64 = 9
        static let lost: UInt64 = 10
    }

    /// Places of executions have so many bits: a thousand million attempts.
    private static let placeBits: UInt64 = 30

    @inline(always)
    private static func word(_ state: TaskLifecycle) -> UInt64 {
        switch state {
        case .waiting(let count): UInt64(UInt32(count)) << Tag.bits | Tag.waiting
        case .ready: Tag.ready
        case .held(let reason): UInt64(reason.rawValue) << Tag.bits | Tag.held
        case .running(let live): word(live) | Tag.running
        case .backingOff: Tag.backingOff
        case .cancelling(let live): word(live) | Tag.cancelling
        case .completed(let execution): UInt64(UInt32(execution)) << Tag.bits | Tag.completed
        case .failed: Tag.failed
        case .cancelled: Tag.cancelled
        case .skipped: Tag.skipped
        case .lost: Tag.lost
        }
    }

    @inline(always)
    private static func word(_ live: LiveAttempts) -> UInt64 {
        let (first, hedge) = (UInt64(UInt32(live.first)), UInt64(UInt32(live.hedge + 1)))
        precondition((first | hedge) >> placeBits == 0, "a session with too many attempts")
        return (hedge << placeBits | first) << Tag.bits
    }

    @inline(always)
    private static func live(_ word: UInt64) -> LiveAttempts {
        let places = word >> Tag.bits
        return LiveAttempts(
            Int32(truncatingIfNeeded: places & (1 << placeBits - 1)),
            hedge: Int32(truncatingIfNeeded: places >> placeBits) - 1)
    }

    @inline(always)
    private func state(of word: UInt64, _ task: Int) -> TaskLifecycle {
        let number = Int32(truncatingIfNeeded: word >> Tag.bits)
        switch word & Tag.mask {
        case Tag.waiting:
            return .waiting(on: open[task] < Self.many ? Int32(open[task]) : number)
        case Tag.ready: return .ready
        case Tag.held: return .held(HoldReason(rawValue: UInt8(number)) ?? .sessionPaused)
        case Tag.running: return .running(Self.live(word))
        case Tag.backingOff: return .backingOff(until: backOffs[Int32(task)] ?? .zero)
        case Tag.cancelling: return .cancelling(Self.live(word))
        case Tag.completed: return .completed(execution: number)
        case Tag.failed: return .failed
        case Tag.cancelled: return .cancelled
        case Tag.skipped: return .skipped
        default: return .lost
        }
    }
}
