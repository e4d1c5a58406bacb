// What attempts have taught, as the journal keeps it: names of types, whose numbers differ from
// start to start, and agents on workers by the numbers that the journal has for them.

package import ScrivenerModel

/// What was learned of task types and of agents on workers, in columns.
package struct PerformanceColumns: Sendable, Equatable {
    /// Task types, in the order of their rows in `durations`.
    package var kinds: [String] = []
    /// The largest memory that an attempt of each type took, in bytes; 0 where nobody measured it.
    package var peakMemory: [Int64] = []
    /// Agents on workers, in the order of their rows in `durations`.
    package var workers: [Int32] = []
    package var agents: [Int32] = []
    package var durations = DurationColumns()

    package init() {}
}

/// What instances did in a span of time that is over. Instances to which nothing happened are
/// absent.
package struct MetricsSample: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package var worker: Int32
        package var agent: Int32
        package var completed: Int32
        package var failed: Int32
        package var lost: Int32
        /// Nanoseconds of run time of the attempts that ended.
        package var busy: Int64

        package init(
            worker: Int32, agent: Int32, completed: Int32 = 0, failed: Int32 = 0, lost: Int32 = 0,
            busy: Int64 = 0
        ) {
            self.worker = worker
            self.agent = agent
            self.completed = completed
            self.failed = failed
            self.lost = lost
            self.busy = busy
        }
    }

    /// When the span began, for people.
    package var start: WallTime
    package var length: TimeSpan
    /// In order of worker and agent.
    package var rows: [Row]

    package init(start: WallTime, length: TimeSpan, rows: [Row]) {
        self.start = start
        self.length = length
        self.rows = rows
    }
}
