// One orchestrator and several workers, joined by a network in memory under a virtual clock: both
// machines as they are, with nothing between them but messages.

import HeapModule
import ScrivenerModel
import Testing

@testable import ScrivenerCore

/// What the network does to a message. Shares are in thousandths.
struct Weather {
    var lossPermille = 0
    var duplicationPermille = 0
    /// Messages overtake each other when this is more than nothing.
    var maximumDelay = TimeSpan.zero
    /// Of workers that crash, and of lines that break, a second.
    var crashPermille = 0
    var breakPermille = 0

    static let fair = Weather()
}

struct Cluster {
    private(set) var core: OrchestratorCore
    private(set) var workers: [ClusterWorker] = []
    private(set) var now = Instant.zero
    private(set) var archives: [SessionSnapshot] = []
    private(set) var facts: [SessionFact] = []
    private(set) var starts = 0
    /// Attempts that began, and those that a registration ended as handed back: never the same.
    private var begun: Set<AttemptReference> = []
    private(set) var handedBack: Set<AttemptReference> = []
    var weather = Weather.fair
    var random: SeededGenerator
    /// Latest first.
    private var queue: [Parcel] = []
    private var order: UInt64 = 0
    private var connections: UInt64 = 0
    private var handled = 0

    struct ClusterWorker {
        var core: WorkerCore
        var incarnation: Int64
        var connection = ConnectionID(0)
        /// What the agents of this process work on.
        var busy: Set<AttemptReference> = []
    }

    /// Something that arrives at a time.
    private struct Parcel: Comparable {
        var due: Instant
        var order: UInt64
        var content: Content

        static func < (left: Parcel, right: Parcel) -> Bool {
            (left.due, left.order) < (right.due, right.order)
        }

        static func == (left: Parcel, right: Parcel) -> Bool { left.order == right.order }
    }

    private enum Content {
        case toCoordinator(ConnectionID, WorkerMessage)
        case toWorker(Int, ConnectionID, CoordinatorMessage)
        case agentEnds(Int, incarnation: Int64, AttemptResult)
        case gust
    }

    init(seed: UInt64, workers count: Int) {
        random = SeededGenerator(seed: seed)
        core = OrchestratorCore(journalID: "journal", incarnation: 1, seed: seed)
        for index in 0..<count {
            workers.append(ClusterWorker(core: Self.worker(index, 1, seed), incarnation: 1))
            connect(index)
        }
        post(.gust, after: .seconds(1))
    }

    private static func worker(_ index: Int, _ incarnation: Int64, _ seed: UInt64) -> WorkerCore {
        WorkerCore(
            configuration: WorkerConfiguration(
                workerID: "w\(index)", incarnation: incarnation, host: "host", processID: 1,
                softwareVersion: "1", agents: offers("work*2 read*1")),
            seed: seed &+ UInt64(index) &* 1_000 &+ UInt64(incarnation))
    }

    // MARK: Running

    mutating func submit(_ id: String, _ graph: [ResearchTask]) {
        let config = OrchestrationConfig(retryDelaySeconds: 0.2)
        let plan = ResearchPlan(query: "?", tasks: graph, config: config)
        tell(
            .submit(
                PlanCompiler.compile(plan, sessionID: id, defaults: config).plan, ReplyToken(0)))
    }

    mutating func cancel(_ id: String) { tell(.cancel(sessionID: id, ReplyToken(0))) }

    mutating func drain(_ worker: Int) { tell(worker, .drain) }

    /// Runs until nothing is open, or for so long.
    mutating func run(_ span: TimeSpan, untilDone: Bool = true) {
        let end = now.advanced(by: span)
        while now < end, !(untilDone && core.openSessionCount == 0) {
            let deadlines =
                workers.compactMap(\.core.nextDeadline)
                + [core.nextDeadline, queue.last?.due].compactMap { $0 }
            now = max(now, min(end, deadlines.min() ?? end))
            while let parcel = queue.last, parcel.due <= now {
                queue.removeLast()
                open(parcel.content)
            }
            if let due = core.nextDeadline, due <= now { tell(.tick) }
            for index in workers.indices {
                if let due = workers[index].core.nextDeadline, due <= now { tell(index, .tick) }
            }
        }
    }

    private mutating func open(_ content: Content) {
        switch content {
        case .toCoordinator(let connection, let message): tell(event(connection, message))
        case .toWorker(let index, let connection, let message):
            guard workers[index].connection == connection else { return }
            tell(index, .received(message))
        case .agentEnds(let index, let incarnation, let result):
            guard workers[index].incarnation == incarnation,
                workers[index].busy.remove(result.attempt) != nil
            else { return }
            tell(index, .ended(result))
        case .gust:
            post(.gust, after: .seconds(1))
            for index in workers.indices { gust(index) }
        }
    }

    private func event(
        _ connection: ConnectionID, _ message: WorkerMessage
    ) -> OrchestratorEvent {
        switch message {
        case .register(let registration): .register(connection, registration)
        case .heartbeat(let heartbeat): .heartbeat(connection, heartbeat)
        case .results(let batch):
            .results(
                connection, epoch: batch.epoch,
                batch.items.map {
                    EndedAttempt(
                        attempt: $0.attempt, runTime: $0.runTime,
                        failure: $0.result.failure?.failureClass,
                        record: ResultHandle(
                            row: 1, offset: 0, payloadLength: 0, annexLength: 0))
                })
        case .released(let epoch, let attempts):
            .released(connection, epoch: epoch, attempts)
        case .checkpoints(let epoch, let kept):
            .checkpoints(
                connection, epoch: epoch,
                kept.map { ($0.attempt, PayloadHandle(row: 1, offset: 0, length: 0)) })
        // No machine hears of it.
        case .output: .tick
        case .draining(let epoch): .draining(connection, epoch: epoch)
        case .goodbye(let epoch): .goodbye(connection, epoch: epoch)
        }
    }

    // MARK: The coordinator

    private mutating func tell(_ event: OrchestratorEvent) {
        var outcome = Outcome()
        core.handle(event, at: World.moment(at: now), into: &outcome)
        if case .register = event { noteHandBacks(outcome.facts) }
        facts += outcome.facts
        archives += outcome.archives
        for effect in outcome.immediate + outcome.effects {
            switch effect {
            case .send(let connection, let message): deliver(message, to: connection)
            case .acknowledge(let connection, let epoch, let attempt):
                deliver(.resultsCommitted(epoch: epoch, attempts: [attempt]), to: connection)
            case .dispatch(let connection, let epoch, let orders):
                deliver(.dispatch(batch(epoch, orders)), to: connection)
            case .reply, .progress, .poolMoved: continue
            }
        }
        handled += 1
        if handled % 16 == 0 { #expect(violations(of: core) == []) }
    }

    private mutating func noteHandBacks(_ facts: [SessionFact]) {
        for case .attemptEnded(let attempt, let ending) in facts where ending.outcome == .released {
            #expect(!begun.contains(attempt), "\(attempt) had begun and counts as handed back")
            handedBack.insert(attempt)
        }
    }

    private func batch(_ epoch: Int64, _ orders: OrderList) -> DispatchBatch {
        var batch = DispatchBatch(
            epoch: epoch, number: orders.last?.number ?? 0, sessions: [], items: [])
        for order in orders {
            guard let specification = core.told(of: order.attempt) else { continue }
            batch.sessions.append(specification.session)
            batch.items.append(
                DispatchItem(
                    attempt: order.attempt, agentIndex: order.agentIndex, timeout: order.timeout,
                    taskID: specification.taskID, taskType: specification.taskType,
                    description: "", parameters: .emptyObject,
                    inputs: specification.inputs.map {
                        DispatchInput(taskID: $0.taskID, taskType: $0.taskType, payload: .null)
                    }))
        }
        return batch
    }

    private mutating func deliver(_ message: CoordinatorMessage, to connection: ConnectionID) {
        guard let index = workers.firstIndex(where: { $0.connection == connection }) else {
            return tell(.unroutable(connection))
        }
        send(.toWorker(index, connection, message))
    }

    // MARK: The workers

    private mutating func tell(_ index: Int, _ event: WorkerEvent) {
        var effects: [WorkerEffect] = []
        workers[index].core.handle(event, at: now, into: &effects)
        for effect in effects {
            switch effect {
            case .send(let message): send(.toCoordinator(workers[index].connection, message))
            case .start(let assignment): start(assignment.item.attempt, on: index)
            case .stop(let attempt):
                end(attempt, on: index, .cancelled, after: .milliseconds(5))
            case .initialize(let agent):
                tell(index, .initialized(agentIndex: agent, failure: nil))
            case .checkHealth(let agent):
                tell(index, .healthChecked(agentIndex: agent, .ready, message: ""))
            case .reconnect: connect(index)
            case .keep, .forget, .forgetDeath, .registered, .leave: continue
            case .fail: restart(index)
            }
        }
    }

    private mutating func start(_ attempt: AttemptReference, on index: Int) {
        starts += 1
        begun.insert(attempt)
        #expect(!handedBack.contains(attempt), "\(attempt) begins after it was handed back")
        #expect(workers[index].busy.insert(attempt).inserted, "\(attempt) runs twice on \(index)")
        let span = TimeSpan.milliseconds(Int64.random(in: 5...1_500, using: &random))
        let fails = Int.random(in: 0..<10, using: &random) == 0
        end(attempt, on: index, fails ? .transient : nil, after: span)
    }

    private mutating func end(
        _ attempt: AttemptReference, on index: Int, _ failure: FailureClass?,
        after span: TimeSpan
    ) {
        let failure = failure.map { AgentFailure($0, code: "code", message: "") }
        let result = AttemptResult(
            attempt: attempt, runTime: span, result: AgentResult(failure: failure))
        post(
            .agentEnds(index, incarnation: workers[index].incarnation, result), after: span)
    }

    private mutating func connect(_ index: Int) {
        connections += 1
        workers[index].connection = ConnectionID(connections)
    }

    /// The process dies with all that it held, and a new one starts.
    private mutating func restart(_ index: Int) {
        let incarnation = workers[index].incarnation + 1
        workers[index] = ClusterWorker(
            core: Self.worker(index, incarnation, random.next()), incarnation: incarnation)
        connect(index)
    }

    // MARK: The network

    private mutating func chance(_ permille: Int) -> Bool {
        permille > 0 && Int.random(in: 0..<1_000, using: &random) < permille
    }

    private mutating func gust(_ index: Int) {
        guard !workers[index].core.isStopped else { return }
        if chance(weather.crashPermille) { restart(index) }
        if chance(weather.breakPermille) { connect(index) }
    }

    private mutating func send(_ content: Content) {
        for _ in 0..<(chance(weather.duplicationPermille) ? 2 : 1) {
            guard !chance(weather.lossPermille) else { continue }
            let extra =
                weather.maximumDelay > .zero
                ? Int64.random(in: 0...weather.maximumDelay.nanoseconds, using: &random) : 0
            post(content, after: TimeSpan(nanoseconds: 1_000_000 + extra))
        }
    }

    private mutating func post(_ content: Content, after span: TimeSpan) {
        order += 1
        let parcel = Parcel(due: now.advanced(by: span), order: order, content: content)
        var (low, high) = (0, queue.count)
        while low < high {
            let middle = (low + high) / 2
            if parcel < queue[middle] { low = middle + 1 } else { high = middle }
        }
        queue.insert(parcel, at: low)
    }
}

extension OrchestratorCore {
    /// What an attempt is to be told, from a machine that is only looked at.
    func told(of attempt: AttemptReference) -> DispatchSpecification? {
        var copy = self
        var draft = DispatchDraft()
        let order = DispatchOrder(
            attempt: attempt, agentIndex: 0, number: 1, timeout: .zero, progressTimeout: .zero,
            isExclusive: false)
        let addition = copy.add(
            order, to: &draft, DispatchDraft.Limits(bytes: .max, inputs: .max))
        #expect(addition == (draft.isEmpty ? .over : .added))
        return draft.specifications.first
    }
}
