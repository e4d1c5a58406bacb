// Agents as their worker's machine sees them: what they say comes back as reports.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import TestSupport
import Testing

@testable import ScrivenerWorker

/// Does what each test asks of it.
private struct ScriptedAgent: BaseAgent {
    var name = "scripted"
    var start: @Sendable () async throws -> Void = {}
    var condition: @Sendable () async -> AgentCondition = { .healthy }
    var body: @Sendable (AgentTask, AgentContext) async throws -> AgentResult = { _, _ in
        AgentResult()
    }

    func initialize() async throws { try await start() }
    func healthCheck() async -> AgentCondition { await condition() }
    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        try await body(task, context)
    }
}

@Suite struct AgentHostTests {
    private static let attempt = AttemptReference(session: 1, task: 2, attempt: 3)
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// What is asked of a host.
    private enum Order {
        case start(Assignment)
        /// Waits until it has said one thing more.
        case hear
        /// Stops what was started.
        case stop
        /// Starts what was stopped before.
        case startStopped(Assignment)
        case initialize(agentIndex: Int)
        case checkHealth(agentIndex: Int)
    }

    private static func item(
        checkpoint: [UInt8]? = nil, timeout: TimeSpan = .zero, trace: TraceContext? = nil
    ) -> Assignment {
        Assignment(
            DispatchItem(
                attempt: attempt, agentIndex: 0, timeout: timeout, checkpoint: checkpoint,
                taskID: "t", taskType: "work", description: "", parameters: .emptyObject,
                inputs: []),
            DispatchSession(number: 1, sessionID: "s", query: "?", trace: trace))
    }

    /// Runs a host through commands until it has said so many things.
    private func reports(
        of agent: ScriptedAgent, _ count: Int, after orders: Order...
    ) async -> [HostReport] {
        let (reports, said) = AsyncStream.makeStream(of: HostReport.self)
        let (stream, commands) = AsyncStream.makeStream(of: HostCommand.self)
        let host = AgentHost(
            agents: [agent], workerID: "w",
            logger: Logger(label: "test") { _ in
                SwiftLogNoOpLogHandler()
            },
            reports: HostReports(
                tell: { said.yield($0) }, leave: { said.yield($0) }, wake: {}))
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await host.run(stream) }
            var attempt: HostedAttempt?
            var iterator = reports.makeAsyncIterator()
            var heard: [HostReport] = []
            for order in orders {
                switch order {
                case .start(let assignment):
                    let started = HostedAttempt(assignment, host: host)
                    _ = host.runner.start([started])
                    attempt = started
                case .hear: if let report = await iterator.next() { heard.append(report) }
                case .stop: attempt?.stop()
                case .startStopped(let assignment):
                    let stopped = HostedAttempt(assignment, host: host)
                    stopped.stop()
                    _ = host.runner.start([stopped])
                case .initialize(let index): commands.yield(.initialize(agentIndex: index))
                case .checkHealth(let index): commands.yield(.checkHealth(agentIndex: index))
                }
            }
            while heard.count < count, let report = await iterator.next() {
                heard.append(report)
            }
            commands.finish()
            await group.waitForAll()
            await host.leave()
            return heard
        }
    }

    /// An agent that cannot start says why, so that people see it and the worker can tell what a
    /// second try may mend.
    @Test func anInitializationIsReported() async throws {
        let sound = await reports(of: ScriptedAgent(), 1, after: .initialize(agentIndex: 0))
        guard case .initialized(0, nil) = sound[0] else {
            Issue.record("\(sound)")
            return
        }
        let broken = ScriptedAgent(start: {
            throw AgentFailure(.permanent, code: "no_disk", message: "no disk")
        })
        let reports = await reports(of: broken, 1, after: .initialize(agentIndex: 0))
        guard case .initialized(0, let failure?) = reports[0] else {
            Issue.record("\(reports)")
            return
        }
        #expect(failure.failureClass == .permanent && failure.message == "no disk")
    }

    /// What an agent says of its health is what the coordinator is told.
    @Test(arguments: [
        (AgentCondition.healthy, AgentHealth.State.ready, ""),
        (.degraded(reason: "slow"), .degraded, "slow"),
        (.unhealthy(reason: "gone"), .failed, "gone"),
    ])
    func aHealthCheckIsReported(
        _ condition: AgentCondition, _ state: AgentHealth.State, _ message: String
    ) async {
        let agent = ScriptedAgent(condition: { condition })
        let reports = await reports(of: agent, 1, after: .checkHealth(agentIndex: 0))
        guard case .healthChecked(0, let told, let words) = reports[0] else {
            Issue.record("\(reports)")
            return
        }
        #expect(told == state && words == message)
    }

    /// A worker that leaves does not wait for an agent that hangs in its initialization.
    @Test(.timeLimit(.minutes(1)))
    func aHangingInitializationDoesNotKeepTheWorker() async {
        let agent = ScriptedAgent(
            start: { try await untilCancelled() }, condition: { .healthy })
        let reports = await reports(
            of: agent, 1, after: .initialize(agentIndex: 0), .checkHealth(agentIndex: 0))
        #expect(reports.count == 1)
    }

    /// The next attempt gets what the one before it kept, knows which it is, and has the same key
    /// for services that refuse duplicates.
    @Test func anAttemptKnowsWhatWasKept() async {
        let agent = ScriptedAgent(body: { _, context in
            #expect(context.attempt == 3 && context.idempotencyKey == "s/t")
            #expect(context.previousCheckpoint == [1, 2])
            #expect(context.traceparent == Self.parent && context.tracestate == "a=1")
            let deadline = try #require(context.deadline)
            #expect(deadline > .now && deadline <= .now + .seconds(60))
            #expect(context.deadline == deadline)
            try context.checkpoint([3])
            context.progress(0.5, "half")
            return AgentResult()
        })
        let reports = await reports(
            of: agent, 3,
            after: .start(
                Self.item(
                    checkpoint: [1, 2], timeout: .seconds(60),
                    trace: TraceContext(traceparent: Self.parent, tracestate: "a=1"))))
        guard case .checkpoint(Self.attempt, [3]) = reports[0],
            case .progressed(let progress) = reports[1], case .ended(let attempt) = reports[2],
            let result = attempt.takeOutcome()
        else {
            Issue.record("\(reports)")
            return
        }
        #expect(progress.permille == 500 && progress.message == "half")
        #expect(result.attempt == Self.attempt && result.result.failure == nil)
    }

    /// A heartbeat tells of the progress of all attempts: what one of them says may not spoil it, and one character
    /// can be as long as a text.
    @Test func aProgressMessageIsBounded() async {
        let agent = ScriptedAgent(body: { _, context in
            context.progress(0.5, "e" + String(repeating: "\u{301}", count: 100_000))
            return AgentResult()
        })
        let reports = await reports(of: agent, 2, after: .start(Self.item()))
        guard case .progressed(let progress) = reports[0] else {
            Issue.record("\(reports)")
            return
        }
        #expect(progress.message.utf8.count == 799)
    }

    /// What an agent says gathers where the loop takes it, and the loop is told once.
    @Test func outputIsReportedOnce() async {
        let agent = ScriptedAgent(body: { _, context in
            context.emit("one ")
            context.emit("two")
            return AgentResult()
        })
        let reports = await reports(of: agent, 2, after: .start(Self.item()))
        guard case .emitted = reports[0], case .ended = reports[1] else {
            Issue.record("\(reports)")
            return
        }
    }

    /// A checkpoint that no coordinator would keep is the agent's to hear of, where it made it.
    @Test func aCheckpointThatIsTooLargeIsRefused() async {
        let agent = ScriptedAgent(body: { _, context in
            try context.checkpoint([UInt8](repeating: 0, count: AttemptCheckpoint.maximumBytes))
            try context.checkpoint(
                [UInt8](repeating: 0, count: AttemptCheckpoint.maximumBytes + 1))
            return AgentResult()
        })
        let reports = await reports(of: agent, 2, after: .start(Self.item()))
        guard case .checkpoint(_, let kept) = reports[0], case .ended(let attempt) = reports[1],
            let result = attempt.takeOutcome()
        else {
            Issue.record("\(reports)")
            return
        }
        #expect(kept.count == AttemptCheckpoint.maximumBytes)
        #expect(result.result.failure?.code == "checkpoint_too_large")
    }

    /// A stop cancels the agent's task, and its end is what is told.
    @Test(.timeLimit(.minutes(1)))
    func aStopCancelsTheAgent() async {
        let agent = ScriptedAgent(body: { _, context in
            context.emit("here")
            try await untilCancelled()
            return AgentResult()
        })
        let reports = await reports(of: agent, 2, after: .start(Self.item()), .hear, .stop)
        guard case .emitted = reports[0], case .ended(let attempt) = reports[1],
            let result = attempt.takeOutcome()
        else {
            Issue.record("\(reports)")
            return
        }
        #expect(result.result.failure?.failureClass == .cancelled)
        #expect(result.result.failure?.message == "the agent stopped")
        #expect(result.result.failure?.worker == "w")
    }

    /// A stop that is there before the attempt has begun: the agent never hears of it.
    @Test func whatIsStoppedBeforeItBeginsEndsAsStopped() async {
        let agent = ScriptedAgent(body: { _, _ in
            Issue.record("it has begun")
            return AgentResult()
        })
        let reports = await reports(of: agent, 1, after: .startStopped(Self.item()))
        guard case .ended(let attempt) = reports[0], let result = attempt.takeOutcome() else {
            Issue.record("\(reports)")
            return
        }
        #expect(result.result.failure?.message == "stopped before it began")
        #expect(result.runTime == .zero)
    }
}
