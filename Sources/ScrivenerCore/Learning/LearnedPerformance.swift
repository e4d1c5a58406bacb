// What completed and failed attempts have taught about task types and about agents on workers. Like
// circuit breakers these records belong to an agent on a worker and not to its instance: a worker
// that registers again is known.
//
// Live state for now: a coordinator that starts again learns anew.

import ScrivenerModel

/// Run times and failures, by task type and by agent on a worker.
struct LearnedPerformance: Sendable {
    /// What a type is believed to take before its first attempt has completed, for each unit of its
    /// weight: a type of the usual weight 1 s. All instances are equal then, so it decides nothing
    /// between them; between types, it says which has more behind it.
    private static let prior = TimeSpan.milliseconds(200)
    /// Below so many records nobody looks for those that can be forgotten.
    private static let fewest = 64
    /// A pebibyte: more counts as this, whatever a worker says.
    private static let mostMemory: Int64 = 1 << 50

    private(set) var durations = DurationModel()
    /// Grows when the estimate of a type has moved by more than a factor of two: order may change.
    private(set) var revision: Int64 = 0
    /// Whether something was learned that `columns` have not been asked for since.
    private(set) var hasNews = false
    /// Per type: what it was estimated at when `revision` last grew for it.
    private var announced: [TimeSpan] = []
    /// The smallest mean of an instance's samples; `settle` makes it exact.
    private var leastSpeed = Int64.max
    /// No instance's ratio is smaller: follows from that and from all samples together, and is asked
    /// for several times with every event.
    private var leastRatio = DurationModel().leastRatio(ofMean: .max) {
        didSet { findShortestRunTime() }
    }
    /// The pool's ratio that it was found with.
    private var leastRatioPool = InstanceSpeed.one
    /// The smallest of these: no type's estimate is less than half of it.
    private(set) var shortest = TimeSpan(nanoseconds: DurationHistogram.longest) {
        didSet { findShortestRunTime() }
    }
    /// No task is expected to run for less, on whatever instance.
    private(set) var shortestRunTime = TimeSpan(nanoseconds: DurationHistogram.longest)
    /// Per type, in bytes.
    private var peakMemory: [Int64] = []
    private var names: [String] = []
    private var errors: [ErrorRate] = []
    private var rows = AgentTable<Int32>()
    private var vacantRows: [Int32] = []
    private var kinds: [String: Int32] = [:]
    private var sweepAt = Self.fewest

    /// How many agents on workers are known.
    var count: Int { rows.count }

    /// The number of a task type. There are at most `DurationModel.maximumTypes`, whatever plans
    /// say: those that come later are taken together.
    mutating func kind(of taskType: String, weight: Int) -> Int32 {
        if let kind = kinds[taskType] { return kind }
        let prior = TimeSpan(nanoseconds: Self.prior.nanoseconds * Int64(max(1, weight)))
        let kind = durations.addType(prior: prior)
        guard kinds.count < DurationModel.maximumTypes else { return kind }
        kinds[taskType] = kind
        names.append(taskType)
        peakMemory.append(0)
        announced.append(prior)
        shortest = min(shortest, prior)
        return kind
    }

    /// The row in which an agent on a worker has its records.
    mutating func row(of key: CircuitBreakers.Key) -> Int32 {
        if let row = rows[key] { return row }
        let row = vacantRows.popLast() ?? newRow()
        rows[key, default: row] = row
        return row
    }

    private mutating func newRow() -> Int32 {
        errors.append(ErrorRate())
        return durations.addInstance()
    }

    /// Takes in the end of an attempt. Only a completed one says something about run time.
    mutating func learn(
        _ ending: AttemptEnding, kind: Int32, stated: TimeSpan? = nil,
        by key: CircuitBreakers.Key, at now: Instant
    ) {
        guard let row = rows[key] else { return }
        learn(ending, kind: kind, stated: stated, row: row, at: now)
    }

    /// The same, of an agent whose row is known.
    mutating func learn(
        _ ending: AttemptEnding, kind: Int32, stated: TimeSpan?, row: Int32, at now: Instant
    ) {
        errors[Int(row)].add(CircuitBreaker.Outcome(ending), at: now)
        guard ending.outcome == .completed else { return }
        durations.learn(
            ending.runTime, type: kind, instance: row, stated: stated, at: now)
        if durations.speeds[Int(row)].mayFallBelow(leastSpeed)
            || durations.poolRatio != leastRatioPool
        {
            leastSpeed = min(leastSpeed, durations.speeds[Int(row)].mean ?? leastSpeed)
            findLeastRatio()
        }
        hasNews = true
        let (old, new) = (announced[Int(kind)], durations.mean(type: kind))
        let (small, large) = (min(old, new).nanoseconds, max(old, new).nanoseconds)
        guard large / 2 > max(1, small) else { return }
        announced[Int(kind)] = new
        shortest = announced.min() ?? shortest
        revision += 1
    }

    private mutating func findShortestRunTime() {
        shortestRunTime = TimeSpan(
            nanoseconds: shortest.nanoseconds / 2 * leastRatio / InstanceSpeed.one)
    }

    /// A task of a type is not expected to run for less, on whatever instance.
    @inline(always)
    func least(kind: Int32, stated: TimeSpan?) -> TimeSpan {
        let mean = stated ?? durations.mean(type: kind)
        let (product, overflow) = mean.nanoseconds.multipliedReportingOverflow(by: leastRatio)
        return TimeSpan(nanoseconds: overflow ? 0 : product / InstanceSpeed.one)
    }

    mutating func settle() {
        leastSpeed = durations.speeds.lazy.compactMap(\.mean).min() ?? .max
        findLeastRatio()
    }

    private mutating func findLeastRatio() {
        leastRatio = durations.leastRatio(ofMean: leastSpeed)
        leastRatioPool = durations.poolRatio
    }

    /// The largest memory that an attempt of the type took, in MiB, rounded up; 0 where nobody has
    /// measured it. A larger one counts at once, a smaller one by a sixteenth.
    func peakMemoryMebibytes(kind: Int32) -> Int64 { (peakMemory[Int(kind)] + (1 << 20) - 1) >> 20 }

    /// - Returns: whether less is expected of tasks of the type from now on.
    mutating func learnMemory(_ measured: Int64, kind: Int32) -> Bool {
        guard measured > 0 else { return false }
        let (bytes, old) = (min(measured, Self.mostMemory), peakMemory[Int(kind)])
        let expected = peakMemoryMebibytes(kind: kind)
        peakMemory[Int(kind)] = bytes >= old ? bytes : old - (old - bytes) / 16
        hasNews = true
        return peakMemoryMebibytes(kind: kind) < expected
    }

    // MARK: Keeping

    /// What is to be kept. Nothing is news after it.
    mutating func takeColumns() -> PerformanceColumns {
        hasNews = false
        var columns = PerformanceColumns()
        columns.kinds = names
        columns.peakMemory = peakMemory
        var keys = [CircuitBreakers.Key](
            repeating: CircuitBreakers.Key(worker: -1, agent: -1), count: errors.count)
        for key in rows.keys {
            if let row = rows[key] { keys[Int(row)] = key }
        }
        columns.workers = keys.map(\.worker)
        columns.agents = keys.map(\.agent)
        columns.durations = durations.columns
        return columns
    }

    /// Begins with what was kept; with nothing where the columns do not fit together.
    init(_ columns: PerformanceColumns) {
        self.init()
        guard let durations = DurationModel(columns.durations),
            columns.kinds.count == durations.types.count,
            columns.peakMemory.count == columns.kinds.count,
            columns.workers.count == durations.speeds.count,
            columns.agents.count == columns.workers.count
        else { return }
        self.durations = durations
        names = columns.kinds
        peakMemory = columns.peakMemory
        announced = durations.types.indices.map {
            durations.estimate(type: Int32($0), at: .zero)
        }
        shortest = announced.min() ?? shortest
        settle()
        for (index, name) in names.enumerated() { kinds[name] = Int32(index) }
        errors = Array(repeating: ErrorRate(), count: columns.workers.count)
        for row in columns.workers.indices {
            if columns.workers[row] < 0 {
                vacantRows.append(Int32(row))
            } else {
                let key = CircuitBreakers.Key(
                    worker: columns.workers[row], agent: columns.agents[row])
                rows[key, default: Int32(row)] = Int32(row)
            }
        }
        sweepAt = max(Self.fewest, 2 * rows.count)
    }

    init() { findShortestRunTime() }

    /// How long a task of a type will run on an instance.
    ///
    /// - Parameter stated: what its plan says of an average instance, if it says anything.
    @inline(always)
    func expected(kind: Int32, stated: TimeSpan?, row: Int32, at now: Instant) -> TimeSpan {
        guard let stated else { return durations.estimate(type: kind, instance: row, at: now) }
        return durations.scaled(stated.nanoseconds, type: kind, instance: row, at: now)
    }

    /// By how much that may be wrong: a standard error, in `InstanceSpeed.one`, 1 at most.
    func relativeError(kind: Int32, isStated: Bool, row: Int32, at now: Instant) -> Int64 {
        durations.relativeError(type: kind, isStated: isStated, instance: row, at: now)
    }

    func timeEstimate(kind: Int32, at now: Instant) -> TimeEstimate {
        TimeEstimate(
            mean: durations.estimate(type: kind, at: now).seconds,
            deviation: durations.standardDeviation(type: kind).seconds,
            isLearned: durations.types[Int(kind)].count > 0)
    }

    /// The standard deviation of a type's run times where their mean is the given one.
    func deviation(kind: Int32, of mean: TimeSpan) -> TimeSpan {
        let type = durations.types[Int(kind)]
        guard type.count > 1, type.mean > 0 else { return .zero }
        let share = type.standardDeviation.multipliedReportingOverflow(by: 1_024)
        let permil = share.overflow ? 1_024 : share.partialValue / type.mean
        let (product, overflow) = mean.nanoseconds.multipliedReportingOverflow(by: permil)
        return TimeSpan(nanoseconds: overflow ? mean.nanoseconds : product / 1_024)
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
        var gone: [Int32] = []
        rows.removeAll { key, row in
            guard !isThere(key.worker) else { return false }
            gone.append(row)
            return true
        }
        for row in gone.sorted() {
            errors[Int(row)] = ErrorRate()
            durations.resetInstance(row)
            vacantRows.append(row)
        }
        findLeastRatio()
        sweepAt = max(Self.fewest, 2 * rows.count)
    }
}
