// What agents on workers have done, counted from the facts: so the machine has to count it as well.

import ScrivenerCore
import ScrivenerModel

/// What was counted since the coordinator started, and since it last kept a sample of it.
struct AccountWatch {
    struct Account: Equatable {
        var completed = 0
        var failed = 0
        var lost = 0
        /// Of what completed, and of all.
        var runTime: Int64 = 0
        var busy: Int64 = 0

        /// - Returns: whether it counts.
        mutating func add(_ ending: AttemptEnding) -> Bool {
            switch ending.outcome {
            case .completed:
                completed += 1
                runTime += ending.runTime.nanoseconds
            case .failed: failed += 1
            case .workerLost: lost += 1
            case .cancelled, .released, .superseded: return false
            }
            busy += ending.runTime.nanoseconds
            return true
        }
    }

    private(set) var total: [AgentPlace: Account] = [:]
    private(set) var current: [AgentPlace: Account] = [:]
    /// Since when there is something that is not in a sample.
    private(set) var since: Instant?

    mutating func count(_ ending: AttemptEnding, at place: AgentPlace, now: Instant) {
        guard total[place, default: Account()].add(ending) else { return }
        _ = current[place, default: Account()].add(ending)
        since = since ?? now
    }

    mutating func takeSample() -> [AgentPlace: Account] {
        defer {
            current = [:]
            since = nil
        }
        return current
    }
}

extension World {
    func noteAccount(of attempt: AttemptReference, _ ending: AttemptEnding) {
        guard ending.outcome != .superseded,
            let past = handled.task(of: attempt)?.history.last(where: {
                $0.attempt == attempt.attempt
            })
        else { return }
        watch.accounts.count(
            ending, at: AgentPlace(worker: past.worker, agent: past.agent), now: now)
    }

    /// What is remembered of an agent's history is what was recorded last.
    func check(_ metrics: AgentMetrics, of name: String) {
        let number = handled.agents.firstIndex(of: name).map(Int32.init)
        let rows = handled.samples.suffix(configuration.rememberedSamples).map { sample in
            sample.rows.filter { $0.agent == number }
        }.filter { !$0.isEmpty }
        let all = rows.flatMap(\.self)
        let steps = metrics.history
        expect(
            metrics.agent == name && steps.count <= rows.count
                && steps.isEmpty == rows.isEmpty
                && steps.reduce(0) { $0 + $1.completed } == all.reduce(0) { $0 + Int($1.completed) }
                && steps.reduce(0) { $0 + $1.failed } == all.reduce(0) { $0 + Int($1.failed) }
                && steps.reduce(0) { $0 + $1.lost } == all.reduce(0) { $0 + Int($1.lost) },
            "the history of \(name) is told as \(steps), recorded is \(all)")
        for instance in metrics.instances {
            expect(instance.agent == name, "\(instance.agent) is told as one of \(name)")
            check(instance)
        }
    }

    /// A sample says what has ended since the last one.
    func checkSample(_ sample: MetricsSample) {
        let known = watch.accounts.takeSample()
        var told: [AgentPlace: AccountWatch.Account] = [:]
        for row in sample.rows {
            let place = AgentPlace(worker: row.worker, agent: row.agent)
            told[place] = AccountWatch.Account(
                completed: Int(row.completed), failed: Int(row.failed), lost: Int(row.lost),
                runTime: known[place]?.runTime ?? 0, busy: row.busy)
        }
        if told != known { report(.history, "\(known) was recorded as \(told)") }
    }

    /// A step of the history that is over is kept.
    func checkSampling() {
        guard let since = watch.accounts.since, coordinatorPauses == 0,
            !watch.accounts.current.isEmpty
        else { return }
        let due = since.advanced(by: configuration.metricsInterval)
        if now > max(due, watch.amnestyUntil).advanced(by: DetectionWatch.margin) {
            report(.history, "what ended \(now.since(since).milliseconds) ms ago is not recorded")
        }
    }

    /// What is told of an agent on a worker.
    func checkAccount(_ instance: InstanceMetrics, _ place: AgentPlace) {
        let known = watch.accounts.total[place] ?? AccountWatch.Account()
        let ended = known.completed + known.failed
        let mean = known.completed == 0 ? 0 : known.runTime / Int64(known.completed)
        let quantiles = [
            instance.p50ExecutionTime, instance.p95ExecutionTime, instance.p99ExecutionTime,
        ].compactMap(\.self)
        expect(
            instance.successfulExecutions == known.completed
                && instance.failedExecutions == known.failed
                && instance.lostExecutions == known.lost
                && instance.totalExecutions == ended + known.lost
                && instance.successRate == Self.share(known.completed, of: ended)
                && instance.errorRate == Self.share(known.failed, of: ended)
                && abs(instance.averageExecutionTime - TimeSpan(nanoseconds: mean).seconds) < 1e-6
                && quantiles == quantiles.sorted() && quantiles.count == (mean > 0 ? 3 : 0)
                && (instance.lastError == nil) == (known.failed + known.lost == 0)
                && (instance.lastErrorAt == nil) == (instance.lastError == nil)
                && instance.registeredAt != nil,
            "\(instance.agent) on \(instance.workerID) did \(known), told is \(instance)")
    }

    private static func share(_ part: Int, of whole: Int) -> Double {
        whole == 0 ? 0 : Double(part) / Double(whole)
    }
}
