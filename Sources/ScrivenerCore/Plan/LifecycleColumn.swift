// Where each task of a session is, in eight bytes a task: `TaskLifecycle` itself takes sixteen, and
// with every end of an attempt the states of some tasks are looked at that lie far apart in memory.
//
// A word has the state's number in its lowest four bits and what belongs to the state above: a
// number of dependencies, or places of executions. When a backoff ends does not fit and stands in a
// table: few tasks back off at a time.

import ScrivenerModel

/// The states of tasks, by task.
package struct LifecycleColumn: Sendable, RandomAccessCollection {
    private var words: [UInt64] = []
    private var backOffs: [Int32: Instant] = [:]

    package var startIndex: Int { 0 }
    package var endIndex: Int { words.count }

    package subscript(task: Int) -> TaskLifecycle {
        @inline(always) get { state(of: words[task], task) }
        @inline(always) set {
            if words[task] & Tag.mask == Tag.backingOff { backOffs[Int32(task)] = nil }
            words[task] = Self.word(newValue)
            if case .backingOff(let until) = newValue { backOffs[Int32(task)] = until }
        }
    }

    mutating func append(_ state: TaskLifecycle) {
        words.append(0)
        self[words.count - 1] = state
    }

    mutating func reserveCapacity(_ count: Int) { words.reserveCapacity(count) }

    // MARK: Without taking a state apart

    @inline(always)
    func isWaiting(_ task: Int) -> Bool { words[task] & Tag.mask == Tag.waiting }

    @inline(always)
    func isReady(_ task: Int) -> Bool { words[task] == Tag.ready }

    @inline(always)
    func isCompleted(_ task: Int) -> Bool { words[task] & Tag.mask == Tag.completed }

    /// The place of the only attempt at a task that runs and is not to be stopped.
    @inline(always)
    func onlyExecution(of task: Int) -> Int? {
        let places = words[task] >> Tag.bits
        guard words[task] & Tag.mask == Tag.running, places >> Self.placeBits == 0 else {
            return nil
        }
        return Int(places)
    }

    /// The place of the first of a task's attempts that run.
    @inline(always)
    func firstExecution(of task: Int) -> Int? {
        let tag = words[task] & Tag.mask
        guard tag == Tag.running || tag == Tag.cancelling else { return nil }
        return Int(words[task] >> Tag.bits & (1 << Self.placeBits - 1))
    }

    @inline(always)
    func isBackingOff(_ task: Int) -> Bool { words[task] & Tag.mask == Tag.backingOff }

    /// Whether two attempts at a task run.
    @inline(always)
    func isHedged(_ task: Int) -> Bool {
        let word = words[task]
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
        var words = words.mutableSpan
        for place in tasks.indices {
            let task = Int(tasks[place])
            let word = words[task]
            guard word & Tag.mask == Tag.waiting else { continue }
            // Mostly there is more to wait for, and only a number changes.
            if word >> Tag.bits > 1 {
                words[task] = word - 1 << Tag.bits
            } else {
                words[task] = Tag.ready
                ready.append(Int32(truncatingIfNeeded: task))
            }
        }
    }

    /// A ready task was given to a worker.
    @inline(always)
    mutating func start(_ task: Int, _ execution: Int32) {
        words[task] = Self.word(LiveAttempts(execution)) | Tag.running
    }

    /// A task that ran, in one attempt, has completed.
    @inline(always)
    mutating func complete(_ task: Int, _ execution: Int32) {
        words[task] = UInt64(UInt32(execution)) << Tag.bits | Tag.completed
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
        case Tag.waiting: return .waiting(on: number)
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
