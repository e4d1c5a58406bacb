// A pool of workers, a coordinator, a network, a disk and people who ask for things, in virtual
// time. The machines are the real ones; everything around them is modelled, with faults, and can be
// repeated exactly: one queue of events, one generator, no clock.
//
// This file holds the state and the loop. What happens stands beside it: `World+Coordinator` is the
// coordinator's shell, `World+Workers` the workers', and so on.

import ScrivenerCore
import ScrivenerModel

/// One run.
final class World {
    let options: SimulationOptions
    let scenario: Scenario
    var random: SeededGenerator
    var now = Instant.zero
    var queue = EventQueue()
    var eventCount = 0
    var digest = Digest()
    var tracer: Tracer
    var violations: [Violation] = []
    var isHealed = false
    var healedAt = Instant.zero

    /// The coordinator's settings.
    var configuration: CoreConfiguration { scenario.configuration }

    // Parties.
    var workers: [SimulatedWorker] = []
    var incarnations: [String: Int64] = [:]
    var connections: [Connection] = []
    var coordinator: CoordinatorProcess?
    var coordinatorLife = 0
    var coordinatorPauses = 0
    var disk = SimulatedDisk()
    var clients = SimulatedClients()
    /// By how much the wall clock is wrong.
    var wallOffset: Int64 = 0

    // What an all-seeing observer knows.
    var handled = Ledger()
    var committed = Ledger()
    var runs: [AgentRun] = []
    var running: [TaskKey: [Int]] = [:]
    var started: Set<AttemptReference> = []
    var watch = DetectionWatch()
    var proposals: [Int64: Int] = [:]
    var lastCoordinatorTrouble = Instant(nanoseconds: .min)
    var silenceStamps = 0
    var sabotage: SabotageState
    /// Of its own, so that asking changes nothing.
    var probeRandom: SeededGenerator
    /// Explanations that were put to the test, by reason.
    var probed: [Explanation.Reason: Int] = [:]

    /// How long everything may take to end once all is well.
    static let patience = TimeSpan.seconds(3_600)

    init(_ options: SimulationOptions, isTracing: Bool) {
        self.options = options
        scenario = Scenario(
            seed: options.seed, workload: options.workload, selection: options.faults,
            pools: options.pools)
        random = SeededGenerator(seed: options.seed)
        probeRandom = SeededGenerator(seed: options.seed ^ 0x7E5E_ED00)
        tracer = Tracer(isOn: isTracing)
        sabotage = SabotageState(kind: options.sabotage)
        handled.poisonDeaths = scenario.configuration.poisonDeaths
        committed.poisonDeaths = scenario.configuration.poisonDeaths
    }

    // MARK: The loop

    func run() {
        begin()
        while violations.isEmpty, let (due, event) = queue.next() {
            now = due
            eventCount += 1
            happen(event)
            if isHealed, isQuiet { break }
            if eventCount > options.maximumEvents || isOverdue { reportStuck() }
        }
        if violations.isEmpty { checkEnd() }
    }

    private func begin() {
        for blueprint in scenario.workers { addWorker(blueprint) }
        startCoordinator()
        for index in workers.indices {
            plan(.startWorker(index), in: random.span(milliseconds: 0...800))
        }
        for (at, action) in scenario.actions { queue.plan(.client(action), at: at) }
        for index in scenario.faults.indices where scenario.faults[index].kind.strikes {
            plan(.fault(index), in: random.skewedSpan(milliseconds: 200...8_000))
        }
        queue.plan(.heal, at: .zero.advanced(by: scenario.storm))
    }

    private func happen(_ event: WorldEvent) {
        switch event {
        case .coordinatorTurn(let life): takeTurn(life: life)
        case .diskDone(let life): diskIsDone(life: life)
        case .pump(let connection, let direction): pump(connection, direction)
        case .stray(let connection, let envelope):
            deliver(envelope, on: connection, isStray: true)
        case .connect(let worker, let process): connect(workers[worker], process: process)
        case .silence(let worker, let direction, let stamp):
            endSilence(of: workers[worker], direction, stamp: stamp)
        case .workerTick(let worker, let process): tick(workers[worker], process: process)
        case .agentDone(let run): agentIsDone(run)
        case .agentKills(let run): agentKills(run)
        case .agentReports(let run): agentReports(run)
        case .timeIsOver(let run): timeIsOver(ofRun: run)
        case .stopIsDue(let session, let since): stopIsDue(in: session, since: since)
        case .agentSaid(let worker, let process, let agent, let isNew):
            agentSaid(agent, isNew: isNew, by: workers[worker], process: process)
        case .client(let action): act(action)
        case .fault(let index): strike(index)
        case .relief(let relief): relieve(relief)
        case .startWorker(let index): start(workers[index])
        case .startCoordinator: startCoordinator()
        case .heal: heal()
        }
    }

    func plan(_ event: WorldEvent, in span: TimeSpan) {
        queue.plan(event, at: now.advanced(by: span))
    }

    /// Whether all has ended and nothing is on its way.
    private var isQuiet: Bool {
        guard let coordinator, committed.openCount == 0, handled.openCount == 0,
            clients.unfinished == 0, coordinator.isIdle, coordinator.core.heldCount == 0,
            now > healedAt.advanced(by: .seconds(1))
        else { return false }
        return workers.allSatisfy { worker in
            worker.isRetired || worker.isLiar
                || worker.runs.isEmpty && worker.unacknowledged.isEmpty && worker.core != nil
        }
    }

    private var isOverdue: Bool {
        isHealed && now > healedAt.advanced(by: Self.patience)
    }

    // MARK: Telling

    func report(_ rule: Rule, _ text: String, _ subject: Subject = Subject()) {
        violations.append(Violation(rule: rule, text: text, subject: subject))
        tracer.note("VIOLATION of \(rule.rawValue): \(text)", at: now, subject)
    }

    func note(_ text: @autoclosure () -> String, _ subject: Subject = Subject()) {
        guard tracer.isOn else { return }
        tracer.note(text(), at: now, subject)
    }
}

/// A task, for those who look across attempts.
struct TaskKey: Hashable {
    var session: Int64
    var task: Int32

    init(_ attempt: AttemptReference) {
        session = attempt.session
        task = attempt.task
    }
}
