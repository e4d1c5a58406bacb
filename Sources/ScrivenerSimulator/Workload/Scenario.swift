// What a seed stands for: who is there, what is submitted, and what goes wrong. All of it is drawn
// before a run begins, from a generator of its own, so that a change to the world's inner draws
// leaves the scenarios of the seeds as they are.

import ScrivenerCore
import ScrivenerModel

/// A world before anything has happened.
struct Scenario {
    var faults: [EnabledFault]
    var workers: [WorkerBlueprint] = []
    var sessions: [SessionBlueprint] = []
    var actions: [(at: Instant, ClientAction)] = []
    var types: [TaskKind] = []
    /// What types are drawn from, an agent that plans name, and tags that they ask for.
    var vocabulary = Vocabulary()
    /// For how long faults strike.
    var storm: TimeSpan
    var network: NetworkSettings
    var configuration = CoreConfiguration()
    /// How often workers ask their agents how they are.
    var healthCheckInterval = TimeSpan.seconds(30)
    /// Whether there are many workers, and more kinds of demands than fit one word of a set.
    var isWide = false
    /// Whether these have one slot each, and all can do the same: mostly all of them are busy.
    var isScarce = false
    /// How long a worker works on that hears nothing of the coordinator.
    var orphanGrace = TimeSpan.seconds(60)
    /// How long a worker may drain before it stops what still runs; for ever when absent.
    var drainPatience: TimeSpan?
    /// How many of the sessions that have ended are run again.
    var rerunRate = 0.0
    /// How long the disk takes to commit.
    var commitMicroseconds: ClosedRange<Int>

    func rate(of kind: FaultKind) -> Double {
        faults.first { $0.kind == kind }?.rate ?? 0
    }
}

/// A kind of task, and how long it takes on a worker of speed 1.
struct TaskKind {
    var name: String
    var microseconds: ClosedRange<Int>
}

struct WorkerBlueprint {
    var name: String
    var offers: [AgentOffer]
    /// What tasks may take of it beside slots.
    var resources: [ResourceAmount] = []
    /// Run times are divided by it.
    var speed: Int
    /// By how much its clock differs.
    var clockOffset: TimeSpan
}

struct SessionBlueprint {
    var plan: ResearchPlan
    /// Recorded run times, by task; drawn where there are none.
    var runTimes: [TimeSpan] = []
    var id: String { plan.sessionID ?? "" }
}

struct NetworkSettings {
    var microseconds: ClosedRange<Int>
}

/// What somebody does who uses the pool.
struct ClientAction {
    enum Kind {
        case submit, cancel, watch, read, snapshot, explain, list, workers
        case pause, pauseNow, resume, prioritize, drainWorker, diagnose, status
        case rerun
    }
    var kind: Kind
    /// Which session, by its place in the scenario.
    var session: Int
    /// The how-manieth rerun of that session is meant; 0 for itself.
    var rerun = 0
    /// Whether the session had been acknowledged when this was asked.
    var knewOfSession = false
}

// MARK: - Drawing

extension Scenario {
    /// - Parameter pools: the workers that there are; drawn where there are none.
    init(
        seed: UInt64, workload: Workload, selection: FaultSelection, pools: [SimulatedPool] = []
    ) {
        var random = SeededGenerator(seed: seed ^ 0x5C3A_9E11)
        faults = EnabledFault.choose(selection, random: &random)
        storm = random.span(milliseconds: 4_000...25_000)
        // From a generator of their own, so that other seeds stay what they are.
        var rare = SeededGenerator(seed: seed ^ 0x0A11_5EED)
        // Long enough for an ejection to end.
        if rare.chance(0.06) { storm = rare.span(milliseconds: 40_000...90_000) }
        if rare.chance(0.5) { orphanGrace = rare.span(milliseconds: 2_000...12_000) }
        if case .mixed = workload { isWide = rare.chance(0.05) }
        isScarce = isWide && rare.chance(0.5)
        network = NetworkSettings(
            microseconds: random.chance(0.3) ? 20_000...150_000 : 50...2_000)
        commitMicroseconds = random.chance(0.3) ? 2_000...40_000 : 100...3_000
        configuration = Self.configuration(&random)
        vocabulary = Vocabulary(of: pools)
        healthCheckInterval = random.span(milliseconds: 1_000...10_000)
        switch workload {
        case .mixed: addSessions(of: nil, &random)
        case .shape(let shape): addSessions(of: shape, &random)
        case .workflow(let graph): add(graph)
        }
        if rare.chance(0.4) {
            configuration.firstEjection = rare.span(milliseconds: 300...3_000)
            configuration.longestEjection = .seconds(8)
        }
        if rare.chance(0.2) { configuration.maximumDispatchesPerMessage = rare.within(1...3) }
        // Workers die of much here: mostly nobody is blamed.
        configuration.poisonDeaths = rare.chance(0.4) ? rare.within(1...3) : 0
        if rare.chance(0.5) { drainPatience = rare.span(milliseconds: 200...5_000) }
        if case .swarm = selection, rare.chance(0.2) { addPoison(&rare) }
        if pools.isEmpty {
            addWorkers(forWorkflow: sessions.first?.runTimes.isEmpty == false, &random)
        } else {
            add(pools, &random)
        }
        addActions(&random)
        var again = SeededGenerator(seed: seed ^ 0x0A6A_1225)
        if again.chance(0.4) { rerunRate = 0.3 + 0.7 * again.unit() }
        // So few that the more workers there are, the less often each heartbeats.
        var crowd = SeededGenerator(seed: seed ^ 0x0C20_3D11)
        if crowd.chance(0.3) { configuration.heartbeatsPerSecond = crowd.within(1...4) }
    }

    /// Tasks that kill whoever executes them, and mostly a limit to that. In some of these runs the
    /// coordinator dies often as well: what runs alone has to stay alone.
    private mutating func addPoison(_ rare: inout SeededGenerator) {
        faults.append(EnabledFault(kind: .poisonTasks, interval: .zero, rate: 0.5 * rare.unit()))
        if rare.chance(0.75) { configuration.poisonDeaths = rare.within(1...2) }
        guard rare.chance(0.3) else { return }
        faults.removeAll { $0.kind == .coordinatorCrash }
        faults.append(
            EnabledFault(
                kind: .coordinatorCrash, interval: rare.span(milliseconds: 1_500...4_000), rate: 0))
    }

    private mutating func addSessions(of shape: GraphShape?, _ random: inout SeededGenerator) {
        let names = vocabulary.types
        types = names.prefix(random.within(1...names.count)).map { name in
            let range = random.chance(0.3) ? 1_000...12_000 : 10...4_000
            let longest = random.skewedSpan(milliseconds: range).nanoseconds / 1_000
            // Of a kind that takes nearly as long each time it is known early which slot is the best.
            let shortest = isScarce ? longest - longest / 16 : longest / 8
            return TaskKind(name: name, microseconds: Int(shortest)...Int(longest))
        }
        let mix = PolicyMix(&random)
        for number in 1...random.within(1...6) {
            let shape = shape ?? random.pick(GraphShape.allCases) ?? .random
            sessions.append(session(number, shape, mix, &random))
        }
    }

    private func session(
        _ number: Int, _ shape: GraphShape, _ mix: PolicyMix, _ random: inout SeededGenerator
    ) -> SessionBlueprint {
        let isLarge = random.chance(0.15) || isWide
        let count = isLarge ? random.within(15...40) : random.within(1...12)
        let hasExtensions = random.chance(0.4)
        let goesOn = random.chance(0.4)
        let tasks = shape.edges(count: count, random: &random).enumerated().map { task, edges in
            var task = ResearchTask(
                taskID: "t\(task)", taskType: random.pick(types)?.name ?? "work",
                parameters: RawJSON("{\"task\":\(task)}"), dependencies: edges.map { "t\($0)" },
                assignedAgent: random.chance(0.05) ? vocabulary.agent : nil,
                onDependencyFailure: goesOn && random.chance(0.5) ? .continue : .skip,
                extendsSession: hasExtensions && random.chance(0.3))
            mix.apply(to: &task, types: types, tags: vocabulary.tags, &random)
            if isWide, !isScarce { task.fallbackAgents.append("f\(number % 3)-\(task.taskID)") }
            return task
        }
        let config = OrchestrationConfig(
            maxConcurrentTasks: random.chance(0.3) ? random.within(1...4) : 64,
            taskTimeoutSeconds: rate(of: .hangingAgents) > 0 ? Double(random.within(4...8)) : 60,
            progressUpdateIntervalSeconds: 0.5, maxRetryAttempts: random.within(0...4),
            retryDelaySeconds: random.chance(0.5) ? 0.05 : Double(random.within(0...2)),
            enableParallelExecution: !random.chance(0.1))
        return SessionBlueprint(
            plan: ResearchPlan(
                query: "question \(number)", sessionID: "s\(number)", tasks: tasks,
                config: config,
                timeoutSeconds: random.chance(0.1) ? Double(random.within(1...15)) : nil,
                weight: random.chance(0.3) ? random.within(1...10) : 1))
    }

    private mutating func add(_ graph: WorkflowGraph) {
        var names: [String] = []
        for task in graph.tasks where !names.contains(task.type) { names.append(task.type) }
        types = names.map { TaskKind(name: $0, microseconds: 1_000...1_000) }
        let tasks = graph.tasks.map {
            ResearchTask(taskID: $0.id, taskType: $0.type, dependencies: $0.dependencies)
        }
        sessions = [
            SessionBlueprint(
                plan: ResearchPlan(
                    query: graph.name, sessionID: graph.name, tasks: tasks,
                    config: OrchestrationConfig(
                        maxConcurrentTasks: 100_000, taskTimeoutSeconds: 100_000,
                        maxRetryAttempts: 20, retryDelaySeconds: 0.1)),
                // Recorded in seconds to hours; a thousandth of it is told here.
                runTimes: graph.tasks.map { TimeSpan(nanoseconds: $0.runTime.nanoseconds / 1_000) })
        ]
    }

    private mutating func addWorkers(forWorkflow: Bool, _ random: inout SeededGenerator) {
        let count = forWorkflow ? 4 : random.within(isWide ? 9...14 : 1...5)
        for number in 1...count {
            let isAble = forWorkflow || isScarce || random.chance(0.5)
            let slots = Int32(forWorkflow ? 8 : isScarce ? 1 : random.within(1...4))
            var offers = [
                AgentOffer(name: "all", capabilities: types.map(\.name), slots: slots)
            ]
            if !isAble {
                offers = types.filter { _ in random.chance(0.6) }.map {
                    AgentOffer(name: $0.name, capabilities: [], slots: Int32(random.within(1...3)))
                }
            }
            var worker = WorkerBlueprint(
                name: "w\(number)", offers: offers, speed: random.pick([1, 1, 2, 4]) ?? 1,
                clockOffset: random.span(milliseconds: 0...1_000_000))
            if !forWorkflow { Self.equip(&worker, &random) }
            workers.append(worker)
        }
    }

    private mutating func addActions(_ random: inout SeededGenerator) {
        let period = Int(storm.milliseconds)
        func add(
            _ kind: ClientAction.Kind, _ session: Int, after: Instant, within limit: Int
        ) -> Instant {
            let at = after.advanced(by: random.span(milliseconds: 0...limit))
            actions.append((at, ClientAction(kind: kind, session: session)))
            return at
        }
        for session in sessions.indices {
            let submitted = add(.submit, session, after: .zero, within: period * 2 / 3)
            if random.chance(0.2) {
                _ = add(.cancel, session, after: submitted, within: 6_000)
            }
            if random.chance(0.2) {
                let kind: ClientAction.Kind = random.chance(0.5) ? .pause : .pauseNow
                _ = add(kind, session, after: submitted, within: 8_000)
            }
            if random.chance(0.2) {
                _ = add(.prioritize, session, after: submitted, within: 6_000)
            }
            if random.chance(0.3) {
                _ = add(.watch, session, after: submitted, within: 2_000)
            }
            for kind in [ClientAction.Kind.read, .snapshot, .explain, .explain, .diagnose] {
                guard random.chance(0.4) else { continue }
                _ = add(kind, session, after: submitted, within: 10_000)
            }
        }
        if random.chance(0.2) { _ = add(.list, 0, after: .zero, within: period) }
        if random.chance(0.2) { _ = add(.workers, 0, after: .zero, within: period) }
        if random.chance(0.2) { _ = add(.status, 0, after: .zero, within: period) }
        if random.chance(0.1) { _ = add(.drainWorker, 0, after: .zero, within: period) }
    }
}
