// What tasks have in common. Everything about a task but its id, its edges, its payload and its
// expected run time is a class; tasks share few of them, so a task carries a number of four bytes.

package import ScrivenerModel

/// How tasks of one kind are placed, tried and joined.
package struct TaskClass: Sendable, Hashable {
    package var taskType: String
    /// The agent that must execute it; any with `taskType` among its capabilities when absent.
    package var assignedAgent: String?
    package var timeout: TimeSpan
    /// How long it may say nothing of its progress; zero means without limit.
    package var progressTimeout: TimeSpan
    package var onDependencyFailure: DependencyFailurePolicy
    package var join: CompiledJoin?
    package var extendsSession: Bool
    /// 1…10.
    package var priority: UInt8
    package var retry: CompiledRetry
    package var delivery: Delivery
    package var isIdempotent: Bool
    package var isExclusive: Bool
    /// Capabilities and tags that the instance must have, sorted.
    package var requires: [String]
    package var tags: [String]
    /// How many slots of its instance it takes.
    package var slots: Int32
    /// What it takes of its worker, sorted, without the slots.
    package var resources: [ResourceAmount]
    package var fallbackAgents: [String]
    /// Whether nothing else may run on its worker. No plan says so: it comes of what happened.
    var runsAlone = false

    package init(
        taskType: String, assignedAgent: String? = nil, timeout: TimeSpan,
        progressTimeout: TimeSpan = .zero, onDependencyFailure: DependencyFailurePolicy = .skip,
        join: CompiledJoin? = nil, extendsSession: Bool = false,
        priority: UInt8 = UInt8(ResearchTask.defaultPriority),
        retry: CompiledRetry = CompiledRetry(), delivery: Delivery = .atLeastOnce,
        isIdempotent: Bool = false, isExclusive: Bool = false, requires: [String] = [],
        tags: [String] = [], slots: Int32 = 1, resources: [ResourceAmount] = [],
        fallbackAgents: [String] = []
    ) {
        self.taskType = taskType
        self.assignedAgent = assignedAgent
        self.timeout = timeout
        self.progressTimeout = progressTimeout
        self.onDependencyFailure = onDependencyFailure
        self.join = join
        self.extendsSession = extendsSession
        self.priority = priority
        self.retry = retry
        self.delivery = delivery
        self.isIdempotent = isIdempotent
        self.isExclusive = isExclusive
        self.requires = requires
        self.tags = tags
        self.slots = slots
        self.resources = resources
        self.fallbackAgents = fallbackAgents
    }

    /// What an instance must offer.
    package var demand: Demand {
        var demand = Demand(
            taskType: taskType, assignedAgent: assignedAgent, requires: requires, tags: tags,
            slots: slots, resources: resources, fallbackAgents: fallbackAgents)
        demand.runsAlone = runsAlone
        return demand
    }
}

/// A retry rule with nothing left open.
package struct CompiledRetry: Sendable, Hashable {
    package var maximumRetries: Int32
    package var base: TimeSpan
    package var factorPermille: Int64
    package var cap: TimeSpan

    package init(
        maximumRetries: Int32 = 3, base: TimeSpan = .seconds(1), factorPermille: Int64 = 2_000,
        cap: TimeSpan = .seconds(300)
    ) {
        self.maximumRetries = maximumRetries
        self.base = base
        self.factorPermille = factorPermille
        self.cap = cap
    }
}

/// A join rule with nothing left open.
package struct CompiledJoin: Sendable, Hashable {
    package var atLeast: Int32
    /// How long the others are waited for once there are enough.
    package var within: TimeSpan
    package var rest: JoinRule.Rest

    package init(atLeast: Int32, within: TimeSpan, rest: JoinRule.Rest) {
        self.atLeast = atLeast
        self.within = within
        self.rest = rest
    }
}

/// What a task requires of the instance that executes it, and of that instance's worker.
package struct Demand: Sendable, Hashable {
    /// The agent's name, or the capability, that does the work.
    package var wanted: Wanted
    package var requires: [String]
    package var tags: [String]
    package var slots: Int32
    package var resources: [ResourceAmount]
    package var fallbackAgents: [String]
    /// Whether the whole worker has to be free of anything else.
    var runsAlone = false

    package enum Wanted: Sendable, Hashable {
        case agent(String)
        case capability(String)
    }

    package init(
        taskType: String, assignedAgent: String? = nil, requires: [String] = [],
        tags: [String] = [], slots: Int32 = 1, resources: [ResourceAmount] = [],
        fallbackAgents: [String] = []
    ) {
        wanted = assignedAgent.map(Wanted.agent) ?? .capability(taskType)
        self.requires = requires
        self.tags = tags
        self.slots = slots
        self.resources = resources
        self.fallbackAgents = fallbackAgents
    }

    /// How well an agent fits: 0 for the one that is wanted, and 1 and up for those that may stand
    /// in for it, in the plan's order; `nil` when it must not execute the task at all.
    package func rank(of offer: AgentOffer) -> Int32? {
        guard offer.slots >= slots, tags.allSatisfy(offer.tags.contains),
            requires.allSatisfy({ offer.capabilities.contains($0) })
        else { return nil }
        switch wanted {
        case .agent(let name) where offer.name == name: return 0
        case .capability(let name)
        where offer.name == name || offer.capabilities.contains(name):
            return 0
        default: break
        }
        return fallbackAgents.firstIndex(of: offer.name).map { Int32($0 + 1) }
    }
}
