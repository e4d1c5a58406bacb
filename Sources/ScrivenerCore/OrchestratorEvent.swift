// Everything that can happen to the orchestrator.

package import ScrivenerModel

/// Something that happened. What is large lies elsewhere, so that what comes often is small.
package enum OrchestratorEvent: Sendable {
    // From people.
    indirect case submit(CompiledPlan, ReplyToken)
    /// A session that has ended is to be run again, as a new one.
    indirect case rerun(RerunSubmission, ReplyToken)
    case cancel(sessionID: String, ReplyToken)
    case pause(sessionID: String, PauseMode, ReplyToken)
    case resume(sessionID: String, ReplyToken)
    /// Another priority, for one task or for all of a session that are not over.
    indirect case prioritize(sessionID: String, taskID: String?, priority: Int, ReplyToken)
    /// A worker shall take nothing new, finish, and leave.
    case drainWorker(id: String, ReplyToken)
    indirect case query(Query, ReplyToken)
    /// Somebody follows a session's progress, or nobody does any more.
    case watch(sessionID: String, ReplyToken)
    case unwatch(session: Int64)
    /// Somebody follows the pool as a whole, or nobody does any more.
    case followPool(Bool)

    // From workers.
    /// With what the shell has kept of the death that the worker tells.
    indirect case register(ConnectionID, WorkerRegistration, deaths: [AttemptDeath] = [])
    /// A welcome has gone out. It may have waited long for its commit, and the worker sends its first
    /// heartbeat after it.
    case welcomed(ConnectionID)
    indirect case heartbeat(ConnectionID, WorkerHeartbeat)
    case results(ConnectionID, epoch: Int64, [EndedAttempt])
    case released(ConnectionID, epoch: Int64, [AttemptReference])
    /// Where the bytes lie that attempts keep for their successors.
    case checkpoints(ConnectionID, epoch: Int64, [(AttemptReference, PayloadHandle)])
    case draining(ConnectionID, epoch: Int64)
    case goodbye(ConnectionID, epoch: Int64)
    /// A message could not be delivered: nobody is at the other end.
    case unroutable(ConnectionID)
    /// A peer has not read for so long that its messages were thrown away: it is given up.
    case overflowed(ConnectionID)
    /// A peer may not be a worker any more, or does not keep to the protocol: it was told so, and is given up.
    case expelled(ConnectionID)

    // From the machine itself.
    /// The journal was read back; what it says was running may still be.
    case recovered
    case tick
}

/// An attempt that ran in a worker's process when that died.
package struct AttemptDeath: Sendable, Equatable {
    package var attempt: AttemptReference
    /// What is known of it, as a result that says how the process died and what was logged last.
    package var record: ResultHandle?

    package init(_ attempt: AttemptReference, record: ResultHandle? = nil) {
        self.attempt = attempt
        self.record = record
    }
}

/// Stands for whoever waits for a reply.
package struct ReplyToken: Sendable, Hashable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A question about the state.
package enum Query: Sendable, Equatable {
    case session(id: String)
    /// The session with its tasks and attempts.
    case snapshot(id: String)
    /// One task with its attempts.
    case task(sessionID: String, taskID: String)
    case explain(sessionID: String, taskID: String)
    /// The session with its tasks, and why each open task is where it is.
    case diagnose(sessionID: String)
    /// What has happened to the session's tasks since a reader last looked.
    case changes(sessionID: String, since: FollowerPosition)
    /// The open sessions, newest first.
    case openSessions
    /// The pool for those who follow it, with so many of its open sessions, the newest first.
    case pool(sessions: Int)
    /// What has changed: sessions that may have ended, and workers, by number.
    case poolSubjects(sessions: [Int64], workers: [Int32])
    /// The progress of sessions that have moved on since this was asked last; so many at most.
    case moved(limit: Int)
    case workers
    /// How many replicas each pool of workers should have, and has.
    case workerPools
    case orchestratorStatus
    case registryStatus
    /// All agents by name, with their instances.
    case agents
    /// One agent's instances, and what they did since an instant, in steps of so long.
    case agentMetrics(name: String, since: WallTime?, step: TimeSpan)
}

/// How an attempt ended, as its worker says. The shell has put the bytes into the journal's batch.
package struct EndedAttempt: Sendable, Equatable {
    package var attempt: AttemptReference
    package var runTime: TimeSpan
    /// Absent when the attempt succeeded.
    package var failure: FailureClass?
    /// Whether the worker stopped it for reasons of its own: see `AgentFailure.isHandedBack`.
    package var isHandedBack: Bool
    /// The largest memory that the attempt took, in bytes; 0 where nobody measured it.
    package var peakMemoryBytes: Int64
    package var record: ResultHandle
    package var summary: FindingsSummary
    private var rest = Rest.nothing
    /// How many tasks its session had when `proposed` was checked.
    package var proposalBase: Int

    /// What few results have, elsewhere: all of them are passed on.
    private enum Rest: Sendable, Equatable {
        case nothing
        indirect case some(complaint: String?, proposed: TaskColumns?)
    }

    /// What the agent says of its failure, cut short: for the instance's metrics.
    package var complaint: String? {
        get { if case .some(let complaint, _) = rest { complaint } else { nil } }
        set { rest = .some(complaint: newValue, proposed: proposed) }
    }

    /// Tasks that it adds to its session, checked against the tasks that it had then.
    package var proposed: TaskColumns? {
        get { if case .some(_, let proposed) = rest { proposed } else { nil } }
        set { rest = .some(complaint: complaint, proposed: newValue) }
    }

    /// Whether it has no complaint and adds no tasks.
    var isPlain: Bool { if case .nothing = rest { true } else { false } }

    package init(
        attempt: AttemptReference, runTime: TimeSpan, failure: FailureClass?,
        isHandedBack: Bool = false, complaint: String? = nil, peakMemoryBytes: Int64 = 0,
        record: ResultHandle,
        summary: FindingsSummary = FindingsSummary(), proposed: TaskColumns? = nil,
        proposalBase: Int = 0
    ) {
        self.attempt = attempt
        self.runTime = runTime
        self.failure = failure
        self.isHandedBack = isHandedBack
        self.peakMemoryBytes = peakMemoryBytes
        self.record = record
        self.summary = summary
        if complaint != nil || proposed != nil {
            rest = .some(complaint: complaint, proposed: proposed)
        }
        self.proposalBase = proposalBase
    }
}
