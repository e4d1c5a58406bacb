// A seeded run of everything that can happen, in any order, with workers that crash, vanish, lie
// and come back. What a story tells once, a storm meets in thousands of combinations.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

struct Storm {
    private(set) var core: OrchestratorCore
    private(set) var facts: [(fact: SessionFact, moment: Moment)] = []
    private(set) var archives: [SessionSnapshot] = []
    /// Everything that came out, as text.
    private(set) var transcript: [String] = []
    var random: SeededGenerator
    var workers: [StormWorker] = []
    private(set) var now = Instant.zero
    /// Whether events come that no honest party sends.
    let isHostile: Bool
    private var names = Names()
    private var connections: UInt64 = 0
    private(set) var submitted = 0
    private var messages: [(to: ConnectionID, OrchestratorEffect)] = []

    init(seed: UInt64, isHostile: Bool) {
        self.isHostile = isHostile
        random = SeededGenerator(seed: seed)
        core = OrchestratorCore(journalID: "journal", incarnation: 1, seed: seed)
        for (name, offer, resources) in [
            ("w0", "work(read)*2", "gpu=1"), ("w1", "work*1 read*3", "memory_mib=200"),
            ("w2", "all(work,read,write)#fast*2", "gpu=2 memory_mib=500"),
        ] {
            workers.append(
                StormWorker(name: name, offers: offers(offer), resources: amounts(resources)))
            register(workers.count - 1)
        }
    }

    // MARK: Steps

    mutating func handle(_ event: OrchestratorEvent) {
        var outcome = Outcome()
        let moment = World.moment(at: now)
        core.handle(event, at: moment, into: &outcome)
        facts += outcome.facts.map { ($0, moment) }
        archives += outcome.archives
        transcript += names.describe(outcome)
        for effect in outcome.effects + outcome.immediate {
            switch effect {
            case .send(let connection, _), .dispatch(let connection, _, _),
                .acknowledge(let connection, _, _):
                messages.append((connection, effect))
            case .reply, .progress, .poolMoved: continue
            }
        }
        let broken = violations(of: core)
        #expect(broken == [], "after \(event) at \(now)")
    }

    /// Delivers what the workers were sent, in order; what goes to closed connections is lost.
    mutating func deliver() {
        while !messages.isEmpty {
            let (connection, effect) = messages.removeFirst()
            guard let index = workers.firstIndex(where: { $0.connection == connection }) else {
                continue
            }
            workers[index].take(effect)
            let recalled = workers[index].takeRecalled().filter { _ in roll(2) == 0 }
            if !recalled.isEmpty { handBack(recalled, of: index) }
            if workers[index].mustRegister { register(index) }
            if workers[index].mustSendAgain {
                workers[index].mustSendAgain = false
                sendAgain(index)
            }
        }
    }

    mutating func pass(_ span: TimeSpan) {
        let end = now.advanced(by: span)
        var ticks = 0
        while let due = core.nextDeadline, due <= end, ticks < 10_000 {
            now = max(now, due)
            handle(.tick)
            ticks += 1
        }
        #expect(ticks < 10_000, "a timer goes off for ever")
        now = end
    }

    mutating func roll(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    /// The workers stay; the coordinator is another one, started from the facts.
    func restarted() -> Storm {
        var other = self
        other.core = OrchestratorCore(journalID: "journal", incarnation: 2, seed: 99)
        for (fact, moment) in facts { other.core.replay(fact, at: moment) }
        other.messages = []
        for index in other.workers.indices { other.workers[index].connection = nil }
        other.handle(.recovered)
        return other
    }

    mutating func register(_ index: Int) {
        connections += 1
        workers[index].connection = ConnectionID(connections)
        workers[index].mustRegister = false
        workers[index].registrations += 1
        names.add(ConnectionID(connections), of: workers[index].name)
        handle(.register(ConnectionID(connections), workers[index].registration))
    }

    mutating func submit(timeout: Double? = nil) {
        submitted += 1
        let config = OrchestrationConfig(
            maxConcurrentTasks: Int.random(in: 1...5, using: &random), maxRetryAttempts: 2,
            retryDelaySeconds: 0.5, enableParallelExecution: Bool.random(using: &random))
        let plan = ResearchPlan(
            query: "?", tasks: graph(prefix: "t", following: []), config: config,
            timeoutSeconds: timeout, weight: roll(3) + 1)
        var compiled = PlanCompiler.compile(
            plan, sessionID: "s\(submitted)", defaults: config
        ).plan
        if submitted % 2 == 0, let id = TraceID(high: 1, low: UInt64(submitted)) {
            compiled.trace = SessionTrace(TraceContext(traceID: id, spanID: 1, isSampled: true))
        }
        handle(.submit(compiled, ReplyToken(0)))
        if roll(3) == 0 { handle(.watch(sessionID: "s\(submitted)", ReplyToken(0))) }
    }

    /// A random graph without cycles, in an order of its own.
    mutating func graph(prefix: String, following existing: [String]) -> [ResearchTask] {
        let count = Int.random(in: 1...7, using: &random)
        var made: [ResearchTask] = []
        for index in 0..<count {
            let candidates = existing + made.map(\.taskID)
            let edges = candidates.isEmpty ? 0 : Int.random(in: 0...2, using: &random)
            let chosen = (0..<edges).compactMap { _ in candidates.randomElement(using: &random) }
            var task = ResearchTask(
                taskID: "\(prefix)\(index)",
                taskType: ["work", "read", "write"].randomElement(using: &random) ?? "work",
                dependencies: Array(Set(chosen)).sorted(),
                assignedAgent: Int.random(in: 0..<8, using: &random) == 0 ? "all" : nil,
                onDependencyFailure: Bool.random(using: &random) ? .skip : .continue,
                extendsSession: Int.random(in: 0..<4, using: &random) == 0)
            decorate(&task)
            made.append(task)
        }
        return made.shuffled(using: &random)
    }

    /// Rules beyond the usual. There is a worker that can keep each of them.
    private mutating func decorate(_ task: inout ResearchTask) {
        if roll(3) == 0, !task.dependencies.isEmpty {
            task.needs = JoinRule(
                atLeast: roll(task.dependencies.count) + 1,
                withinSeconds: [nil, 0.5, 3][roll(3)], rest: roll(2) == 0 ? .cancel : .finish)
        }
        if roll(3) == 0 { task.priority = roll(10) + 1 }
        if roll(4) == 0 { task.expectedSeconds = Double(roll(5) + 1) }
        if roll(6) == 0 { task.delivery = .atMostOnce }
        if roll(6) == 0 { task.exclusive = true }
        task.idempotent = task.delivery == .atLeastOnce && roll(2) == 0
        if roll(6) == 0 { task.tags = ["fast"] }
        if roll(6) == 0 { task.requires = ["read"] }
        if roll(6) == 0 { task.resources.append(ResourceAmount(name: "gpu", amount: 1)) }
        if roll(6) == 0 { task.resources.append(ResourceAmount(name: "slots", amount: 2)) }
        if roll(6) == 0 { task.fallbackAgents = ["all"] }
    }

    /// Everybody is reliable from now on.
    mutating func heal() {
        for number in 0...submitted { handle(.resume(sessionID: "s\(number)", ReplyToken(0))) }
        for index in workers.indices {
            workers[index].health = []
            workers[index].incarnation += 1
            register(index)
        }
        for _ in 0..<3_000 where core.openSessionCount > 0 {
            deliver()
            for index in workers.indices {
                while let attempt = workers[index].running.first {
                    finish(attempt, of: index, failure: nil)
                    deliver()
                }
                beat(index)
            }
            deliver()
            pass(.milliseconds(500))
        }
    }

    mutating func beat(_ index: Int) {
        guard let connection = workers[index].connection else { return }
        workers[index].beats += 1
        let heartbeat = WorkerHeartbeat(
            epoch: workers[index].epoch, sequence: workers[index].beats,
            held: Int32(workers[index].running.count),
            progress: workers[index].running.prefix(2).map {
                AttemptProgress(
                    attempt: $0, permille: Int32(workers[index].beats * 97 % 1_001), message: "")
            }, health: workers[index].health)
        handle(.heartbeat(connection, heartbeat))
    }

    /// An attempt ends on a worker; its result goes out if there is a connection.
    mutating func finish(
        _ attempt: AttemptReference, of index: Int, failure: FailureClass?
    ) {
        workers[index].running.removeAll { $0 == attempt }
        let failure = workers[index].stopping.remove(attempt) == nil ? failure : .cancelled
        let result = EndedAttempt(
            attempt: attempt, runTime: .milliseconds(10), failure: failure,
            peakMemoryBytes: Int64(roll(100)) << 20,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 0, annexLength: 0),
            summary: FindingsSummary(sources: 1))
        workers[index].outbox[attempt] = result
        send([result], of: index)
    }

    mutating func handBack(_ attempts: [AttemptReference], of index: Int) {
        guard let connection = workers[index].connection else { return }
        let held = attempts.filter(workers[index].running.contains)
        workers[index].running.removeAll(where: held.contains)
        workers[index].stopping.subtract(held)
        handle(.released(connection, epoch: workers[index].epoch, held))
    }

    mutating func sendAgain(_ index: Int) {
        let outbox = workers[index].outbox
        for attempt in outbox.keys.sorted() { send([outbox[attempt]].compactMap { $0 }, of: index) }
    }

    private mutating func proposal(of attempt: AttemptReference) -> TaskColumns? {
        guard let context = core.extensionContext(for: attempt), context.existingIDs.count < 20
        else { return nil }
        let existing = (0..<context.existingIDs.count).map { context.existingIDs[$0] }
        let proposed = graph(prefix: "x\(existing.count)-", following: existing)
        return PlanCompiler.columns(
            proposed, following: context.existingIDs, config: context.config
        ).tasks
    }

    mutating func send(_ results: [EndedAttempt], of index: Int) {
        guard let connection = workers[index].connection else { return }
        // Proposals are read against the graph as it is when they arrive.
        var fresh = results
        for place in fresh.indices {
            fresh[place].proposed = proposal(of: fresh[place].attempt)
            fresh[place].proposalBase =
                core.sessions.read(fresh[place].attempt.session) { $0.graph.count } ?? 0
        }
        handle(.results(connection, epoch: workers[index].epoch, fresh))
    }
}

/// What a worker knows of itself.
struct StormWorker {
    let name: String
    let offers: [AgentOffer]
    let resources: [ResourceAmount]
    var health: [AgentHealth] = []
    var recalled: [AttemptReference] = []
    var incarnation: Int64 = 1
    var connection: ConnectionID?
    var epoch: Int64 = 0
    var registrations: Int64 = 0
    /// The number of the last dispatch that it took in this epoch.
    var lastDispatch: Int64 = 0
    var beats: Int64 = 0
    var running: [AttemptReference] = []
    var stopping: Set<AttemptReference> = []
    var outbox: [AttemptReference: EndedAttempt] = [:]
    var mustRegister = false
    var mustSendAgain = false

    init(name: String, offers: [AgentOffer], resources: [ResourceAmount]) {
        self.name = name
        self.offers = offers
        self.resources = resources
    }

    var registration: WorkerRegistration {
        WorkerRegistration(
            workerID: name, incarnation: incarnation, registrationNumber: registrations,
            host: "host", processID: 1,
            softwareVersion: "1", agents: offers, health: health, resources: resources,
            running: running, outbox: outbox.keys.sorted(),
            taken: TakenDispatches(epoch: epoch, number: lastDispatch))
    }

    /// What the coordinator has asked back since the last call.
    mutating func takeRecalled() -> [AttemptReference] {
        defer { recalled = [] }
        return recalled
    }

    mutating func take(_ effect: OrchestratorEffect) {
        switch effect {
        case .dispatch(_, let epoch, let orders):
            guard epoch == self.epoch else { return }
            running += orders.map(\.attempt)
            lastDispatch = max(lastDispatch, orders.last?.number ?? 0)
        case .send(_, .welcome(let welcome)):
            epoch = welcome.epoch
            lastDispatch = 0
            beats = 0
            mustSendAgain = !outbox.isEmpty
            running.removeAll(where: welcome.stop.contains)
        case .send(_, .cancel(let epoch, let attempts)):
            guard epoch == self.epoch else { return }
            stopping.formUnion(attempts.filter(running.contains))
        case .send(_, .recall(let epoch, let attempts)):
            guard epoch == self.epoch else { return }
            recalled += attempts
        case .send(_, .resultsCommitted(_, let attempts)):
            for attempt in attempts { outbox[attempt] = nil }
        case .acknowledge(_, _, let attempt): outbox[attempt] = nil
        case .send(_, .introduce): mustRegister = true
        case .send(_, .refused):
            incarnation += 1
            mustRegister = true
        case .send, .reply, .progress, .poolMoved: return
        }
    }

    /// The process dies and another starts.
    mutating func crash() {
        incarnation += 1
        running = []
        stopping = []
        outbox = [:]
        connection = nil
    }
}
