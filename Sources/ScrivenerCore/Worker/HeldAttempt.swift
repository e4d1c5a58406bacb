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
            guard let progressTimeout else { return deadline }
            let stalled = lastSign.advanced(by: progressTimeout)
            return deadline.map { min($0, stalled) } ?? stalled
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

    var isWaiting: Bool { stage == .waiting }
    var isFenced: Bool { stage == .stopping(.fenced) }

    var running: Running? {
        guard case .running(let running) = stage else { return nil }
        return running
    }
}

extension HeldAttempt.Running {
    init(_ assignment: Assignment, at now: Instant) {
        // Of the item, which is large, only what is needed.
        let (timeout, progressTimeout) = (
            assignment.item.timeout, assignment.item.progressTimeout
        )
        self.init(
            deadline: timeout > .zero ? now.advanced(by: timeout) : nil,
            progressTimeout: progressTimeout > .zero ? progressTimeout : nil, lastSign: now)
    }
}
