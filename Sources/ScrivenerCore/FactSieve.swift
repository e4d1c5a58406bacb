// Which facts of old commits still matter. A journal that keeps only these is read back in a time
// that follows from what is open, and not from all that ever was.
//
// The facts of an open session are all kept, as they are and in their order: there is no second
// form of the state that could differ from the first. Those of a session that has ended are dropped,
// its archive tells what became of it. Of what is said of the pool only the last word counts.
//
// Sifting may be cut short anywhere, and what was kept earlier is not always looked at again. So the
// facts of a session are dropped from its opening on or not at all: what is read back of it is then
// all of it, its end included, or a rest without an opening, which means nothing to the machine.

package import ScrivenerModel

/// Sorts out facts, commit by commit, from the oldest: one pass.
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
    /// Sessions up to this one were opened in commits before, and their openings may still be there.
    private let earlierSessions: Int64
    /// Whether a session whose opening was sifted is kept.
    private var keepsOpened: [Int64: Bool] = [:]
    private var lastSession: Int64 = 0
    private var learned: PerformanceColumns?

    /// - Parameters:
    ///   - live: as of a commit that is not older than any that is sifted.
    ///   - pool: what earlier passes have gathered from older commits, where there were any.
    package init(_ live: Live, after pool: [SessionFact] = []) {
        self.live = live
        var earlier: Int64 = 0
        for case .sessionsCounted(let number) in pool { earlier = max(earlier, number) }
        earlierSessions = earlier
        _ = sift(pool)
    }

    /// The facts of a commit that are kept where they are.
    package mutating func sift(_ facts: [SessionFact]) -> [SessionFact] {
        facts.filter { keeps($0) }
    }

    /// Of the facts of a commit that was just sifted, those that brought sessions their tasks and were
    /// dropped: by them a session that has ended can be run again.
    package func droppedPlans(_ facts: [SessionFact]) -> [(session: Int64, facts: [SessionFact])] {
        var plans: [(session: Int64, facts: [SessionFact])] = []
        var places: [Int64: Int] = [:]
        for fact in facts {
            guard let session = fact.plannedSession, !keeps(session: session) else { continue }
            if let place = places[session] {
                plans[place].facts.append(fact)
            } else {
                places[session] = plans.count
                plans.append((session, [fact]))
            }
        }
        return plans
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
            let isOpen = live.openSessions.contains(opening.number)
            keepsOpened[opening.number] = isOpen
            return isOpen
        case .graphExtended(let addition): return keeps(session: addition.session)
        case .sessionRerun(let rerun): return keeps(session: rerun.session)
        case .attemptDispatched(let attempt, _, _), .attemptEnded(let attempt, _),
            .checkpointKept(let attempt, _), .attemptDied(let attempt, _, _):
            return keeps(session: attempt.session)
        case .joinClosed(let session, _), .cancelRequested(let session, _),
            .taskCancelRequested(let session, _), .sessionPaused(let session, _),
            .sessionResumed(let session), .priorityChanged(let session, _, _),
            .sessionEnded(let session, _):
            return keeps(session: session)
        }
    }

    private func keeps(session: Int64) -> Bool {
        keepsOpened[session] ?? (session <= earlierSessions)
    }
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
