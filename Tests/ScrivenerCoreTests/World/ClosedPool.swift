// The whole orchestrator in a closed loop: hosts that take what they are given, run it for as long
// as it takes, and report; sessions that are submitted when the calendar says so. What a pool does in
// an hour, in a second, and the same every time. Invariants are recounted now and then: with 100,000
// tasks a recount after each step would take a day.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

struct ClosedPool {
    struct Host {
        var name: String
        var slots: Int
        /// Run time ÷ the usual.
        var slowness = 1.0
        var failurePermille = 0
        /// Agents, as `offers` reads them.
        var offer: String { "work*\(slots)" }
        fileprivate(set) var epoch: Int64 = 0
        fileprivate(set) var running = 0
        /// What it was given beyond its slots.
        fileprivate(set) var waiting: [AttemptReference] = []
        /// Attempts that began there.
        fileprivate(set) var begun = 0

        init(name: String, slots: Int, slowness: Double = 1, failurePermille: Int = 0) {
            self.name = name
            self.slots = slots
            self.slowness = slowness
            self.failurePermille = failurePermille
        }
    }

    /// Something that happens at a time.
    private struct Entry: Comparable {
        enum Kind {
            case submit(CompiledPlan)
            case end(host: Int, AttemptReference, began: Instant)
            case arrive(host: Int, EndedAttempt)
        }
        var due: Instant
        var order: Int
        var kind: Kind

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.order) < (right.due, right.order)
        }

        static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
    }

    private(set) var core: OrchestratorCore
    private(set) var hosts: [Host]
    private(set) var now = Instant.zero
    /// When each session was submitted, and when it ended.
    private(set) var submitted: [String: Instant] = [:]
    private(set) var ended: [String: Instant] = [:]
    private(set) var recalls = 0
    var random: SeededGenerator
    /// How long a task runs on a usual host.
    var runTime: (inout SeededGenerator) -> Double = { _ in 1 }
    /// How long a result is under way.
    var delay = 0.0
    /// What is to come, the next last.
    private var calendar: [Entry] = []
    private var order = 0
    private var handled = 0

    init(
        _ hosts: [Host], _ configuration: CoreConfiguration = CoreConfiguration(), seed: UInt64 = 1
    ) {
        var configuration = configuration
        // Nobody falls silent here.
        configuration.lease = .seconds(1_000_000)
        core = OrchestratorCore(
            configuration: configuration, journalID: "journal", incarnation: 1, seed: seed)
        self.hosts = hosts
        random = SeededGenerator(seed: seed)
        for index in hosts.indices {
            handle(
                .register(
                    ConnectionID(UInt64(index)),
                    WorkerRegistration(
                        workerID: hosts[index].name, incarnation: 1, host: "", processID: 1,
                        softwareVersion: "", agents: offers(hosts[index].offer))))
        }
    }

    // MARK: People

    mutating func submit(
        _ id: String, _ tasks: [ResearchTask], after seconds: Double = 0, weight: Int = 1,
        limit: Int = 100_000
    ) {
        let config = OrchestrationConfig(
            maxConcurrentTasks: limit, maxRetryAttempts: 100, retryDelaySeconds: 0)
        let plan = ResearchPlan(query: "?", tasks: tasks, config: config, weight: weight)
        let compiled = PlanCompiler.compile(plan, sessionID: id, defaults: config).plan
        post(.submit(compiled), after: seconds)
    }

    /// So many tasks that do not depend on each other.
    static func fan(_ count: Int, _ type: String = "work") -> [ResearchTask] {
        (0..<count).map { ResearchTask(taskID: "t\($0)", taskType: type) }
    }

    /// Runs until a session has ended, or until everything has.
    mutating func run(until id: String? = nil) {
        while core.openSessionCount > 0 || !calendar.isEmpty {
            step()
            if let id, ended[id] != nil { return }
        }
    }

    /// The next thing happens.
    mutating func step() {
        let due = [calendar.last?.due, core.nextDeadline].compactMap { $0 }.min()
        now = max(now, due ?? now)
        if let deadline = core.nextDeadline, deadline <= now {
            handle(.tick)
        } else if let next = calendar.popLast() {
            happen(next.kind)
        }
    }

    private mutating func happen(_ kind: Entry.Kind) {
        switch kind {
        case .submit(let plan):
            submitted[plan.sessionID] = now
            handle(.submit(plan, ReplyToken(0)))
        case .end(let host, let attempt, let began): end(attempt, on: host, began: began)
        case .arrive(let host, let result):
            handle(.results(ConnectionID(UInt64(host)), epoch: hosts[host].epoch, [result]))
        }
    }

    func progress(_ id: String) -> ProgressReport? {
        core.sessionNumbers[id].flatMap { number in
            core.sessions.read(number) { core.report(on: $0, at: now) }
        }
    }

    /// From submission to end, in seconds.
    func duration(of id: String) -> Double? {
        guard let begin = submitted[id], let end = ended[id] else { return nil }
        return end.since(begin).seconds
    }

    // MARK: The coordinator

    private mutating func handle(_ event: OrchestratorEvent) {
        var outcome = Outcome()
        core.handle(event, at: World.moment(at: now), into: &outcome)
        for archive in outcome.archives { ended[archive.session.sessionID] = now }
        for effect in outcome.effects + outcome.immediate {
            switch effect {
            case .send(let connection, .welcome(let welcome)):
                hosts[Int(connection.rawValue)].epoch = welcome.epoch
            case .send(let connection, .recall(_, let attempts)):
                handBack(attempts, from: Int(connection.rawValue))
            case .dispatch(let connection, _, let orders):
                for order in orders { take(order.attempt, on: Int(connection.rawValue)) }
            default: continue
            }
        }
        handled += 1
        if handled % 4_096 == 0 { #expect(violations(of: core) == []) }
    }

    // MARK: The hosts

    private mutating func take(_ attempt: AttemptReference, on host: Int) {
        if hosts[host].running < hosts[host].slots {
            start(attempt, on: host)
        } else {
            hosts[host].waiting.append(attempt)
        }
    }

    private mutating func start(_ attempt: AttemptReference, on host: Int) {
        hosts[host].running += 1
        hosts[host].begun += 1
        let seconds = runTime(&random) * hosts[host].slowness
        post(.end(host: host, attempt, began: now), after: seconds)
    }

    private mutating func end(
        _ attempt: AttemptReference, on host: Int, began: Instant
    ) {
        hosts[host].running -= 1
        if !hosts[host].waiting.isEmpty { start(hosts[host].waiting.removeFirst(), on: host) }
        let failed = Int.random(in: 0..<1_000, using: &random) < hosts[host].failurePermille
        let result = EndedAttempt(
            attempt: attempt, runTime: now.since(began), failure: failed ? .transient : nil,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 0, annexLength: 0))
        post(.arrive(host: host, result), after: delay)
    }

    /// What has not begun goes back; the rest runs on.
    private mutating func handBack(_ attempts: [AttemptReference], from host: Int) {
        let unstarted = attempts.filter(hosts[host].waiting.contains)
        recalls += unstarted.count
        hosts[host].waiting.removeAll(where: unstarted.contains)
        guard !unstarted.isEmpty else { return }
        handle(
            .released(ConnectionID(UInt64(host)), epoch: hosts[host].epoch, unstarted))
    }

    private mutating func post(_ kind: Entry.Kind, after seconds: Double) {
        order += 1
        let entry = Entry(due: now.advanced(by: .seconds(seconds)), order: order, kind: kind)
        var (low, high) = (0, calendar.count)
        while low < high {
            let middle = (low + high) / 2
            if entry < calendar[middle] { low = middle + 1 } else { high = middle }
        }
        calendar.insert(entry, at: low)
    }
}
