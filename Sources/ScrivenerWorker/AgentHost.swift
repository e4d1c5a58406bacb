// The agents of a worker: they are initialized, asked how they are, given attempts to execute, and shut
// down. `AttemptRunner` says when and where an attempt is executed; here is what that means.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerWire
import Synchronization

/// What the worker's loop asks of its agents beside attempts.
enum HostCommand: Sendable {
    case initialize(agentIndex: Int)
    case checkHealth(agentIndex: Int)
}

/// Executes attempts.
final class AgentHost: Sendable {
    let reports: HostReports
    let runner: AttemptRunner
    /// One for all attempts: what kills their child processes when this process dies.
    let children: ChildGuard
    /// What attempts say while they run.
    let output = OutputBuffer()
    /// Absent when nobody records spans.
    let spans: AttemptSpans?
    private let workerID: String
    private let logger: Logger
    private let agents: [any BaseAgent]
    /// Where agents' last words are noted.
    private let box = Mutex<BlackBox?>(nil)
    /// What results are held against where their attempts' spans say how they ended.
    private let limits = Mutex(WireLimits())

    /// - Parameter shortRunTime: attempts up to so long share a way into the pool.
    init(
        agents: [any BaseAgent], workerID: String, logger: Logger, reports: HostReports,
        spans: AttemptSpans? = nil, shortRunTime: TimeSpan = AgentPace.shortRunTime
    ) {
        self.agents = agents
        self.workerID = workerID
        self.logger = logger
        self.reports = reports
        self.spans = spans
        runner = AttemptRunner(
            agentCount: agents.count, reports: reports, shortRunTime: shortRunTime)
        children = ChildGuard(logger: logger)
    }

    /// From now on what agents log is noted there as well.
    func record(in box: BlackBox?) { self.box.withLock { $0 = box } }

    /// From now on the coordinator takes results within these.
    func setLimits(_ limits: WireLimits) { self.limits.withLock { $0 = limits } }

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
        await runner.waitForNone()
        for agent in agents { await agent.shutdown() }
    }

    // MARK: Agents

    private func initialize(_ index: Int) async {
        do {
            try await agents[index].initialize()
            reports.tell(.initialized(agentIndex: index, failure: nil))
        } catch {
            let failure =
                error as? AgentFailure
                ?? AgentFailure(.transient, code: "agent_error", message: "\(error)")
            logger.warning(
                "agent cannot start",
                metadata: ["agent": "\(agents[index].name)", "error": "\(failure.message)"])
            reports.tell(.initialized(agentIndex: index, failure: failure))
        }
    }

    private func checkHealth(_ index: Int) async {
        let (state, message): (AgentHealth.State, String) =
            switch await agents[index].healthCheck() {
            case .healthy: (.ready, "")
            case .degraded(let reason): (.degraded, reason)
            case .unhealthy(let reason): (.failed, reason)
            }
        reports.tell(.healthChecked(agentIndex: index, state, message: message))
    }

    // MARK: Attempts

    /// What an attempt comes to that was stopped before it began.
    var stoppedResult: AgentResult {
        .failed(
            AgentFailure(
                .cancelled, code: "cancelled", message: "stopped before it began", worker: workerID)
        )
    }

    func result(of attempt: HostedAttempt) async -> AgentResult {
        let index = attempt.agentIndex
        var result: AgentResult
        do {
            guard agents.indices.contains(index) else {
                throw AgentFailure(
                    .permanent, code: "no_such_agent",
                    message: "the worker has no agent \(index)")
            }
            result = try await agents[index].execute(
                AgentTask(attempt.assignment), context: AgentContext(attempt))
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

    /// The same, after it was held against the coordinator's limits: once it is there to be taken, nobody can say
    /// any more how it ended.
    func checkedResult(of attempt: HostedAttempt) async -> AgentResult {
        var result = await result(of: attempt)
        check(
            &result, of: attempt.reference, against: limits.withLock { $0 },
            known: attempt.assignment.item.parameters)
        return result
    }

    /// A result that no coordinator would take fails its own attempt, not its neighbours.
    ///
    /// - Parameter parameters: the attempt's own; many agents pass them on, and they were read when they
    ///   came.
    func check(
        _ result: inout AgentResult, of attempt: AttemptReference, against limits: WireLimits,
        known parameters: RawJSON?
    ) {
        do throws(WireError) {
            try WireCodec.check(result, limits: limits, known: parameters)
        } catch {
            logger.warning(
                "result refused", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
            result = .failed(
                AgentFailure(
                    .permanent, code: "result_\(error.code)", message: "\(error)",
                    worker: workerID))
        }
    }

    func logger(for assignment: Assignment) -> Logger {
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

/// What the worker's loop hears of its agents. Small, since most of what it hears is that an attempt has
/// ended.
enum HostReport: Sendable {
    /// Its outcome is there to be taken.
    case ended(HostedAttempt)
    indirect case progressed(AttemptProgress)
    /// There is output, where there was none before.
    case emitted
    indirect case checkpoint(AttemptReference, [UInt8])
    indirect case initialized(agentIndex: Int, failure: AgentFailure?)
    indirect case healthChecked(agentIndex: Int, AgentHealth.State, message: String)
}

/// The ways from agents to the worker's loop. From any thread; none of them blocks. What one thread
/// says is heard in the order in which it was said, whichever way.
struct HostReports: Sendable {
    /// The loop hears of it as soon as it can.
    var tell: @Sendable (HostReport) -> Void
    /// The loop hears of it when it looks next. Whoever says something so owes a `wake`.
    var leave: @Sendable (HostReport) -> Void
    /// Has the loop look, if something waits for it.
    var wake: @Sendable () -> Void
}
