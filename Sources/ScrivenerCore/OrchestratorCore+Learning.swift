// What attempts teach: run times, failures and memory of types and instances, and the work that
// hangs on each task. Now and then it is kept, so that a restarted coordinator knows it.

import ScrivenerModel

extension OrchestratorCore {
    /// So many tasks of a session are ranked at once; the rest when the next timer fires.
    static let rankedAtOnce = 50_000

    @inline(always)
    mutating func learn(
        _ ending: AttemptEnding, complaint: String?, kind: Int32, stated: TimeSpan?,
        by key: CircuitBreakers.Key, on instance: Int32?, _ held: AssignedAttempt,
        at now: Moment
    ) {
        if let instance {
            performance.learn(
                ending, kind: kind, stated: stated, row: registry.instances[Int(instance)].row,
                at: now.instant)
        } else {
            performance.learn(ending, kind: kind, stated: stated, by: key, at: now.instant)
        }
        if stepBegan == nil {
            stepBegan = now.wall
            timers.add(.metrics, at: now.instant.advanced(by: configuration.metricsInterval))
        }
        ledger.count(ending, by: key, complaint: complaint, at: now.wall)
        guard ending.outcome == .completed, !held.isPrefetched else { return }
        let whole = now.instant.since(held.dispatchedAt)
        registry.noteRoundTrip(
            TimeSpan(nanoseconds: whole.nanoseconds - ending.runTime.nanoseconds),
            of: key.worker)
    }

    /// A step of the instances' history is over.
    mutating func keepMetrics(at now: Moment, into outcome: inout Outcome) {
        guard let began = stepBegan else { return }
        stepBegan = nil
        registry.settleRoundTrips()
        performance.settle()
        if ledger.hasNews {
            let sample = ledger.sample(from: began, length: configuration.metricsInterval)
            keep(.metricsRecorded(sample), at: now, into: &outcome)
        }
        if performance.hasNews {
            keep(.performanceLearned(performance.takeColumns()), at: now, into: &outcome)
        }
    }

    // MARK: Ranks

    /// Ranks a session's tasks where that was not done, or where estimates have moved much since.
    mutating func rankIfDue(_ number: Int64, at now: Instant) {
        guard configuration.ordering == .criticalPath else { return }
        let revision = performance.revision
        let isCurrent = sessions.look(at: number) { $0.isRanked(asOf: revision) }
        guard isCurrent == false else { return }
        let estimates = estimates(of: number, at: now)
        let scale = sessions.read(number) { $0.scale }
        let isDue = sessions.modify(number) { session -> Bool in
            let graph = session.graph.ranked
            if session.ranks.count < graph.count, session.ranks.count > 0 {
                let lifecycle = session.graph.lifecycle
                let first = session.ranks.count
                session.ranks.grow(graph, estimates: estimates) {
                    !lifecycle[$0].status.isTerminal
                }
                // Paths beyond the longest that the scale knows would all be alike.
                let longest = session.ranks.longest(from: first)
                if longest > session.scale.longest {
                    session.scale = PriorityScale(fitting: longest)
                }
            }
            session.rankedRevision = revision
            guard session.ranks.count == 0 || session.ranks.isDue(for: estimates) else {
                return false
            }
            session.ranks.begin(graph, estimates: estimates)
            session.rankedAt = session.graph.executions.count
            return true
        }
        if sessions.read(number, { $0.scale }) != scale { rekey(number, at: now) }
        if isDue == true { advanceRanks(of: number, at: now) }
    }

    /// Goes on with a pass, and makes the keys of what is ready anew when it is complete.
    mutating func advanceRanks(of number: Int64, at now: Instant) {
        let isComplete = sessions.modify(number) { session -> Bool in
            // Counting and ranking are two passes over the tasks.
            let graph = session.graph.ranked
            return session.ranks.advance(graph, limit: Self.rankedAtOnce)
                || session.ranks.advance(graph, limit: Self.rankedAtOnce)
        }
        guard isComplete == true else {
            if sessions.read(number, { $0.ranks.phase != .idle }) == true {
                // After this event: a slice of it each time, and not all at once.
                timers.add(
                    .rank(session: number), at: now.advanced(by: TimeSpan(nanoseconds: 1)))
            }
            return
        }
        sessions.modify(number) { $0.scale = PriorityScale(fitting: $0.ranks.longest) }
        rekey(number, at: now)
    }

    mutating func rekey(_ number: Int64, at now: Instant) {
        let ordering = configuration.ordering
        sessions.modify(number) { session in
            dispatcher.rekey(number) { entry in
                session.key(of: Int(entry.task), ready: entry.ready(asOf: now), ordering)
            }
        }
    }

    private func estimates(of number: Int64, at now: Instant) -> [TimeSpan] {
        sessions.read(number) { session in
            session.rules.map { performance.durations.estimate(type: $0.kind, at: now) }
        } ?? []
    }
}

extension TaskGraph {
    /// The columns that ranks are computed from.
    var ranked: RankedGraph {
        RankedGraph(
            classOf: classOf, dependencies: dependencies, dependencyEnds: dependencyEnds,
            stated: expected, isOrdered: isOrdered, classCounts: classCounts)
    }
}
