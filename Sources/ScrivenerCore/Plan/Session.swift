// A session while it is open: its graph, how it is run, and where it stands.

package import ScrivenerModel

/// An open session.
package struct Session: Sendable {
    package let number: Int64
    package let sessionID: String
    package let query: String
    package let config: OrchestrationConfig
    /// The session's share of the pool beside others'.
    let weight: Int
    package let trace: SessionTrace?
    package var graph = TaskGraph()
    package private(set) var status = SessionStatus.pending
    package private(set) var state = SessionState.initializing
    package private(set) var statusTransitions: [Transition<SessionStatus>]
    package private(set) var stateTransitions: [Transition<SessionState>]
    package let submittedAt: WallTime
    /// When `timeout_seconds` have passed, if the plan has any.
    let deadline: Instant?
    /// The session that this one runs again.
    private(set) var rerunOf: String?
    private(set) var cancelCause: CancelCause?
    private(set) var pauseMode: PauseMode?
    /// Attempts that were asked back when the session was paused, with `mode: now`.
    private(set) var recalled: Set<AttemptReference> = []
    private(set) var sources = 0
    private(set) var insights = 0
    private(set) var hasFinalDocument = false
    /// Grows with every change.
    private(set) var revision: Int64 = 0

    // What follows is not durable: it is made anew after a restart.

    /// Whether somebody sees its progress: it is followed, or the whole pool is.
    var isWatched = false
    /// Whether somebody follows it by itself.
    var isFollowed = false
    /// Whether the pool's followers have still to ask for its progress.
    var hasMoved = false
    /// The revision that was last published, and when.
    var publishedRevision: Int64 = -1
    var publishedAt = Instant(nanoseconds: .min)
    /// Whether a timer will publish.
    var publishIsScheduled = false
    /// For each of the graph's classes.
    var rules: [ClassRule] = []
    /// How much work hangs on each task, and what that is worth in waiting time.
    var ranks = UpwardRank()
    var scale = PriorityScale(fitting: .zero)
    /// The revision of what was learned when ranks were last looked at.
    var rankedRevision: Int64 = -1
    /// How many attempts had been begun when the last pass over the ranks was.
    var rankedAt = 0
    /// What running tasks last said of themselves.
    var reports: [Int32: AttemptProgress] = [:]

    init(_ opening: SessionOpening, at now: Moment) {
        number = opening.number
        sessionID = opening.plan.sessionID
        query = opening.plan.query
        weight = Int(opening.plan.weight)
        trace = opening.plan.trace
        config = opening.plan.config
        submittedAt = now.wall
        deadline = opening.plan.timeout.map { now.instant.advanced(by: $0) }
        statusTransitions = [Transition(to: status, at: now.wall)]
        stateTransitions = [Transition(to: state, at: now.wall)]
        graph.append(opening.plan.tasks, at: now.instant)
    }

    /// Fills a slot of the table that no session is in.
    static let vacant = Session(
        SessionOpening(
            number: 0,
            plan: CompiledPlan(
                sessionID: "", query: "", config: OrchestrationConfig(), timeout: nil,
                tasks: TaskColumns())),
        at: Moment(instant: .zero, wall: WallTime(millisecondsSince1970: 0)))

    /// Whether another task may start now.
    @inline(always)
    var hasRoom: Bool { graph.live.count < config.concurrencyLimit }

    /// Whether so few attempts were begun since the last pass over the ranks that another would cost
    /// more than they did: while much is learned at once, one pass is to do for many lessons.
    @inline(always)
    var wasRankedLately: Bool { graph.executions.count - rankedAt < graph.count / 64 }

    var isPaused: Bool { pauseMode != nil }

    @inline(always)
    func rule(of task: Int) -> ClassRule { rules[graph.kind(of: task)] }
    @inline(always)
    func kind(of task: Int) -> Int32 { rules[graph.kind(of: task)].kind }
    @inline(always)
    func demand(of task: Int) -> Int32 { rules[graph.kind(of: task)].demand }

    // MARK: Facts

    mutating func extend(_ tasks: TaskColumns, by adder: Int32, at now: Instant) {
        graph.append(tasks, by: adder, at: now)
        revision += 1
    }

    /// It runs another again: it has what that one had gained, and the results that are kept.
    mutating func takeOver(_ rerun: SessionRerun, at now: Instant) {
        rerunOf = rerun.of
        for addition in rerun.additions {
            graph.append(addition.tasks, by: addition.by, at: now)
        }
        for result in graph.reuse(rerun.reused, at: now) { count(result.summary) }
        revision += 1
    }

    @inline(always)
    private mutating func count(_ summary: FindingsSummary) {
        sources += Int(summary.sources)
        insights += Int(summary.insights)
        if summary.hasFinalDocument { hasFinalDocument = true }
    }

    mutating func begin(
        _ reference: AttemptReference, worker: Int32, agent: Int32, at now: Moment
    ) {
        let task = Int(reference.task)
        graph.begin(task, attempt: reference.attempt, worker: worker, agent: agent, at: now)
        if status == .pending { enter(.inProgress, at: now.wall) }
        enter(graph.stateWhileRunning(task), at: now.wall)
        revision += 1
    }

    @inline(always)
    mutating func end(_ reference: AttemptReference, _ ending: AttemptEnding, at now: Moment) {
        let ready = graph.newlyReady.count
        graph.end(Int(reference.task), attempt: reference.attempt, ending, at: now)
        // For their keys, after what else is to be done at an attempt's end.
        for place in ready..<max(ready, graph.newlyReady.count) {
            ranks.anticipate(Int(graph.newlyReady[place]))
        }
        if !recalled.isEmpty { recalled.remove(reference) }
        count(ending.summary)
        if !reports.isEmpty, graph.lifecycle[Int(reference.task)].live == nil {
            reports[reference.task] = nil
        }
        revision += 1
    }

    mutating func noteDeath(
        of attempt: AttemptReference, _ verdict: DeathVerdict, _ record: ResultHandle?,
        at now: Instant
    ) {
        graph.noteDeath(
            Int(attempt.task), attempt: attempt.attempt, verdict, record, at: now)
        revision += 1
    }

    mutating func closeJoin(_ task: Int, at now: Instant) {
        graph.closeJoin(task, at: now)
        revision += 1
    }

    /// Ends what does not run; what runs is told to stop by the caller.
    mutating func cancel(_ cause: CancelCause, at wall: WallTime) {
        cancelCause = cause
        enter(.cancelling, at: wall)
        graph.cancelAll()
        revision += 1
    }

    mutating func cancel(task: Int, at now: Instant) {
        graph.move(task, .cancel, at: now)
        revision += 1
    }

    /// Nothing starts from now on.
    mutating func pause(_ mode: PauseMode, at now: Moment) {
        pauseMode = mode
        graph.holdBack(.sessionPaused, at: now.instant)
        if mode == .now {
            for task in graph.live where graph.taskClass(Int(task)).delivery == .atLeastOnce {
                for attempt in liveAttempts(of: Int(task)) { recalled.insert(attempt.reference) }
            }
        }
        enter(.paused, at: now.wall)
        revision += 1
    }

    mutating func resume(at now: Moment) {
        pauseMode = nil
        graph.letGo(at: now.instant)
        let before = stateTransitions.last { $0.to != .paused }?.to ?? .initializing
        enter(before, at: now.wall)
        revision += 1
    }

    mutating func setPriority(_ priority: UInt8, of task: Int32?) {
        graph.setPriority(priority, of: task)
        revision += 1
    }

    mutating func backOffEnded(_ task: Int, at now: Instant) {
        graph.move(task, .backOffEnded, at: now)
        revision += 1
    }

    /// A journal does not say when a backoff ended, only that an attempt followed it.
    @inline(always)
    mutating func endBackOffIfAny(_ task: Int, at now: Instant) {
        if graph.lifecycle.isBackingOff(task) { backOffEnded(task, at: now) }
    }

    mutating func finish(_ state: SessionState, at wall: WallTime) {
        enter(state, at: wall)
        let status: SessionStatus =
            switch state {
            case .failed: .failed
            case .cancelled: .cancelled
            default: .completed
            }
        enter(status, at: wall)
        revision += 1
    }

    /// Finds the ready tasks anew, in order: what became ready while a journal was read back has
    /// mostly run since.
    mutating func listReady() {
        graph.newlyReady = graph.lifecycle.indices.lazy
            .filter { [graph] in graph.lifecycle[$0] == .ready }.map(Int32.init)
    }

    /// The tasks that became ready since the last call were looked at.
    @inline(always)
    mutating func forgetNewlyReady() {
        // Mostly there is one, or two.
        while graph.newlyReady.popLast() != nil {}
    }

    private mutating func enter(_ status: SessionStatus, at wall: WallTime) {
        guard status != self.status else { return }
        self.status = status
        statusTransitions.append(Transition(to: status, at: wall))
    }

    @inline(always)
    private mutating func enter(_ state: SessionState, at wall: WallTime) {
        if state != self.state { change(to: state, at: wall) }
    }

    private mutating func change(to state: SessionState, at wall: WallTime) {
        // A session that goes back and forth all day keeps the latest of its changes.
        if stateTransitions.count >= Self.maximumTransitions { stateTransitions.remove(at: 1) }
        self.state = state
        stateTransitions.append(Transition(to: state, at: wall))
    }

    /// How many changes of state a session remembers.
    static let maximumTransitions = 256

    /// Notes what a running task says of itself.
    ///
    /// - Returns: whether that is news.
    mutating func note(_ report: AttemptProgress) -> Bool {
        guard reports[report.attempt.task] != report else { return false }
        reports[report.attempt.task] = report
        revision += 1
        return true
    }

    // MARK: Reading

    /// The attempts at a task that workers hold, with who holds them.
    func liveAttempts(of task: Int) -> [(reference: AttemptReference, worker: Int32)] {
        guard let live = graph.lifecycle[task].live else { return [] }
        let places = live.isHedged ? [live.first, live.hedge] : [live.first]
        return places.map { place in
            let execution = graph.executions[Int(place)]
            let reference = AttemptReference(
                session: number, task: Int32(task), attempt: execution.attempt)
            return (reference, execution.worker)
        }
    }

    /// How the session ends, once no task is open.
    var endState: SessionState {
        if cancelCause == .requested, graph.counts[.cancelled] > 0 { return .cancelled }
        if graph.counts[.completed] == graph.count { return .completed }
        for task in 0..<graph.count where graph.dependants(of: task).isEmpty {
            if graph.lifecycle[task].status == .completed { return .partial }
        }
        return .failed
    }

    /// Why it ended as it did, for people; `nil` for plain success.
    var reason: String? {
        let counts = graph.counts
        var parts: [String] = []
        if cancelCause == .requested { parts.append("cancelled on request") }
        if cancelCause == .timedOut { parts.append("its time limit passed") }
        if counts[.failed] > 0 { parts.append("\(counts[.failed]) of \(graph.count) tasks failed") }
        if counts[.lost] > 0 { parts.append("\(counts[.lost]) lost") }
        if counts[.skipped] > 0 { parts.append("\(counts[.skipped]) skipped") }
        if counts[.cancelled] > 0 { parts.append("\(counts[.cancelled]) cancelled") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

extension SessionState {
    /// What a session does while a task of this type runs. Types that research has no word for
    /// count as researching.
    init(runningTaskType type: String) {
        switch type {
        case "planning": self = .planning
        case "analysis", "content_analysis", "synthesis": self = .analyzing
        case "drafting", "writing", "citation", "report_assembly": self = .drafting
        case "quality_review", "review": self = .reviewing
        default: self = .researching
        }
    }
}
