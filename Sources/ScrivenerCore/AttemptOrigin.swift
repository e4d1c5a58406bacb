// What the end of an attempt asks of its session: looked up at once, because a session is looked for
// and found unshared each time.

import ScrivenerModel

/// What of an attempt's task decides what its end means.
struct AttemptOrigin {
    let kind: Int32
    let demand: Int32
    let stated: TimeSpan?
    /// Of the session.
    let weight: Int
    /// Whether another attempt runs beside it.
    let isHedged: Bool

    @inline(always)
    init(_ task: Int, in session: borrowing Session) {
        let rule = session.rule(of: task)
        kind = rule.kind
        demand = rule.demand
        stated = session.graph.statedRunTime(of: task)
        weight = session.weight
        isHedged = session.graph.lifecycle.isHedged(task)
    }
}

/// What is to be looked at after something of a session has ended.
struct SessionSigns: OptionSet {
    let rawValue: UInt8

    /// Tasks became ready.
    static let ready = SessionSigns(rawValue: 1)
    /// Somebody follows its progress.
    static let watched = SessionSigns(rawValue: 2)
    /// A join has enough; there are new classes; ranks may be due; or every task is over.
    static let seldom = SessionSigns(rawValue: 4)
}

// `mutating`, though nothing is changed: others are lent a copy of the whole session.
extension Session {
    /// - Parameter revision: of what was learned.
    @inline(always)
    mutating func signs(learned revision: Int64) -> SessionSigns {
        var signs: SessionSigns = []
        if !graph.newlyReady.isEmpty { signs.insert(.ready) }
        if isWatched { signs.insert(.watched) }
        if !graph.joins.newlyMet.isEmpty || rules.count < graph.classes.count
            || !isRanked(asOf: revision) || graph.openCount == 0
        {
            signs.insert(.seldom)
        }
        return signs
    }

    /// Whether its ranks need no look: as of a revision of what was learned.
    @inline(always)
    mutating func isRanked(asOf revision: Int64) -> Bool {
        ranks.count == graph.count && (rankedRevision == revision || wasRankedLately)
    }
}

extension OrchestratorCore {
    /// Whether the worker was given the attempt and it has not ended.
    func holdsLive(_ attempt: AttemptReference, worker: Int32) -> Bool {
        sessions.read(attempt.session) { $0.graph.holdsLive(attempt, worker: worker) } ?? false
    }

    /// An attempt's task is about to be looked at, whatever a worker says has ended.
    @inline(always)
    mutating func anticipateTask(of attempt: AttemptReference) {
        sessions.look(at: attempt.session) { $0.graph.lifecycle.anticipate(Int(attempt.task)) }
    }

    /// What is to be known of an attempt that is about to end; `nil` when the worker was not given it,
    /// or it has ended.
    @inline(always)
    mutating func origin(
        of attempt: AttemptReference, heldBy worker: Int32
    ) -> AttemptOrigin? {
        sessions.look(at: attempt.session) { session -> AttemptOrigin? in
            guard session.graph.holdsLive(attempt, worker: worker) else { return nil }
            session.graph.anticipateDependants(of: Int(attempt.task))
            return AttemptOrigin(Int(attempt.task), in: session)
        } ?? nil
    }
}
