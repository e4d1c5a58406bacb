// A double of the coordinator: what it was asked is kept, what it answers is set by the test.

import ScrivenerHTTP
import ScrivenerModel

actor FakeGateway: CoordinatorGateway {
    struct Submission: Equatable {
        var plan: String
        var key: String?
        var trace: TraceContext?
    }

    private(set) var submissions: [Submission] = []
    private(set) var pages: [SessionFilter] = []
    private(set) var taskPages: [TaskFilter] = []
    private(set) var cancelled: [String] = []
    private(set) var explained: [String] = []
    /// What was done to sessions and workers, and what was asked of metrics, in words.
    private(set) var asked: [String] = []
    private var refusal: ScrivenerError?
    private var ready = true
    private var payload = RawJSON(#"{"words": [1, 2.5, null]}"#)
    private var watchers: [AsyncStream<ProgressReport>.Continuation] = []
    private var taskEnds: [TaskChange] = []
    private var running: [TaskChange] = []
    private var lastReport = Sample.progress()
    private var isOver = false
    private var query: String?
    private var list = AttemptList(
        taskID: Sample.task.taskID, status: Sample.task.status,
        attempts: Sample.task.executions)
    nonisolated let output = OutputTails()
    private var poolState = FakePool()

    /// One element for each progress stream whose reader is gone.
    nonisolated let released: AsyncStream<Void>
    private let releaser: AsyncStream<Void>.Continuation

    /// One element for each submission that waits for its session's end.
    nonisolated let awaited: AsyncStream<Void>
    private let awaiter: AsyncStream<Void>.Continuation
    private var ends: [PendingEnd] = []

    init() {
        (released, releaser) = AsyncStream.makeStream()
        (awaited, awaiter) = AsyncStream.makeStream()
    }

    func refuse(with error: ScrivenerError) { refusal = error }
    func setReady(_ ready: Bool) { self.ready = ready }
    func setPayload(_ payload: RawJSON) { self.payload = payload }
    func setQuery(_ query: String) { self.query = query }

    /// Every session whose end is waited for has ended, or has taken too long.
    func end(with session: ResearchSession = Sample.session()) {
        for end in ends { end.fulfil(session) }
        ends.removeAll()
    }

    nonisolated func stopWaiting() {
        Task { await end() }
    }

    /// What every open progress stream says next.
    func report(
        _ report: ProgressReport, ends: [TaskChange] = [], running: [TaskChange] = []
    ) {
        taskEnds += ends
        self.running = running
        lastReport = report
        isOver = report.status.isTerminal
        for watcher in watchers {
            watcher.yield(report)
            if report.status.isTerminal { watcher.finish() }
        }
    }

    /// What happens in the pool next.
    func happen(_ subjects: ToldChange.Subject...) { poolState.happen(subjects) }

    /// Sessions move on.
    func move(_ reports: ProgressReport...) { poolState.move(reports) }

    /// The first changes of the pool are kept no longer.
    func drop(_ count: Int) { poolState.drop(count) }

    // MARK: The gateway

    var isReady: Bool { ready }

    func submit(
        planJSON: [UInt8], idempotencyKey: String?, trace: TraceContext?, end: PendingEnd?
    ) throws(ScrivenerError) -> SubmissionReceipt {
        try check(Sample.id)
        let submission = Submission(
            plan: String(decoding: planJSON, as: UTF8.self), key: idempotencyKey,
            trace: trace)
        let isRepeat = idempotencyKey != nil && submissions.contains { $0.key == idempotencyKey }
        submissions.append(submission)
        if let end {
            ends.append(end)
            awaiter.yield()
        }
        return SubmissionReceipt(session: Sample.session(), created: !isRepeat)
    }

    func rerun(
        _ id: String, _ scope: RerunScope, idempotencyKey: String?, trace: TraceContext?,
        end: PendingEnd?
    ) throws(ScrivenerError) -> SubmissionReceipt {
        try check(id)
        let request = "rerun \(id) \(scope.rawValue) \(idempotencyKey ?? "-")"
        let isRepeat = idempotencyKey != nil && asked.contains(request)
        asked.append(request)
        if let end {
            ends.append(end)
            awaiter.yield()
        }
        return SubmissionReceipt(session: Sample.session(), created: !isRepeat)
    }

    func rerunPreview(_ id: String, _ scope: RerunScope) throws(ScrivenerError) -> RerunPreview {
        try check(id)
        asked.append("preview \(id) \(scope.rawValue)")
        return RerunPreview(
            sessionID: id, only: scope,
            tasks: [
                RerunTask(taskID: "a", status: .completed, action: .keep, reason: .completed),
                RerunTask(taskID: "b", status: .failed, action: .run, reason: .notCompleted),
                RerunTask(
                    taskID: "c", status: .skipped, action: .run, reason: .notCompleted),
            ])
    }

    func sessions(_ filter: SessionFilter) throws(ScrivenerError) -> SessionPage {
        try check(Sample.id)
        pages.append(filter)
        return SessionPage(sessions: [Sample.session()], next: "c2")
    }

    func session(_ id: String) throws(ScrivenerError) -> ResearchSession {
        try check(id)
        return session()
    }

    func session(forKey key: String) throws(ScrivenerError) -> ResearchSession? {
        submissions.contains { $0.key == key } ? session() : nil
    }

    private func session() -> ResearchSession {
        var session = Sample.session(status: lastReport.status)
        session.progress = lastReport
        session.query = query ?? session.query
        return session
    }

    func results(_ id: String) throws(ScrivenerError) -> SessionResults {
        try check(id)
        return Sample.results(payload: payload)
    }

    func tasks(_ id: String, _ filter: TaskFilter) throws(ScrivenerError) -> TaskList {
        try check(id)
        taskPages.append(filter)
        return TaskList(tasks: [Sample.task], next: filter.limit == nil ? nil : "0")
    }

    /// What the task has of attempts, from now on.
    func setAttempts(_ attempts: [AgentExecution], status: TaskStatus) {
        list = AttemptList(taskID: "a", status: status, attempts: attempts)
        for watcher in watchers { watcher.yield(lastReport) }
    }

    func attempts(of task: String, in session: String) throws(ScrivenerError) -> AttemptList {
        try check(session)
        guard task == list.taskID else {
            throw ScrivenerError(.taskNotFound, "session \(session) has no task \(task)")
        }
        return list
    }

    func explain(session: String, task: String) throws(ScrivenerError) -> Explanation {
        try check(session)
        explained.append(task)
        return Explanation(
            taskID: task, status: .ready, reason: .unplaceable, message: "no worker offers it",
            wakes: "a worker registers")
    }

    func cancel(_ id: String) throws(ScrivenerError) -> ResearchSession {
        try check(id)
        cancelled.append(id)
        return Sample.session(status: .cancelling)
    }

    func pause(_ id: String, running: PausedTasks) throws(ScrivenerError) -> ResearchSession {
        try check(id)
        asked.append("pause \(id) \(running.rawValue)")
        return Sample.session(state: .paused)
    }

    func resume(_ id: String) throws(ScrivenerError) -> ResearchSession {
        try check(id)
        asked.append("resume \(id)")
        return Sample.session()
    }

    func prioritize(
        session: String, task: String?, priority: Int
    ) throws(ScrivenerError) -> ResearchSession {
        try check(session)
        asked.append("prioritize \(session) \(task ?? "-") \(priority)")
        return Sample.session()
    }

    func diagnostics(_ id: String) throws(ScrivenerError) -> SessionDiagnostics {
        try check(id)
        return Sample.diagnostics
    }

    func callbacks(_ id: String) throws(ScrivenerError) -> SessionCallbackList {
        try check(id)
        return Sample.callbacks
    }

    func workers() throws(ScrivenerError) -> [WorkerRecord] {
        try check(Sample.id)
        return [Sample.worker()]
    }

    func pools() throws(ScrivenerError) -> [WorkerPoolRecord] {
        try check(Sample.id)
        return [Sample.workerPool]
    }

    func drain(worker: String) throws(ScrivenerError) -> WorkerRecord {
        try check(Sample.id)
        asked.append("drain \(worker)")
        return Sample.worker(state: "draining")
    }

    func backUp() throws(ScrivenerError) -> JournalBackup {
        try check(Sample.id)
        return JournalBackup(path: "/data/backups/journal-1.sqlite")
    }

    func agents() throws(ScrivenerError) -> [AgentRecord] {
        try check(Sample.id)
        return [Sample.agent]
    }

    func metrics(
        ofAgent name: String, since: HistoryStart?, step: Double
    ) throws(ScrivenerError) -> AgentMetrics {
        try check(Sample.id)
        let start =
            switch since {
            case nil: "-"
            case .at(let time): "\(time)"
            case .ago(let seconds): "\(seconds) s ago"
            }
        asked.append("metrics \(name) \(start) \(step)")
        return Sample.metrics(of: name)
    }

    func status() throws(ScrivenerError) -> OrchestratorStatus {
        try check(Sample.id)
        return Sample.status
    }

    func registry() throws(ScrivenerError) -> RegistryStatus {
        try check(Sample.id)
        return Sample.registry
    }

    func follow(_ id: String) throws(ScrivenerError) -> Following {
        try check(id)
        asked.append("follow \(id)")
        guard !isOver else { return .over }
        let (stream, continuation) = AsyncStream.makeStream(
            of: ProgressReport.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { [releaser] _ in releaser.yield() }
        continuation.yield(Sample.progress())
        watchers.append(continuation)
        return .open(stream)
    }

    func changes(
        _ id: String, since position: FollowerPosition
    ) throws(ScrivenerError) -> SessionChanges? {
        try check(id)
        guard !isOver else { return nil }
        let new = taskEnds.dropFirst(position.ended).prefix(SessionChanges.maximumEnded)
        return SessionChanges(
            endedCount: taskEnds.count, ended: Array(new), running: running,
            runningNumbers: Array(running.indices.map(Int32.init)))
    }

    func ended(
        _ id: String
    ) throws(ScrivenerError) -> (session: ResearchSession, ends: [TaskChange]) {
        try check(id)
        return (session(), taskEnds)
    }

    func followPool() throws(ScrivenerError) -> (news: AsyncStream<Void>, cursor: PoolCursor) {
        try check(Sample.id)
        asked.append("follow the pool")
        return (poolState.follow { [releaser] in releaser.yield() }, poolState.cursor)
    }

    func pool() throws(ScrivenerError) -> PoolSnapshot {
        try check(Sample.id)
        return PoolSnapshot(
            cursor: poolState.cursor, status: Sample.status, sessions: [session()],
            workers: [Sample.worker()])
    }

    func changes(since cursor: PoolCursor, limit: Int) throws(ScrivenerError) -> PoolChanges? {
        try check(Sample.id)
        return poolState.since(cursor, limit: limit)
    }

    func movedSessions() throws(ScrivenerError) -> (reports: [ProgressReport], hasMore: Bool) {
        try check(Sample.id)
        return (poolState.takeMoved(), false)
    }

    private func check(_ id: String) throws(ScrivenerError) {
        if let refusal { throw refusal }
        guard id == Sample.id else {
            throw ScrivenerError(.sessionNotFound, "there is no session `\(id)`")
        }
    }
}
