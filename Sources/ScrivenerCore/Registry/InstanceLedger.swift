// What agents on workers have done: counts, run times and the last error of each, and a history in
// steps of time. Like circuit breakers these belong to an agent on a worker and not to its
// instance: a worker that registers again goes on where it was.
//
// The history is durable: what was counted in a step is a fact when the step is over, and a
// restarted coordinator has it again. The counts since the start are live state.

import DequeModule
import ScrivenerModel

/// The record of all agents on all workers.
struct InstanceLedger: Sendable {
    typealias Key = CircuitBreakers.Key

    /// What one agent on one worker has done.
    struct Account: Sendable {
        var completed = 0
        var failed = 0
        var lost = 0
        private(set) var runTimes = DurationHistogram()
        /// Of as many as the histogram counts.
        private var runTimeSum: Int64 = 0
        var lastError: String?
        var lastErrorAt: WallTime?
        var registeredAt: WallTime?

        var meanRunTime: TimeSpan {
            TimeSpan(nanoseconds: runTimes.total == 0 ? 0 : runTimeSum / runTimes.total)
        }

        @inline(always)
        mutating func complete(in runTime: TimeSpan) {
            completed += 1
            let sample = min(max(runTime.nanoseconds, 0), DurationHistogram.longest)
            runTimeSum += sample
            if runTimes.add(sample) {
                runTimes.halve()
                runTimeSum /= 2
            }
        }

        mutating func count(_ ending: AttemptEnding, complaint: String?, at wall: WallTime) {
            switch ending.outcome {
            case .completed: complete(in: ending.runTime)
            case .failed(let failure):
                failed += 1
                lastError = complaint ?? failure.name
                lastErrorAt = wall
            case .workerLost:
                lost += 1
                lastError = FailureClass.workerLost.name
                lastErrorAt = wall
            case .cancelled, .released, .superseded: break
            }
        }
    }

    /// Below so many accounts nobody looks for those that can be forgotten.
    private static let fewest = 256

    private var accounts = AgentTable<Account>()
    /// What was counted since the last sample.
    private var current = AgentTable<MetricsSample.Row>()
    private(set) var history = Deque<MetricsSample>()
    private let capacity: Int
    private var sweepAt = Self.fewest

    init(capacity: Int = 0) { self.capacity = capacity }

    func account(_ key: Key) -> Account? { accounts[key] }
    var hasNews: Bool { !current.isEmpty }

    /// In order: for reports.
    var keys: [Key] { accounts.keys }

    mutating func register(_ key: Key, at wall: WallTime) {
        if accounts[key]?.registeredAt == nil {
            accounts[key, default: Account()].registeredAt = wall
        }
    }

    mutating func count(_ ending: AttemptEnding, by key: Key, complaint: String?, at wall: WallTime)
    {
        switch ending.outcome {
        case .cancelled, .released, .superseded: return
        case .completed:
            // What most attempts come to, of agents that have completed others.
            let hasAccount = accounts.change(key) { $0.complete(in: ending.runTime) }
            let hasRow = current.change(key) { $0.complete(in: ending.runTime) }
            if hasAccount, hasRow { return }
            if !hasAccount { countInAccount(ending, by: key, complaint: complaint, at: wall) }
            if !hasRow { countInRow(ending, by: key) }
        case .failed, .workerLost:
            countInAccount(ending, by: key, complaint: complaint, at: wall)
            countInRow(ending, by: key)
        }
    }

    // Apart: what adds an entry is not to be in the way of what changes one.
    @inline(never)
    private mutating func countInAccount(
        _ ending: AttemptEnding, by key: Key, complaint: String?, at wall: WallTime
    ) {
        accounts[key, default: Account()].count(ending, complaint: complaint, at: wall)
    }

    @inline(never)
    private mutating func countInRow(_ ending: AttemptEnding, by key: Key) {
        current[key, default: MetricsSample.Row(worker: key.worker, agent: key.agent)]
            .count(ending)
    }

    // MARK: History

    /// What was counted in the step that is over.
    func sample(from start: WallTime, length: TimeSpan) -> MetricsSample {
        MetricsSample(
            start: start, length: length,
            rows: current.keys.compactMap { current[$0] })
    }

    /// A step is over, live or read back.
    mutating func record(_ sample: MetricsSample) {
        current = AgentTable()
        guard capacity > 0 else { return }
        while history.count >= capacity { history.removeFirst() }
        history.append(sample)
    }

    // MARK: Forgetting

    var wantsSweep: Bool { accounts.count >= sweepAt }

    mutating func sweep(keepingWorkers isThere: (Int32) -> Bool) {
        accounts.removeAll { key, _ in !isThere(key.worker) }
        sweepAt = max(Self.fewest, 2 * accounts.count)
    }
}

extension MetricsSample.Row {
    @inline(always)
    fileprivate mutating func complete(in runTime: TimeSpan) {
        work(for: runTime)
        completed += 1
    }

    /// Workers may say what they like: no sum of it overflows.
    @inline(always)
    private mutating func work(for runTime: TimeSpan) {
        let (sum, overflow) = busy.addingReportingOverflow(runTime.nanoseconds)
        busy = overflow ? .max : sum
    }

    fileprivate mutating func count(_ ending: AttemptEnding) {
        work(for: ending.runTime)
        switch ending.outcome {
        case .completed: completed += 1
        case .failed: failed += 1
        case .workerLost: lost += 1
        case .cancelled, .released, .superseded: break
        }
    }
}
