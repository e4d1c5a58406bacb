// A core with a virtual clock, people who submit and workers who register, so that a test reads as
// a story. Each step hands one event in and returns all that came out, as text; and after each step
// the invariants are recounted.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

struct World {
    private(set) var core: OrchestratorCore
    private(set) var now = Instant.zero
    private(set) var names = Names()
    /// Everything that was kept, with the time at which it was.
    private(set) var history: [(fact: SessionFact, moment: Moment)] = []
    private(set) var archives: [SessionSnapshot] = []
    private(set) var replies: [Reply] = []
    /// What those who follow the pool were told.
    private(set) var poolChanges: [PoolChange] = []
    private var desks: [String: Desk] = [:]
    private var connections: UInt64 = 0
    private var tokens: UInt64 = 0

    /// What a worker has to remember between two of its messages.
    struct Desk {
        var connection: ConnectionID
        var epoch: Int64 = 0
        var beats: Int64 = 0
        /// The number of the last dispatch.
        var dispatch: Int64 = 0
        var running: Int32 = 0
        var health: [AgentHealth] = []
    }

    init(_ configuration: CoreConfiguration = CoreConfiguration(), seed: UInt64 = 1) {
        core = OrchestratorCore(
            configuration: configuration, journalID: "journal", incarnation: 1, seed: seed)
    }

    init(placement: PlacementStrategy) {
        var configuration = CoreConfiguration()
        configuration.placement = placement
        self.init(configuration)
    }

    var moment: Moment { Self.moment(at: now) }

    static func moment(at instant: Instant) -> Moment {
        let start: Int64 = 1_767_225_600_000
        return Moment(
            instant: instant,
            wall: WallTime(millisecondsSince1970: start + instant.nanoseconds / 1_000_000))
    }

    // MARK: Steps

    /// Hands an event in and returns what came out.
    @discardableResult
    mutating func step(_ event: OrchestratorEvent) -> [String] {
        var outcome = Outcome()
        core.handle(event, at: moment, into: &outcome)
        history += outcome.facts.map { ($0, moment) }
        archives += outcome.archives
        poolChanges += outcome.changes
        for effect in outcome.effects + outcome.immediate { note(effect) }
        let lines = names.describe(outcome)
        #expect(violations(of: core) == [])
        return lines
    }

    private mutating func note(_ effect: OrchestratorEffect) {
        switch effect {
        case .reply(_, let reply): replies.append(reply)
        case .send(let connection, .welcome(let welcome)):
            guard let name = names.workers[connection] else { return }
            desks[name]?.epoch = welcome.epoch
        case .dispatch(let connection, _, let orders):
            guard let name = names.workers[connection] else { return }
            desks[name]?.running += Int32(orders.count)
            desks[name]?.dispatch = orders.last?.number ?? 0
        default: return
        }
    }

    /// Lets time pass; the workers that are alive send a heartbeat every second.
    ///
    /// - Returns: what came out, without the acknowledgements of heartbeats and without what is
    ///   kept of performance once a minute.
    @discardableResult
    mutating func wait(_ seconds: Double, alive: String...) -> [String] {
        let end = now.advanced(by: .seconds(seconds))
        var nextBeat = now.advanced(by: .seconds(1))
        var lines: [String] = []
        while now < end {
            now = max(now, min(end, nextBeat, core.nextDeadline ?? end))
            if now == nextBeat {
                for worker in alive { lines += beat(worker) }
                nextBeat = now.advanced(by: .seconds(1))
            }
            lines += step(.tick)
        }
        return lines.filter { line in
            !line.hasSuffix(" acknowledged") && !line.hasPrefix("fact: metrics of ")
                && !line.hasPrefix("fact: learned of ")
        }
    }

    /// Time that passes without the core being called.
    mutating func pause(_ seconds: Double) { now = now.advanced(by: .seconds(seconds)) }

    /// The coordinator is killed and started again: the facts are read back.
    @discardableResult
    mutating func restart(after seconds: Double = 0) -> [String] {
        var fresh = OrchestratorCore(
            configuration: core.configuration, journalID: core.journalID,
            incarnation: core.incarnation + 1, seed: 2)
        for (fact, moment) in history { fresh.replay(fact, at: moment) }
        core = fresh
        pause(seconds)
        return step(.recovered)
    }
}

// MARK: - People

extension World {
    mutating func token() -> ReplyToken {
        tokens += 1
        return ReplyToken(tokens)
    }

    @discardableResult
    mutating func submit(
        _ id: String, _ graph: String, _ config: OrchestrationConfig = OrchestrationConfig(),
        timeout: Double? = nil, weight: Int = 1
    ) -> [String] {
        let plan = ResearchPlan(
            query: "?", tasks: tasks(graph), config: config, timeoutSeconds: timeout,
            weight: weight)
        let compiled = PlanCompiler.compile(plan, sessionID: id, defaults: config).plan
        return step(.submit(compiled, token()))
    }

    @discardableResult
    mutating func cancel(_ id: String) -> [String] { step(.cancel(sessionID: id, token())) }

    @discardableResult
    mutating func watch(_ id: String) -> [String] { step(.watch(sessionID: id, token())) }

    @discardableResult
    mutating func pauseSession(_ id: String, _ mode: PauseMode = .finish) -> [String] {
        step(.pause(sessionID: id, mode, token()))
    }

    @discardableResult
    mutating func resumeSession(_ id: String) -> [String] {
        step(.resume(sessionID: id, token()))
    }

    /// - Parameter task: all of the session's when `nil`.
    @discardableResult
    mutating func prioritize(_ id: String, _ task: String?, _ priority: Int) -> [String] {
        step(.prioritize(sessionID: id, taskID: task, priority: priority, token()))
    }

    mutating func ask(_ query: Query) -> Reply? {
        step(.query(query, token()))
        return replies.last
    }

    mutating func explain(_ session: String, _ task: String) -> Explanation? {
        guard
            case .explanation(let explanation) = ask(.explain(sessionID: session, taskID: task))
        else { return nil }
        return explanation
    }

    mutating func changes(
        _ session: String, _ position: FollowerPosition = FollowerPosition()
    ) -> SessionChanges? {
        guard case .changes(let changes) = ask(.changes(sessionID: session, since: position)) else {
            return nil
        }
        return changes
    }

    mutating func snapshot(_ session: String) -> SessionSnapshot? {
        guard case .snapshot(let snapshot) = ask(.snapshot(id: session)) else { return nil }
        return snapshot
    }

    /// The status of each task of an open session, such as `a completed`.
    mutating func statuses(_ session: String) -> [String] {
        snapshot(session)?.tasks.map { "\($0.taskID) \($0.status.rawValue)" } ?? []
    }

    mutating func progress(_ session: String) -> ProgressReport? {
        guard case .session(_, let found) = ask(.session(id: session)) else { return nil }
        return found.progress
    }
}

// MARK: - Workers

extension World {
    /// A worker registers, over a new connection unless it keeps the one that it has.
    ///
    /// - Parameter deaths: what ran in the process before this one when that died; `nil` when the
    ///   worker could not tell.
    @discardableResult
    mutating func join(
        _ name: String, _ offer: String = "work*1", incarnation: Int64 = 1,
        running: [String] = [], outbox: [String] = [], keepsConnection: Bool = false,
        journal: String = "", parked: [String] = [], number: Int64 = 0,
        taken: TakenDispatches? = nil, resources: String = "",
        deaths: [String]? = nil, health: AgentHealth.State...
    ) -> [String] {
        if !keepsConnection || desks[name] == nil {
            connections += 1
            let connection = ConnectionID(connections)
            names.add(connection, of: name)
            desks[name] = Desk(connection: connection)
        }
        desks[name]?.beats = 0
        desks[name]?.running = Int32(running.count)
        desks[name]?.health = Self.health(health)
        return step(
            .register(
                connection(of: name),
                WorkerRegistration(
                    workerID: name, incarnation: incarnation, registrationNumber: number,
                    host: "host", processID: 1, softwareVersion: "1", journalID: journal,
                    agents: offers(offer),
                    health: Self.health(health), resources: amounts(resources),
                    running: running.map(names.attempt), outbox: outbox.map(names.attempt),
                    parked: parked.isEmpty
                        ? []
                        : [
                            ParkedResults(journalID: "nobody's", attempts: []),
                            ParkedResults(
                                journalID: core.journalID, attempts: parked.map(names.attempt)),
                        ], taken: taken, tellsDeaths: deaths != nil),
                deaths: (deaths ?? []).map {
                    AttemptDeath(
                        names.attempt($0),
                        record: ResultHandle(row: 7, offset: 0, payloadLength: 2, annexLength: 9))
                }))
    }

    func connection(of worker: String) -> ConnectionID {
        desks[worker]?.connection ?? ConnectionID(0)
    }

    func epoch(of worker: String) -> Int64 { desks[worker]?.epoch ?? 0 }
    func lastDispatch(to worker: String) -> Int64 { desks[worker]?.dispatch ?? 0 }

    @discardableResult
    mutating func beat(_ worker: String, progress: [AttemptProgress] = []) -> [String] {
        desks[worker]?.beats += 1
        return step(
            .heartbeat(
                connection(of: worker),
                WorkerHeartbeat(
                    epoch: epoch(of: worker), sequence: desks[worker]?.beats ?? 0,
                    held: desks[worker]?.running ?? 0, progress: progress,
                    health: desks[worker]?.health ?? [])))
    }

    /// A heartbeat that says how the worker's agents are, in the order of its offers; so do those
    /// that follow it.
    @discardableResult
    mutating func beat(
        _ worker: String, health: AgentHealth.State..., message: String = ""
    ) -> [String] {
        desks[worker]?.health = Self.health(health, message)
        return beat(worker)
    }

    /// A heartbeat that says how far an attempt has come.
    @discardableResult
    mutating func beat(
        _ worker: String, _ attempt: String, permille: Int32, _ message: String = ""
    ) -> [String] {
        let progress = AttemptProgress(
            attempt: names.attempt(attempt), permille: permille, message: message)
        return beat(worker, progress: [progress])
    }

    private static func health(
        _ states: [AgentHealth.State], _ message: String = ""
    ) -> [AgentHealth] {
        states.enumerated().map { index, state in
            AgentHealth(
                agentIndex: Int32(index), state: state, message: state == .ready ? "" : message)
        }
    }

    /// An attempt leaves something for the next one at its task.
    @discardableResult
    mutating func keepCheckpoint(_ worker: String, _ attempt: String, row: Int64) -> [String] {
        let payload = PayloadHandle(row: row, offset: 0, length: 8)
        return step(
            .checkpoints(
                connection(of: worker), epoch: epoch(of: worker),
                [(names.attempt(attempt), payload)]))
    }

    /// Attempts succeed on a worker; their results come in one message.
    @discardableResult
    mutating func complete(
        _ worker: String, _ attempts: String..., finding: FindingsSummary = FindingsSummary(),
        taking seconds: Double = 1, memory: Int64 = 0
    ) -> [String] {
        report(
            worker,
            attempts.map { ended($0, summary: finding, taking: seconds, memory: memory) })
    }

    @discardableResult
    mutating func fail(
        _ worker: String, _ attempt: String, _ failure: FailureClass
    ) -> [String] {
        report(worker, [ended(attempt, failure: failure)])
    }

    /// An attempt succeeds and proposes tasks.
    @discardableResult
    mutating func complete(
        _ worker: String, _ attempt: String, proposing graph: String
    ) -> [String] {
        report(worker, [ended(attempt, proposed: proposal(attempt, graph))])
    }

    /// The columns that a shell makes of proposed tasks; `nil` when the attempt may not add any.
    func proposal(_ attempt: String, _ graph: String) -> TaskColumns? {
        core.extensionContext(for: names.attempt(attempt)).map {
            PlanCompiler.columns(
                tasks(graph), following: $0.existingIDs, config: $0.config
            ).tasks
        }
    }

    func ended(
        _ attempt: String, failure: FailureClass? = nil,
        summary: FindingsSummary = FindingsSummary(), proposed: TaskColumns? = nil,
        taking seconds: Double = 1, memory: Int64 = 0
    ) -> EndedAttempt {
        EndedAttempt(
            attempt: names.attempt(attempt), runTime: .seconds(seconds), failure: failure,
            peakMemoryBytes: memory << 20,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 2, annexLength: 0),
            summary: summary, proposed: proposed, proposalBase: taskCount(of: attempt))
    }

    /// How many tasks the attempt's session has: what its proposals are numbered after.
    private func taskCount(of attempt: String) -> Int {
        core.sessions.read(names.attempt(attempt).session) { $0.graph.count } ?? 0
    }

    @discardableResult
    mutating func report(_ worker: String, _ results: [EndedAttempt]) -> [String] {
        desks[worker]?.running -= Int32(results.count)
        return step(.results(connection(of: worker), epoch: epoch(of: worker), results))
    }

    @discardableResult
    mutating func handBack(_ worker: String, _ attempts: String...) -> [String] {
        desks[worker]?.running -= Int32(attempts.count)
        return step(
            .released(
                connection(of: worker), epoch: epoch(of: worker),
                attempts.map(names.attempt)))
    }

    @discardableResult
    mutating func drain(_ worker: String) -> [String] {
        step(.draining(connection(of: worker), epoch: epoch(of: worker)))
    }

    @discardableResult
    mutating func leave(_ worker: String) -> [String] {
        step(.goodbye(connection(of: worker), epoch: epoch(of: worker)))
    }

    /// A heartbeat that says how many attempts the worker runs, whatever the world believes.
    @discardableResult
    mutating func beat(_ worker: String, running: Int32) -> [String] {
        desks[worker]?.running = running
        return beat(worker)
    }
}
