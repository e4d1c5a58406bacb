// Of each session that moves on the latest progress as an event, written once for all readers. Of one that has moved on
// again before a reader had room for it, the reader sees the later.

import ScrivenerModel

/// The latest progress of the sessions that moved on last.
struct LatestProgress: Sendable {
    /// Of how many sessions it is kept.
    static let maximumReports = 4_096
    /// And how much, whatever it is of.
    static let maximumBytes = 16 << 20

    private struct Latest {
        var stamp: Int
        var revision: Int64
        var event: StreamEvent
    }

    /// Grows with each report: what came later has the larger one.
    private(set) var lastStamp = 0
    private(set) var bytes = 0
    private var latest: [String: Latest] = [:]

    var count: Int { latest.count }

    mutating func append(_ report: ProgressReport) throws {
        let event = try StreamEvent("progress", report)
        remove(report.sessionID)
        lastStamp += 1
        bytes += event.data.count
        latest[report.sessionID] = Latest(
            stamp: lastStamp, revision: report.revision, event: event)
        trim()
    }

    mutating func remove(_ session: String) {
        guard let gone = latest.removeValue(forKey: session) else { return }
        bytes -= gone.event.data.count
    }

    mutating func removeAll() {
        latest.removeAll()
        bytes = 0
    }

    /// A quarter more is let gather before, so that it is seldom.
    private mutating func trim() {
        guard latest.count > Self.maximumReports / 4 * 5 || bytes > Self.maximumBytes / 4 * 5
        else { return }
        let oldest = latest.sorted { $0.value.stamp < $1.value.stamp }
        for (session, _) in oldest {
            guard latest.count > Self.maximumReports || bytes > Self.maximumBytes else { return }
            remove(session)
        }
    }

    /// What came after a stamp, in that order.
    ///
    /// - Parameter revisions: of sessions, the revision that is known: what is not newer is no news.
    /// - Returns: and the stamp that it reaches to; there may be more when it is not the last.
    func events(
        after stamp: Int, newerThan revisions: [String: Int64], limit: Int
    ) -> (events: [StreamEvent], stamp: Int) {
        guard stamp < lastStamp else { return ([], lastStamp) }
        let news = latest.filter { session, latest in
            latest.stamp > stamp && latest.revision > revisions[session] ?? .min
        }.values.sorted { $0.stamp < $1.stamp }
        let part = news.prefix(limit)
        let reached = part.count < news.count ? part.last?.stamp : nil
        return (part.map(\.event), reached ?? lastStamp)
    }
}
