// What other threads tell the coordinator's loop: requests, which may be refused when too many wait,
// and notices, which may not be lost.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerSecurity

/// A request from people.
enum LoopRequest: Sendable {
    /// A plan in columns, with the bytes that its specifications are slices of, its callbacks, and
    /// whoever wants to hear of the session's end.
    case submit(
        CompiledPlan, payload: [UInt8], [PlanCallback], PendingEnd?, ReplyContinuation)
    /// A session that has ended, to be run again as a new one.
    case rerun(RerunSubmission, PendingEnd?, ReplyContinuation)
    /// An open session, for whoever wants to hear of its end.
    case awaitEnd(sessionID: String, PendingEnd, ReplyContinuation)
    case control(Control, ReplyContinuation)
    case query(Query, ReplyContinuation)
    case watch(sessionID: String, WatchContinuation)
    case pool(PoolRequest, PoolContinuation)
    /// The machine's figures, as they are now: they rest on no commit, and are told also while the
    /// disk has no room. `nil` when the loop is about to end.
    case figures(CheckedContinuation<PoolFigures?, Never>)
}

extension LoopRequest {
    /// Refuses it: the machine has not seen it.
    func turnAway(_ error: ScrivenerError) {
        switch self {
        case .submit(_, _, _, _, let waiter), .rerun(_, _, let waiter),
            .awaitEnd(_, _, let waiter), .control(_, let waiter), .query(_, let waiter):
            waiter.resume(returning: .refused(error))
        case .watch(_, let waiter): waiter.resume(returning: .refused(error))
        case .pool(_, let waiter): waiter.resume(returning: .refused(error))
        case .figures(let waiter): waiter.resume(returning: nil)
        }
    }
}

/// Something that people want to be done.
enum Control: Sendable {
    case cancel(sessionID: String)
    case pause(sessionID: String, PauseMode)
    case resume(sessionID: String)
    case prioritize(sessionID: String, taskID: String?, priority: Int)
    case drainWorker(id: String)

    func event(replyingTo token: ReplyToken) -> OrchestratorEvent {
        switch self {
        case .cancel(let session): .cancel(sessionID: session, token)
        case .pause(let session, let mode): .pause(sessionID: session, mode, token)
        case .resume(let session): .resume(sessionID: session, token)
        case .prioritize(let session, let task, let priority):
            .prioritize(sessionID: session, taskID: task, priority: priority, token)
        case .drainWorker(let id): .drainWorker(id: id, token)
        }
    }
}

/// Something that the loop has to hear.
enum LoopNotice: Sendable {
    case journal(JournalReport)
    /// What is in the key folder now, and the list that follows from it: to make it takes long where there are
    /// thousands of replicas.
    indirect case keys(CoordinatorKeys, WorkerAccess)
    case unwatch(session: Int64, watcher: UInt64)
    case unfollowPool(follower: UInt64)
    /// Nobody is to wait for the end of a session any more.
    case stopWaiting
    case stop
}

/// Whoever waits for a reply.
typealias ReplyContinuation = CheckedContinuation<Reply, Never>

/// Whoever waits to follow a session.
typealias WatchContinuation = CheckedContinuation<WatchReply, Never>

/// The answer to somebody who wants to follow a session.
enum WatchReply: Sendable {
    case following(AsyncStream<ProgressReport>)
    /// No open session has the id; it may be archived.
    case notOpen
    case refused(ScrivenerError)
}
