// What has happened to a session's tasks since somebody who follows it last looked. Ends are told one by one,
// in their order, from wherever the reader is; what runs is told as it is now, so that a reader who looks
// seldom sees less, and nothing has to be kept for it.

/// Where a reader of a session's changes is.
package struct FollowerPosition: Sendable, Equatable {
    /// How many ends of tasks it has been told of.
    package var ended: Int
    /// Tasks that ran when it last looked, by number.
    package var running: [Int32]

    package init(ended: Int = 0, running: [Int32] = []) {
        self.ended = ended
        self.running = running
    }
}

/// What such a reader has not been told.
package struct SessionChanges: Sendable, Equatable {
    /// How many ends one answer tells of.
    package static let maximumEnded = 1_024
    /// How many running tasks one answer tells of.
    package static let maximumRunning = 256

    /// How many tasks are over.
    package var endedCount: Int
    /// Those that ended since, in the order in which they did; 1,024 at most.
    package var ended: [TaskChange]
    /// Tasks that run now, in task order; 256 at most.
    package var running: [TaskChange]
    /// Their numbers.
    package var runningNumbers: [Int32]
    /// Tasks that ran when the reader last looked, and neither run now nor are over.
    package var returned: [TaskChange]

    package init(
        endedCount: Int, ended: [TaskChange], running: [TaskChange] = [],
        runningNumbers: [Int32] = [], returned: [TaskChange] = []
    ) {
        self.endedCount = endedCount
        self.ended = ended
        self.running = running
        self.runningNumbers = runningNumbers
        self.returned = returned
    }
}
