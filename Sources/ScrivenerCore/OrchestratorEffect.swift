// What others see of what happened, and the batch in which it is handed to the shell.

package import ScrivenerModel

/// Something for the shell to carry out. Small, but for what is seldom.
package enum OrchestratorEffect: Sendable, Equatable {
    indirect case send(ConnectionID, CoordinatorMessage)
    /// Attempts for one worker. The shell adds texts and payloads.
    case dispatch(ConnectionID, epoch: Int64, OrderList)
    /// The message `resultsCommitted`, of one result: as often as `dispatch`, and no list for it.
    case acknowledge(ConnectionID, epoch: Int64, AttemptReference)
    indirect case reply(ReplyToken, Reply)
    /// A watched session's progress.
    indirect case progress(session: Int64, ProgressReport)
    /// For those who follow the pool: there is progress to ask for, after a while in which there was none.
    case poolMoved
}

/// One attempt to start.
package struct DispatchOrder: Sendable, Equatable {
    package var attempt: AttemptReference
    package var agentIndex: Int32
    /// Of the dispatch that ends with it, within the epoch of its worker.
    package var number: Int64
    package var timeout: TimeSpan
    package var progressTimeout: TimeSpan
    package var isExclusive: Bool
    package var isAtMostOnce = false
    /// How many slots of its agent it takes.
    package var slots: Int32 = 1
}

/// The attempts that one message starts: at least one. Mostly an event starts one attempt, which needs
/// no list of its own.
package struct OrderList: Sendable, Equatable, RandomAccessCollection {
    private let only: DispatchOrder
    /// All of them, where there are several.
    private let several: [DispatchOrder]

    init(_ order: DispatchOrder) {
        only = order
        several = []
    }

    /// - Parameter orders: at least one.
    init(_ orders: [DispatchOrder]) {
        only = orders[0]
        several = orders.count == 1 ? [] : orders
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { several.isEmpty ? 1 : several.count }
    package subscript(place: Int) -> DispatchOrder { several.isEmpty ? only : several[place] }

    /// Without an iterator, which would cost more than one order does.
    @inline(always)
    package func forEach(_ body: (DispatchOrder) throws -> Void) rethrows {
        guard !several.isEmpty else { return try body(only) }
        for order in several { try body(order) }
    }
}

/// The answer to a request.
package enum Reply: Sendable, Equatable {
    case session(number: Int64, ResearchSession)
    case snapshot(SessionSnapshot)
    case task(TaskSnapshot)
    case explanation(Explanation)
    /// The newest first.
    case sessions([NumberedSession])
    case workers([WorkerRecord])
    case workerPools([WorkerPoolRecord])
    case diagnosis(OpenDiagnosis)
    case changes(SessionChanges)
    case orchestratorStatus(OrchestratorStatus)
    case registryStatus(RegistryStatus)
    case agents([AgentRecord])
    case agentMetrics(AgentMetrics)
    case pool(PoolView)
    case poolSubjects(PoolSubjects)
    case moved([ProgressReport], hasMore: Bool)
    /// Done; there is nothing more to say.
    case done
    /// No open session has the id; it may be archived.
    case notOpen
    case refused(ScrivenerError)
}

/// A session and its number, by which lists of sessions go on.
package struct NumberedSession: Sendable, Equatable {
    package var number: Int64
    package var session: ResearchSession

    package init(number: Int64, session: ResearchSession) {
        self.number = number
        self.session = session
    }
}

/// What handling events came to.
///
/// Facts and archives go to the journal as one transaction. `effects` may show only after that;
/// `immediate` rests on no fact and goes out at once.
package struct Outcome: Sendable {
    /// When the first of the facts happened. All facts of a batch bear this one stamp, and so does
    /// the batch's row in the journal: what is read back is to the millisecond what was.
    package internal(set) var moment: Moment?
    package var facts: [SessionFact] = []
    package var archives: [SessionSnapshot] = []
    /// Earlier commits whose bytes facts of this batch name.
    package var claims: [PayloadClaim] = []
    package var effects: [OrchestratorEffect] = []
    package var immediate: [OrchestratorEffect] = []
    /// For those who follow the pool: shown as effects are.
    package var changes: [PoolChange] = []

    package init() {}

    package var isEmpty: Bool {
        facts.isEmpty && archives.isEmpty && effects.isEmpty && immediate.isEmpty
            && changes.isEmpty
    }

    /// Tells of each attempt that is to start, and on which connection, in order; without copies of
    /// all that is to be done.
    package func forEachOrder(_ body: (ConnectionID, DispatchOrder) -> Void) {
        let effects = effects.span
        for place in effects.indices {
            guard case .dispatch(let connection, _, let orders) = effects[place] else { continue }
            orders.forEach { body(connection, $0) }
        }
    }

    /// The stamp that all facts of the batch bear.
    @inline(always)
    mutating func stamp(_ now: Moment) -> Moment {
        if let moment { return moment }
        moment = now
        return now
    }

    /// Empties it for the next batch, keeping its memory.
    package mutating func removeAll() {
        moment = nil
        // One by one: mostly there are few, and for them that is quicker.
        while !facts.isEmpty { facts.removeLast() }
        while !effects.isEmpty { effects.removeLast() }
        if !archives.isEmpty { archives.removeAll(keepingCapacity: true) }
        if !claims.isEmpty { claims.removeAll() }
        if !immediate.isEmpty { immediate.removeAll(keepingCapacity: true) }
        if !changes.isEmpty { changes.removeAll(keepingCapacity: true) }
    }
}
