// Where a reader of the pool's changes is. While the coordinator runs its position says that exactly. After a
// restart positions are counted anew, and the journal says where the reader was: every change of a session
// is a fact, and has its place there. What happens to workers is none, and is told from the restart on.

/// A place among the changes of the pool.
package struct PoolCursor: Sendable, Equatable {
    /// Names the journal.
    package var journal: String
    /// Names the coordinator's start that counts the position.
    package var start: Int
    /// How many changes lie before it.
    package var position: Int
    /// The commit that was the last, and how many changes of sessions it brought up to here.
    package var commit: Int64
    package var index: Int

    package init(journal: String, start: Int, position: Int, commit: Int64, index: Int) {
        self.journal = journal
        self.start = start
        self.position = position
        self.commit = commit
        self.index = index
    }
}
