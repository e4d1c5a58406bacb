// What the coordinator asks of a journal, in terms of facts and payloads and nothing else. Another
// journal (a database server with a coordinator on standby) can take the place of the one on SQLite
// without the coordinator's knowing, so no SQL, no file and no lock shows here.

package import ScrivenerCore
package import ScrivenerModel

/// What one commit writes: all of it or nothing.
package struct JournalBatch: Sendable, Equatable {
    /// When the batch was made.
    package var moment: Moment
    package var facts: [SessionFact]
    /// The bytes that handles in `facts` and `archives` are slices of. Their row is the sequence
    /// number of this commit.
    package var payload: [UInt8]
    /// Sessions that ended.
    package var archives: [SessionSnapshot]
    /// Earlier commits whose payloads handles in `facts` name too: they are kept for these sessions as
    /// well.
    package var claims: [PayloadClaim]
    /// Callbacks of sessions that were opened, and what callbacks are to be told.
    package var callbacks: CallbackChanges

    package init(
        moment: Moment, facts: [SessionFact] = [], payload: [UInt8] = [],
        archives: [SessionSnapshot] = [], claims: [PayloadClaim] = [],
        callbacks: CallbackChanges = CallbackChanges()
    ) {
        self.moment = moment
        self.facts = facts
        self.payload = payload
        self.archives = archives
        self.claims = claims
        self.callbacks = callbacks
    }
}

/// A commit, as it is read back.
package struct JournalRow: Sendable, Equatable {
    package var sequence: Int64
    package var moment: Moment
    package var facts: [SessionFact]

    package init(sequence: Int64, moment: Moment, facts: [SessionFact]) {
        self.sequence = sequence
        self.moment = moment
        self.facts = facts
    }
}

/// Which journal this is, and which opening of it.
package struct JournalIdentity: Sendable, Hashable {
    /// 32 hexadecimal digits, made at random when the journal was created.
    package var journalID: String
    /// 1 for the first opening; every opening adds one.
    package var incarnation: Int64
    /// Made at random by every opening. Two openings of one incarnation, of a journal and of a copy
    /// of it, differ in this.
    package var nonce: UInt64

    package init(journalID: String, incarnation: Int64, nonce: UInt64) {
        self.journalID = journalID
        self.incarnation = incarnation
        self.nonce = nonce
    }
}

/// An archived session in a list of them.
package struct SessionListing: Sendable, Equatable {
    /// The session's number: the cursor for what comes after it in the list.
    package var number: Int64
    package var session: ResearchSession

    package init(number: Int64, session: ResearchSession) {
        self.number = number
        self.session = session
    }
}

/// An append-only log of commits with the payloads and archived sessions that belong to them.
///
/// A journal belongs to one thread at a time and is not `Sendable`; the closure of `replay` must
/// not use the journal. After `close()` every call is a programming error.
package protocol SessionJournal: AnyObject {
    var identity: JournalIdentity { get }

    /// The sequence number of the last commit; 0 when there is none.
    var lastSequence: Int64 { get }

    /// Of the commits up to this one only what matters is kept; 0 when all are whole.
    var compactedThrough: Int64 { get }

    /// The moment of the last commit, from which the journal's clock goes on.
    var lastMoment: Moment? { get }

    /// Writes the batch as commit number `sequence + 1`, if `sequence` is the last one and nobody
    /// else has opened the journal since.
    ///
    /// When this returns, the commit is as durable as the journal was asked to make it. When it
    /// throws `full` or `conflict`, nothing of the batch was written; after `full` the same batch
    /// may be appended again with the same `sequence`. After `io` it is not known whether the
    /// commit will be there after a restart, and no further call will succeed: end the process.
    func append(_ batch: JournalBatch, expecting sequence: Int64) throws(JournalError)

    /// The bytes that the handles name, in their order.
    func read(_ handles: [PayloadHandle]) throws(JournalError) -> PayloadBytes

    /// Visits every commit from the first, each checked before it is visited. Of commits that were
    /// compacted, what was kept of them is visited.
    ///
    /// A visitor to whom a row makes no sense throws `JournalError.corrupt`.
    func replay(_ visit: (JournalRow) throws(JournalError) -> Void) throws(JournalError)

    /// An archived session, or `nil` when no archived session has this id.
    func archive(sessionID: String) throws(JournalError) -> SessionSnapshot?

    /// The same without its tasks, of which there may be many.
    func listing(sessionID: String) throws(JournalError) -> SessionListing?

    /// The plan of a session that is archived.
    func plan(of session: SessionSnapshot) throws(JournalError) -> EndedPlan

    /// Keeps an archived session and its payloads from being retired, until it was released as often as it
    /// was held or the journal is closed: for whoever is about to name its payloads in a commit.
    func hold(session number: Int64)

    func release(session number: Int64)

    /// Archived sessions, the newest first.
    ///
    /// - Parameters:
    ///   - limit: How many at most. Held to 1…`SessionListing.maximumCount`.
    ///   - cursor: The number of the last session of the page before; `nil` for the first page.
    ///   - status: Only sessions of this status; all of them when `nil`.
    ///   - since: Only sessions that were submitted then or later; all of them when `nil`.
    func archives(
        limit: Int, after cursor: Int64?, status: SessionStatus?, since: WallTime?
    ) throws(JournalError) -> [SessionListing]

    /// Whether an archived session has this id.
    func isKnown(sessionID: String) throws(JournalError) -> Bool

    /// The callbacks of open sessions, in order.
    func openCallbacks() throws(JournalError) -> [OpenCallback]

    /// What became of a session's callbacks, in the order of its plan.
    func callbacks(ofSession session: Int64) throws(JournalError) -> [SessionCallback]

    /// The first pending message of each callback whose time has come, host by host in turns.
    func dueDeliveries(_ question: DueQuestion) throws(JournalError) -> DueDeliveries

    /// How many messages are pending. Takes time with their number.
    func pendingDeliveryCount() throws(JournalError) -> Int

    /// Keeps what attempts at deliveries have come to: all or nothing. Not a commit: no fact rests
    /// on it.
    func settle(_ settlements: [DeliverySettlement]) throws(JournalError)

    /// Drops from commits up to a certain one what no longer matters, a slice at a time.
    ///
    /// - Parameter live: what matters as of that commit, or a later one.
    /// - Returns: whether there is more to do.
    func compact(
        keeping live: FactSieve.Live, through sequence: Int64
    ) throws(JournalError) -> Bool

    /// Removes archived sessions that are not to be kept any longer, the first that ended first,
    /// and the payloads that only they had; a few at a time.
    ///
    /// - Returns: how many were removed; 0 when there are no more.
    func retire(_ rule: RetentionRule) throws(JournalError) -> Int

    /// Writes the whole journal, as it is now, to a file that is not there yet. Commits wait
    /// meanwhile.
    func backUp(to path: String) throws(JournalError)

    /// Moves what was committed to where it stays. The journal does so by itself when it has to;
    /// at a quiet moment it costs nobody any waiting.
    func checkpoint() throws(JournalError)

    /// Ends the use of the journal, and lets others open it, whether or not it throws.
    func close() throws(JournalError)
}

extension SessionListing {
    /// The most that one page of a list has.
    package static let maximumCount = 1_000
}

/// Which archived sessions are kept. Both rules hold: whichever removes more.
package struct RetentionRule: Sendable, Equatable {
    /// Those that ended before this are removed; none for their age when absent.
    package var endedBefore: WallTime?
    /// So many are kept at most; any number when absent.
    package var maximumCount: Int?
    /// Those that ended since, and whose callbacks have still to be told something, are kept whatever
    /// the others say; none for that when absent.
    package var untoldSince: WallTime?

    package init(
        endedBefore: WallTime? = nil, maximumCount: Int? = nil, untoldSince: WallTime? = nil
    ) {
        self.endedBefore = endedBefore
        self.maximumCount = maximumCount
        self.untoldSince = untoldSince
    }
}

extension JournalBatch {
    /// The sessions whose facts name bytes of the payload, in order. What no fact names (results
    /// that were refused) belongs to nobody.
    package static func payloadOwners(of facts: [SessionFact]) -> [Int64] {
        var owners: Set<Int64> = []
        // Mostly many in a row are of one session.
        var last: Int64?
        for fact in facts {
            guard let owner = fact.payloadOwner, owner != last else { continue }
            owners.insert(owner)
            last = owner
        }
        return owners.sorted()
    }

    /// Whether any fact names bytes of the payload.
    package static func namesPayload(_ facts: [SessionFact]) -> Bool {
        facts.contains { $0.payloadOwner != nil }
    }
}

extension SessionFact {
    /// The session whose bytes of the payload it names.
    fileprivate var payloadOwner: Int64? {
        switch self {
        case .sessionOpened(let opening): opening.number
        case .graphExtended(let addition): addition.session
        case .checkpointKept(let attempt, _): attempt.session
        case .attemptDied(let attempt, _, let record): record == nil ? nil : attempt.session
        case .attemptEnded(let attempt, let ending):
            ending.record == nil ? nil : attempt.session
        default: nil
        }
    }
}
