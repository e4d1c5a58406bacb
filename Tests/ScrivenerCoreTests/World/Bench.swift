// A worker's machine on the bench: what it is told goes in, what it does comes out as text.
// Attempts are `session/task#attempt` in numbers.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

struct Bench {
    private(set) var core: WorkerCore
    private(set) var now = Instant.zero
    /// Of the last heartbeat that was sent.
    private(set) var lastSequence: Int64 = 0
    /// What was last said of dispatches that were taken.
    private(set) var told: TakenDispatches?

    init(
        agents: String = "work*4", kept: [KeptResults] = [], death: WorkerDeath? = nil,
        seed: UInt64 = 1, _ change: (inout WorkerConfiguration) -> Void = { _ in }
    ) {
        var configuration = WorkerConfiguration(
            workerID: "w1", incarnation: 1, host: "host", processID: 1,
            softwareVersion: "1", agents: offers(agents))
        change(&configuration)
        core = WorkerCore(configuration: configuration, kept: kept, death: death, seed: seed)
    }

    /// A worker that is registered in epoch 1, with all its agents ready.
    static func registered(
        agents: String = "work*4", kept: [KeptResults] = [], seed: UInt64 = 1,
        _ change: (inout WorkerConfiguration) -> Void = { _ in }
    ) -> Bench {
        var bench = Bench(agents: agents, kept: kept, seed: seed, change)
        bench.step(.tick)
        for index in offers(agents).indices {
            bench.step(.initialized(agentIndex: index, failure: nil))
        }
        bench.welcome(1)
        return bench
    }

    @discardableResult
    mutating func step(_ event: WorkerEvent) -> [String] {
        var effects: [WorkerEffect] = []
        core.handle(event, at: now, into: &effects)
        for case .send(.heartbeat(let heartbeat)) in effects {
            lastSequence = heartbeat.sequence
        }
        for case .send(.register(let registration)) in effects { told = registration.taken }
        return effects.map(Self.describe)
    }

    /// Events that came together.
    mutating func together(_ events: [WorkerEvent]) -> [String] {
        var effects: [WorkerEffect] = []
        for event in events { core.take(event, at: now, into: &effects) }
        core.follow(at: now, into: &effects)
        return effects.map(Self.describe)
    }

    /// The process is about to end.
    mutating func keepAll() -> [String] {
        var effects: [WorkerEffect] = []
        core.keepAll(into: &effects)
        return effects.map(Self.describe)
    }

    @discardableResult
    mutating func receive(_ message: CoordinatorMessage) -> [String] { step(.received(message)) }

    /// Lets time pass, and calls the core when it asks to be called.
    @discardableResult
    mutating func wait(_ seconds: Double) -> [String] {
        let end = now.advanced(by: .seconds(seconds))
        var lines: [String] = []
        while let due = core.nextDeadline, due <= end {
            now = max(now, due)
            lines += step(.tick)
        }
        now = end
        return lines
    }

    /// Lets time pass with a coordinator that acknowledges each heartbeat; says everything else that
    /// happened.
    @discardableResult
    mutating func waitInTouch(_ seconds: Double, epoch: Int64 = 1) -> [String] {
        let end = now.advanced(by: .seconds(seconds))
        var lines: [String] = []
        while let due = core.nextDeadline, due <= end {
            let next = step(at: due, .tick)
            lines += next.filter { !$0.hasPrefix("→ heartbeat") }
            guard next.contains(where: { $0.hasPrefix("→ heartbeat") }) else { continue }
            lines += receive(.heartbeatAcknowledged(epoch: epoch, sequence: lastSequence))
        }
        now = end
        return lines
    }

    private mutating func step(at due: Instant, _ event: WorkerEvent) -> [String] {
        now = max(now, due)
        return step(event)
    }

    // MARK: What a coordinator says

    @discardableResult
    mutating func welcome(
        _ epoch: Int64, stop: [String] = [], journal: String = "journal", incarnation: Int64 = 1,
        answers registration: Int64 = 0
    ) -> [String] {
        receive(
            .welcome(
                Welcome(
                    journalID: journal, coordinatorIncarnation: incarnation, epoch: epoch,
                    registrationNumber: registration, protocolVersion: 1, lease: .seconds(5),
                    heartbeatInterval: .seconds(1),
                    maximumResultBytes: 1 << 20, stop: stop.map(Self.attempt))))
    }

    @discardableResult
    mutating func dispatch(
        _ epoch: Int64, _ attempts: String..., timeout: Double = 0, progress: Double = 0,
        isExclusive: Bool = false, isAtMostOnce: Bool = false, slots: Int32 = 1,
        agent: Int32 = 0, sessions: [Int64] = [1], number: Int64 = 0
    ) -> [String] {
        let items = attempts.map {
            DispatchItem(
                attempt: Self.attempt($0), agentIndex: agent, timeout: .seconds(timeout),
                progressTimeout: .seconds(progress), isExclusive: isExclusive,
                isAtMostOnce: isAtMostOnce, slots: slots,
                taskID: "t", taskType: "work", description: "", parameters: .emptyObject,
                inputs: [])
        }
        let known = sessions.map { DispatchSession(number: $0, sessionID: "s", query: "?") }
        return receive(
            .dispatch(DispatchBatch(epoch: epoch, number: number, sessions: known, items: items)))
    }

    @discardableResult
    mutating func cancel(_ epoch: Int64, _ attempts: String...) -> [String] {
        receive(.cancel(epoch: epoch, attempts: attempts.map(Self.attempt)))
    }

    @discardableResult
    mutating func recall(_ epoch: Int64, _ attempts: String...) -> [String] {
        receive(.recall(epoch: epoch, attempts: attempts.map(Self.attempt)))
    }

    @discardableResult
    mutating func acknowledge(_ epoch: Int64, _ attempts: String...) -> [String] {
        receive(.resultsCommitted(epoch: epoch, attempts: attempts.map(Self.attempt)))
    }

    /// The agent's body returns.
    @discardableResult
    mutating func end(_ attempt: String, _ failure: FailureClass? = nil) -> [String] {
        let failure = failure.map { AgentFailure($0, code: "code", message: "") }
        return step(
            .ended(
                AttemptResult(
                    attempt: Self.attempt(attempt), runTime: .seconds(1),
                    result: AgentResult(failure: failure))))
    }

    /// The agent says how far it is.
    @discardableResult
    mutating func progress(_ attempt: String) -> [String] {
        step(
            .progressed(
                AttemptProgress(attempt: Self.attempt(attempt), permille: 500, message: "on")))
    }

    /// The agent keeps something.
    @discardableResult
    mutating func keep(_ bytes: [UInt8], _ attempt: String) -> [String] {
        step(.checkpoint(Self.attempt(attempt), bytes))
    }

    // MARK: Text

    static func attempt(_ text: String) -> AttemptReference {
        let parts = text.split { $0 == "/" || $0 == "#" }.map(String.init)
        return AttemptReference(
            session: Int64(parts[0]) ?? 0, task: Int32(parts[1]) ?? 0,
            attempt: Int32(parts[2]) ?? 0)
    }

    private static func list(_ attempts: [AttemptReference]) -> String {
        attempts.map { "\($0.session)/\($0.task)#\($0.attempt)" }.joined(separator: ", ")
    }

    static func describe(_ effect: WorkerEffect) -> String {
        switch effect {
        case .send(let message): "→ \(describe(message))"
        case .start(let assignment): "start \(list([assignment.item.attempt]))"
        case .stop(let attempt): "stop \(list([attempt]))"
        case .initialize(let agent): "initialize agent \(agent)"
        case .checkHealth(let agent): "check agent \(agent)"
        case .keep(let kept): "keep \(list(kept.results.map(\.attempt))) of \(kept.journalID)"
        case .forget(let journal, let attempts): "forget \(list(attempts)) of \(journal)"
        case .forgetDeath: "forget the death"
        case .reconnect: "reconnect"
        case .registered(let welcome): "registered in epoch \(welcome.epoch)"
        case .fail(let error): "fail \(error.code.rawValue)"
        case .leave: "leave"
        }
    }

    private static func describe(_ message: WorkerMessage) -> String {
        switch message {
        case .register(let registration):
            "register\(describe(registration.health))"
                + (registration.running.isEmpty ? "" : ", running \(list(registration.running))")
                + (registration.outbox.isEmpty ? "" : ", outbox \(list(registration.outbox))")
                + (registration.death.map { ", death of \(list($0.attempts))" } ?? "")
        case .heartbeat(let heartbeat):
            "heartbeat \(heartbeat.sequence), \(heartbeat.held) held"
                + describe(heartbeat.health)
        case .results(let batch):
            "results "
                + batch.items.map {
                    "\(list([$0.attempt])) "
                        + ($0.result.failure.map { "failed (\(describe($0)))" } ?? "completed")
                }.joined(separator: ", ")
        case .released(_, let attempts): "released \(list(attempts))"
        case .checkpoints(_, let checkpoints):
            "checkpoints "
                + checkpoints.map { "\(list([$0.attempt])) \($0.bytes)" }.joined(separator: ", ")
        case .output(_, let said):
            "output " + said.map { "\(list([$0.attempt])) \($0.text)" }.joined(separator: ", ")
        case .draining: "draining"
        case .goodbye: "goodbye"
        }
    }

    private static func describe(_ failure: AgentFailure) -> String {
        // The agents' own failures bear the code that `end` gives them.
        let own = [failure.failureClass.name, "task_\(failure.failureClass.name)", "code"]
        return failure.failureClass.name
            + (own.contains(failure.code) ? "" : ", \(failure.code)")
    }

    private static func describe(_ health: [AgentHealth]) -> String {
        health.map {
            ", agent \($0.agentIndex) \($0.state)" + ($0.message.isEmpty ? "" : " (\($0.message))")
        }.joined()
    }
}
