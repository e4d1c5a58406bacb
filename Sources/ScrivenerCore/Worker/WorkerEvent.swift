// What can happen to a worker, and what it has its shell do.

package import ScrivenerModel

/// Something that happened to a worker.
package enum WorkerEvent: Sendable {
    indirect case received(CoordinatorMessage)
    /// The shell has made a new connection, of its own accord: nobody there knows of a registration yet.
    case reconnected
    /// An agent has returned, for whatever reason.
    case ended(AttemptResult)
    case progressed(AttemptProgress)
    /// An attempt keeps something for the next attempt at its task.
    case checkpoint(AttemptReference, [UInt8])
    /// An agent's initialization has returned; with what it said when it failed.
    case initialized(agentIndex: Int, failure: String?)
    /// An agent's health check has returned.
    case healthChecked(agentIndex: Int, AgentHealth.State, message: String)
    /// What the worker uses of its host, for the next heartbeats.
    case measured(processorLoadPermille: Int32, memoryBytes: Int64)
    /// Finish what runs, take nothing new, and leave.
    case drain
    /// There is no more time for that: stop what still runs, and hand it back.
    case stopAll
    case tick
}

/// Something for the worker's shell to carry out.
///
/// Small, since most of them start attempts.
package enum WorkerEffect: Sendable, Equatable {
    indirect case send(WorkerMessage)
    case start(Assignment)
    /// Cancel the agent's task. Its end comes as an event.
    case stop(AttemptReference)
    /// Initialize an agent. How that went comes as an event.
    case initialize(agentIndex: Int)
    /// Ask an agent how it is. What it says comes as an event.
    case checkHealth(agentIndex: Int)
    /// Keep results where they outlive the process, until they are forgotten.
    indirect case keep(KeptResults)
    /// These were acknowledged.
    indirect case forget(journalID: String, [AttemptReference])
    /// A coordinator has heard what the process before this one died of.
    case forgetDeath
    /// The connection is doubtful: make a new one.
    case reconnect
    /// For the log, and for whoever waits for the worker to be ready.
    indirect case registered(Welcome)
    /// Refused for good.
    indirect case fail(ScrivenerError)
    /// Nothing is held any more.
    case leave
}

/// Why an attempt was told to stop.
enum StopReason: Sendable, Equatable {
    case cancelled
    case timedOut
    /// It said nothing of its progress for too long.
    case stalled
    /// It must not run beside another one, and the lease may soon have run out.
    case leaseMargin
    /// The coordinator has been silent for the orphan grace.
    case orphaned
    /// The worker leaves, and it has not ended in time.
    case drained
    /// The coordinator has given it up; its result would be refused.
    case fenced
}
