// What happens in a session, for everybody who follows it. One driver asks the coordinator, however many
// readers there are; each reader takes what it has not seen when it has room for it. So a slow reader costs
// the coordinator nothing, and sees fewer of the states between, but each end of a task.

import ScrivenerModel

/// Where one reader is.
struct FeedReader: Sendable {
    /// How many ends it was told of.
    var ended: Int
    /// Whether it is told of tasks, or of the progress alone.
    let wantsTasks: Bool
    fileprivate var stamp = 0
    fileprivate var revision: Int64 = -1

    init(ended: Int, wantsTasks: Bool) {
        self.ended = ended
        self.wantsTasks = wantsTasks
    }
}

/// What there is for a reader.
enum FeedContents: Sendable {
    /// Some events, perhaps more behind them. None: there is nothing new.
    case events([StreamEvent])
    /// The last events of the stream.
    case last([StreamEvent])
    /// It is behind what is kept here: the ends from its position on have to be asked for.
    case behind
}

/// Something that a reader is woken for.
enum FeedWake: Sendable {
    case news
    case keepAlive
}

/// One session's feed.
actor SessionFeed {
    /// How many ends one look returns.
    static let maximumEvents = 256
    /// How many tasks that neither run nor are over are remembered as having run.
    static let maximumReturned = 1_024

    let sessionID: String
    private let series: String
    /// Absent until the driver has begun.
    private var log: EndLog?
    /// States of tasks that are not over, with a stamp that grows.
    private var between: [String: (stamp: Int, change: TaskChange)] = [:]
    private var lastStamp = 0
    /// Tasks that ran when the coordinator was last asked, by number.
    private(set) var runningNumbers: [Int32] = []
    private var report: ProgressReport?
    private var state = State.open
    private var wakers: [UInt64: AsyncStream<FeedWake>.Continuation] = [:]

    private enum State {
        case open
        /// All ends and the last report are here.
        case over
        /// The coordinator stops, or could not answer.
        case broken
    }

    init(sessionID: String, series: String) {
        self.sessionID = sessionID
        self.series = series
    }

    // MARK: Readers

    func add(_ waker: AsyncStream<FeedWake>.Continuation, as reader: UInt64) {
        wakers[reader] = waker
        // It may have missed what came before it.
        waker.yield(.news)
    }

    func remove(_ reader: UInt64) { wakers[reader] = nil }

    /// What the reader has not seen, and where it is then.
    func read(_ reader: FeedReader) throws -> (contents: FeedContents, reader: FeedReader) {
        guard let log else {
            return (state == .broken ? .last([try .interrupted()]) : .events([]), reader)
        }
        guard reader.ended >= log.base || !reader.wantsTasks else { return (.behind, reader) }
        var next = reader
        if reader.wantsTasks, reader.ended < log.count {
            next.ended = min(log.count, reader.ended + Self.maximumEvents)
            let events = (reader.ended..<next.ended).map { log.event(at: $0, series: series) }
            return (.events(events), next)
        }
        var events = reader.wantsTasks ? try changes(after: reader.stamp) : []
        next.stamp = lastStamp
        if let report, report.revision > reader.revision {
            next.revision = report.revision
            events.append(try StreamEvent("progress", report))
        }
        switch state {
        case .open: return (.events(events), next)
        case .broken: return (.last(events + [try .interrupted()]), next)
        case .over:
            if let report {
                let cursor = StreamCursor(series: series, position: log.count)
                let end = SessionEnd(sessionID: sessionID, status: report.status)
                events.append(try StreamEvent("end", id: cursor.text, end))
            }
            return (.last(events), next)
        }
    }

    private func changes(after stamp: Int) throws -> [StreamEvent] {
        try between.values.filter { $0.stamp > stamp }.sorted { $0.stamp < $1.stamp }
            .map { try StreamEvent("task", $0.change) }
    }

    // MARK: The driver

    /// - Parameter ended: how many ends are not kept here.
    func begin(after ended: Int) { log = log ?? EndLog(base: ended) }

    /// Lets go of a window that has lost its beginning: all of it comes again.
    func beginAnew() { if let log, log.base > 0 { self.log = nil } }

    /// How many ends it knows of.
    var endedCount: Int { log?.count ?? 0 }

    var isBroken: Bool { state == .broken }

    /// - Parameter limit: how many ends are kept.
    func take(_ changes: SessionChanges, keeping limit: Int) throws {
        for change in changes.ended {
            try log?.append(change)
            between[change.taskID] = nil
        }
        log?.trim(to: limit)
        runningNumbers = changes.runningNumbers
        for change in changes.running + changes.returned
        where between[change.taskID]?.change != change {
            lastStamp += 1
            between[change.taskID] = (lastStamp, change)
        }
        forgetReturned(running: Set(changes.running.map(\.taskID)))
    }

    func take(_ report: ProgressReport) {
        self.report = report
        wake()
    }

    func finish(with report: ProgressReport) {
        self.report = report
        between.removeAll()
        state = .over
        wake()
    }

    func breakOff() {
        guard state == .open else { return }
        state = .broken
        wake()
    }

    private func wake() {
        for waker in wakers.values { waker.yield(.news) }
    }

    private func forgetReturned(running: Set<String>) {
        guard between.count > running.count + Self.maximumReturned else { return }
        let oldest = between.filter { !running.contains($0.key) }
            .sorted { $0.value.stamp < $1.value.stamp }
        for (task, _) in oldest.prefix(between.count - running.count - Self.maximumReturned) {
            between[task] = nil
        }
    }
}

/// The data of the event `end`.
private struct SessionEnd: Encodable {
    var sessionID: String
    var status: SessionStatus

    enum CodingKeys: String, CodingKey {
        case status
        case sessionID = "session_id"
    }
}
