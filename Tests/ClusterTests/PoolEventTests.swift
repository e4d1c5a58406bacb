// Somebody keeps an eye on the whole pool, with a connection that breaks and a coordinator that dies.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct PoolEvents {}
}

extension ClusterTests.PoolEvents {
    /// A reader that goes away in the middle of a day and comes back hears of each session and worker once, and of
    /// none not at all; the coordinator's death is no end of that, for sessions.
    @Test func `A reader of the pool misses nothing and hears nothing twice`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let first = try cluster.start(.scrivener, name: "first", Self.following)
            try await first.line(containing: #""event":"snapshot""#)
            let worker = try await cluster.startWorker("w1")
            #expect(try await cluster.submitAndWait(.of([.echo("a")], sessionID: "one")).code == 0)
            let last = try await first.told(.session("one"), "ended")
            try await first.send(SIGKILL)
            _ = try await first.ending()

            let two = try await cluster.submit(
                .of([.echo("a", sleeping: 0.2), .echo("b", after: ["a"])], sessionID: "two"))
            #expect(try await cluster.waitForEnd(of: two).code == 0)
            try await worker.send(SIGTERM)
            #expect(try await worker.ending() == .exited(0))
            let second = try cluster.start(
                .scrivener, name: "second", Self.following + ["--since", last.id])
            _ = try await second.told(.worker("w1"), "left")
            let told = first.changes + second.changes
            #expect(
                told.filter { $0.subject != .worker("w1") }.map(\.text) == [
                    "one opened", "one ended", "two opened", "two ended",
                ])
            let worked = told.filter { $0.subject == .worker("w1") }.map(\.change)
            #expect(worked.first == "joined" && worked.last == "left")
            #expect(Set(worked).count == worked.count)
            #expect(Set(told.map(\.id)).count == told.count)

            // Its connection breaks, and is opened again by itself.
            let three = try await cluster.submit(.of([.echo("a")], sessionID: "three"))
            _ = try await second.told(.session("three"), "opened")
            try await coordinator.send(SIGKILL)
            #expect(try await coordinator.ending() == .signalled(SIGKILL))
            try await cluster.startCoordinator()
            let cancelled = try await cluster.scrivener("session", "cancel", three)
            #expect(cancelled.code == 0, "\(cancelled)")
            _ = try await second.told(.session("three"), "ended")
            #expect(
                second.changes.filter { $0.subject == .session("three") }.map(\.change)
                    == ["opened", "cancelling", "ended"])
            #expect(second.changes.filter { $0.subject == .session("two") }.count == 2)
            #expect(!second.said(#""event":"reset""#))
        }
    }

    /// A coordinator that is told to stop tells its readers, and does not wait for them.
    @Test func `A coordinator stops although its pool is followed`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            let reader = try cluster.start(.scrivener, name: "reader", ["events"])
            try await reader.line(containing: "the pool: 0 open sessions, 0 workers")

            try await coordinator.send(SIGTERM)
            #expect(try await coordinator.ending() == .exited(0))
            try await reader.line(containing: "trying again")
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")

            try await reader.line(containing: "worker w1  joined")
        }
    }

    private static let following = ["events", "--output", "jsonl"]
}

/// What a reader was told of.
private struct ToldLine: Sendable {
    enum Subject: Sendable, Equatable {
        case session(String), worker(String)
    }

    var id: String
    var subject: Subject
    var change: String

    init?(_ line: String) {
        guard let value = try? RawJSON(Array(line.utf8)).value(), let data = value["data"],
            let id = value["id"]?.stringValue, let change = data["change"]?.stringValue
        else { return nil }
        self.id = id
        self.change = change
        if let session = data["session_id"]?.stringValue {
            subject = .session(session)
        } else if let worker = data["worker_id"]?.stringValue {
            subject = .worker(worker)
        } else {
            return nil
        }
    }

    var text: String {
        switch subject {
        case .session(let id), .worker(let id): "\(id) \(change)"
        }
    }
}

extension RunningProcess {
    /// Waits until it was told of a change.
    fileprivate func told(_ subject: ToldLine.Subject, _ change: String) async throws -> ToldLine {
        try await first { line in
            ToldLine(line).flatMap { $0.subject == subject && $0.change == change ? $0 : nil }
        }
    }

    fileprivate var changes: [ToldLine] {
        log.split(separator: "\n").compactMap { line in
            line.firstRange(of: " | ").flatMap { ToldLine(String(line[$0.upperBound...])) }
        }
    }

    fileprivate func said(_ text: String) -> Bool { log.contains(text) }
}
