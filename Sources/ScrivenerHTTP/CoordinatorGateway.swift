// What the HTTP face needs from the coordinator behind it, and nothing more: the routes know this
// protocol, the coordinator's shell implements it, and neither knows the other.

package import ScrivenerModel

/// The coordinator, as seen from HTTP.
///
/// Every answer is as of the last committed batch. A method that changes something returns when the
/// change is on disk. Errors are those of the catalogue; a full inbox is `overloaded` with
/// `retryAfterSeconds`, a coordinator that is going down is `shutting_down`.
package protocol CoordinatorGateway: Sendable {
    /// Whether the journal has been read back and requests are served.
    var isReady: Bool { get async }

    /// Opens a session.
    ///
    /// - Parameters:
    ///   - planJSON: the plan as it came, not yet looked at.
    ///   - idempotencyKey: with a key that was seen before, the session that it opened is returned
    ///     and nothing is opened.
    ///   - trace: what the session descends from in a trace, if it does.
    ///   - end: fulfilled when the session that is returned has ended, or after its patience with the
    ///     session as it is then. Need not be fulfilled where an error is thrown.
    func submit(
        planJSON: [UInt8], idempotencyKey: String?, trace: TraceContext?, end: PendingEnd?
    ) async throws(ScrivenerError) -> SubmissionReceipt

    /// Runs a session that has ended again, as a new one. What is kept of it is not done again.
    ///
    /// - Parameters:
    ///   - idempotencyKey: as of a submission. One that has led to anything but a rerun of this session is
    ///     `session_exists`.
    ///   - trace: as of a submission; the trace of the session that is run again is that one's.
    ///   - end: as of a submission.
    func rerun(
        _ id: String, _ scope: RerunScope, idempotencyKey: String?, trace: TraceContext?,
        end: PendingEnd?
    ) async throws(ScrivenerError) -> SubmissionReceipt

    /// What running it again would come to. Nothing is opened.
    func rerunPreview(_ id: String, _ scope: RerunScope) async throws(ScrivenerError)
        -> RerunPreview

    /// The coordinator is going down: every pending end is fulfilled now, with the session as it is,
    /// and so are those that come.
    func stopWaiting()

    /// Sessions: those that are open first, then those that have ended, each the newest first.
    func sessions(_ filter: SessionFilter) async throws(ScrivenerError) -> SessionPage

    /// Ids come from outside, as they were written.
    func session(_ id: String) async throws(ScrivenerError) -> ResearchSession

    /// The session that a submission with this idempotency key has opened; `nil` where there was none.
    func session(forKey key: String) async throws(ScrivenerError) -> ResearchSession?

    func results(_ id: String) async throws(ScrivenerError) -> SessionResults

    /// In the order of the plan.
    func tasks(_ id: String, _ filter: TaskFilter) async throws(ScrivenerError) -> TaskList

    /// One task's attempts, the earliest first.
    func attempts(
        of task: String, in session: String
    ) async throws(ScrivenerError) -> AttemptList

    /// What agents say while they run, as far as it is held. It is no answer of the coordinator: it rests on
    /// no commit, and a coordinator that starts again has none of it.
    var output: OutputTails { get }

    func explain(session: String, task: String) async throws(ScrivenerError) -> Explanation

    /// Asks for cancellation. Asking again is no error; asking for a session that has ended is.
    func cancel(_ id: String) async throws(ScrivenerError) -> ResearchSession

    /// Nothing of the session starts until it is resumed. Asking again changes what becomes of its
    /// running tasks; asking for a session that has ended is an error, here and below.
    func pause(_ id: String, running: PausedTasks) async throws(ScrivenerError) -> ResearchSession

    /// Resuming a session that is not paused is no error.
    func resume(_ id: String) async throws(ScrivenerError) -> ResearchSession

    /// Gives another priority to one task, or to all of a session that are not over.
    ///
    /// - Parameter priority: 1…10.
    func prioritize(
        session: String, task: String?, priority: Int
    ) async throws(ScrivenerError) -> ResearchSession

    func diagnostics(_ id: String) async throws(ScrivenerError) -> SessionDiagnostics

    /// What became of the session's callbacks.
    func callbacks(_ id: String) async throws(ScrivenerError) -> SessionCallbackList

    func workers() async throws(ScrivenerError) -> [WorkerRecord]

    /// In the order in which they are configured.
    func pools() async throws(ScrivenerError) -> [WorkerPoolRecord]

    /// Has a worker take nothing new, finish, and leave. Asking again is no error.
    func drain(worker: String) async throws(ScrivenerError) -> WorkerRecord

    /// In order of name.
    func agents() async throws(ScrivenerError) -> [AgentRecord]

    /// - Parameters:
    ///   - since: where the history begins; with what is remembered, when absent.
    ///   - step: how long each step of the history is, in seconds.
    func metrics(
        ofAgent name: String, since: HistoryStart?, step: Double
    ) async throws(ScrivenerError) -> AgentMetrics

    func status() async throws(ScrivenerError) -> OrchestratorStatus

    func registry() async throws(ScrivenerError) -> RegistryStatus

    /// Writes a copy of the journal into the coordinator's data directory. Commits wait meanwhile.
    func backUp() async throws(ScrivenerError) -> JournalBackup

    /// The session's progress from now on: first the current report, then changes, and after the
    /// first report of a terminal status the end.
    ///
    /// The stream holds the newest report only (`.bufferingNewest(1)`), so that a slow reader
    /// costs nothing. It ends without a terminal report when the coordinator stops. The reader
    /// drops it to be rid of it.
    func follow(_ id: String) async throws(ScrivenerError) -> Following

    /// What has happened to an open session's tasks since a reader last looked; `nil` when the session is
    /// not open.
    func changes(
        _ id: String, since position: FollowerPosition
    ) async throws(ScrivenerError) -> SessionChanges?

    /// A session that has ended, and its tasks in the order in which they did.
    func ended(
        _ id: String
    ) async throws(ScrivenerError) -> (session: ResearchSession, ends: [TaskChange])

    /// Wakes whoever follows the pool as a whole when there are changes, or progress, to ask for.
    ///
    /// The stream holds one such call, however long it takes to be heard. It ends when the coordinator
    /// stops. The reader drops it to be rid of it.
    ///
    /// - Returns: and where changes go on from now.
    func followPool() async throws(ScrivenerError) -> (news: AsyncStream<Void>, cursor: PoolCursor)

    /// The pool as it is, and where its changes go on from there.
    func pool() async throws(ScrivenerError) -> PoolSnapshot

    /// What has happened to sessions and workers behind a cursor, which comes from outside; `nil` when
    /// that is not known.
    ///
    /// - Parameter limit: how many changes at most; `PoolChanges.maximumCount` is the largest.
    func changes(
        since cursor: PoolCursor, limit: Int
    ) async throws(ScrivenerError) -> PoolChanges?

    /// The progress of open sessions that have moved on since this was asked last, of those first that
    /// have waited longest; there may be more of them.
    func movedSessions() async throws(ScrivenerError) -> (reports: [ProgressReport], hasMore: Bool)
}

/// The pool, as a stream of its events begins with it.
package struct PoolSnapshot: Sendable, Equatable {
    /// How many open sessions it shows, the newest.
    package static let maximumOpen = 200
    /// How many that have ended.
    package static let maximumEnded = 50

    package var cursor: PoolCursor
    /// Without `session_states`.
    package var status: OrchestratorStatus
    /// Those that are open, then those that have ended, each the newest first.
    package var sessions: [ResearchSession]
    package var workers: [WorkerRecord]

    package init(
        cursor: PoolCursor, status: OrchestratorStatus, sessions: [ResearchSession],
        workers: [WorkerRecord]
    ) {
        self.cursor = cursor
        self.status = status
        self.sessions = sessions
        self.workers = workers
    }
}

/// The answer to somebody who wants to follow a session.
package enum Following: Sendable {
    case open(AsyncStream<ProgressReport>)
    /// It has ended.
    case over
}

/// What becomes of a session's running tasks when it is paused.
package enum PausedTasks: String, Sendable, CaseIterable {
    /// They finish.
    case finish
    /// They are stopped and run again later, unless they must not be executed twice.
    case now
}

/// Where a history begins.
package enum HistoryStart: Sendable, Equatable {
    case at(WallTime)
    /// So many seconds ago, by the coordinator's clock.
    case ago(Double)
}

/// Which sessions a list is to have.
package struct SessionFilter: Sendable, Equatable {
    /// 1…200.
    package var limit: Int
    /// A cursor from an earlier page; it comes from outside.
    package var after: String?
    package var status: SessionStatus?
    /// When they were submitted, at the earliest.
    package var since: HistoryStart?

    package init(
        limit: Int, after: String? = nil, status: SessionStatus? = nil, since: HistoryStart? = nil
    ) {
        self.limit = limit
        self.after = after
        self.status = status
        self.since = since
    }
}

/// The answer to a submission.
package struct SubmissionReceipt: Sendable, Equatable {
    package var session: ResearchSession
    /// `false` where the idempotency key was seen before.
    package var created: Bool

    package init(session: ResearchSession, created: Bool) {
        self.session = session
        self.created = created
    }
}

/// Some of the sessions.
package struct SessionPage: Sendable, Equatable, Codable {
    package var sessions: [ResearchSession]
    /// What to pass as `after` for the next page. Absent on the last.
    package var next: String?

    package init(sessions: [ResearchSession], next: String?) {
        self.sessions = sessions
        self.next = next
    }
}

/// Some of the tasks of a session.
package struct TaskList: Sendable, Equatable, Codable {
    package var tasks: [TaskRecord]
    /// What to pass as `after` for the next page. Absent on the last.
    package var next: String?

    package init(tasks: [TaskRecord], next: String?) {
        self.tasks = tasks
        self.next = next
    }
}

/// The workers of the pool.
package struct WorkerList: Sendable, Equatable, Codable {
    package var workers: [WorkerRecord]

    package init(workers: [WorkerRecord]) { self.workers = workers }
}

/// The pools of workers.
package struct WorkerPoolList: Sendable, Equatable, Codable {
    package var pools: [WorkerPoolRecord]

    package init(pools: [WorkerPoolRecord]) { self.pools = pools }
}

/// The agents of the pool.
package struct AgentList: Sendable, Equatable, Codable {
    package var agents: [AgentRecord]

    package init(agents: [AgentRecord]) { self.agents = agents }
}
