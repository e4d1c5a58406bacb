// What a pool of workers is: what its replicas can do, how many of them there may be, and how long
// its tasks may wait. A topology file describes pools; `docs/autoscaling.md` says what becomes of it.

/// A named group of worker replicas with the same agents and settings.
public struct PoolSpecification: Sendable, Equatable {
    /// A `PlanName` of 64 characters at most: it is the first half of its workers' ids.
    public var name: String
    /// How many replicas there are when there is nothing to do. 0…10,000.
    public var minimum: Int
    /// How many there may be. 1…10,000, and no less than `minimum`.
    public var maximum: Int
    /// How many attempts each agent of a replica executes at once. 1…10,000.
    public var slots: Int
    /// The agents that each replica holds. 1…256, by name.
    public var agents: [String]
    /// What its agents can do beside what their names say. Every agent of the pool counts as having
    /// all of them, until a replica has said otherwise.
    public var capabilities: [String]
    /// The tags of its agents.
    public var tags: [String]
    /// What tasks may take of each replica beside slots.
    public var resources: [ResourceAmount]
    /// How long a task should wait for a slot at most. 1 s…1 day.
    public var targetQueueWait: TimeSpan
    /// How long a replica takes from the decision to start it until it takes work. 0…1 hour.
    public var startTime: TimeSpan

    public static let defaultTargetQueueWait = TimeSpan.seconds(30)
    public static let defaultStartTime = TimeSpan.seconds(10)
    /// How many pools a coordinator knows of, at most.
    public static let maximumPools = 64
    /// How long a pool's name may be, in characters.
    public static let maximumNameLength = 64

    public init(
        name: String, minimum: Int = 0, maximum: Int = 1, slots: Int = 4, agents: [String],
        capabilities: [String] = [], tags: [String] = [], resources: [ResourceAmount] = [],
        targetQueueWait: TimeSpan = PoolSpecification.defaultTargetQueueWait,
        startTime: TimeSpan = PoolSpecification.defaultStartTime
    ) {
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
        self.slots = slots
        self.agents = agents
        self.capabilities = capabilities
        self.tags = tags
        self.resources = resources
        self.targetQueueWait = targetQueueWait
        self.startTime = startTime
    }

    /// Everything that is wrong with the specification; nothing when it is sound.
    ///
    /// - Parameter path: where the specification stands, as a JSON pointer. The fields below it are
    ///   named as in a topology file.
    public func mistakes(at path: String = "") -> [Mistake] {
        var found: [Mistake] = []
        if !PlanName.isValid(name, limit: Self.maximumNameLength) {
            found.append(
                Mistake(
                    .configurationInvalid, at: path, "the pool's name is none",
                    limit: "1…\(Self.maximumNameLength) characters of a–z A–Z 0–9 _ - . :",
                    actual: name))
        }
        found += Self.outside(0...10_000, minimum, at: "\(path)/min")
        found += Self.outside(1...10_000, maximum, at: "\(path)/max")
        if found.isEmpty, maximum < minimum {
            found += Self.outside(minimum...10_000, maximum, at: "\(path)/max")
        }
        found += Self.outside(1...10_000, slots, at: "\(path)/slots")
        if agents.isEmpty {
            found.append(
                Mistake(
                    .configurationInvalid, at: "\(path)/agents",
                    "a pool without agents has nothing to do", limit: "1…256 agents", actual: "0"))
        }
        found += Self.names(agents, limit: 256, at: "\(path)/agents")
        found += Self.names(capabilities, limit: 64, at: "\(path)/capabilities")
        found += Self.names(tags, limit: 63, at: "\(path)/tags")
        found += Self.names(resources.map(\.name), limit: 63, at: "\(path)/resources")
        for resource in resources {
            found += Self.outside(
                1...1_000_000_000, Int(clamping: resource.amount),
                at: "\(path)/resources/\(resource.name)")
        }
        found += Self.outside(1...86_400, targetQueueWait, at: "\(path)/target_queue_wait")
        found += Self.outside(0...3_600, startTime, at: "\(path)/start_time")
        return found
    }

    /// Everything that is wrong with several pools of one coordinator: with each, and together.
    public static func mistakes(in pools: [PoolSpecification], at path: String = "") -> [Mistake] {
        var found: [Mistake] = []
        if pools.count > maximumPools {
            found.append(
                Mistake(
                    .configurationInvalid, at: path, "too many pools", limit: "\(maximumPools)",
                    actual: "\(pools.count)"))
        }
        var names: Set<String> = []
        for pool in pools {
            found += pool.mistakes(at: "\(path)/\(pool.name)")
            if !names.insert(pool.name).inserted {
                found.append(
                    Mistake(
                        .configurationInvalid, at: "\(path)/\(pool.name)",
                        "two pools have the same name", actual: pool.name))
            }
        }
        return found
    }

    private static func outside(
        _ range: ClosedRange<Int>, _ actual: Int, at path: String
    ) -> [Mistake] {
        guard !range.contains(actual) else { return [] }
        return [
            Mistake(
                .configurationInvalid, at: path, "out of range",
                limit: "\(range.lowerBound)…\(range.upperBound)", actual: "\(actual)")
        ]
    }

    private static func outside(
        _ seconds: ClosedRange<Double>, _ actual: TimeSpan, at path: String
    ) -> [Mistake] {
        guard !seconds.contains(actual.seconds) else { return [] }
        return [
            Mistake(
                .configurationInvalid, at: path, "out of range",
                limit: "\(Int(seconds.lowerBound))…\(Int(seconds.upperBound)) s",
                actual: "\(actual.seconds) s")
        ]
    }

    private static func names(_ names: [String], limit: Int, at path: String) -> [Mistake] {
        var found: [Mistake] = []
        if names.count > limit {
            found.append(
                Mistake(
                    .configurationInvalid, at: path, "too many", limit: "\(limit)",
                    actual: "\(names.count)"))
        }
        var seen: Set<String> = []
        for name in names {
            if !PlanName.isValid(name) {
                found.append(
                    Mistake(
                        .configurationInvalid, at: path, "has a name that is none",
                        limit: "1…128 characters of a–z A–Z 0–9 _ - . :", actual: name))
            }
            if !seen.insert(name).inserted {
                found.append(
                    Mistake(.configurationInvalid, at: path, "a name stands twice", actual: name))
            }
        }
        return found
    }
}
