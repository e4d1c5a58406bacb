// Which facts of old commits still matter. A journal that keeps only these is read back in a time
// that follows from what is open, and not from all that ever was.
//
// The facts of an open session are all kept, as they are and in their order: there is no second
// form of the state that could differ from the first. Those of a session that has ended are dropped,
// its archive tells what became of it. Of what is said of the pool only the last word counts.

package import ScrivenerModel

/// Sorts out facts, commit by commit, from the oldest.
package struct FactSieve: Sendable {
    /// What the machine still needs, as of some commit.
    package struct Live: Sendable, Equatable {
        package var openSessions: Set<Int64>
        /// When the oldest step of the instances' history began; `nil` when there is none.
        package var oldestSample: WallTime?

        package init(openSessions: Set<Int64>, oldestSample: WallTime? = nil) {
            self.openSessions = openSessions
            self.oldestSample = oldestSample
        }
    }

    private let live: Live
    private var lastSession: Int64 = 0
    private var learned: PerformanceColumns?

    /// - Parameters:
    ///   - live: as of a commit that is not older than any that is sifted.
    ///   - pool: what an earlier sieve has gathered from older commits.
    package init(_ live: Live, pool: [SessionFact] = []) {
        self.live = live
        _ = sift(pool)
    }

    /// The facts of a commit that are kept where they are.
    package mutating func sift(_ facts: [SessionFact]) -> [SessionFact] {
        facts.filter { keeps($0) }
    }

    /// The last word on the pool: to be read back after all that was kept, and before what was not
    /// sifted.
    package var pool: [SessionFact] {
        var facts: [SessionFact] = []
        if lastSession > 0 { facts.append(.sessionsCounted(through: lastSession)) }
        if let learned { facts.append(.performanceLearned(learned)) }
        return facts
    }

    private mutating func keeps(_ fact: SessionFact) -> Bool {
        switch fact {
        case .workerKnown, .agentKnown: return true
        case .sessionsCounted(let number):
            lastSession = max(lastSession, number)
            return false
        case .performanceLearned(let columns):
            learned = columns
            return false
        case .metricsRecorded(let sample):
            return live.oldestSample.map { sample.start >= $0 } ?? false
        case .sessionOpened(let opening):
            lastSession = max(lastSession, opening.number)
            return isOpen(opening.number)
        case .graphExtended(let addition): return isOpen(addition.session)
        case .attemptDispatched(let attempt, _, _), .attemptEnded(let attempt, _),
            .checkpointKept(let attempt, _):
            return isOpen(attempt.session)
        case .joinClosed(let session, _), .cancelRequested(let session, _),
            .taskCancelRequested(let session, _), .sessionPaused(let session, _),
            .sessionResumed(let session), .priorityChanged(let session, _, _),
            .sessionEnded(let session, _):
            return isOpen(session)
        }
    }

    private func isOpen(_ session: Int64) -> Bool { live.openSessions.contains(session) }
}

extension OrchestratorCore {
    /// What a journal has to keep so that this state can be read back from it.
    package var live: FactSieve.Live {
        FactSieve.Live(
            openSessions: Set(sessions.numbers),
            // Not the first's: a wall clock may have been set back.
            oldestSample: ledger.history.lazy.map(\.start).min())
    }
}
