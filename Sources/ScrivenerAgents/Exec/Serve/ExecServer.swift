// Runs a process that serves, as its machine says: the process, the clock, and the ways between attempts and lines.
//
// One task owns all of it, from the agent's first initialization to its shutdown. An agent has no `run()` in which
// that task could be a child, so it is the one thing here that is started by hand.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Synchronization

final class ExecServer: Sendable {
    /// What comes from outside, and what happens.
    private enum Input: Sendable {
        case event(ServeEvent)
        case attempt(ServedAttempt)
        case wanted(id: String, CheckedContinuation<AgentFailure?, Never>)
        /// Who wanted the process waits for it no more.
        case forsaken(id: String)
        /// A deadline may have passed.
        case tick(ContinuousClock.Instant)
        /// Somebody asks how the process is.
        case health(CheckedContinuation<AgentCondition, Never>)
    }

    private let settings: ExecAgentSettings
    /// Where the process works, and each attempt below it.
    private let folder: WorkingFolder
    private let children: ChildGuard
    private let logger: Logger
    private let inputs: AsyncStream<Input>
    private let source: AsyncStream<Input>.Continuation
    private let lastID = Mutex(0)
    private let owner = Mutex<Task<Void, Never>?>(nil)

    init(_ settings: ExecAgentSettings) throws {
        self.settings = settings
        logger = Logger(label: settings.identity.name)
        folder = try WorkingFolder(logger: logger)
        children = ChildGuard(logger: logger)
        (inputs, source) = AsyncStream.makeStream(of: Input.self)
    }

    // MARK: The agent's side

    /// Returns when the process is ready, and fails when the task is cancelled: a worker that leaves does not wait
    /// for a process that starts.
    func start() async throws(AgentFailure) {
        owner.withLock { task in
            if task == nil { task = Task { await self.run() } }
        }
        let id = newID()
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<AgentFailure?, Never>) in
                send(.wanted(id: id, continuation)) {
                    continuation.resume(returning: ServeFailure.closed)
                }
                // The handler may have been called before anybody knew who waits.
                if Task.isCancelled { source.yield(.forsaken(id: id)) }
            }
        } onCancel: {
            source.yield(.forsaken(id: id))
        }
        if let failure { throw failure }
    }

    func execute(_ task: AgentTask, _ context: AgentContext) async throws -> AgentResult {
        let id = newID()
        let place = try folder.folder("attempt-\(id)")
        // Nothing of the attempt runs any more.
        defer { place.remove() }
        let line = ServeLine.start(id: id, task, context, folder: place.path)
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<ServeMessage.AttemptEnd, Never>) in
                let attempt = ServedAttempt(
                    id: id, line: line, context: context, continuation: continuation)
                send(.attempt(attempt)) {
                    continuation.resume(returning: .failure(ServeFailure.closed))
                }
                // The handler may have been called before the attempt was known.
                if Task.isCancelled { source.yield(.event(.cancelled(id: id))) }
            }
        } onCancel: {
            source.yield(.event(.cancelled(id: id)))
        }
        switch end {
        case .result(let result): return result
        case .failure(let failure): throw failure
        case .stopped: throw CancellationError()
        }
    }

    func condition() async -> AgentCondition {
        await withCheckedContinuation {
            (continuation: CheckedContinuation<AgentCondition, Never>) in
            send(.health(continuation)) {
                continuation.resume(returning: .unhealthy(reason: "it is being stopped"))
            }
        }
    }

    /// Returns when the process is gone.
    func stop() async {
        source.yield(.event(.closed))
        await owner.withLock { $0 }?.value
        folder.remove()
    }

    /// - Parameter orElse: called when nobody listens any more.
    private func send(_ input: Input, orElse: () -> Void) {
        if case .terminated = source.yield(input) { orElse() }
    }

    private func newID() -> String {
        lastID.withLock { id in
            id += 1
            return String(id)
        }
    }

    // MARK: The owner

    private func run() async {
        await withDiscardingTaskGroup { group in
            var owned = Owned(settings)
            for await input in inputs {
                guard let event = note(input, in: &owned) else { continue }
                for effect in owned.machine.handle(event, at: .now) {
                    perform(effect, &owned, &group)
                }
                schedule(&owned, &group)
            }
            owned.leave()
            group.cancelAll()
        }
    }

    /// What the owning task has to itself.
    private struct Owned {
        var machine: ServeMachine
        var attempts: [String: ServedAttempt] = [:]
        var questions: [String: CheckedContinuation<AgentCondition, Never>] = [:]
        var waiters: [String: CheckedContinuation<AgentFailure?, Never>] = [:]
        var process: ServedProcess?
        /// When ticks come.
        var ticks: Set<ContinuousClock.Instant> = []

        init(_ settings: ExecAgentSettings) {
            machine = ServeMachine(
                ServeMachine.Settings(
                    grace: settings.terminationGrace, startPatience: settings.startPatience,
                    wallTime: settings.limits.wallTime,
                    maximumOutputBytes: settings.maximumOutputBytes))
        }

        mutating func announce(_ failure: AgentFailure?) {
            for waiter in waiters.values { waiter.resume(returning: failure) }
            waiters = [:]
        }

        /// Nobody is left waiting.
        mutating func leave() {
            announce(ServeFailure.closed)
            for attempt in attempts.values { attempt.end(.failure(ServeFailure.closed)) }
            for question in questions.values {
                question.resume(returning: .unhealthy(reason: "it is being stopped"))
            }
        }
    }

    /// - Returns: what the machine is told of it, if anything.
    private func note(_ input: Input, in owned: inout Owned) -> ServeEvent? {
        switch input {
        case .event(let event): return event
        case .tick(let due):
            owned.ticks.remove(due)
            return .tick
        case .attempt(let attempt):
            owned.attempts[attempt.id] = attempt
            return .started(id: attempt.id, line: attempt.line)
        case .wanted(let id, let waiter):
            owned.waiters[id] = waiter
            return .wanted
        case .forsaken(let id):
            owned.waiters.removeValue(forKey: id)?.resume(returning: ServeFailure.closed)
            return nil
        case .health(let question):
            let id = newID()
            owned.questions[id] = question
            return .healthAsked(id: id)
        }
    }

    private func perform(
        _ effect: ServeEffect, _ owned: inout Owned, _ group: inout DiscardingTaskGroup
    ) {
        switch effect {
        case .start(let number):
            let process = ServedProcess(number)
            owned.process = process
            group.addTask { await self.run(process) }
        case .say(let line): owned.process?.say(line)
        case .endInput: owned.process?.endInput()
        case .kill: owned.process?.kill()
        case .announce(let failure): owned.announce(failure)
        case .answerHealth(let id, let condition):
            owned.questions.removeValue(forKey: id)?.resume(returning: condition)
        case .progress(let id, let fraction, let message):
            owned.attempts[id]?.context.progress(fraction, message)
        case .output(let id, let text): owned.attempts[id]?.context.emit(text)
        case .checkpoint(let id, let bytes):
            do {
                try owned.attempts[id]?.context.checkpoint(bytes)
            } catch {
                logger.warning("a checkpoint is not kept: \(error.message)")
            }
        case .end(let id, let end): owned.attempts.removeValue(forKey: id)?.end(end)
        case .finish: source.finish()
        }
    }

    /// A tick that comes earlier will do: after it the next is scheduled.
    private func schedule(_ owned: inout Owned, _ group: inout DiscardingTaskGroup) {
        guard let due = owned.machine.nextDeadline, owned.ticks.allSatisfy({ due < $0 }) else {
            return
        }
        owned.ticks.insert(due)
        group.addTask { [source] in
            try? await Task.sleep(until: due, clock: .continuous)
            source.yield(.tick(due))
        }
    }

    // MARK: The process

    private func run(_ process: ServedProcess) async {
        let number = process.number
        let end = await process.run {
            let place = self.settings.workingDirectory ?? self.folder.path
            return try await self.children.run(
                ChildCommand(
                    self.settings.arguments(
                        in: place, writable: place == self.folder.path ? [] : [self.folder.path]),
                    inheritedVariables: self.settings.environment.filter {
                        !ExecAgent.ownVariables.contains($0)
                    }, workingDirectory: place, terminationGrace: ServedAgent.killGrace,
                    limits: ChildLimits(memoryBytes: self.settings.limits.memoryBytes)),
                ChildConversation(
                    input: process.input,
                    maximumLineBytes: self.settings.maximumOutputBytes + Self.envelopeBytes
                ) { [source = self.source] line in
                    source.yield(.event(.said(process: number, ServeMessage(line))))
                }, logger: self.logger)
        }
        let processEnd = ProcessEnd(end, isSandboxed: settings.sandbox != nil)
        logger.notice(
            "a process that serves has ended", metadata: ["how": "\(processEnd.failure.message)"])
        source.yield(.event(.ended(process: number, processEnd)))
    }

    /// What stands around a payload in its line.
    private static let envelopeBytes = 64 << 10
}
