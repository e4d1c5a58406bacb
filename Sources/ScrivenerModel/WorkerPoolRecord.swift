// A pool of workers as people see it, and whoever starts and stops its replicas: `GET /v1/pools`.

/// How many replicas a pool should have, how many it has, and why.
public struct WorkerPoolRecord: Sendable, Equatable, Codable {
    public var name: String
    /// How many replicas there should be: to start the missing ones, or to stop some of `mayLeave`. Those
    /// that are draining are not among them.
    public var desired: Int
    /// How many are registered and not draining.
    public var connected: Int
    /// How many of these have nothing to do.
    public var idle: Int
    /// How many finish what they run, and leave.
    public var draining: Int
    public var minimum: Int
    public var maximum: Int
    /// Tasks that are ready, may start, and wait for something that the pool can do.
    public var queued: Int
    /// How long the one of these has waited that has waited longest.
    public var oldestWaitSeconds: Double
    public var targetQueueWaitSeconds: Double
    public var startTimeSeconds: Double
    /// Replicas that may leave now, by their ids: idle ones, as many as there are beyond `desired`.
    public var mayLeave: [String]
    /// Why so many are desired: a sentence for people.
    public var reason: String

    public init(
        name: String, desired: Int, connected: Int, idle: Int, draining: Int, minimum: Int,
        maximum: Int, queued: Int, oldestWaitSeconds: Double, targetQueueWaitSeconds: Double,
        startTimeSeconds: Double, mayLeave: [String], reason: String
    ) {
        self.name = name
        self.desired = desired
        self.connected = connected
        self.idle = idle
        self.draining = draining
        self.minimum = minimum
        self.maximum = maximum
        self.queued = queued
        self.oldestWaitSeconds = oldestWaitSeconds
        self.targetQueueWaitSeconds = targetQueueWaitSeconds
        self.startTimeSeconds = startTimeSeconds
        self.mayLeave = mayLeave
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case name, desired, connected, idle, draining, minimum, maximum, queued, reason
        case oldestWaitSeconds = "oldest_wait_seconds"
        case targetQueueWaitSeconds = "target_queue_wait_seconds"
        case startTimeSeconds = "start_time_seconds"
        case mayLeave = "may_leave"
    }
}
