// How far a session has come, from sums that every move of a task keeps up to date: a report costs
// the same for ten tasks and for a million, beside what runs and the kinds of tasks there are.
//
// Tasks count by their expected run time: the one that the plan states, or the one that was learned
// of their type. So a session whose long tasks are still to come does not look almost done.

import ScrivenerModel

/// Reports on sessions.
enum ProgressTracker {
    /// How many running tasks a report names.
    static let maximumCurrentTasks = 20

    /// - Parameter estimates: expected run time and its standard deviation, by class.
    static func report(on session: Session, _ estimates: [TimeEstimate]) -> ProgressReport {
        let graph = session.graph
        var byStatus: [String: Int] = [:]
        for status in TaskStatus.allCases where graph.counts[status] > 0 {
            byStatus[status.rawValue] = graph.counts[status]
        }
        let work = SessionWork(session, estimates)
        return ProgressReport(
            sessionID: session.sessionID, status: session.status, currentState: session.state,
            progressPercentage: percentage(work, isOver: graph.openCount == 0),
            completedTasks: graph.counts[.completed], totalTasks: graph.count,
            tasksByStatus: byStatus, currentTasks: currentTasks(of: session),
            secondsLeft: session.isPaused || graph.openCount == 0 ? nil : work.timeLeft,
            sourcesFound: session.sources, insightsGenerated: session.insights,
            hasFinalDocument: session.hasFinalDocument, revision: session.revision)
    }

    private static func currentTasks(of session: Session) -> [CurrentTask] {
        session.graph.live.sorted().prefix(maximumCurrentTasks).map { task in
            let report = session.reports[task]
            return CurrentTask(
                taskID: session.graph.ids[Int(task)],
                progress: report.map { Double($0.permille) / 1_000 },
                message: report.flatMap { $0.message.isEmpty ? nil : $0.message })
        }
    }

    private static func percentage(_ work: SessionWork, isOver: Bool) -> Double {
        if isOver { return 100 }
        guard work.total > 0 else { return 0 }
        // What is open is not done, however little it is expected to be.
        return min(99.9, 100 * (work.done + work.running) / work.total)
    }
}

/// What is expected of a class of tasks, in seconds.
struct TimeEstimate: Sendable, Equatable {
    var mean: Double
    var deviation: Double
    /// Whether it was learned, and is not just a belief.
    var isLearned: Bool
}

/// A session's work in seconds of expected run time.
struct SessionWork {
    private(set) var total = 0.0
    private(set) var done = 0.0
    /// What running tasks have done of theirs, by their own word.
    private(set) var running = 0.0
    private var variance = 0.0
    /// Tasks whose run times `variance` is the sum of.
    private var openTasks = 0.0
    private var isLearned = true
    private let parallelism: Double
    private let path: Double

    init(_ session: Session, _ estimates: [TimeEstimate]) {
        let graph = session.graph
        for (kind, counts) in graph.classCounts.enumerated() {
            let estimate = estimates[kind]
            total += Double(counts.all) * estimate.mean
            done += Double(counts.over) * estimate.mean
            let open = Double(counts.all - counts.over)
            variance += open * estimate.deviation * estimate.deviation
            openTasks += open
            if open > 0, !estimate.isLearned { isLearned = false }
        }
        total += graph.statedWork.all
        done += graph.statedWork.over
        // In an order: sums of fractions depend on it.
        for task in graph.live {
            guard let report = session.reports[task] else { continue }
            let kind = graph.kind(of: Int(task))
            let expected = graph.statedRunTime(of: Int(task))?.seconds ?? estimates[kind].mean
            running += expected * Double(report.permille) / 1_000
        }
        parallelism = Double(max(1, session.graph.live.count))
        let longest = graph.live.map { session.ranks.remaining(Int($0)) }.max() ?? .zero
        path = longest.seconds
    }

    /// Remaining work shared among as many slots as the session has now, and the time in which the
    /// last slot is still busy and others are not, but never less than the longest path behind a
    /// running task; and nine of ten cases around it, as if run times were independent and their
    /// sum normal (1.645 standard deviations).
    var timeLeft: Estimate? {
        guard isLearned, total > done else { return nil }
        let left = max(0, total - done - running)
        let expected = max(left / parallelism + unevenEnd, path)
        let spread = 1.645 * variance.squareRoot() / parallelism
        return Estimate(
            expected: expected, low: max(0, expected - spread), high: expected + spread)
    }

    /// By how much the last of the slots is later than their mean, as if they ended evenly spread
    /// over the run times of one task: of p points in an interval, the last is (p − 1) ÷ 2(p + 1) of
    /// its length behind its middle, and an interval is √12 standard deviations long.
    private var unevenEnd: Double {
        guard openTasks > 0 else { return 0 }
        let length = (12 * variance / openTasks).squareRoot()
        return length * (parallelism - 1) / (2 * (parallelism + 1))
    }
}

/// Whether a session's progress is to be published.
enum Publication: Sendable, Equatable {
    case nothing
    case later(Instant)
    case now
}

extension Session {
    /// Decides, and notes what it decided: the interval holds between two publications, and a
    /// change within it is published when it has passed.
    mutating func publication(at now: Instant) -> Publication {
        guard isFollowed, revision != publishedRevision, !status.isTerminal else { return .nothing }
        let interval = TimeSpan.seconds(config.progressUpdateIntervalSeconds)
        let due = publishedAt.advanced(by: interval)
        guard due <= now else {
            guard !publishIsScheduled else { return .nothing }
            publishIsScheduled = true
            return .later(due)
        }
        publishedRevision = revision
        publishedAt = now
        return .now
    }
}
