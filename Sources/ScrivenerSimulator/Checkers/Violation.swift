// What did not hold, and whom it concerns.

/// A rule that a run is held to. `docs/simulator.md` explains each.
package enum Rule: String, Sendable, CaseIterable {
    /// A fact that may not follow on those before it.
    case history
    /// The machine's own counters and lists differ from a recount.
    case recount
    /// Two attempts at one task ran at once without an excuse.
    case overlap
    /// A task that must not be executed twice was given out again.
    case atMostOnce = "at-most-once"
    /// An attempt that its worker came to was handed back for it, or one that it never came to was lost.
    case handBack = "hand-back"
    /// A remedy that an explanation names does not help, or its task moves without it.
    case explanation
    /// An agent was started with something other than what the journal says.
    case dispatch
    /// More attempts are held than there are slots, or than the session may run.
    case limits
    /// Something showed that is not on disk.
    case outputCommit = "output-commit"
    /// Something that was acknowledged is gone.
    case durability
    /// A task was shown as cancelled while its agent ran.
    case cancelProof = "cancel-proof"
    /// A silent worker's attempts were kept for longer than its lease.
    case detection
    /// An answer says something that is not so.
    case answer
    /// Somebody who follows a session does not see a change, or sees one too often.
    case progress
    /// Work goes to somebody who takes none.
    case service
    /// A task is blamed for a death that it was not there for, or not for one that it was; it runs
    /// beside others though it should run alone; or it is given up too soon, or too late.
    case poison
    /// An agent that keeps failing is given work though others could do it.
    case ejection
    /// A session is served again and again while another waits for its first turn.
    case fairness
    /// Of one session's tasks a less urgent one goes first.
    case order
    /// A worker has forgotten what it ought to know, or has not forgotten what it ought to.
    case outbox
    /// All is well, and something does not end.
    case liveness
    /// All has ended, and something is left.
    case baseline
    /// Bytes do not say what the message said.
    case wire
}

/// A rule that did not hold.
package struct Violation: Sendable, Equatable {
    package var rule: Rule
    package var text: String
    package var subject = Subject()
}

/// Whom something concerns.
package struct Subject: Sendable, Equatable {
    package var session: Int64?
    package var task: Int32?
    package var worker: String?
}
