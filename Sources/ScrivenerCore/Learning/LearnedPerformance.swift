// What completed and failed attempts have taught about task types and about agents on workers. Like
// circuit breakers these records belong to an agent on a worker and not to its instance: a worker
// that registers again is known.
//
// Live state for now: a coordinator that starts again learns anew.

import ScrivenerModel

/// Run times and failures, by task type and by agent on a worker.
struct LearnedPerformance: Sendable {
    /// What a type is believed to take before its first attempt has completed. All instances are
    /// equal then, so it decides nothing between them.
    private static let prior = TimeSpan.seconds(1)
    /// Below so many records nobody looks for those that can be forgotten.
    private static let fewest = 64

    private(set) var durations = DurationModel()
    private var errors: [ErrorRate] = []
    private var rows: [CircuitBreakers.Key: Int32] = [:]
    private var vacantRows: [Int32] = []
    private var kinds: [String: Int32] = [:]
    private var sweepAt = Self.fewest

    /// How many agents on workers are known.
    var count: Int { rows.count }

    /// The number of a task type. There are at most `DurationModel.maximumTypes`, whatever plans
    /// say: those that come later are taken together.
    mutating func kind(of taskType: String) -> Int32 {
        if let kind = kinds[taskType] { return kind }
        let kind = durations.addType(prior: Self.prior)
        if kinds.count < DurationModel.maximumTypes { kinds[taskType] = kind }
        return kind
    }

    /// The row in which an agent on a worker has its records.
    mutating func row(of key: CircuitBreakers.Key) -> Int32 {
        if let row = rows[key] { return row }
        let row = vacantRows.popLast() ?? newRow()
        rows[key] = row
        return row
    }

    private mutating func newRow() -> Int32 {
        errors.append(ErrorRate())
        return durations.addInstance()
    }

    /// Takes in the end of an attempt. Only a completed one says something about run time.
    mutating func learn(
        _ ending: AttemptEnding, kind: Int32, by key: CircuitBreakers.Key, at now: Instant
    ) {
        guard let row = rows[key] else { return }
        errors[Int(row)].add(CircuitBreaker.Outcome(ending), at: now)
        guard ending.outcome == .completed else { return }
        durations.learn(ending.runTime, type: kind, instance: row, at: now)
    }

    func expected(kind: Int32, row: Int32, at now: Instant) -> TimeSpan {
        durations.estimate(type: kind, instance: row, at: now)
    }

    func errorPermille(row: Int32, at now: Instant) -> Int64 {
        errors[Int(row)].permille(at: now)
    }

    // MARK: Forgetting

    /// Whether there are so many that a sweep is worth its time.
    var wantsSweep: Bool { rows.count >= sweepAt }

    /// Forgets what is known of workers that are gone. Called when the number has doubled, so a
    /// sweep costs little for each that was added.
    mutating func sweep(keepingWorkers isThere: (Int32) -> Bool) {
        let gone = rows.filter { !isThere($0.key.worker) }
        for (key, row) in gone.sorted(by: { $0.value < $1.value }) {
            rows[key] = nil
            errors[Int(row)] = ErrorRate()
            durations.resetInstance(row)
            vacantRows.append(row)
        }
        sweepAt = max(Self.fewest, 2 * rows.count)
    }
}
