// Runs attempts on the cooperative pool, each in a task of its own: it can be stopped alone, and may wait
// for whatever it likes without holding anybody up.
//
// What a task costs is mostly its way into the pool: a place in its queue, a thread that is woken. Where
// attempts end within microseconds, that is more than they do. Attempts of agents that were seen to be so
// short share it: a *runner*, one job of the pool, begins them one after the other on its own thread
// (`Task.immediate`, SE-0472), and goes on to the next when one has ended or waits for something. The loop
// is woken for many results at once, and at the latest when nothing is left to begin.
//
// An agent that has turned slow would hold up those behind it. So the loop looks after the runner: one that
// has been with the same attempt for too long loses its queue to another, and the agent's attempts have each
// their own way into the pool again, until it has been quick for a while.

import DequeModule
import ScrivenerModel
import ScrivenerShell
import ZeroMQ

/// Begins, stops and counts attempts.
final class AttemptRunner: Sendable {
    /// How long a runner may be with one attempt before another takes its queue over.
    static let patience = TimeSpan.milliseconds(2)
    /// How long, and how many of them, results of a runner that goes on wait for the loop at most.
    private static let tellAfter = TimeSpan(nanoseconds: 200_000)
    private static let mostUntold = 64
    /// After so many attempts others that wait for a thread of the pool have their turn.
    private static let attemptsPerTurn = 256

    private struct State {
        var queue: Deque<HostedAttempt> = []
        var paces: [AgentPace]
        /// Who takes from the queue: the last runner that was started, or nobody. One that is not it
        /// any more begins nothing.
        var runner: Int?
        var runnersStarted = 0
        /// What the runner is with, and since when.
        var current: (agentIndex: Int, since: Instant)?
        /// Attempts that were started and have not ended.
        var unended = 0
        var waiter: CheckedContinuation<Void, Never>?

        /// - Returns: whose turn it is now, when there is something to begin and nobody to do it.
        mutating func newRunner() -> Int? {
            guard runner == nil, !queue.isEmpty else { return nil }
            runnersStarted += 1
            runner = runnersStarted
            return runner
        }

        /// - Returns: what a runner is to begin next; `nil` when it is to end.
        mutating func takeNext(
            _ number: Int, at now: Instant
        ) -> (attempt: HostedAttempt, isShort: Bool)? {
            guard runner == number else { return nil }
            guard let attempt = queue.popFirst() else {
                runner = nil
                current = nil
                return nil
            }
            current = (attempt.agentIndex, now)
            // Its agent may have turned slow since it was put here.
            let isShort = isShort(attempt)
            if isShort { attempt.runner = number }
            return (attempt, isShort)
        }

        /// - Parameter isShort: `nil` when it has not begun.
        mutating func hasEnded(_ attempt: HostedAttempt, isShort: Bool?) {
            unended -= 1
            // Of one that its runner was taken from it was noted then that it is not.
            let wasLeft = attempt.runner.map { $0 != runner } ?? false
            guard let isShort, !wasLeft, paces.indices.contains(attempt.agentIndex) else { return }
            paces[attempt.agentIndex].note(isShort: isShort)
        }

        func isShort(_ attempt: HostedAttempt) -> Bool {
            paces.indices.contains(attempt.agentIndex) && paces[attempt.agentIndex].isShort
        }
    }

    private let reports: HostReports
    private let shortRunTime: TimeSpan
    private let lock = Lock()
    // Guarded by `lock`, which makes a second check that it is used by one at a time superfluous.
    @exclusivity(unchecked) nonisolated(unsafe) private var state: State

    /// - Parameter shortRunTime: up to how long an attempt is short.
    init(agentCount: Int, reports: HostReports, shortRunTime: TimeSpan) {
        self.reports = reports
        self.shortRunTime = shortRunTime
        state = State(paces: Array(repeating: AgentPace(), count: agentCount))
    }

    // MARK: The loop's side

    /// Starts attempts, in order. The end of each comes as a report.
    ///
    /// - Returns: whether there is a runner to look after.
    func start(_ attempts: [HostedAttempt]) -> Bool {
        var alone: [HostedAttempt] = []
        let (runner, hasRunner) = lock.withLock {
            state.unended += attempts.count
            for attempt in attempts {
                if state.isShort(attempt) {
                    state.queue.append(attempt)
                } else {
                    alone.append(attempt)
                }
            }
            return (state.newRunner(), state.runner != nil)
        }
        if let runner { startRunner(runner) }
        for attempt in alone { startAlone(attempt) }
        return hasRunner
    }

    /// Looks after the runner. The caller looks through its mailbox after this: there may be what a runner
    /// has left there that will not soon get to a `wake`.
    ///
    /// - Returns: when to do so again, if there is a runner.
    func watch(at now: Instant) -> Instant? {
        var successor: Int?
        let due = lock.withLock { () -> Instant? in
            guard state.runner != nil else { return nil }
            // One that has yet to get its thread is looked after from now on.
            guard let current = state.current else { return now.advanced(by: Self.patience) }
            let due = current.since.advanced(by: Self.patience)
            guard due <= now else { return due }
            state.paces[current.agentIndex].note(isShort: false)
            state.runner = nil
            state.current = nil
            successor = state.newRunner()
            return successor.map { _ in now.advanced(by: Self.patience) }
        }
        if let successor { startRunner(successor) }
        return due
    }

    func stop(_ attempt: HostedAttempt) {
        let task = lock.withLock { () -> UnsafeCurrentTask? in
            switch attempt.stage {
            case .waiting: attempt.stage = .stopped
            case .running(let task):
                attempt.isBeingCancelled = true
                return task
            case .stopped, .ended: break
            }
            return nil
        }
        guard let task else { return }
        // Not under the lock: what an agent does when it is cancelled is done here. Until that is over the
        // task does not end.
        task.cancel()
        lock.withLock { attempt.isBeingCancelled = false }
    }

    /// Returns when none is left. Nothing may be started any more, and nobody else may wait.
    func waitForNone() async {
        await withCheckedContinuation { continuation in
            let isNone = lock.withLock {
                if state.unended > 0 { state.waiter = continuation }
                return state.unended == 0
            }
            if isNone { continuation.resume() }
        }
    }

    // MARK: The attempts' side

    /// Notes that an attempt begins, unless it was told to stop.
    func mayBegin(_ attempt: HostedAttempt, in task: UnsafeCurrentTask) -> Bool {
        lock.withLock {
            guard case .waiting = attempt.stage else { return false }
            attempt.stage = .running(task)
            return true
        }
    }

    /// Notes that an attempt has ended, and tells the loop.
    ///
    /// - Parameter runTime: `nil` when it has not begun.
    /// - Returns: whether the attempt's task has to go on until `isBeingCancelled` is over: a task that ends
    ///   is gone, and must not be while the loop's thread cancels it.
    func hasEnded(_ attempt: HostedAttempt, after runTime: TimeSpan?) -> Bool {
        var waiter: CheckedContinuation<Void, Never>?
        let (isAtRunner, isBeingCancelled) = lock.withLock {
            attempt.stage = .ended
            state.hasEnded(attempt, isShort: runTime.map { $0 <= shortRunTime })
            if state.unended == 0 { swap(&waiter, &state.waiter) }
            return (attempt.runner != nil, attempt.isBeingCancelled)
        }
        if isAtRunner { reports.leave(.ended(attempt)) } else { reports.tell(.ended(attempt)) }
        waiter?.resume()
        return isBeingCancelled
    }

    func isBeingCancelled(_ attempt: HostedAttempt) -> Bool {
        lock.withLock { attempt.isBeingCancelled }
    }

    // MARK: Running

    // Tasks of their own and no children of a group: the loop's thread, which is no task, starts them and has
    // to be able to stop each alone. `waitForNone` waits for them.

    private func startRunner(_ number: Int) { Task { await run(number) } }

    private func startAlone(_ attempt: HostedAttempt) { Task { await attempt.execute() } }

    private func run(_ number: Int) async {
        var now = BootClock.now
        var toldAt = now
        var (begun, untold) = (0, 0)
        while let (attempt, isShort) = takeNext(number, at: now) {
            if isShort { beginHere(attempt) } else { startAlone(attempt) }
            now = BootClock.now
            untold += 1
            if untold == Self.mostUntold || now.since(toldAt) >= Self.tellAfter {
                reports.wake()
                (toldAt, untold) = (now, 0)
            }
            begun += 1
            if begun % Self.attemptsPerTurn == 0 {
                reports.wake()
                hasPaused(number)
                await Task.yield()
                now = BootClock.now
            }
        }
        reports.wake()
    }

    private func takeNext(
        _ number: Int, at now: Instant
    ) -> (attempt: HostedAttempt, isShort: Bool)? {
        lock.withLock { state.takeNext(number, at: now) }
    }

    private func hasPaused(_ number: Int) {
        lock.withLock { if state.runner == number { state.current = nil } }
    }

    /// Returns when it has ended, or waits for something.
    private func beginHere(_ attempt: HostedAttempt) {
        if #available(macOS 26, *) {
            Task.immediate { await attempt.execute() }
            lock.withLock { attempt.runner = nil }
        } else {
            lock.withLock { attempt.runner = nil }
            startAlone(attempt)
        }
    }
}
