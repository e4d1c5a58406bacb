// What coordinator and workers say to each other. The machines speak in these values; their bytes
// are `ScrivenerWire`'s. `docs/protocol.md` tells the conversation.

/// Names one attempt at one task. Facts and wire name a task by its number within its session.
public struct AttemptReference: Sendable, Hashable, Comparable, Codable {
    /// The session's number in the journal, from 1.
    public var session: Int64
    /// The task's number within its session, from 0.
    public var task: Int32
    /// From 1.
    public var attempt: Int32

    public init(session: Int64, task: Int32, attempt: Int32) {
        self.session = session
        self.task = task
        self.attempt = attempt
    }

    /// Two words and not three: they are looked up several times with every message. Not one, in which
    /// whoever makes references up could make them all alike.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(session)
        hasher.combine(UInt64(UInt32(bitPattern: task)) << 32 | UInt64(UInt32(bitPattern: attempt)))
    }

    public static func < (left: AttemptReference, right: AttemptReference) -> Bool {
        (left.session, left.task, left.attempt) < (right.session, right.task, right.attempt)
    }
}

/// What a worker says.
public enum WorkerMessage: Sendable, Equatable {
    /// Opens the conversation, and opens it again after any doubt.
    case register(WorkerRegistration)
    case heartbeat(WorkerHeartbeat)
    /// Attempts that ended. An outcome of class `cancelled` is the proof that an agent stopped.
    case results(ResultBatch)
    /// Attempts handed back before they began.
    case released(epoch: Int64, attempts: [AttemptReference])
    /// What running attempts want their successors to have.
    case checkpoints(epoch: Int64, [AttemptCheckpoint])
    /// What agents of running attempts say, in the order in which they said it.
    case output(epoch: Int64, [AttemptOutput])
    /// The worker takes nothing new; what runs is finished.
    case draining(epoch: Int64)
    /// The worker leaves, holding nothing.
    case goodbye(epoch: Int64)
}

/// What the coordinator says.
public enum CoordinatorMessage: Sendable, Equatable {
    case welcome(Welcome)
    /// From now on heartbeats come at this interval, unless it is zero, which says nothing.
    case heartbeatAcknowledged(epoch: Int64, sequence: Int64, interval: TimeSpan = .zero)
    case dispatch(DispatchBatch)
    /// Stop these; say so when they have stopped.
    case cancel(epoch: Int64, attempts: [AttemptReference])
    /// Hand back those of these that have not begun; the others run on.
    case recall(epoch: Int64, attempts: [AttemptReference])
    /// These results are on disk, or will never be taken: forget them.
    case resultsCommitted(epoch: Int64, attempts: [AttemptReference])
    /// I don't know you: register.
    case introduce
    /// Take nothing new, finish, and leave.
    case drain(epoch: Int64)
    /// The worker's last message cannot be taken.
    case refused(code: ErrorCode, reason: String, isFinal: Bool)
}

/// What an attempt keeps for the next attempt at its task.
public struct AttemptCheckpoint: Sendable, Equatable {
    /// The largest checkpoint that is kept.
    public static let maximumBytes = 1 << 20

    public var attempt: AttemptReference
    /// Opaque to all but the agent. Empty takes back what was kept before.
    public var bytes: [UInt8]

    public init(attempt: AttemptReference, bytes: [UInt8]) {
        self.attempt = attempt
        self.bytes = bytes
    }
}

/// Renews the lease on all that a worker holds.
public struct WorkerHeartbeat: Sendable, Equatable {
    public var epoch: Int64
    /// Counts this worker's heartbeats within the epoch.
    public var sequence: Int64
    /// How many attempts it holds.
    public var held: Int32
    /// Share of the host's processors in use, in thousandths.
    public var processorLoadPermille: Int32
    /// Resident memory of the worker's process.
    public var memoryBytes: Int64
    public var progress: [AttemptProgress]
    /// How its agents are; those that are not named are ready.
    public var health: [AgentHealth]

    public init(
        epoch: Int64, sequence: Int64, held: Int32, processorLoadPermille: Int32 = 0,
        memoryBytes: Int64 = 0, progress: [AttemptProgress] = [], health: [AgentHealth] = []
    ) {
        self.epoch = epoch
        self.sequence = sequence
        self.held = held
        self.processorLoadPermille = processorLoadPermille
        self.memoryBytes = memoryBytes
        self.progress = progress
        self.health = health
    }
}

/// How far a running attempt has come.
public struct AttemptProgress: Sendable, Equatable {
    public var attempt: AttemptReference
    /// 0…1,000.
    public var permille: Int32
    public var message: String

    public init(attempt: AttemptReference, permille: Int32, message: String) {
        self.attempt = attempt
        self.permille = permille
        self.message = message
    }
}

/// Attempts for one worker to start. What several of them share stands once.
public struct DispatchBatch: Sendable, Equatable {
    public var epoch: Int64
    /// Grows from one to the next within the epoch, from 1; 0 says nothing.
    public var number: Int64
    public var sessions: [DispatchSession]
    public var items: [DispatchItem]

    public init(
        epoch: Int64, number: Int64 = 0, sessions: [DispatchSession], items: [DispatchItem]
    ) {
        self.epoch = epoch
        self.number = number
        self.sessions = sessions
        self.items = items
    }
}

/// What an agent may know of the session that its task belongs to.
public struct DispatchSession: Sendable, Equatable {
    public var number: Int64
    public var sessionID: String
    public var query: String
    /// What its attempts descend from, where it belongs to a trace.
    public var trace: TraceContext?

    public init(number: Int64, sessionID: String, query: String, trace: TraceContext? = nil) {
        self.number = number
        self.sessionID = sessionID
        self.query = query
        self.trace = trace
    }
}

/// One attempt to start.
public struct DispatchItem: Sendable, Equatable {
    public var attempt: AttemptReference
    /// Which of the worker's agents, by its place in the registration.
    public var agentIndex: Int32
    /// How long it may run; 0 means without limit.
    public var timeout: TimeSpan
    /// How long it may say nothing of its progress; 0 means without limit.
    public var progressTimeout: TimeSpan
    /// Whether the worker stops it before its lease can have run out.
    public var isExclusive: Bool
    /// Whether nobody will execute it again: its result has to outlive the worker's process.
    public var isAtMostOnce: Bool
    /// How many slots of its agent it takes.
    public var slots: Int32
    /// What the attempt before it kept; `nil` when there is nothing.
    public var checkpoint: [UInt8]?
    public var taskID: String
    public var taskType: String
    public var description: String
    public var parameters: RawJSON
    public var inputs: [DispatchInput]

    public init(
        attempt: AttemptReference, agentIndex: Int32, timeout: TimeSpan,
        progressTimeout: TimeSpan = .zero, isExclusive: Bool = false,
        isAtMostOnce: Bool = false, slots: Int32 = 1,
        checkpoint: [UInt8]? = nil, taskID: String, taskType: String, description: String,
        parameters: RawJSON,
        inputs: [DispatchInput]
    ) {
        self.attempt = attempt
        self.agentIndex = agentIndex
        self.timeout = timeout
        self.progressTimeout = progressTimeout
        self.isExclusive = isExclusive
        self.isAtMostOnce = isAtMostOnce
        self.slots = slots
        self.checkpoint = checkpoint
        self.taskID = taskID
        self.taskType = taskType
        self.description = description
        self.parameters = parameters
        self.inputs = inputs
    }
}

/// The result of a dependency.
public struct DispatchInput: Sendable, Equatable {
    public var taskID: String
    public var taskType: String
    public var payload: RawJSON

    public init(taskID: String, taskType: String, payload: RawJSON) {
        self.taskID = taskID
        self.taskType = taskType
        self.payload = payload
    }
}

/// Attempts that ended on a worker.
public struct ResultBatch: Sendable, Equatable {
    public var epoch: Int64
    public var items: [AttemptResult]

    public init(epoch: Int64, items: [AttemptResult]) {
        self.epoch = epoch
        self.items = items
    }
}

/// How one attempt ended. Failed if and only if the result carries a failure.
public struct AttemptResult: Sendable, Equatable {
    public var attempt: AttemptReference
    /// How long the agent's body ran.
    public var runTime: TimeSpan
    public var result: AgentResult

    public init(attempt: AttemptReference, runTime: TimeSpan, result: AgentResult) {
        self.attempt = attempt
        self.runTime = runTime
        self.result = result
    }
}
