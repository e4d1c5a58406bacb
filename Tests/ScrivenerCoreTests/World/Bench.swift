// A worker's machine on the bench: what it is told goes in, what it does comes out as text.
// Attempts are `session/task#attempt` in numbers.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

struct Bench {
    private(set) var core: WorkerCore
    private(set) var now = Instant.zero

    init(seed: UInt64 = 1) {
        core = WorkerCore(
            configuration: WorkerConfiguration(
                workerID: "w1", incarnation: 1, host: "host", processID: 1,
                softwareVersion: "1", agents: offers("work*4")), seed: seed)
    }

    /// A worker that is registered in epoch 1.
    static func registered() -> Bench {
        var bench = Bench()
        bench.step(.tick)
        bench.welcome(1)
        return bench
    }

    @discardableResult
    mutating func step(_ event: WorkerEvent) -> [String] {
        var effects: [WorkerEffect] = []
        core.handle(event, at: now, into: &effects)
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

    // MARK: What a coordinator says

    @discardableResult
    mutating func welcome(
        _ epoch: Int64, stop: [String] = [], journal: String = "journal", incarnation: Int64 = 1
    ) -> [String] {
        receive(
            .welcome(
                Welcome(
                    journalID: journal, coordinatorIncarnation: incarnation, epoch: epoch,
                    protocolVersion: 1, lease: .seconds(5), heartbeatInterval: .seconds(1),
                    maximumResultBytes: 1 << 20, stop: stop.map(Self.attempt))))
    }

    @discardableResult
    mutating func dispatch(
        _ epoch: Int64, _ attempts: String..., timeout: Double = 0, agent: Int32 = 0,
        sessions: [Int64] = [1]
    ) -> [String] {
        let items = attempts.map {
            DispatchItem(
                attempt: Self.attempt($0), agentIndex: agent, timeout: .seconds(timeout),
                taskID: "t", taskType: "work", description: "", parameters: .emptyObject,
                inputs: [])
        }
        let known = sessions.map { DispatchSession(number: $0, sessionID: "s", query: "?") }
        return receive(.dispatch(DispatchBatch(epoch: epoch, sessions: known, items: items)))
    }

    @discardableResult
    mutating func cancel(_ epoch: Int64, _ attempts: String...) -> [String] {
        receive(.cancel(epoch: epoch, attempts: attempts.map(Self.attempt)))
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
        case .start(let item, _): "start \(list([item.attempt]))"
        case .stop(let attempt): "stop \(list([attempt]))"
        case .reconnect: "reconnect"
        case .registered(let welcome): "registered in epoch \(welcome.epoch)"
        case .fail(let error): "fail \(error.code.rawValue)"
        case .leave: "leave"
        }
    }

    private static func describe(_ message: WorkerMessage) -> String {
        switch message {
        case .register(let registration):
            "register"
                + (registration.running.isEmpty ? "" : ", running \(list(registration.running))")
                + (registration.outbox.isEmpty ? "" : ", outbox \(list(registration.outbox))")
        case .heartbeat(let heartbeat): "heartbeat \(heartbeat.sequence), \(heartbeat.held) held"
        case .results(let batch):
            "results "
                + batch.items.map {
                    "\(list([$0.attempt])) "
                        + ($0.result.failure.map { "failed (\($0.failureClass.name))" }
                            ?? "completed")
                }.joined(separator: ", ")
        case .released(_, let attempts): "released \(list(attempts))"
        case .checkpoints(_, let kept): "checkpoints \(list(kept.map(\.attempt)))"
        case .draining: "draining"
        case .goodbye: "goodbye"
        }
    }
}
