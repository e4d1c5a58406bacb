// Connections that were not taken on, for the log: a line for each would be a weapon.

import ScrivenerModel

/// How many connections were refused since the last line of the log.
struct RefusalTally {
    struct Report: Equatable {
        var count: Int
        /// Of the last of them.
        var address: String
    }

    private static let interval = TimeSpan.seconds(10)

    private var count = 0
    private var address = ""
    private var reportedAt: Instant?

    mutating func note(_ address: String) {
        count += 1
        self.address = address
    }

    /// What is to be logged now, if anything is.
    mutating func take(at now: Instant) -> Report? {
        guard count > 0 else { return nil }
        if let reportedAt, now.since(reportedAt) < Self.interval { return nil }
        defer { count = 0 }
        reportedAt = now
        return Report(count: count, address: address)
    }
}
