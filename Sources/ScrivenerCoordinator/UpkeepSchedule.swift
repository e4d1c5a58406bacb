// When the journal is to be kept small: after so many commits, and every so often for sessions that
// have become old.

import ScrivenerCore
import ScrivenerModel
import ScrivenerStore

/// Decides when upkeep is asked for.
struct UpkeepSchedule {
    /// A start reads at most about twice as many commits, and the facts of open sessions.
    private static let commitsBetweenCompactions: Int64 = 4_096
    private static let retirementInterval = TimeSpan.seconds(60)

    private let keepFor: TimeSpan?
    private let keepCount: Int?
    private let keepUntoldFor: TimeSpan?
    /// The last commit when compaction was last asked for.
    private var compactedAt: Int64 = 0
    private var retireAt = Instant.zero

    /// - Parameters:
    ///   - keepFor: how long a session is kept after its end; for ever when `nil`.
    ///   - keepCount: how many are kept; any number when `nil`.
    ///   - keepUntoldFor: how long a session is kept in any case whose callbacks have still to be told
    ///     something.
    init(keepFor: TimeSpan? = nil, keepCount: Int? = nil, keepUntoldFor: TimeSpan? = nil) {
        self.keepFor = keepFor
        self.keepCount = keepCount
        self.keepUntoldFor = keepUntoldFor
    }

    private var retires: Bool { keepFor != nil || keepCount != nil }

    /// When there is something to ask for, whatever else happens.
    var nextDue: Instant? { retires ? retireAt : nil }

    /// - Parameter sequence: the last commit that was handed over.
    mutating func isCompactionDue(after sequence: Int64) -> Bool {
        guard sequence - compactedAt >= Self.commitsBetweenCompactions else { return false }
        compactedAt = sequence
        return true
    }

    mutating func retirement(at now: Moment) -> RetentionRule? {
        guard retires, now.instant >= retireAt else { return nil }
        retireAt = now.instant.advanced(by: Self.retirementInterval)
        let before = { (span: TimeSpan) in
            WallTime(millisecondsSince1970: now.wall.millisecondsSince1970 &- span.milliseconds)
        }
        return RetentionRule(
            endedBefore: keepFor.map(before), maximumCount: keepCount,
            untoldSince: keepUntoldFor.map(before))
    }
}
