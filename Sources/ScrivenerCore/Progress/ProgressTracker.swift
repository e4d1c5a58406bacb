// How far a session has come, from counters that every fact keeps up to date: a report costs the
// same for ten tasks and for a million.

package import ScrivenerModel

/// Reports on sessions.
package enum ProgressTracker {
    /// How many running tasks a report names.
    static let maximumCurrentTasks = 20

    package static func report(on session: Session) -> ProgressReport {
        let graph = session.graph
        var byStatus: [String: Int] = [:]
        for status in TaskStatus.allCases where graph.counts[status] > 0 {
            byStatus[status.rawValue] = graph.counts[status]
        }
        let current = graph.live.sorted().prefix(maximumCurrentTasks).map { graph.ids[Int($0)] }
        return ProgressReport(
            sessionID: session.sessionID, status: session.status, currentState: session.state,
            progressPercentage: percentage(graph.counts.terminal, of: graph.count),
            completedTasks: graph.counts[.completed], totalTasks: graph.count,
            tasksByStatus: byStatus, currentTasks: current, sourcesFound: session.sources,
            insightsGenerated: session.insights, hasFinalDocument: session.hasFinalDocument,
            revision: session.revision)
    }

    private static func percentage(_ part: Int, of whole: Int) -> Double {
        whole == 0 ? 0 : 100 * Double(part) / Double(whole)
    }
}

/// Whether a session's progress is to be published.
enum Publication: Sendable, Equatable {
    case nothing
    case later(Instant)
    case now(ProgressReport)
}

extension Session {
    /// Decides, and notes what it decided: the interval holds between two publications, and a
    /// change within it is published when it has passed.
    mutating func publication(at now: Instant) -> Publication {
        guard isWatched, revision != publishedRevision, !status.isTerminal else { return .nothing }
        let interval = TimeSpan.seconds(config.progressUpdateIntervalSeconds)
        let due = publishedAt.advanced(by: interval)
        guard due <= now else {
            guard !publishIsScheduled else { return .nothing }
            publishIsScheduled = true
            return .later(due)
        }
        publishedRevision = revision
        publishedAt = now
        return .now(ProgressTracker.report(on: self))
    }
}
