// What has happened since the coordinator started, in integers that monitoring reads. Nothing is
// decided by it.

package import ScrivenerModel

/// How an attempt ended, as monitoring tells it.
package enum OutcomeClass: Int, Sendable, CaseIterable {
    case completed
    case transient, permanent, timeout, invalidInput, poison
    case cancelled, workerLost, released, superseded

    init(_ outcome: AttemptOutcome) {
        switch outcome {
        case .completed: self = .completed
        case .failed(let failure): self = OutcomeClass(failure)
        case .cancelled: self = .cancelled
        case .workerLost: self = .workerLost
        case .released: self = .released
        case .superseded: self = .superseded
        }
    }

    package init(_ failure: FailureClass) {
        switch failure {
        case .transient: self = .transient
        case .permanent: self = .permanent
        case .timeout: self = .timeout
        case .workerLost: self = .workerLost
        case .invalidInput: self = .invalidInput
        case .cancelled: self = .cancelled
        case .poison: self = .poison
        }
    }

    /// In the words of the API.
    package var name: String {
        switch self {
        case .completed: "completed"
        case .transient: FailureClass.transient.name
        case .permanent: FailureClass.permanent.name
        case .timeout: FailureClass.timeout.name
        case .invalidInput: FailureClass.invalidInput.name
        case .poison: FailureClass.poison.name
        case .cancelled: FailureClass.cancelled.name
        case .workerLost: FailureClass.workerLost.name
        case .released: "released"
        case .superseded: "superseded"
        }
    }
}

/// Counts of the whole pool.
struct PoolTally: Sendable {
    var attempts = AttemptTally()
    /// Attempts that do not count, whose tasks became ready again.
    var reassignments: Int64 = 0
    /// Retries that were granted after failures.
    var retries: Int64 = 0
    /// Workers' processes that died and left attempts behind.
    var workerDeaths: Int64 = 0
    var sessionsOpened: Int64 = 0
    /// By the state in which they ended.
    var sessionsEnded: [SessionState: Int64] = [:]

    /// An attempt has ended.
    @inline(always)
    mutating func count(_ ending: AttemptEnding, agent: Int32) {
        // What most come to, of agents that have completed others.
        if ending.outcome == .completed, attempts.complete(in: ending.runTime, agent: agent) {
            return
        }
        countInFull(ending, agent: agent)
    }

    // Apart: what is seldom is not to be in the way of what is done with every event.
    @inline(never)
    private mutating func countInFull(_ ending: AttemptEnding, agent: Int32) {
        attempts.count(OutcomeClass(ending.outcome), in: ending.runTime, agent: agent)
        switch ending.disposition {
        case .requeue: reassignments += 1
        case .retry: retries += 1
        case .final, .absorbed: break
        }
    }
}

/// Attempts that have ended, by agent: outcomes, and run times of those that completed or failed.
package struct AttemptTally: Sendable {
    /// A row an agent: its outcomes, its buckets, and the sum of its run times.
    private var cells: [Int64] = []
    private static let bucketsAt = OutcomeClass.allCases.count
    private static let sumAt = bucketsAt + DurationBuckets.count
    private static let width = sumAt + 1

    package init() {}

    /// - Returns: whether the agent has a row; otherwise nothing was counted.
    @inline(always)
    mutating func complete(in runTime: TimeSpan, agent: Int32) -> Bool {
        let row = Int(agent) * Self.width
        guard row < cells.count else { return false }
        cells[row + OutcomeClass.completed.rawValue] += 1
        add(runTime, to: row)
        return true
    }

    /// - Parameter agent: its number; numbers begin at 0 and leave few out.
    package mutating func count(_ outcome: OutcomeClass, in runTime: TimeSpan, agent: Int32) {
        let row = Int(agent) * Self.width
        while cells.count < row + Self.width { cells.append(0) }
        cells[row + outcome.rawValue] += 1
        switch outcome {
        case .completed, .transient, .permanent, .timeout, .invalidInput:
            add(runTime, to: row)
        case .poison, .cancelled, .workerLost, .released, .superseded: break
        }
    }

    @inline(always)
    private mutating func add(_ runTime: TimeSpan, to row: Int) {
        cells[row + Self.bucketsAt + DurationBuckets.bucket(runTime.nanoseconds)] += 1
        let (sum, overflow) = cells[row + Self.sumAt].addingReportingOverflow(
            max(0, runTime.nanoseconds))
        cells[row + Self.sumAt] = overflow ? .max : sum
    }

    /// An agent's outcomes, in the order of `OutcomeClass`, and its run times; `nil` where no
    /// attempt of it has ended.
    package func read(agent: Int) -> (outcomes: [Int64], runTimes: DurationTally)? {
        let row = agent * Self.width
        guard row < cells.count else { return nil }
        return (
            Array(cells[row..<row + Self.bucketsAt]),
            DurationTally(
                counts: cells[row + Self.bucketsAt..<row + Self.sumAt],
                sum: cells[row + Self.sumAt])
        )
    }
}
