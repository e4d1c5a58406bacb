// Who a worker is and how patient it is: told once, when it starts.

package import ScrivenerModel

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
    /// How long a worker that hears nothing of its coordinator works on.
    package var orphanGrace = TimeSpan.seconds(60)
    /// How long after an agent's initialization or health check it is asked again how it is.
    package var healthCheckInterval = TimeSpan.seconds(30)
    /// An agent that does not say for so long how it is counts as failed.
    package var healthCheckTimeout = TimeSpan.seconds(10)
    /// How many attempts wait on an agent for each of its slots; more are handed back.
    package var maximumWaitingPerSlot = 64
    /// How many attempts the worker holds altogether; more are handed back. A registration has to
    /// name them all.
    package var maximumHeld = 200_000

    /// A result that is not acknowledged for so long is kept where it outlives the process; none is
    /// when absent.
    package var keepAfter: TimeSpan?

    /// Whether a process before this one could write down what it was doing.
    package var tellsDeaths = false

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
