// Why a task is where it is, and what would move it. One object for the API, the command line and
// the dashboard.

/// The answer to "why is this task not running?".
public struct Explanation: Sendable, Equatable, Codable {
    public var taskID: String
    public var status: TaskStatus
    /// A stable word for programs; see `Reason`.
    public var reason: Reason
    /// A sentence for people.
    public var message: String
    /// What will move the task: an event, in words.
    public var wakes: String
    /// How long until that happens at the latest, where that is known.
    public var secondsUntil: Double?

    public enum Reason: String, Sendable, Codable, CaseIterable {
        case waitsForDependencies = "waits_for_dependencies"
        /// Enough dependencies have completed; the others are waited for a little longer.
        case joinOpen = "join_open"
        /// The session is paused.
        case paused
        /// No connected worker offers what the task requires.
        case unplaceable
        /// Nor this: a pool of workers will, whose replicas are being started.
        case waitsForPool = "waits_for_pool"
        /// Instances that offer it are there, and none of them is in service: they initialize,
        /// have failed, or their workers are suspected.
        case unhealthy
        /// Every eligible instance is busy.
        case waitsForSlot = "waits_for_slot"
        /// A slot is free, and another is expected to finish the task sooner.
        case waitsForFasterSlot = "waits_for_faster_slot"
        /// Workers that could execute it have too little of a resource left.
        case waitsForResource = "waits_for_resource"
        /// Processes of workers have died under it: it waits for a worker that it has to itself.
        case runsAlone = "runs_alone"
        /// Instances that are free are taken out of service by their circuit breakers.
        case circuitOpen = "circuit_open"
        /// The session runs as many tasks as it may.
        case sessionLimit = "session_limit"
        /// As many attempts of the agent run as may.
        case agentLimit = "agent_limit"
        /// As many attempts run as may in the whole pool.
        case poolLimit = "pool_limit"
        case backingOff = "backing_off"
        case running
        case cancelling
        case ended
    }

    public init(
        taskID: String, status: TaskStatus, reason: Reason, message: String, wakes: String,
        secondsUntil: Double? = nil
    ) {
        self.taskID = taskID
        self.status = status
        self.reason = reason
        self.message = message
        self.wakes = wakes
        self.secondsUntil = secondsUntil
    }

    enum CodingKeys: String, CodingKey {
        case status, reason, message, wakes
        case taskID = "task_id"
        case secondsUntil = "seconds_until"
    }
}
