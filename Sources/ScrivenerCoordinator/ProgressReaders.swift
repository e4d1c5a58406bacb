// Who follows which session. A reader holds the newest report only, so a slow one costs nothing.

import ScrivenerModel

/// The readers of sessions' progress. Confined to the loop's thread.
struct ProgressReaders {
    private var streams: [Int64: [UInt64: AsyncStream<ProgressReport>.Continuation]] = [:]
    private var last: UInt64 = 0

    /// - Parameter onLeave: called from any thread when the reader has gone.
    mutating func add(
        session: Int64, first: ProgressReport,
        onLeave: @escaping @Sendable (_ watcher: UInt64) -> Void
    ) -> AsyncStream<ProgressReport> {
        last += 1
        let watcher = last
        let (stream, continuation) = AsyncStream.makeStream(
            of: ProgressReport.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in onLeave(watcher) }
        continuation.yield(first)
        streams[session, default: [:]][watcher] = continuation
        return stream
    }

    /// - Returns: whether nobody follows the session any more.
    mutating func remove(session: Int64, watcher: UInt64) -> Bool {
        guard streams[session]?.removeValue(forKey: watcher) != nil else { return false }
        guard streams[session]?.isEmpty == true else { return false }
        streams[session] = nil
        return true
    }

    /// Whether somebody follows the session.
    func follow(_ session: Int64) -> Bool { streams[session] != nil }

    mutating func publish(session: Int64, _ report: ProgressReport) {
        guard let readers = streams[session] else { return }
        for continuation in readers.values { continuation.yield(report) }
        guard report.status.isTerminal else { return }
        streams[session] = nil
        for continuation in readers.values { continuation.finish() }
    }

    mutating func finishAll() {
        let all = streams.values.flatMap(\.values)
        streams.removeAll()
        for continuation in all { continuation.finish() }
    }
}
