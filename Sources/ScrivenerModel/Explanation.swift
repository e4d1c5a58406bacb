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
        /// No connected worker offers what the task requires.
        case unplaceable
        /// Every eligible instance is busy.
        case waitsForSlot = "waits_for_slot"
        /// Instances that are free are taken out of service by their circuit breakers.
        case circuitOpen = "circuit_open"
        /// The session runs as many tasks as it may.
        case sessionLimit = "session_limit"
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
