// What a worker is told when it starts. `docs/configuration.md` lists every option.

public import ScrivenerModel

/// The settings of a worker.
public struct WorkerSettings: Sendable {
    /// Where the coordinator listens for workers: `tcp://host:port`.
    public var coordinator: String
    /// Stable across restarts, unique among all workers: see `WorkerName`.
    public var workerID: String
    /// A folder of the worker's own, for what must survive its restart; none where there is none.
    public var dataDirectory: String?
    /// How many attempts each agent executes at once. 1…10,000.
    public var slots: Int32
    public var tags: [String]
    /// What tasks may take of the worker beside slots; the host's memory when nothing is said of it.
    public var resources: [ResourceAmount]
    /// How often agents are asked how they are. 1 s…1 day.
    public var healthCheckInterval: Duration
    /// How long the worker works on when it hears nothing of its coordinator. 1 s…1 day.
    public var orphanGrace: Duration
    /// How long a stopping worker waits for what runs before it cancels it.
    public var drainTimeout: Duration
    /// How long it then waits for that to stop before it leaves without it.
    public var stopTimeout: Duration
    /// The largest message from or to the coordinator, as the coordinator has it. 4 MiB…256 MiB.
    public var maximumMessageBytes: Int
    /// The keys by which worker and coordinator know each other; absent where the connection is in the clear.
    public var security: WorkerSecurity?

    public init(
        coordinator: String, workerID: String, dataDirectory: String? = nil, slots: Int32 = 4,
        tags: [String] = [], resources: [ResourceAmount] = [],
        healthCheckInterval: Duration = .seconds(30), orphanGrace: Duration = .seconds(60),
        drainTimeout: Duration = .seconds(8), stopTimeout: Duration = .seconds(1.5),
        maximumMessageBytes: Int = 8 << 20, security: WorkerSecurity? = nil
    ) {
        self.coordinator = coordinator
        self.workerID = workerID
        self.dataDirectory = dataDirectory
        self.slots = slots
        self.tags = tags
        self.resources = resources
        self.healthCheckInterval = healthCheckInterval
        self.orphanGrace = orphanGrace
        self.drainTimeout = drainTimeout
        self.stopTimeout = stopTimeout
        self.maximumMessageBytes = maximumMessageBytes
        self.security = security
    }

    /// Everything that is wrong with the settings; nothing when they are sound.
    public var mistakes: [Mistake] {
        var found: [Mistake] = []
        if !WorkerName.isValid(workerID) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "id",
                    "must be 1…128 characters of a–z A–Z 0–9 _ - . :, a pool's name 1…64, and "
                        + "neither . nor ..", actual: workerID))
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
        if !(4 << 20...256 << 20).contains(maximumMessageBytes) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "max-message-bytes", "out of range",
                    limit: "\(4 << 20)…\(256 << 20)", actual: "\(maximumMessageBytes)"))
        }
        found += securityMistakes
        for (name, value) in [
            ("health-check-seconds", healthCheckInterval), ("orphan-grace-seconds", orphanGrace),
        ] where value < .seconds(1) || value > .seconds(86_400) {
            found.append(
                Mistake(
                    .configurationInvalid, at: name, "out of range", limit: "1…86400",
                    actual: "\(value / .seconds(1))"))
        }
        return found + nameMistakes
    }

    private var securityMistakes: [Mistake] {
        guard let security else { return [] }
        var found: [Mistake] = []
        if case .poolToken = security.identity, WorkerName(workerID)?.pool == nil {
            found.append(
                Mistake(
                    .configurationInvalid, at: "pool-token", "needs a pool to be a replica of",
                    limit: "pool/name", actual: workerID))
        }
        if let endpoint = security.enrolmentEndpoint, !endpoint.hasPrefix("tcp://"),
            !endpoint.hasPrefix("ipc://")
        {
            found.append(
                Mistake(
                    .configurationInvalid, at: "enrol", "must be tcp://host:port",
                    actual: endpoint))
        }
        return found
    }

    /// A coordinator takes 64 tags and 64 resources, memory among them.
    private static let maximumNames = 63

    private var nameMistakes: [Mistake] {
        var found: [Mistake] = []
        for name in tags + resources.map(\.name) where !PlanName.isValid(name) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "tag, resource",
                    "must be 1…128 characters of a–z A–Z 0–9 _ - . :", actual: name))
        }
        for resource in resources where !(1...1_000_000_000).contains(resource.amount) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "resource", "out of range", limit: "1…1000000000",
                    actual: "\(resource.name)=\(resource.amount)"))
        }
        if tags.count > Self.maximumNames {
            found.append(
                Mistake(
                    .configurationInvalid, at: "tag", "too many", limit: "\(Self.maximumNames)",
                    actual: "\(tags.count)"))
        }
        if resources.count > Self.maximumNames {
            found.append(
                Mistake(
                    .configurationInvalid, at: "resource", "too many",
                    limit: "\(Self.maximumNames)", actual: "\(resources.count)"))
        }
        if resources.contains(where: { $0.name == ResourceAmount.slotsName }) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "resource", "slots have an option of their own"))
        }
        if Set(resources.map(\.name)).count < resources.count {
            found.append(
                Mistake(.configurationInvalid, at: "resource", "a resource stands twice"))
        }
        return found
    }
}
