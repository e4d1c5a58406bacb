// What can happen to a worker, what it has its shell do, and what it has to be told once.

package import ScrivenerModel

/// Something that happened to a worker.
package enum WorkerEvent: Sendable {
    case received(CoordinatorMessage)
    /// An agent has returned, for whatever reason.
    case ended(AttemptResult)
    case progressed(AttemptProgress)
    /// Finish what runs, take nothing new, and leave.
    case drain
    case tick
}

/// Something for the worker's shell to carry out.
package enum WorkerEffect: Sendable, Equatable {
    case send(WorkerMessage)
    case start(DispatchItem, DispatchSession)
    /// Cancel the agent's task. Its end comes as an event.
    case stop(AttemptReference)
    /// The connection is doubtful: make a new one.
    case reconnect
    /// For the log, and for whoever waits for the worker to be ready.
    case registered(Welcome)
    /// Refused for good.
    case fail(ScrivenerError)
    /// Nothing is held any more.
    case leave
}

/// Why an attempt was told to stop.
enum StopReason: Sendable, Equatable {
    case cancelled
    case timedOut
    /// The coordinator has given it up; its result would be refused.
    case fenced
}

/// Who a worker is.
package struct WorkerConfiguration: Sendable, Equatable {
    package var workerID: String
    package var incarnation: Int64
    package var host: String
    package var processID: Int32
    package var softwareVersion: String
    package var agents: [AgentOffer]
    /// What the worker has of each resource that tasks may ask for.
    package var resources: [ResourceAmount]
    /// How long to wait for an answer to a registration.
    package var registrationTimeout = TimeSpan.seconds(2)
    package var maximumReconnectDelay = TimeSpan.seconds(5)

    package init(
        workerID: String, incarnation: Int64, host: String, processID: Int32,
        softwareVersion: String, agents: [AgentOffer], resources: [ResourceAmount] = []
    ) {
        self.workerID = workerID
        self.incarnation = incarnation
        self.host = host
        self.processID = processID
        self.softwareVersion = softwareVersion
        self.agents = agents
        self.resources = resources
    }
}
