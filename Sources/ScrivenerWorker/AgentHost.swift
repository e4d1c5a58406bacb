// Runs agents on the cooperative pool: one child task an attempt, inside one task group, so that no
// agent outlives its host. The worker's loop speaks to it through a stream of commands and hears
// from it through its mailbox.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerShell
import Synchronization
import ZeroMQ

/// What the worker's loop asks of its agents.
enum HostCommand: Sendable {
    case start(DispatchItem, DispatchSession)
    case stop(AttemptReference)
    case initialize(agentIndex: Int)
    case checkHealth(agentIndex: Int)
}

/// Executes attempts.
final class AgentHost: Sendable {
    private let agents: [any BaseAgent]
    private let workerID: String
    private let logger: Logger
    private let report: @Sendable (HostReport) -> Void
    private let running = RunningAttempts()
    /// Where agents' last words are noted.
    private let box = Mutex<BlackBox?>(nil)
    /// One for all attempts: what kills their child processes when this process dies.
    private let children: ChildGuard

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

    /// Executes what comes until the stream ends and everything has returned.
    func run(_ commands: AsyncStream<HostCommand>) async {
        await withDiscardingTaskGroup { group in
            for await command in commands {
                switch command {
                case .start(let item, let session):
                    let stops = running.begin(item.attempt)
                    group.addTask { await self.execute(item, session, stops: stops) }
                case .stop(let attempt): running.stop(attempt)
                case .initialize(let index): group.addTask { await self.initialize(index) }
                case .checkHealth(let index): group.addTask { await self.checkHealth(index) }
                }
            }
            // The worker has left: an initialization or a health check that hangs must not keep it.
            group.cancelAll()
        }
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

    // MARK: One attempt

    private func execute(
        _ item: DispatchItem, _ session: DispatchSession, stops: AsyncStream<Void>
    ) async {
        let started = BootClock.now
        let result = await withTaskGroup(of: AgentResult?.self) { group in
            group.addTask { await self.body(item, session) }
            group.addTask {
                for await _ in stops { break }
                return nil
            }
            var result: AgentResult?
            for await finished in group {
                // Whichever comes first ends the other: a stop cancels the agent, and the agent's
                // end makes waiting for a stop pointless.
                if let finished { result = finished }
                group.cancelAll()
            }
            return result ?? .null
        }
        running.end(item.attempt)
        report(
            .ended(
                AttemptResult(
                    attempt: item.attempt, runTime: BootClock.now.since(started),
                    result: named(result))))
    }

    private func body(_ item: DispatchItem, _ session: DispatchSession) async -> AgentResult {
        guard agents.indices.contains(Int(item.agentIndex)) else {
            return .failed(
                AgentFailure(
                    .permanent, code: "no_such_agent",
                    message: "the worker has no agent \(item.agentIndex)"))
        }
        do {
            return try await agents[Int(item.agentIndex)].execute(
                AgentTask(item, session), context: context(of: item, in: session))
        } catch let failure as AgentFailure {
            return .failed(failure)
        } catch is CancellationError {
            return .failed(
                AgentFailure(.cancelled, code: "cancelled", message: "the agent stopped"))
        } catch {
            return .failed(
                AgentFailure(.transient, code: "agent_error", message: "\(error)"))
        }
    }

    private func context(of item: DispatchItem, in session: DispatchSession) -> AgentContext {
        var logger = self.logger
        logger[metadataKey: "session"] = "\(session.sessionID)"
        logger[metadataKey: "task"] = "\(item.taskID)"
        logger[metadataKey: "attempt"] = "\(item.attempt.attempt)"
        if let box = box.withLock({ $0 }) {
            logger.handler = RecordingLogHandler(logger.handler, box, item.attempt)
        }
        let report = report
        let attempt = item.attempt
        return AgentContext(
            attempt: Int(item.attempt.attempt),
            idempotencyKey: "\(session.sessionID)/\(item.taskID)",
            deadline: item.timeout > .zero
                ? ContinuousClock.now.advanced(by: item.timeout.duration) : nil,
            previousCheckpoint: item.checkpoint, logger: logger, children: children,
            keep: { report(.checkpoint(attempt, $0)) },
            report: { progress in
                report(
                    .progressed(
                        AttemptProgress(
                            attempt: attempt, permille: Int32(progress.fraction * 1_000),
                            message: progress.message)))
            })
    }

    private func named(_ result: AgentResult) -> AgentResult {
        var named = result
        named.failure?.worker = workerID
        return named
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

/// The attempts that run, each with a way to stop it. Touched from the command loop and from every
/// attempt's end.
private final class RunningAttempts: Sendable {
    private let lock = Lock()
    // Guarded by `lock`.
    nonisolated(unsafe) private var stops: [AttemptReference: AsyncStream<Void>.Continuation] = [:]

    func begin(_ attempt: AttemptReference) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        lock.withLock { stops[attempt] = continuation }
        return stream
    }

    func stop(_ attempt: AttemptReference) {
        let continuation = lock.withLock { stops[attempt] }
        continuation?.yield()
    }

    func end(_ attempt: AttemptReference) {
        lock.withLock { _ = stops.removeValue(forKey: attempt) }
    }
}

extension AgentResult {
    /// Stands for an attempt whose body never returned a value, which cannot be seen outside.
    fileprivate static var null: AgentResult {
        .failed(AgentFailure(.transient, code: "agent_error", message: "no result"))
    }
}

extension AgentTask {
    fileprivate init(_ item: DispatchItem, _ session: DispatchSession) {
        self.init(
            sessionID: session.sessionID, query: session.query, taskID: item.taskID,
            taskType: item.taskType, description: item.description, parameters: item.parameters,
            inputs: item.inputs.map {
                AgentInput(taskID: $0.taskID, taskType: $0.taskType, payload: $0.payload)
            })
    }
}
