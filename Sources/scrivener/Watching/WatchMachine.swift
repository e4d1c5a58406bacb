// What to do while a session is watched: a plain value that turns events and the time into effects.
// The shell around it (`SessionWatch`) owns the stream, the clock and the terminal.

import ScrivenerModel

/// How watching ended.
enum WatchOutcome: Sendable, Equatable {
    /// The session is over.
    case ended(ProgressReport)
    case timedOut
    case interrupted
    /// The session cannot move: for each task asked about, why.
    case unplaceable([Explanation])
    /// The stream of events is gone for good.
    case lost(CommandFailure)
}

/// Decides what a command that waits for a session does.
struct WatchMachine: Sendable {
    /// For how long to wait for what. `nil` means for ever.
    struct Limits: Sendable, Equatable {
        var timeout: Duration?
        var unplaceableAfter: Duration?
    }

    enum Event: Sendable {
        case report(ProgressReport)
        case ended(ProgressReport)
        case tick
        case interrupt
        case streamInterrupted(reason: String)
        case streamRestored
        case streamLost(CommandFailure)
        /// The answer to `askWhy`.
        case explained(Placement)
    }

    /// Why the session's ready tasks do not run.
    enum Placement: Sendable, Equatable {
        /// No worker offers what they require, any of them.
        case unplaceable([Explanation])
        /// At least one waits for something that will pass, or it could not be found out.
        case passing
    }

    enum Effect: Sendable, Equatable {
        case show(ProgressReport)
        /// A line that stays on the screen.
        case note(String)
        /// Find out why the ready tasks do not run, and answer with `explained`.
        case askWhy
        case finish(WatchOutcome)
    }

    /// The session moves (to `stalled`); or tasks are ready and none has run since a time (to
    /// `moving`, `asking`); or the coordinator has been asked why (to `moving`, `stalled`,
    /// `finished`). `finished` is final.
    private enum State: Sendable, Equatable {
        case moving
        case stalled(since: Duration)
        case asking
        case finished
    }

    private let limits: Limits
    private var state = State.moving
    private var isStreamBroken = false

    init(limits: Limits) { self.limits = limits }

    /// - Parameter now: Time since watching began.
    mutating func handle(_ event: Event, at now: Duration) -> [Effect] {
        guard state != .finished else { return [] }
        switch event {
        case .report(let report):
            updateStall(report, at: now)
            return [.show(report)]
        case .ended(let report): return [.show(report)] + finish(.ended(report))
        case .interrupt: return finish(.interrupted)
        case .streamLost(let failure): return finish(.lost(failure))
        case .streamInterrupted(let reason):
            guard !isStreamBroken else { return [] }
            isStreamBroken = true
            return [.note("connection lost: \(reason); trying again")]
        case .streamRestored:
            isStreamBroken = false
            return [.note("connected again")]
        case .explained(.passing):
            if state == .asking { state = .stalled(since: now) }
            return []
        case .explained(.unplaceable(let explanations)):
            return state == .asking ? finish(.unplaceable(explanations)) : []
        case .tick: return tick(at: now)
        }
    }

    private mutating func tick(at now: Duration) -> [Effect] {
        if let timeout = limits.timeout, now >= timeout { return finish(.timedOut) }
        guard case .stalled(let since) = state, let patience = limits.unplaceableAfter,
            !isStreamBroken, now - since >= patience
        else { return [] }
        state = .asking
        return [.askWhy]
    }

    private mutating func updateStall(_ report: ProgressReport, at now: Duration) {
        guard Self.isStalled(report) else {
            state = .moving
            return
        }
        if state == .moving { state = .stalled(since: now) }
    }

    private mutating func finish(_ outcome: WatchOutcome) -> [Effect] {
        state = .finished
        return [.finish(outcome)]
    }

    /// Whether tasks could run and nothing does.
    static func isStalled(_ report: ProgressReport) -> Bool {
        func count(_ status: TaskStatus) -> Int { report.tasksByStatus[status.rawValue] ?? 0 }
        return count(.ready) > 0 && count(.running) == 0 && count(.cancelling) == 0
            && count(.backingOff) == 0 && report.currentState != .paused
    }
}
