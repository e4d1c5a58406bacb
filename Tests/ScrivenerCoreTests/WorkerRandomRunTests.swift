// A worker between a coordinator and agents that do anything that they may do, in any order. After
// each step its books are counted again, and what it did is held against what it was told.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct WorkerRandomRunTests {
    /// No order of events makes a worker lose count of its slots, begin something twice, begin what
    /// it handed back, or keep something for ever.
    @Test(arguments: 1...200)
    func theBooksAreRightAfterEveryStep(_ seed: Int) {
        var run = WorkerRun(seed: UInt64(seed))
        for _ in 0..<400 { run.step() }
        run.heal()
        #expect(run.core.heldCount == 0 && run.core.outbox.isEmpty)
        #expect(run.core.unsentCheckpoints.isEmpty)
        #expect(run.started > 0)
    }

    /// A run that fails has to fail again in the same way, or nobody could find out why.
    @Test func theSameEventsHaveTheSameEffects() {
        var (first, second) = (WorkerRun(seed: 7), WorkerRun(seed: 7))
        for _ in 0..<1_000 {
            first.step()
            second.step()
        }
        #expect(first.transcript == second.transcript)
        #expect(first.transcript.count > 500)
    }
}

/// One run, and what is known of it from outside.
private struct WorkerRun {
    private(set) var core: WorkerCore
    private(set) var transcript: [String] = []
    private(set) var started = 0
    private var random: SeededGenerator
    private var now = Instant.zero
    private var epoch: Int64 = 0
    private var isWelcome = false
    private var isHealed = false
    private var sequence: Int64 = 0
    private var dispatched: Int32 = 0
    /// Begun and not returned, in order; told to stop and not returned.
    private var busy: [AttemptReference] = []
    private var stopping: Set<AttemptReference> = []
    private var everStarted: Set<AttemptReference> = []
    private var released: Set<AttemptReference> = []
    /// What would outlive the process, by journal and attempt.
    private var kept: Set<String> = []
    private var pendingAgents: [(Int, isCheck: Bool)] = []
    private var unacknowledged: [AttemptReference] = []

    private static let agents = "work*3 other*1"

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var configuration = WorkerConfiguration(
            workerID: "w1", incarnation: 1, host: "host", processID: 1, softwareVersion: "1",
            agents: offers(Self.agents))
        configuration.healthCheckInterval = .seconds(3)
        configuration.orphanGrace = .seconds(12)
        configuration.keepAfter = .seconds(1)
        core = WorkerCore(configuration: configuration, seed: seed)
        handle(.tick)
    }

    // MARK: What happens

    mutating func step() {
        now = now.advanced(by: .milliseconds(Int64(below(400))))
        switch below(16) {
        case 0...3: dispatch()
        case 4...6: endOne()
        case 7: receive(.cancel(epoch: epoch, attempts: someAttempts()))
        case 8: receive(.recall(epoch: epoch, attempts: someAttempts()))
        case 9: acknowledge()
        case 10: answerAgents()
        case 11:
            if let attempt = pick(busy) {
                handle(.progressed(AttemptProgress(attempt: attempt, permille: 1, message: "")))
            }
        case 12:
            if let attempt = pick(busy) { handle(.checkpoint(attempt, [UInt8(below(256))])) }
        case 13 where below(6) == 0: receive(.introduce)
        case 14 where isWelcome: receive(.heartbeatAcknowledged(epoch: epoch, sequence: sequence))
        default: break
        }
        welcomeIfAsked()
        handle(.tick)
    }

    /// Everything answers, nothing new comes, and time passes.
    mutating func heal() {
        isHealed = true
        for _ in 0..<600 where core.heldCount > 0 || !core.outbox.isEmpty {
            now = now.advanced(by: .milliseconds(500))
            welcomeIfAsked()
            answerAgents()
            if isWelcome { receive(.heartbeatAcknowledged(epoch: epoch, sequence: sequence)) }
            while !busy.isEmpty { endOne() }
            acknowledge()
            handle(.tick)
        }
    }

    private mutating func dispatch() {
        let items = (0..<below(4) + 1).map { _ in
            dispatched += 1
            let agent = Int32(below(2))
            return DispatchItem(
                attempt: AttemptReference(session: 1, task: dispatched, attempt: 1),
                agentIndex: agent, timeout: below(3) == 0 ? .seconds(4) : .zero,
                progressTimeout: below(3) == 0 ? .seconds(2) : .zero,
                isExclusive: below(4) == 0, slots: agent == 0 ? Int32(below(3) + 1) : 1,
                taskID: "t", taskType: "work", description: "", parameters: .emptyObject,
                inputs: [])
        }
        let session = DispatchSession(number: 1, sessionID: "s", query: "?")
        receive(.dispatch(DispatchBatch(epoch: epoch, sessions: [session], items: items)))
    }

    private mutating func endOne() {
        guard let attempt = pick(busy) else { return }
        busy.removeAll { $0 == attempt }
        let wasStopped = stopping.remove(attempt) != nil
        let fails = wasStopped || below(4) == 0
        handle(
            .ended(
                AttemptResult(
                    attempt: attempt, runTime: .zero,
                    result: AgentResult(
                        failure: fails
                            ? AgentFailure(.transient, code: "code", message: "") : nil))))
    }

    private mutating func answerAgents() {
        let pending = pendingAgents
        pendingAgents = []
        for (index, isCheck) in pending {
            let isSound = isHealed || below(3) > 0
            handle(
                isCheck
                    ? .healthChecked(
                        agentIndex: index, isSound ? .ready : .failed, message: "m")
                    : .initialized(agentIndex: index, failure: isSound ? nil : "m"))
        }
    }

    private mutating func acknowledge() {
        guard isWelcome else { return }
        let attempts = unacknowledged
        unacknowledged = []
        receive(.resultsCommitted(epoch: epoch, attempts: attempts))
    }

    private mutating func welcomeIfAsked() {
        guard case .registering = core.phase, isHealed || below(3) == 0 else { return }
        epoch += 1
        sequence = 0
        isWelcome = true
        let stop = core.held.keys.sorted().filter { _ in below(4) == 0 }
        receive(
            .welcome(
                Welcome(
                    journalID: "journal", coordinatorIncarnation: 1, epoch: epoch,
                    registrationNumber: core.registrations, protocolVersion: 1, lease: .seconds(5),
                    heartbeatInterval: .seconds(1),
                    maximumResultBytes: 1 << 20, stop: stop)))
    }

    private mutating func receive(_ message: CoordinatorMessage) { handle(.received(message)) }

    // MARK: What it does

    private mutating func handle(_ event: WorkerEvent) {
        var effects: [WorkerEffect] = []
        core.handle(event, at: now, into: &effects)
        for effect in effects { check(effect) }
        transcript += effects.map(Bench.describe)
        #expect(core.recountDiffers == nil)
        // What is due has been done: a deadline that stays in the past would never let go.
        #expect(core.nextDeadline.map { $0 > now } ?? true)
    }

    private mutating func check(_ effect: WorkerEffect) {
        switch effect {
        case .start(let assignment):
            let item = assignment.item
            started += 1
            #expect(everStarted.insert(item.attempt).inserted, "begins twice")
            #expect(!released.contains(item.attempt), "begins after it was handed back")
            busy.append(item.attempt)
        case .stop(let attempt):
            #expect(busy.contains(attempt) && stopping.insert(attempt).inserted)
        case .initialize(let index): pendingAgents.append((index, isCheck: false))
        case .checkHealth(let index): pendingAgents.append((index, isCheck: true))
        case .send(.released(_, let attempts)): released.formUnion(attempts)
        case .send(.results(let batch)): unacknowledged += batch.items.map(\.attempt)
        case .send(.heartbeat(let heartbeat)): sequence = heartbeat.sequence
        case .send(.register): isWelcome = false
        case .keep(let results):
            for result in results.results {
                let key = "\(results.journalID) \(result.attempt)"
                #expect(kept.insert(key).inserted, "kept twice")
            }
        case .forget(let journal, let attempts):
            for attempt in attempts {
                #expect(kept.remove("\(journal) \(attempt)") != nil, "was not kept")
            }
        case .send, .forgetDeath, .reconnect, .registered, .fail, .leave: break
        }
    }

    // MARK: Chance

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private mutating func pick(_ attempts: [AttemptReference]) -> AttemptReference? {
        attempts.isEmpty ? nil : attempts[below(attempts.count)]
    }

    private mutating func someAttempts() -> [AttemptReference] {
        core.held.keys.sorted().filter { _ in below(3) == 0 }
    }
}

extension WorkerCore {
    /// What the worker counts as it goes, counted again; `nil` when it is the same.
    fileprivate var recountDiffers: String? {
        let counts = (
            waiting: held.values.count { $0.isWaiting },
            running: held.values.count { $0.running != nil },
            exclusive: held.values.count { $0.running != nil && $0.isExclusive }
        )
        guard counts == (waitingCount, runningCount, exclusiveCount) else { return "\(counts)" }
        guard queues.map(\.count).reduce(0, +) == waitingCount else { return "queues" }
        for index in queues.indices {
            let taken = held.values.lazy
                .filter { $0.agentIndex == index && !$0.isWaiting && !$0.isFenced }
                .map(\.slots).reduce(0, +)
            guard taken == queues[index].taken, taken <= queues[index].slots else {
                return "agent \(index) has \(taken) of \(queues[index].slots) slots taken"
            }
        }
        return nil
    }
}
