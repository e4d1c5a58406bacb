// Attempts that share a way into the pool, as if each had its own: none holds up another, each is stopped
// alone, and each ends once.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerShell
import TestSupport
import Testing
import ZeroMQ

@testable import ScrivenerWorker

// One after the other: some of them keep a thread of the pool busy, and there may be only two.
@Suite(.serialized, .timeLimit(.minutes(1))) struct AttemptRunnerTests {
    /// Thousands of tasks of microseconds: the loop is not woken for each of their ends, and hears of all
    /// of them without asking.
    @Test func shortAttemptsShareAWayAndAWakeUp() async {
        let world = RunnerWorld { _ in }
        await world.learnThatAttemptsAreShort()
        let before = world.wakeUps
        world.start(1...64)
        await world.waitForEnds(of: 1...64)
        #expect(world.said(.left) == 64)
        #expect(world.wakeUps > before)
        #expect(world.results.allSatisfy { $0.value.failure == nil })
        await world.leave()
    }

    /// An agent waits for something: whoever comes behind it is begun at once, and it can be stopped alone.
    @Test func whoWaitsHoldsUpNobody() async {
        let world = RunnerWorld { task in
            if task == 1 { try await untilCancelled() }
        }
        await world.learnThatAttemptsAreShort()
        world.start(1...20)
        await world.waitForEnds(of: 2...20)
        world.stop(1)
        await world.waitForEnds(of: 1...1)
        #expect(world.results[1]?.failure?.failureClass == .cancelled)
        #expect((2...20).allSatisfy { world.results[$0]?.failure == nil })
        await world.leave()
    }

    /// An agent that computes for long without waiting: another runner takes over what is behind it. That
    /// one then begins them by themselves, since the agent may have turned slow.
    @Test func whoComputesForLongHoldsUpNobody() async {
        let world = RunnerWorld { task in if task == 1 { RunnerWorld.compute() } }
        await world.learnThatAttemptsAreShort()
        world.start(1...20)
        await world.waitUntilBegun(1)
        #expect(world.host.runner.watch(at: BootClock.now) != nil)
        world.letPatienceEnd()
        await world.waitForEnds(of: 2...20)
        #expect(world.results[1] == nil)
        world.stop(1)
        await world.waitForEnds(of: 1...1)
        // Nothing is left to look after.
        while world.host.runner.watch(at: BootClock.now) != nil { await Task.yield() }
        await world.leave()
    }

    /// A cancel reaches the attempt that runs now, and no other of those that share its runner.
    @Test func aStopReachesOneAttempt() async {
        let world = RunnerWorld { task in
            if task == 1 { RunnerWorld.compute() }
            try Task.checkCancellation()
        }
        await world.learnThatAttemptsAreShort()
        world.start(1...20)
        await world.waitUntilBegun(1)
        world.stop(1)
        await world.waitForEnds(of: 1...20)
        #expect(world.results[1]?.failure?.failureClass == .cancelled)
        #expect((2...20).allSatisfy { world.results[$0]?.failure == nil })
        await world.leave()
    }

    /// A cancel reaches an attempt that has not begun: its agent never hears of it, and that it will not is
    /// told as for any other.
    @Test func whatIsStoppedBeforeItBeginsDoesNotBegin() async {
        let world = RunnerWorld { task in if task == 1 { RunnerWorld.compute() } }
        await world.learnThatAttemptsAreShort()
        world.start(1...3)
        await world.waitUntilBegun(1)
        world.stop(2)
        world.stop(1)
        world.stop(1)
        await world.waitForEnds(of: 1...3)
        world.stop(2)
        #expect(!world.begun.contains(2) && world.begun.contains(3))
        #expect(world.results[2]?.failure?.failureClass == .cancelled)
        #expect(world.results[2]?.failure?.worker == "w")
        #expect(world.results[3]?.failure == nil)
        await world.leave()
    }

    /// Attempts end at the moment when they are cancelled: a task has to be there until that is over. (The
    /// address sanitizer tells when it is not.)
    @Test func aTaskOutlastsItsCancelling() async {
        let world = RunnerWorld { _ in RunnerWorld.compute() }
        for task in Int32(1)...500 {
            world.start(task...task)
            await world.waitUntilBegun(task)
            world.stop(task)
        }
        await world.waitForEnds(of: 1...500)
        await world.leave()
    }

    /// What one attempt throws is its own.
    @Test func whatOneThrowsIsItsOwn() async {
        let world = RunnerWorld { task in
            if task % 2 == 0 { throw AgentFailure(.permanent, code: "even", message: "even") }
        }
        await world.learnThatAttemptsAreShort()
        world.start(1...20)
        await world.waitForEnds(of: 1...20)
        for task in Int32(1)...20 {
            #expect(world.results[task]?.failure?.code == (task % 2 == 0 ? "even" : nil))
        }
        await world.leave()
    }

    /// A worker that leaves waits for what has not begun as well: it has been told to.
    @Test func leavingWaitsForWhatHasNotBegun() async throws {
        let world = RunnerWorld { task in if task == 1 { RunnerWorld.compute() } }
        await world.learnThatAttemptsAreShort()
        world.start(1...3)
        await world.waitUntilBegun(1)
        for task in Int32(1)...3 { world.stop(task) }
        await world.leave()
        // Others have begun only where this test was kept waiting so long that another way was opened.
        for task in Int32(1)...3 {
            let result = try #require(world.results[task])
            guard !world.begun.contains(task) else { continue }
            #expect(result.failure?.failureClass == .cancelled)
        }
    }

    /// One long attempt among many is chance; two say that the agent has turned slow, and it takes a while
    /// until it is trusted again.
    @Test func anAgentIsKnownByItsLatestAttempts() {
        var pace = AgentPace()
        for _ in 0..<7 { pace.note(isShort: true) }
        #expect(!pace.isShort)
        for _ in 0..<20 { pace.note(isShort: true) }
        #expect(pace.isShort)
        pace.note(isShort: false)
        #expect(pace.isShort)
        pace.note(isShort: false)
        #expect(!pace.isShort)
        for _ in 0..<7 { pace.note(isShort: true) }
        #expect(!pace.isShort)
        pace.note(isShort: true)
        #expect(pace.isShort)
    }
}

/// A host with one agent, and what is heard of its attempts. An attempt is known by its task's number;
/// negative ones are those from which it was learnt how long they take.
private struct RunnerWorld {
    let host: AgentHost
    private let hearing: Hearing

    init(_ body: @escaping @Sendable (Int32) async throws -> Void) {
        let hearing = Hearing()
        self.hearing = hearing
        host = AgentHost(
            agents: [NumberedAgent(hearing: hearing, body: body)], workerID: "w",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            reports: HostReports(
                tell: { hearing.hear($0, .told) }, leave: { hearing.hear($0, .left) },
                wake: { hearing.change { $0.wakeUps += 1 } }),
            // However busy the machine is that tests this.
            shortRunTime: .seconds(3_600))
    }

    /// Computes until it is stopped.
    static func compute() {
        while !Task.isCancelled {}
    }

    // MARK: What is done

    func learnThatAttemptsAreShort() async {
        // No more than are needed: the first that takes long is one too many.
        start(-8 ... -1)
        await waitForEnds(of: -8 ... -1)
    }

    func start(_ tasks: ClosedRange<Int32>) {
        let attempts = tasks.map { task in
            HostedAttempt(
                Assignment(
                    DispatchItem(
                        attempt: AttemptReference(session: 1, task: task, attempt: 1),
                        agentIndex: 0, timeout: .zero, taskID: "\(task)", taskType: "work",
                        description: "", parameters: .emptyObject, inputs: []),
                    DispatchSession(number: 1, sessionID: "s", query: "?")), host: host)
        }
        hearing.change { heard in
            for attempt in attempts { heard.attempts[attempt.reference.task] = attempt }
        }
        _ = host.runner.start(attempts)
    }

    func stop(_ task: Int32) { hearing.heard.attempts[task]?.stop() }

    /// As if the runner had been with its attempt for too long.
    func letPatienceEnd() {
        _ = host.runner.watch(at: BootClock.now.advanced(by: .seconds(60)))
    }

    func leave() async { await host.leave() }

    // MARK: What is heard

    var results: [Int32: AgentResult] { hearing.heard.results }
    var begun: Set<Int32> { hearing.heard.begun.filter { $0 > 0 } }
    var wakeUps: Int { hearing.heard.wakeUps }
    func said(_ way: Heard.Way) -> Int { hearing.heard.ways.count { $0 == way } }

    func waitForEnds(of tasks: ClosedRange<Int32>) async {
        await hearing.wait { heard in tasks.allSatisfy { heard.results[$0] != nil } }
    }

    func waitUntilBegun(_ task: Int32) async { await hearing.wait { $0.begun.contains(task) } }
}

private struct Heard {
    enum Way { case told, left }

    var attempts: [Int32: HostedAttempt] = [:]
    var results: [Int32: AgentResult] = [:]
    var begun: Set<Int32> = []
    var ways: [Way] = []
    var wakeUps = 0
}

private final class Hearing: Sendable {
    private let lock = Lock()
    // Guarded by `lock`.
    nonisolated(unsafe) private var all = Heard()
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init() { (changes, changed) = AsyncStream.makeStream() }

    var heard: Heard { lock.withLock { all } }

    func change(_ body: (inout Heard) -> Void) {
        lock.withLock { body(&all) }
        changed.yield()
    }

    func hear(_ report: HostReport, _ way: Heard.Way) {
        guard case .ended(let attempt) = report else { return }
        let outcome = attempt.takeOutcome()
        change { heard in
            if outcome == nil || heard.results[attempt.reference.task] != nil {
                Issue.record("it has ended twice")
            }
            heard.results[attempt.reference.task] = outcome?.result
            heard.ways.append(way)
        }
    }

    /// One at a time.
    func wait(until condition: (Heard) -> Bool) async {
        guard !condition(heard) else { return }
        for await _ in changes where condition(heard) { return }
    }
}

private struct NumberedAgent: BaseAgent {
    let hearing: Hearing
    let body: @Sendable (Int32) async throws -> Void
    let name = "numbered"

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        let number = try #require(Int32(task.taskID))
        hearing.change { heard in _ = heard.begun.insert(number) }
        try await body(number)
        return AgentResult()
    }
}
