// One agent of a worker, and whether it can work: initialized, asked now and then how it is, and
// initialized again, after growing pauses, when it failed. An agent that failed its health check has
// to pass one before it is given work again; the pauses grow until it does.

import ScrivenerModel

/// The health of one agent.
struct SupervisedAgent: Sendable {
    enum Step: Sendable, Equatable {
        case initialize
        case checkHealth
    }

    private enum Activity: Sendable {
        case pausing(until: Instant, then: Step)
        case initializing
        /// Asked how it is. Once it is overdue, nothing more is due.
        case checking(overdueAt: Instant?)
    }

    private(set) var state = AgentHealth.State.initializing
    private(set) var message = ""
    private var activity = Activity.pausing(until: .zero, then: .initialize)
    private var failures = 0
    /// Whether initialization alone does not make it ready.
    private var owesHealthCheck = false

    /// Pauses between attempts at recovery: full jitter up to 1 s, 2 s, … 60 s.
    private static let recovery = CompiledRetry(base: .seconds(1), cap: .seconds(60))

    var takesWork: Bool { state == .ready || state == .degraded }

    /// When to call `advance` next.
    var due: Instant? {
        switch activity {
        case .pausing(let until, _): until
        case .initializing: nil
        case .checking(let overdueAt): overdueAt
        }
    }

    /// Lets time pass.
    ///
    /// - Returns: what is to be done with the agent now.
    mutating func advance(at now: Instant, patience: TimeSpan) -> Step? {
        switch activity {
        case .pausing(let until, .initialize) where until <= now:
            activity = .initializing
            // What went wrong is said on until it is mended.
            state = .initializing
            return .initialize
        case .pausing(let until, .checkHealth) where until <= now:
            activity = .checking(overdueAt: now.advanced(by: patience))
            return .checkHealth
        case .checking(let overdueAt?) where overdueAt <= now:
            activity = .checking(overdueAt: nil)
            become(.failed, "the health check does not return")
            return nil
        case .pausing, .initializing, .checking: return nil
        }
    }

    /// Its initialization has returned.
    mutating func initialized(
        failure: String?, at now: Instant, interval: TimeSpan, random: inout SeededGenerator
    ) {
        guard case .initializing = activity else { return }
        if let failure { return recover(failure, at: now, random: &random) }
        guard !owesHealthCheck else {
            activity = .pausing(until: now, then: .checkHealth)
            return
        }
        settle(.ready, "", at: now, interval: interval)
    }

    /// Its health check has returned.
    mutating func healthChecked(
        _ answer: AgentHealth.State, _ message: String, at now: Instant, interval: TimeSpan,
        random: inout SeededGenerator
    ) {
        guard case .checking = activity else { return }
        switch answer {
        case .ready: settle(.ready, "", at: now, interval: interval)
        case .degraded: settle(.degraded, message, at: now, interval: interval)
        case .initializing, .failed:
            owesHealthCheck = true
            recover(message, at: now, random: &random)
        }
    }

    private mutating func settle(
        _ state: AgentHealth.State, _ message: String, at now: Instant, interval: TimeSpan
    ) {
        failures = 0
        owesHealthCheck = false
        become(state, message)
        activity = .pausing(until: now.advanced(by: interval), then: .checkHealth)
    }

    private mutating func recover(
        _ message: String, at now: Instant, random: inout SeededGenerator
    ) {
        become(.failed, message)
        let pause = RetryPolicy.delay(retries: failures, Self.recovery, random: &random)
        failures += 1
        activity = .pausing(until: now.advanced(by: pause), then: .initialize)
    }

    private mutating func become(_ state: AgentHealth.State, _ message: String) {
        self.state = state
        self.message = message.prefix(utf8Count: AgentHealth.maximumMessageBytes)
    }
}

extension String {
    /// As many whole characters as fit into so many bytes of UTF-8.
    fileprivate func prefix(utf8Count limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var room = limit
        return String(
            prefix {
                room -= $0.utf8.count
                return room >= 0
            })
    }
}
