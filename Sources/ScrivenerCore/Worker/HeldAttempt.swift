// What a worker knows of an attempt between its dispatch and its end.

import ScrivenerModel

/// An attempt that has not ended.
struct HeldAttempt: Sendable {
    /// Where it stands. `waiting` → `running`, or handed back; `running` → `stopping`, or ended;
    /// `stopping` → ended.
    enum Stage: Sendable, Equatable {
        /// In its agent's queue; what there is to know lies there.
        case waiting
        case running(Running)
        /// Told to stop; its agent has not returned.
        case stopping(StopReason)
    }

    struct Running: Sendable, Equatable {
        /// When it has run for its timeout.
        var deadline: Instant?
        /// How long it may say nothing of its progress.
        var progressTimeout: TimeSpan?
        /// When it began, or last told its progress.
        var lastSign: Instant

        /// When to look at it next, if nothing happens.
        var due: Instant? {
            let stalled = progressTimeout.map { lastSign.advanced(by: $0) }
            return [deadline, stalled].compactMap(\.self).min()
        }

        /// Why it has to stop now, if it has to.
        func overdue(at now: Instant) -> StopReason? {
            if let deadline, deadline <= now { return .timedOut }
            guard let due, due <= now else { return nil }
            return .stalled
        }
    }

    let agentIndex: Int
    let slots: Int32
    let isExclusive: Bool
    let isAtMostOnce: Bool
    var stage = Stage.waiting
    var progress: AttemptProgress?

    var isWaiting: Bool { stage == .waiting }
    var isFenced: Bool { stage == .stopping(.fenced) }

    var running: Running? {
        guard case .running(let running) = stage else { return nil }
        return running
    }
}

extension HeldAttempt.Running {
    init(_ item: DispatchItem, at now: Instant) {
        self.init(
            deadline: item.timeout > .zero ? now.advanced(by: item.timeout) : nil,
            progressTimeout: item.progressTimeout > .zero ? item.progressTimeout : nil,
            lastSign: now)
    }
}
