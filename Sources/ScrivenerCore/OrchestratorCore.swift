// The orchestrator as a machine: an event and the time go in, facts to keep and effects to carry
// out come out. It reads no clock, draws no outside randomness, and does no input or output, so a
// run can be repeated exactly, from a journal or in a simulator.
//
// This file is the way in and the one interpreter of facts. What each event means stands in the
// extensions beside it: sessions (`OrchestratorCore+Sessions`), again (`+Reruns`), and what people do to
// them (`+Steering`), workers (`+Workers`) and the deaths of their processes (`+Deaths`), attempts
// (`+Dispatch`, `+Results`), where they go (`+Placement`) and what goes on without some of them
// (`+Joins`), second attempts (`+Hedging`), what is learned (`+Learning`), questions (`+Queries`), those who
// follow the pool (`+Following`), how many replicas pools of workers should have (`+Scaling`).

import DequeModule
package import ScrivenerModel

/// The machine behind a coordinator.
package struct OrchestratorCore: Sendable {
    let configuration: CoreConfiguration
    /// Of this start of the coordinator; the high half of every epoch.
    let incarnation: Int64
    package let journalID: String

    // Durable: changed by `apply` alone.
    var sessions = SessionTable()
    var sessionNumbers: [String: Int64] = [:]
    var lastSessionNumber: Int64 = 0
    /// What was last kept of what attempts have taught.
    var learned = PerformanceColumns()
    var ledger: InstanceLedger

    // Made anew after a restart.
    var registry = EnhancedAgentRegistry()
    var circuits: CircuitBreakers
    var performance = LearnedPerformance()
    /// Per demand.
    var choices: [InstanceChoice] = []
    var dispatcher = TaskDispatcher()
    var timers = TimerQueue()
    var recentIDs = RecentIDs()
    var random: SeededGenerator
    var lastEpoch: Int64
    /// Sessions whose watchers may have something to see.
    var changed: [Int64] = []
    /// Whether somebody follows the pool as a whole.
    var isPoolFollowed = false
    /// Sessions whose progress the pool's followers have still to ask for, each once.
    var moved: Deque<Int64> = []
    /// Until then no lease runs out: the coordinator itself was away.
    var leaseAmnesty = Instant.zero
    /// What the first tasks of a demand wait for, of those that could run at once.
    var waits: [Int32: FasterSlot] = [:]
    /// Whom workers are kept free for.
    var room = RoomKeeping()
    /// Instances that have just got a slot free.
    var idleInstances: [Int32] = []
    /// How many replicas each pool of workers should have.
    var scaling: PoolScaling
    var counters = OrchestratorCounters()
    /// For monitoring.
    var tally = PoolTally()
    /// When the present step of the instances' history began; `nil` while nothing was counted.
    var stepBegan: WallTime?
    /// When the latest event was handled: for `Invariants`.
    private(set) var handledAt = Instant.zero

    /// - Parameter seed: where the jitter of retries comes from.
    package init(
        configuration: CoreConfiguration = CoreConfiguration(), journalID: String,
        incarnation: Int64, seed: UInt64
    ) {
        self.configuration = configuration
        self.journalID = journalID
        self.incarnation = incarnation
        self.random = SeededGenerator(seed: seed)
        self.lastEpoch = (incarnation & 0x7FFF_FFFF) << 32
        self.recentIDs = RecentIDs(capacity: configuration.rememberedIDs)
        self.ledger = InstanceLedger(capacity: configuration.rememberedSamples)
        self.scaling = PoolScaling(configuration.pools)
        var limits = CircuitBreaker.Limits()
        limits.firstEjection = configuration.firstEjection
        limits.longestEjection = configuration.longestEjection
        self.circuits = CircuitBreakers(limits: limits)
    }

    /// When to call `handle(.tick)` next: one deadline stands for all timers.
    package var nextDeadline: Instant? { timers.next }

    /// The only way in. Appends facts to keep and effects to carry out; nothing may leave until the
    /// facts are kept.
    package mutating func handle(
        _ event: OrchestratorEvent, at now: Moment, into outcome: inout Outcome
    ) {
        notePause(at: now)
        switch event {
        case .submit(let plan, let token): submit(plan, token, at: now, into: &outcome)
        case .rerun(let submission, let token):
            rerun(submission, token, at: now, into: &outcome)
        case .cancel(let id, let token): cancel(id, token, at: now, into: &outcome)
        case .pause(let id, let mode, let token):
            pause(id, mode, token, at: now, into: &outcome)
        case .resume(let id, let token): resume(id, token, at: now, into: &outcome)
        case .prioritize(let id, let task, let priority, let token):
            prioritize(id, task, priority, token, at: now, into: &outcome)
        case .drainWorker(let id, let token): drainWorker(id, token, at: now, into: &outcome)
        case .query(let query, let token): answer(query, token, at: now, into: &outcome)
        case .watch(let id, let token): watch(id, token, at: now, into: &outcome)
        case .unwatch(let session): unwatch(session)
        case .followPool(let isFollowed): followPool(isFollowed)
        case .register(let connection, let registration, let deaths):
            register(connection, registration, deaths, at: now, into: &outcome)
        case .welcomed(let connection): beginLease(connection, at: now, into: &outcome)
        case .heartbeat(let connection, let heartbeat):
            renew(connection, heartbeat, at: now, into: &outcome)
        case .results(let connection, let epoch, let results):
            take(results, from: connection, epoch: epoch, at: now, into: &outcome)
        case .released(let connection, let epoch, let attempts):
            takeBack(attempts, from: connection, epoch: epoch, at: now, into: &outcome)
        case .checkpoints(let connection, let epoch, let kept):
            keepCheckpoints(kept, from: connection, epoch: epoch, at: now, into: &outcome)
        case .draining(let connection, let epoch):
            drain(connection, epoch: epoch, at: now, into: &outcome)
        case .goodbye(let connection, let epoch):
            leave(connection, epoch: epoch, at: now, into: &outcome)
        case .unroutable(let connection):
            loseTouch(with: connection, at: now, into: &outcome)
        case .overflowed(let connection), .expelled(let connection):
            if let worker = registry.worker(on: connection) {
                lose(worker, at: now, into: &outcome)
            }
        case .recovered: recover(at: now)
        case .tick: break
        }
        fireTimers(at: now, into: &outcome)
        dispatchReady(at: now, into: &outcome)
        if registry.prefetchedCount > 0 { recallForIdle(into: &outcome) }
        handledAt = now.instant
        if !changed.isEmpty { publishProgress(at: now, into: &outcome) }
    }

    /// Reads one fact of a journal back. Call it for every fact, then `handle(.recovered)`.
    ///
    /// - Returns: what the pool's followers were told with it.
    @discardableResult
    package mutating func replay(_ fact: SessionFact, at then: Moment) -> PoolChange? {
        apply(fact, at: then)
        let change = change(by: fact, at: then.wall)
        if case .sessionEnded(let number, _) = fact { forget(number) }
        return change
    }

    /// Keeps a fact and lets it take effect.
    mutating func keep(_ fact: SessionFact, at now: Moment, into outcome: inout Outcome) {
        let stamp = outcome.stamp(now)
        outcome.facts.append(fact)
        apply(fact, at: stamp)
        if let change = change(by: fact, at: stamp.wall) { outcome.changes.append(change) }
    }

    /// Keeps the two facts that every attempt leaves: like `keep`, without taking them apart again.
    ///
    /// - Returns: whether somebody follows the session.
    @inline(always)
    mutating func keepDispatch(
        of attempt: AttemptReference, worker: Int32, agent: Int32, at now: Moment,
        into outcome: inout Outcome
    ) -> Bool {
        let stamp = outcome.stamp(now)
        outcome.facts.append(.attemptDispatched(attempt, worker: worker, agent: agent))
        return begin(attempt, worker: worker, agent: agent, at: stamp)
    }

    /// And gives what becomes ready to the dispatcher, where nothing else is to be done before.
    ///
    /// - Returns: what is still to be looked at.
    @inline(always)
    mutating func keepEnd(
        of attempt: AttemptReference, _ ending: AttemptEnding, at now: Moment,
        into outcome: inout Outcome
    ) -> SessionSigns {
        let stamp = outcome.stamp(now)
        outcome.facts.append(.attemptEnded(attempt, ending))
        let (revision, ordering) = (performance.revision, configuration.ordering)
        return sessions.modify(attempt.session) { session in
            session.end(attempt, ending, at: stamp)
            var signs = session.signs(learned: revision)
            if signs.remove(.ready) != nil, !signs.contains(.seldom) {
                session.giveReady(to: &dispatcher, ordering, at: now.instant)
            }
            return signs
        } ?? []
    }

    /// - Returns: whether somebody follows the session.
    @inline(always) @discardableResult
    private mutating func begin(
        _ attempt: AttemptReference, worker: Int32, agent: Int32, at now: Moment
    ) -> Bool {
        sessions.modify(attempt.session) { session in
            session.endBackOffIfAny(Int(attempt.task), at: now.instant)
            session.begin(attempt, worker: worker, agent: agent, at: now)
            return session.isWatched
        } ?? false
    }

    /// The only way in which durable state changes: live, and when a journal is read back.
    private mutating func apply(_ fact: SessionFact, at now: Moment) {
        switch fact {
        case .workerKnown(let number, let id): registry.learnWorker(number: number, id: id)
        case .agentKnown(let number, let name): registry.learnAgent(number: number, name: name)
        case .sessionOpened(let opening):
            lastSessionNumber = opening.number
            sessionNumbers[opening.plan.sessionID] = opening.number
            sessions.insert(Session(opening, at: now))
        case .graphExtended(let addition):
            sessions.modify(addition.session) {
                $0.extend(addition.tasks, by: addition.by, at: now.instant)
            }
        case .sessionRerun(let rerun):
            sessions.modify(rerun.session) { $0.takeOver(rerun, at: now.instant) }
        case .attemptDispatched(let attempt, let worker, let agent):
            begin(attempt, worker: worker, agent: agent, at: now)
        case .attemptEnded(let attempt, let ending):
            sessions.modify(attempt.session) { $0.end(attempt, ending, at: now) }
        case .attemptDied(let attempt, let verdict, let record):
            sessions.modify(attempt.session) {
                $0.noteDeath(of: attempt, verdict, record, at: now.instant)
            }
        case .joinClosed(let number, let task):
            sessions.modify(number) { $0.closeJoin(Int(task), at: now.instant) }
        case .checkpointKept(let attempt, let payload):
            sessions.modify(attempt.session) { $0.graph.checkpoints[attempt.task] = payload }
        case .cancelRequested(let number, let cause):
            sessions.modify(number) { $0.cancel(cause, at: now.wall) }
        case .taskCancelRequested(let number, let task):
            sessions.modify(number) { $0.cancel(task: Int(task), at: now.instant) }
        case .sessionPaused(let number, let mode):
            sessions.modify(number) { $0.pause(mode, at: now) }
        case .sessionResumed(let number): sessions.modify(number) { $0.resume(at: now) }
        case .priorityChanged(let number, let task, let priority):
            sessions.modify(number) { $0.setPriority(priority, of: task) }
        case .sessionsCounted(let number): lastSessionNumber = max(lastSessionNumber, number)
        case .performanceLearned(let columns): learned = columns
        case .metricsRecorded(let sample): ledger.record(sample)
        case .sessionEnded(let number, let state):
            sessions.modify(number) { $0.finish(state, at: now.wall) }
        }
    }

    /// Lets an ended session leave memory. Its archive row is in the same batch as its last fact.
    mutating func forget(_ number: Int64) {
        guard let id = sessions.read(number, { $0.sessionID }) else { return }
        sessionNumbers[id] = nil
        recentIDs.insert(id)
        dispatcher.remove(session: number)
        sessions.remove(number)
        timers.noteStale { [sessions] reason in
            switch reason {
            case .lease, .circuit, .metrics: true
            case .backOff(let session, _), .sessionTimeout(let session), .progress(let session),
                .join(let session, _), .rank(let session):
                sessions.contains(session)
            case .hedge(let attempt): sessions.contains(attempt.session)
            case .patience, .room, .scaling: true
            }
        }
    }
}

/// The ids of sessions that ended lately, oldest forgotten first.
struct RecentIDs: Sendable {
    private var ring: [String] = []
    private var next = 0
    private var set: Set<String> = []
    private let capacity: Int

    init(capacity: Int = 0) { self.capacity = capacity }

    func contains(_ id: String) -> Bool { set.contains(id) }

    mutating func insert(_ id: String) {
        guard capacity > 0, set.insert(id).inserted else { return }
        if ring.count < capacity {
            ring.append(id)
        } else {
            set.remove(ring[next])
            ring[next] = id
            next = (next + 1) % capacity
        }
    }
}
