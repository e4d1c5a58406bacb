// What can be chosen about a journal. Every limit of the store has its name here.

/// What an acknowledged commit survives.
package enum Durability: String, Sendable, Hashable, CaseIterable {
    /// Power loss, where the disk honours fsync: every commit is synced.
    case full
    /// The death of any process, but not power loss or a crash of the operating system: those may
    /// take the last commits, though they never leave half of one.
    case normal
    /// Nothing: the journal is gone with its process. For tests and for work that may be lost.
    case inMemory = "in_memory"
}

package struct JournalConfiguration: Sendable, Hashable {
    package var durability: Durability
    /// How many bytes of payload rows are kept in memory: dependants of a task mostly start right
    /// after it, and then its result need not be read back.
    package var payloadCacheBytes: Int
    /// How large the write-ahead log may grow before its pages are copied into the database. More
    /// means fewer and longer pauses, and a longer start after a crash.
    package var checkpointBytes: Int
    /// A write-ahead log that has grown to this size is truncated when it is next copied. Below
    /// it the file is kept and written over, which is cheaper than growing it again.
    package var truncateBytes: Int
    /// What was kept of old commits is gone through once more when it has twice the size that it
    /// had after the last time, and at least this.
    package var sweepBytes: Int

    package init(
        durability: Durability = .full, payloadCacheBytes: Int = 64 << 20,
        checkpointBytes: Int = 16 << 20, truncateBytes: Int = 64 << 20,
        sweepBytes: Int = 1 << 20
    ) {
        self.durability = durability
        self.payloadCacheBytes = payloadCacheBytes
        self.checkpointBytes = checkpointBytes
        self.truncateBytes = truncateBytes
        self.sweepBytes = sweepBytes
    }
}
