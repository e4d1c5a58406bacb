// A worker as the world keeps it: the real machine in a modelled process, on a modelled host.

import ScrivenerCore
import ScrivenerModel

final class SimulatedWorker {
    let index: Int
    let blueprint: WorkerBlueprint
    /// Speaks for itself instead of through the machine.
    let isLiar: Bool
    /// Will not be started again.
    var isRetired = false

    /// Counts this slot's processes.
    var process = 0
    var incarnation: Int64 = 0
    /// Absent while no process runs.
    var core: WorkerCore?
    var effects: [WorkerEffect] = []
    var tickAt: Instant?
    var pauses = 0
    /// What came while it was stopped.
    var inbox: [CoordinatorMessage] = []
    var finishedWhilePaused: [Int] = []

    var connection: ConnectionNumber?
    var isConnecting = false
    /// What the socket keeps until there is a connection.
    var pipe: [WorkerMessage] = []
    /// Connections of this slot that some side may still think open.
    var opened: [ConnectionNumber] = []
    /// How many faults block each direction.
    var blocked = [0, 0]
    var silence = [0, 0]
    var extraDelay = TimeSpan.zero

    var runs: [AttemptReference: Int] = [:]
    /// Results that were sent and not acknowledged.
    var unacknowledged: Set<AttemptReference> = []
    /// Results that are to be told, those that were told and need not be told again, and those that
    /// nobody wants.
    var finished: Set<AttemptReference> = []
    var acknowledged: Set<AttemptReference> = []
    var fenced: Set<AttemptReference> = []
    /// Agents, by their place, whose last word was that they do not work.
    var broken: Set<Int> = []
    /// How many times its process has registered, by its own word.
    var registrationNumber: Int64 = 0
    /// Of the registration that stands; absent while none does.
    var registeredEpoch: Int64?
    /// When it last heard anything of its coordinator.
    var lastHeard = Instant.zero
    /// When it was last stopped, or went on.
    var lastPause = Instant(nanoseconds: .min)
    /// When something last happened that excuses a second attempt elsewhere.
    var lastTrouble = Instant(nanoseconds: .min)

    /// What outlives a process; absent where it has no folder.
    var kept: [String: [AttemptReference: AttemptResult]]?

    /// Whether its process was told to stop whatever it runs.
    var hasToLeave = false
    /// What its last process was doing when it died, until that was told.
    var untoldDeath: WorkerDeath?

    // A liar's memory.
    var epoch: Int64 = 0

    init(index: Int, blueprint: WorkerBlueprint, isLiar: Bool = false) {
        self.index = index
        self.blueprint = blueprint
        self.isLiar = isLiar
    }

    var name: String { blueprint.name }
    var isPaused: Bool { pauses > 0 }
    var subject: Subject { Subject(worker: name) }

    var isInTrouble: Bool {
        isRetired || isPaused || blocked != [0, 0] || connection == nil || core == nil
            || extraDelay > .zero
    }
}

/// An agent that executes an attempt.
struct AgentRun {
    var worker: Int
    var process: Int
    var attempt: AttemptReference
    var agentIndex: Int32
    var slots: Int32
    var isExclusive: Bool
    /// How long it may run, and say nothing; 0 means without limit.
    var timeout: TimeSpan
    var progressTimeout: TimeSpan
    var startedAt: Instant
    var doneAt: Instant
    /// When it last said how far it was.
    var lastSign: Instant
    /// How it will end when nobody stops it.
    var failure: FailureClass?
    var wasStopped = false
    var isOver = false
}
