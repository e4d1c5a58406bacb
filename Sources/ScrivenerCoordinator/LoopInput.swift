// What other threads tell the coordinator's loop: requests, which may be refused when too many wait,
// and notices, which may not be lost.

import ScrivenerCore
import ScrivenerModel

/// A request from people.
enum LoopRequest: Sendable {
    /// A plan in columns, with the bytes that its specifications are slices of.
    case submit(CompiledPlan, payload: [UInt8], ReplyContinuation)
    case cancel(sessionID: String, ReplyContinuation)
    case query(Query, ReplyContinuation)
    case watch(sessionID: String, WatchContinuation)
}

/// Something that the loop has to hear.
enum LoopNotice: Sendable {
    case journal(JournalReport)
    case unwatch(session: Int64, watcher: UInt64)
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
