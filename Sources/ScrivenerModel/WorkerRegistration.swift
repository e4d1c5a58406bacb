// How a worker and a coordinator take each other on: who the worker is and what it can do, and what it is told.

/// The versions of the protocol that a party speaks, both ends included.
public struct ProtocolRange: Sendable, Equatable {
    public var minimum: Int
    public var maximum: Int

    public init(minimum: Int, maximum: Int) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// What this software speaks.
    public static let current = ProtocolRange(minimum: 1, maximum: 1)

    /// The highest version that both speak, or `nil`.
    public func common(with other: ProtocolRange) -> Int? {
        let highest = min(maximum, other.maximum)
        return highest >= max(minimum, other.minimum) ? highest : nil
    }
}

/// Who a worker is and what it can do.
public struct WorkerRegistration: Sendable, Equatable {
    /// Stable across restarts of the worker: see `WorkerName`.
    public var workerID: String
    /// The pool that it is a replica of, as its id has it; empty where it is of none.
    public var pool: String
    /// Grows with every start of the worker's process; a newer one fences the older.
    public var incarnation: Int64
    /// Counts the registrations of this process, from 1; 0 says nothing of their order. One that
    /// comes after a later one lay in an older connection's queue.
    public var registrationNumber: Int64
    public var host: String
    public var processID: Int32
    public var softwareVersion: String
    public var protocolRange: ProtocolRange
    /// The journal that the worker last spoke with; empty on first contact.
    public var journalID: String
    public var agents: [AgentOffer]
    /// How its agents are; those that are not named are ready.
    public var health: [AgentHealth]
    /// What the worker has of each resource that tasks may ask for.
    public var resources: [ResourceAmount]
    /// Attempts that it holds and has not ended.
    public var running: [AttemptReference]
    /// Attempts that ended and whose results were not acknowledged.
    public var outbox: [AttemptReference]
    /// The same of other journals: their results were set aside until these are back.
    public var parked: [ParkedResults]
    /// How far it has come with what it was given; `nil` when it does not say. What was given out behind
    /// that it has not begun, and never will: it takes nothing of an epoch before this registration.
    public var taken: TakenDispatches?
    /// Whether the worker could tell what a process before this one died of. Where it could not, a
    /// newer process that does not claim an attempt is all that is known of the death.
    public var tellsDeaths: Bool
    /// What has not been told yet of a process before this one.
    public var death: WorkerDeath?

    public init(
        workerID: String, pool: String = "", incarnation: Int64, registrationNumber: Int64 = 0,
        host: String, processID: Int32, softwareVersion: String,
        protocolRange: ProtocolRange = .current,
        journalID: String = "",
        agents: [AgentOffer], health: [AgentHealth] = [], resources: [ResourceAmount] = [],
        running: [AttemptReference] = [], outbox: [AttemptReference] = [],
        parked: [ParkedResults] = [], taken: TakenDispatches? = nil, tellsDeaths: Bool = false,
        death: WorkerDeath? = nil
    ) {
        self.workerID = workerID
        self.pool = pool
        self.incarnation = incarnation
        self.registrationNumber = registrationNumber
        self.host = host
        self.processID = processID
        self.softwareVersion = softwareVersion
        self.protocolRange = protocolRange
        self.journalID = journalID
        self.agents = agents
        self.health = health
        self.resources = resources
        self.running = running
        self.outbox = outbox
        self.parked = parked
        self.taken = taken
        self.tellsDeaths = tellsDeaths
        self.death = death
    }
}

/// How far a worker has come with the dispatches of its last epoch.
public struct TakenDispatches: Sendable, Equatable {
    /// That of the last welcome; 0 when there was none.
    public var epoch: Int64
    /// The highest number of a dispatch that it has taken in that epoch; 0 when there was none.
    public var number: Int64

    public init(epoch: Int64, number: Int64) {
        self.epoch = epoch
        self.number = number
    }
}

/// Attempts of a journal that a worker does not speak with now, and has results for.
public struct ParkedResults: Sendable, Equatable {
    public var journalID: String
    public var attempts: [AttemptReference]

    public init(journalID: String, attempts: [AttemptReference]) {
        self.journalID = journalID
        self.attempts = attempts
    }
}

/// One agent instance on a worker.
public struct AgentOffer: Sendable, Equatable {
    public var name: String
    public var capabilities: [String]
    public var tags: [String]
    /// How many attempts it executes at once: `max_concurrent_executions`.
    public var slots: Int32
    public var version: String

    public init(
        name: String, capabilities: [String], tags: [String] = [], slots: Int32,
        version: String = ""
    ) {
        self.name = name
        self.capabilities = capabilities
        self.tags = tags
        self.slots = slots
        self.version = version
    }
}

/// How an agent on a worker is, as the worker says: it alone initializes agents, checks their
/// health, and initializes them again.
public struct AgentHealth: Sendable, Equatable {
    public enum State: UInt8, Sendable, Equatable, CaseIterable {
        /// Not ready yet, or being initialized again after it failed. Takes no work.
        case initializing = 1
        case ready = 2
        /// Works, and says that something is wrong. Takes work when nobody else can.
        case degraded = 3
        /// Failed its health check or its initialization. Takes no work.
        case failed = 4
    }

    /// The longest message, in UTF-8.
    public static let maximumMessageBytes = 1 << 10

    /// Which of the worker's agents, by its place in the registration.
    public var agentIndex: Int32
    public var state: State
    /// For people; empty when it is ready.
    public var message: String

    public init(agentIndex: Int32, state: State, message: String = "") {
        self.agentIndex = agentIndex
        self.state = state
        self.message = message
    }
}

/// The coordinator takes a worker on.
public struct Welcome: Sendable, Equatable {
    public var journalID: String
    /// Grows with every start of the coordinator; workers ignore a lower one.
    public var coordinatorIncarnation: Int64
    /// Every later message of this conversation carries it; others are dropped.
    public var epoch: Int64
    /// That of the registration that is answered. The answer to one that was followed by another is
    /// dropped.
    public var registrationNumber: Int64
    public var protocolVersion: Int
    public var lease: TimeSpan
    public var heartbeatInterval: TimeSpan
    /// The largest result that is taken, in bytes.
    public var maximumResultBytes: Int64
    /// Of what the worker said it holds, what it has to stop.
    public var stop: [AttemptReference]
    /// Whether what agents say while they run is taken.
    public var takesOutput: Bool
    /// How to dial from now on, where that is not how the worker has dialled.
    public var redial: Redial?

    public init(
        journalID: String, coordinatorIncarnation: Int64, epoch: Int64,
        registrationNumber: Int64 = 0, protocolVersion: Int,
        lease: TimeSpan, heartbeatInterval: TimeSpan, maximumResultBytes: Int64,
        stop: [AttemptReference] = [], takesOutput: Bool = false, redial: Redial? = nil
    ) {
        self.journalID = journalID
        self.coordinatorIncarnation = coordinatorIncarnation
        self.epoch = epoch
        self.registrationNumber = registrationNumber
        self.protocolVersion = protocolVersion
        self.lease = lease
        self.heartbeatInterval = heartbeatInterval
        self.maximumResultBytes = maximumResultBytes
        self.stop = stop
        self.takesOutput = takesOutput
        self.redial = redial
    }
}

/// Where and by which key a worker dials its coordinator, while the coordinator's key is being changed.
public struct Redial: Sendable, Equatable {
    /// Of a CURVE public key.
    public static let keyBytes = 32

    /// The coordinator's public key.
    public var key: [UInt8]
    /// The port to dial on the host that the worker knows; 0 for the endpoint that it was started with.
    public var port: Int32

    public init(key: [UInt8], port: Int32) {
        self.key = key
        self.port = port
    }
}
