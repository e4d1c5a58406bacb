// What a worker is told when it starts. `docs/configuration.md` lists every option.

public import ScrivenerModel

/// The settings of a worker.
public struct WorkerSettings: Sendable {
    /// Where the coordinator listens for workers: `tcp://host:port`.
    public var coordinator: String
    /// Stable across restarts, unique in the pool.
    public var workerID: String
    /// A folder of the worker's own, for what must survive its restart; none where there is none.
    public var dataDirectory: String?
    /// How many attempts each agent executes at once. 1…10,000.
    public var slots: Int32
    public var tags: [String]
    /// How long a stopping worker waits for what runs before it cancels it.
    public var drainTimeout: Duration

    public init(
        coordinator: String, workerID: String, dataDirectory: String? = nil, slots: Int32 = 4,
        tags: [String] = [], drainTimeout: Duration = .seconds(8)
    ) {
        self.coordinator = coordinator
        self.workerID = workerID
        self.dataDirectory = dataDirectory
        self.slots = slots
        self.tags = tags
        self.drainTimeout = drainTimeout
    }

    /// Everything that is wrong with the settings; nothing when they are sound.
    public var mistakes: [Mistake] {
        var found: [Mistake] = []
        if !PlanName.isValid(workerID) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "id",
                    "must be 1…128 characters of a–z A–Z 0–9 _ - . :", actual: workerID))
        }
        if !(1...10_000).contains(slots) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "slots", "out of range", limit: "1…10000",
                    actual: "\(slots)"))
        }
        if !coordinator.hasPrefix("tcp://") && !coordinator.hasPrefix("ipc://") {
            found.append(
                Mistake(
                    .configurationInvalid, at: "coordinator", "must be tcp://host:port",
                    actual: coordinator))
        }
        return found
    }
}
