// What a session's schedule says of the pool: how well it was used, what the session could not have
// been faster than, and where its time went.
//
// Two views of the makespan, which answer different questions:
//
// - **Bounds** say what no order and no placement could have undercut: the longest chain of run times,
//   and for each agent its work divided by its slots (Graham, "Bounds for certain multiprocessing
//   anomalies", 1966, where all processors are alike; here each agent has its own, and the largest
//   bound counts).
// - **The final chain** says where the time really went: from the task that ended last back to the
//   dependency that released it, and so on to the submission. Each moment of the makespan belongs
//   to exactly one step of it, as in the critical path of a parallel program's trace (Yang and
//   Miller, "Critical path analysis for the execution of parallel and distributed programs", 1988).

import ScrivenerModel

/// A session's schedule, taken apart.
struct ScheduleAnalysis {
    /// One agent's part. Times are in seconds.
    struct Agent {
        let name: String
        let slots: Int
        let saturation: Concurrency.Saturation
        var attempts = 0
        var running = 0
        var failed = 0
        var busyTime = 0.0
        /// Run time of attempts that decided their tasks, or run.
        var usefulTime = 0.0
        var queueWait = 0.0
        /// Its part of the critical path.
        var chainTime = 0.0

        /// With more or fewer slots than there are, too.
        func bound(slots: Int) -> Double { usefulTime / Double(max(1, slots)) }
        var bound: Double { bound(slots: slots) }
    }

    let timeline: Timeline
    let schedule: TaskSchedule
    let overall: Concurrency
    let criticalPath: [Int]
    /// The longest chain of run times.
    let chainBound: Double
    /// In order of name.
    private(set) var agents: [Agent]
    /// The two agents with the largest bounds.
    private var tightest: [Int] = []

    init(_ snapshot: SessionSnapshot, _ context: TimelineContext) {
        timeline = Timeline(snapshot, context)
        schedule = TaskSchedule(snapshot, timeline)
        overall = Concurrency(timeline.attempts.lazy.map { ($0.began, $0.ended) })
        criticalPath = schedule.criticalPath
        chainBound = schedule.entries.lazy.map(\.longestChain).max() ?? 0
        agents = Self.agents(timeline, context)
        for attempt in timeline.attempts {
            agents[attempt.agent].attempts += 1
            agents[attempt.agent].running += attempt.isOpen ? 1 : 0
            agents[attempt.agent].failed += attempt.isFailed ? 1 : 0
            agents[attempt.agent].busyTime += attempt.runTime
        }
        for task in schedule.entries.indices {
            guard let decisive = schedule.decisiveAttempt(of: task) else { continue }
            agents[decisive.agent].usefulTime += schedule.usefulRunTime(of: task)
            let first = timeline.attempts[timeline.attempts(of: task).lowerBound]
            agents[first.agent].queueWait += schedule.entries[task].queueWait ?? 0
        }
        for task in criticalPath {
            guard let decisive = schedule.decisiveAttempt(of: task) else { continue }
            agents[decisive.agent].chainTime += schedule.usefulRunTime(of: task)
        }
        let order = agents.indices.sorted { agents[$0].bound > agents[$1].bound }
        tightest = Array(order.prefix(2))
    }

    private static func agents(_ timeline: Timeline, _ context: TimelineContext) -> [Agent] {
        var intervals: [[(began: Double, ended: Double)]] = Array(
            repeating: [], count: timeline.agents.count)
        for attempt in timeline.attempts {
            intervals[attempt.agent].append((attempt.began, attempt.ended))
        }
        return timeline.agents.enumerated().map { place, name in
            let concurrency = Concurrency(intervals[place])
            let slots = max(1, context.slots[name] ?? concurrency.peak)
            return Agent(
                name: name, slots: slots,
                saturation: Concurrency.Saturation(concurrency, slots))
        }
    }

    // MARK: Bounds

    var makespan: Double { timeline.makespan }

    /// No order and no placement could have been faster.
    var lowerBound: Double {
        min(makespan, max(chainBound, tightest.first.map { agents[$0].bound } ?? 0))
    }

    /// By how much the lower bound is lower with one more slot of an agent.
    func gainOfOneSlot(_ place: Int) -> Double {
        let others = tightest.first { $0 != place }.map { agents[$0].bound } ?? 0
        let own = agents[place].bound(slots: agents[place].slots.saturatingAdd(1))
        return max(0, lowerBound - max(chainBound, others, own))
    }

    // MARK: Use

    /// As a floating-point number, for slots are handed in and may be any.
    var slots: Double { agents.reduce(0) { $0 + Double($1.slots) } }

    var busyTime: Double { agents.reduce(0) { $0 + $1.busyTime } }
    var usefulTime: Double { agents.reduce(0) { $0 + $1.usefulTime } }

    var resourceUtilization: Double { Figure.share(busyTime, of: slots * makespan) }

    /// Speedup ÷ slots, as Eager, Zahorjan and Lazowska have it ("Speedup versus efficiency in
    /// parallel systems", 1989).
    var parallelEfficiency: Double { Figure.share(usefulTime, of: slots * makespan) }

    var parallelExecutionRatio: Double {
        Figure.share(overall.seconds(atLeast: 2), of: overall.seconds(atLeast: 1))
    }

    var queueWait: QueueWait {
        let waits = schedule.entries.compactMap(\.queueWait).sorted()
        guard let longest = waits.last else { return QueueWait() }
        var wait = QueueWait()
        wait.tasks = waits.count
        wait.total = waits.reduce(0, +)
        wait.average = wait.total / Double(waits.count)
        wait.median = Figure.quantile(waits, 0.5)
        wait.p95 = Figure.quantile(waits, 0.95)
        wait.maximum = longest
        return wait
    }

    func criticalPathSteps(_ snapshot: SessionSnapshot) -> [CriticalPathStep] {
        criticalPath.compactMap { task in
            guard let decisive = schedule.decisiveAttempt(of: task) else { return nil }
            return CriticalPathStep(
                taskID: snapshot.tasks[task].taskID, taskType: snapshot.tasks[task].taskType,
                agent: agents[decisive.agent].name,
                runTime: schedule.usefulRunTime(of: task))
        }
    }
}

/// What figures are made with. None is ever negative, infinite or no number.
enum Figure {
    static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    static func ratio(_ part: Int, _ whole: Int) -> Double {
        whole <= 0 ? 0 : Double(part) / Double(whole)
    }

    /// 0…1; 0 of nothing.
    static func share(_ part: Double, of whole: Double) -> Double {
        whole > 0 && part > 0 ? min(1, part / whole) : 0
    }

    /// What lies outside 0…1, or is no number, counts as its nearest end, or 0.
    static func confidence(_ value: Double) -> Double { value > 0 ? min(1, value) : 0 }

    /// The nearest rank: the smallest value that so large a part does not exceed.
    static func quantile(_ sorted: [Double], _ part: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((part * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    static func tally(_ words: [String]) -> [String: Int] {
        words.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// `64.2 s`, or `0.013 s` where that says more.
    static func words(_ seconds: Double) -> String {
        let (places, scale) = seconds < 1 ? (3, 1_000.0) : (1, 10.0)
        guard seconds.isFinite, seconds * scale < 1e15 else { return "\(seconds) s" }
        let parts = Int((max(0, seconds) * scale).rounded())
        let fraction = String(parts % Int(scale))
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "\(parts / Int(scale)).\(zeros)\(fraction) s"
    }
}

extension Int {
    /// Stops at the ends of the range: numbers of agents and users are added, and may be any.
    func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
