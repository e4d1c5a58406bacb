// Whether explanations hold: an explanation says why a task does not move and what would move it. A
// machine is a value, so it can be asked what would have been: in one copy the stated remedy is
// applied, and the task has to move; in another nothing happens for as long, and it must not.
//
// Remedies are applied as the world would: a worker registers, an attempt ends, time passes. A task
// that is not the first in its queue moves when those before it have moved as well, so the remedy
// is applied until it is its turn.

import ScrivenerCore
import ScrivenerModel

/// Asks a copy of the machine whether a task's explanation holds.
struct RemedyProbe {
    private let original: OrchestratorCore
    private let session: Int64
    private let sessionID: String
    private let task: Int
    let explanation: Explanation
    private let now: Instant

    /// What came of it.
    enum Verdict: Equatable {
        /// The remedy is none that somebody could apply here.
        case notApplicable
        case holds
        /// The remedy was applied, and the task did not move.
        case doesNotHelp
        /// The task moved though nothing was done.
        case movedByItself
    }

    init?(
        _ core: OrchestratorCore, session: Int64, sessionID: String, task: Int, at now: Instant
    ) {
        guard let explanation = core.explanation(ofTask: task, in: session, at: now) else {
            return nil
        }
        original = core
        self.session = session
        self.sessionID = sessionID
        self.task = task
        self.explanation = explanation
        self.now = now
    }

    var reason: Explanation.Reason { explanation.reason }
    var message: String { explanation.message }

    func verdict() -> Verdict {
        var copy = ProbedCore(original, at: now)
        guard apply(to: &copy) else { return .notApplicable }
        guard hasMoved(in: copy.core) else {
            // What was in the way is gone, and something else is.
            let after = copy.core.explanation(ofTask: task, in: session, at: copy.now)
            return after?.reason == explanation.reason ? .doesNotHelp : .notApplicable
        }
        var idle = ProbedCore(original, at: now)
        idle.pass(.zero)
        return hasMoved(in: idle.core) ? .movedByItself : .holds
    }

    private func hasMoved(in core: OrchestratorCore) -> Bool {
        guard let status = core.status(ofTask: task, in: session) else { return true }
        return status != explanation.status
    }

    // MARK: Remedies

    /// How often a remedy is applied until it is the task's turn.
    private static let rounds = 400

    /// - Returns: whether there was something to apply.
    private func apply(to copy: inout ProbedCore) -> Bool {
        switch explanation.reason {
        case .ended, .running: return false
        case .paused:
            copy.handle(.resume(sessionID: sessionID, ReplyToken(1)))
            return true
        case .backingOff, .joinOpen:
            copy.pass(.seconds(explanation.secondsUntil ?? 0))
            return true
        case .circuitOpen:
            if let wait = explanation.secondsUntil { copy.pass(.seconds(wait)) }
            // Those that are before it are tried first.
            _ = endAttempts(&copy)
            return hasMoved(in: copy.core) || !copy.holdsSomething
        case .unplaceable, .waitsForPool, .waitsForSlot, .waitsForResource, .unhealthy:
            return registerAnother(&copy)
        case .waitsForDependencies:
            _ = endAttempts(&copy)
            // Those that nobody runs cannot be ended here.
            return hasMoved(in: copy.core)
                || copy.core.openDependencyCount(ofTask: task, in: session) == 0
        case .sessionLimit, .agentLimit, .poolLimit, .cancelling, .waitsForFasterSlot, .runsAlone:
            return endAttempts(&copy) && (hasMoved(in: copy.core) || !copy.holdsSomething)
        }
    }

    /// A worker that can do all that the session's plan asks for, with slots for all.
    private func registerAnother(_ copy: inout ProbedCore) -> Bool {
        guard let demand = original.demand(ofTask: task, in: session) else { return false }
        var capabilities = demand.requires
        var name = "remedy"
        switch demand.wanted {
        case .agent(let agent): name = agent
        case .capability(let capability): capabilities.append(capability)
        }
        copy.handle(
            .register(
                ConnectionID(.max),
                WorkerRegistration(
                    workerID: "remedy", incarnation: 1, host: "", processID: 1,
                    softwareVersion: "",
                    agents: [
                        AgentOffer(
                            name: name, capabilities: capabilities, tags: demand.tags,
                            slots: 10_000)
                    ],
                    resources: demand.resources.map {
                        ResourceAmount(name: $0.name, amount: $0.amount * 1_000)
                    })))
        // Pool-wide and session-wide limits may still stand before it.
        for _ in 0..<Self.rounds where !hasMoved(in: copy.core) {
            guard copy.endOneAttempt() else { break }
        }
        return true
    }

    private func endAttempts(_ copy: inout ProbedCore) -> Bool {
        var applied = false
        for _ in 0..<Self.rounds where !hasMoved(in: copy.core) {
            guard copy.endOneAttempt() else { break }
            applied = true
        }
        return applied
    }
}

/// A copy of the machine that is on its own.
private struct ProbedCore {
    private(set) var core: OrchestratorCore
    private(set) var now: Instant
    private var outcome = Outcome()

    /// Whether a worker holds an attempt, connected or not.
    var holdsSomething: Bool { core.heldCount > 0 }

    init(_ core: OrchestratorCore, at now: Instant) {
        self.core = core
        self.now = now
    }

    mutating func handle(_ event: OrchestratorEvent) {
        outcome.removeAll()
        let wall = WallTime(millisecondsSince1970: 1_700_000_000_000)
        core.handle(event, at: Moment(instant: now, wall: wall), into: &outcome)
    }

    private static let beat = TimeSpan.seconds(1)

    /// Lets time pass, and everything happen that is due by then. Whoever is connected is heard.
    mutating func pass(_ span: TimeSpan) {
        var left = span
        repeat {
            let step = min(left, Self.beat)
            now = now.advanced(by: step)
            left = TimeSpan(nanoseconds: left.nanoseconds - step.nanoseconds)
            for worker in span > .zero ? core.connectedWorkers : [] {
                let heartbeat = WorkerHeartbeat(
                    epoch: worker.epoch, sequence: 1, held: .max)
                handle(.heartbeat(worker.connection, heartbeat))
            }
            handle(.tick)
        } while left > .zero
    }

    /// The attempt that has run for longest completes; one that was to stop has stopped.
    ///
    /// - Returns: whether there was one.
    mutating func endOneAttempt() -> Bool {
        guard let held = core.someHeldAttempt else { return false }
        var ended = EndedAttempt(
            attempt: held.attempt, runTime: .milliseconds(1),
            failure: held.isToStop ? .cancelled : nil,
            record: ResultHandle(row: 1, offset: 0, payloadLength: 0, annexLength: 0))
        ended.summary = FindingsSummary()
        handle(.results(held.connection, epoch: held.epoch, [ended]))
        return true
    }
}
