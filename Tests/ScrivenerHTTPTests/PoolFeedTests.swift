// What the pool's feed keeps, and how much of it one look returns.

import ScrivenerModel
import Testing

@testable import ScrivenerHTTP

@Suite struct PoolFeedTests {
    private static func report(_ session: String, saying message: String? = nil) -> ProgressReport {
        var report = Sample.progress()
        report.sessionID = session
        report.currentTasks = [CurrentTask(taskID: "a", message: message)]
        return report
    }

    private static func reader(at position: Int) -> PoolReader {
        let cursor = FakePool.cursor(position)
        let snapshot = PoolSnapshot(
            cursor: cursor, status: Sample.status, sessions: [], workers: [])
        return PoolReader(snapshot, at: cursor, wantsChanges: true, stamp: 0)
    }

    private static func session(_ event: StreamEvent) throws -> String {
        try RawJSON(event.data).value()["session_id"]?.stringValue ?? event.name
    }

    /// Somebody looks on over a slow line while thousands of sessions move on: what is written for it at once is
    /// little, and it sees each of them once, also where the coordinator stops meanwhile.
    @Test func oneLookReturnsOnlySomeOfTheProgress() async throws {
        let feed = PoolFeed()
        await feed.begin(at: 0)
        let sessions = (0..<600).map { "s-\($0)" }
        try await feed.take(sessions.map { Self.report($0) })
        await feed.breakOff()
        var reader = Self.reader(at: 0)
        var seen: [String] = []
        for count in [256, 256] {
            let (contents, next) = try await feed.read(reader)
            guard case .events(let events) = contents else { throw Unexpected() }
            #expect(events.count == count)
            seen += try events.map { try Self.session($0) }
            reader = next
        }
        guard case .last(let events) = try await feed.read(reader).contents else {
            throw Unexpected()
        }
        seen += try events.dropLast().map { try Self.session($0) }
        #expect(seen == sessions && events.last?.name == "interrupted")
    }

    /// More happened at once than the coordinator keeps: a session whose progress was known may have ended among
    /// it, and is not told of as if it went on.
    @Test func whatMayHaveEndedUnseenIsNotTold() async throws {
        let feed = PoolFeed()
        await feed.begin(at: 0)
        try await feed.take([Self.report("ended")])
        await feed.begin(at: 5_000)
        let reader = Self.reader(at: 5_000)
        guard case .events(let none) = try await feed.read(reader).contents else {
            throw Unexpected()
        }
        #expect(none.isEmpty)
        try await feed.take([Self.report("open")])
        guard case .events(let some) = try await feed.read(reader).contents else {
            throw Unexpected()
        }
        #expect(try some.map { try Self.session($0) } == ["open"])
    }

    /// Sessions whose reports are long, and very many of them: so much is kept and no more, of those that moved on
    /// last.
    @Test func theProgressThatIsKeptIsBounded() throws {
        var latest = LatestProgress()
        let long = String(repeating: "x", count: 1 << 20)
        for number in 0..<50 { try latest.append(Self.report("long-\(number)", saying: long)) }
        #expect(latest.bytes <= LatestProgress.maximumBytes / 4 * 5)
        for number in 0..<6_000 { try latest.append(Self.report("s-\(number)")) }
        #expect(latest.count <= LatestProgress.maximumReports / 4 * 5)
        let kept = latest.events(after: 0, newerThan: [:], limit: .max).events
        #expect(try kept.last.map { try Self.session($0) } == "s-5999")
        #expect(latest.bytes == kept.reduce(0) { $0 + $1.data.count })
        latest.removeAll()
        #expect(latest.bytes == 0 && latest.count == 0)
    }

    private struct Unexpected: Error {}
}
