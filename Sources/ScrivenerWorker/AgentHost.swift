// Runs agents on the cooperative pool: one task an attempt, and none outlives its host. The worker's loop
// starts and stops attempts directly and hears of them through its mailbox; of short tasks there are many
// thousands a second, so there is nothing between them but the task itself.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerShell
import Synchronization
import ZeroMQ

/// What the worker's loop asks of its agents beside attempts.
enum HostCommand: Sendable {
    case initialize(agentIndex: Int)
    case checkHealth(agentIndex: Int)
}

/// Executes attempts.
final class AgentHost: Sendable {
    fileprivate let workerID: String
    fileprivate let logger: Logger
    fileprivate let report: @Sendable (HostReport) -> Void
    /// One for all attempts: what kills their child processes when this process dies.
    fileprivate let children: ChildGuard
    private let agents: [any BaseAgent]
    private let running = AttemptTally()
    /// Where agents' last words are noted.
    private let box = Mutex<BlackBox?>(nil)

    /// - Parameter report: called from any thread; must not block.
    init(
        agents: [any BaseAgent], workerID: String, logger: Logger,
        report: @escaping @Sendable (HostReport) -> Void
    ) {
        self.agents = agents
        self.workerID = workerID
        self.logger = logger
        self.report = report
        children = ChildGuard(logger: logger)
    }

    /// From now on what agents log is noted there as well.
    func record(in box: BlackBox?) { self.box.withLock { $0 = box } }

    /// Obeys until the stream ends.
    func run(_ commands: AsyncStream<HostCommand>) async {
        await withDiscardingTaskGroup { group in
            for await command in commands {
                switch command {
                case .initialize(let index): group.addTask { await self.initialize(index) }
                case .checkHealth(let index): group.addTask { await self.checkHealth(index) }
                }
            }
            // The worker has left: an initialization or a health check that hangs must not keep it.
            group.cancelAll()
        }
    }

    /// Returns when every attempt has returned and the agents are shut down. Nothing may be started any
    /// more.
    func leave() async {
        await running.waitForNone()
        for agent in agents { await agent.shutdown() }
    }

    // MARK: Agents

    private func initialize(_ index: Int) async {
        do {
            try await agents[index].initialize()
            report(.initialized(agentIndex: index, failure: nil))
        } catch {
            let failure =
                error as? AgentFailure
                ?? AgentFailure(.transient, code: "agent_error", message: "\(error)")
            logger.warning(
                "agent cannot start",
                metadata: ["agent": "\(agents[index].name)", "error": "\(failure.message)"])
            report(.initialized(agentIndex: index, failure: failure))
        }
    }

    private func checkHealth(_ index: Int) async {
        let (state, message): (AgentHealth.State, String) =
            switch await agents[index].healthCheck() {
            case .healthy: (.ready, "")
            case .degraded(let reason): (.degraded, reason)
            case .unhealthy(let reason): (.failed, reason)
            }
        report(.healthChecked(agentIndex: index, state, message: message))
    }

    // MARK: Attempts

    /// Starts an attempt. Its end comes as a report.
    ///
    /// A task of its own and no child of a group: the loop's thread, which is no task, starts it and has
    /// to be able to stop it alone. `leave` waits for it.
    ///
    /// - Returns: what stops it, by being cancelled.
    func start(_ assignment: Assignment) -> Task<Void, Never> {
        running.begin()
        return Task {
            let began = BootClock.now
            let result = await self.result(of: assignment)
            self.report(
                .ended(
                    AttemptResult(
                        attempt: assignment.item.attempt, runTime: BootClock.now.since(began),
                        result: result)))
            self.running.end()
        }
    }

    private func result(of assignment: Assignment) async -> AgentResult {
        let index = Int(assignment.item.agentIndex)
        var result: AgentResult
        do {
            guard agents.indices.contains(index) else {
                throw AgentFailure(
                    .permanent, code: "no_such_agent",
                    message: "the worker has no agent \(index)")
            }
            result = try await agents[index].execute(
                AgentTask(assignment),
                context: AgentContext(HostedAttempt(assignment, host: self)))
        } catch let failure as AgentFailure {
            result = .failed(failure)
        } catch is CancellationError {
            result = .failed(
                AgentFailure(.cancelled, code: "cancelled", message: "the agent stopped"))
        } catch {
            result = .failed(
                AgentFailure(.transient, code: "agent_error", message: "\(error)"))
        }
        result.failure?.worker = workerID
        return result
    }

    fileprivate func logger(for assignment: Assignment) -> Logger {
        let item = assignment.item
        var logger = self.logger
        logger[metadataKey: "session"] = "\(assignment.session.sessionID)"
        logger[metadataKey: "task"] = "\(item.taskID)"
        logger[metadataKey: "attempt"] = "\(item.attempt.attempt)"
        if let box = box.withLock({ $0 }) {
            logger.handler = RecordingLogHandler(logger.handler, box, item.attempt)
        }
        return logger
    }
}

/// What the worker's loop hears of its agents.
enum HostReport: Sendable {
    case ended(AttemptResult)
    case progressed(AttemptProgress)
    case checkpoint(AttemptReference, [UInt8])
    case initialized(agentIndex: Int, failure: AgentFailure?)
    case healthChecked(agentIndex: Int, AgentHealth.State, message: String)
}

/// An attempt as its agent may ask of it.
private final class HostedAttempt: AttemptInProgress {
    private let assignment: Assignment
    private let host: AgentHost
    let deadline: ContinuousClock.Instant?

    init(_ assignment: Assignment, host: AgentHost) {
        self.assignment = assignment
        self.host = host
        let timeout = assignment.item.timeout
        deadline = timeout > .zero ? ContinuousClock.now.advanced(by: timeout.duration) : nil
    }

    var number: Int { Int(assignment.item.attempt.attempt) }
    var idempotencyKey: String { "\(assignment.session.sessionID)/\(assignment.item.taskID)" }
    var previousCheckpoint: [UInt8]? { assignment.item.checkpoint }
    var logger: Logger { host.logger(for: assignment) }
    var children: ChildGuard { host.children }

    func keep(_ bytes: [UInt8]) { host.report(.checkpoint(assignment.item.attempt, bytes)) }

    func report(_ progress: AgentProgress) {
        host.report(
            .progressed(
                AttemptProgress(
                    attempt: assignment.item.attempt, permille: Int32(progress.fraction * 1_000),
                    message: progress.message)))
    }
}

/// How many attempts have been started and have not returned.
private final class AttemptTally: Sendable {
    private let lock = Lock()
    // Guarded by `lock`.
    nonisolated(unsafe) private var count = 0
    nonisolated(unsafe) private var waiter: CheckedContinuation<Void, Never>?

    func begin() { lock.withLock { count += 1 } }

    func end() {
        let last = lock.withLock { () -> CheckedContinuation<Void, Never>? in
            count -= 1
            guard count == 0 else { return nil }
            defer { waiter = nil }
            return waiter
        }
        last?.resume()
    }

    /// Returns when there is none. Nothing may be started any more, and nobody else may wait.
    func waitForNone() async {
        await withCheckedContinuation { continuation in
            let isNone = lock.withLock {
                if count > 0 { waiter = continuation }
                return count == 0
            }
            if isNone { continuation.resume() }
        }
    }
}
