// The changes of the pool, as they are told. Each is told once, in order; the session or worker that it is
// about is shown as it is when it is told, so that nothing but the step has to be kept.

/// A change that a reader is told of.
package struct ToldChange: Sendable, Equatable {
    /// What it is about.
    package enum Subject: Sendable, Equatable {
        /// Without the session where that is no longer kept.
        case session(SessionStep, id: String, ResearchSession?)
        case worker(WorkerStep, WorkerRecord)
    }

    /// Where to go on behind it.
    package var cursor: PoolCursor
    package var at: WallTime
    package var subject: Subject

    package init(cursor: PoolCursor, at: WallTime, subject: Subject) {
        self.cursor = cursor
        self.at = at
        self.subject = subject
    }
}

/// What a reader of the pool's changes has not been told.
package struct PoolChanges: Sendable, Equatable {
    /// How many changes one answer tells of.
    package static let maximumCount = 256

    /// Where they begin: what the reader named, as it is counted now.
    package var start: PoolCursor
    /// In order; 256 at most.
    package var changes: [ToldChange]

    package init(start: PoolCursor, changes: [ToldChange]) {
        self.start = start
        self.changes = changes
    }
}
