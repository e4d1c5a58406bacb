// The stream of the whole pool: what somebody sees who keeps an eye on all of it, and where the stream goes on after it
// was cut off.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PoolStreamTests {
    private static let stream = StreamKind.pool

    private static func id(_ position: Int) -> String {
        "\(FakePool.journal)-\(FakePool.start)-\(position)-7-0"
    }

    private static func session(_ id: String, _ step: SessionStep) -> ToldChange.Subject {
        .session(step, id: id, nil)
    }

    private static func event(_ session: String, _ step: SessionStep, at position: Int) -> String {
        "event: session\nid: \(id(position))\n"
            + #"data: {"at":"2026-01-31T12:00:00.000Z","change":"\#(step.rawValue)","#
            + #""session_id":"\#(session)"}"# + "\n\n"
    }

    private static func progress(_ revision: Int64) -> ProgressReport {
        Sample.progress(completed: 1, revision: revision)
    }

    /// Somebody watches all day: sees the pool as it is, and then each thing that happens.
    @Test func snapshotThenChanges() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request())
                let first = try await client.read(through: "\n\n")
                #expect(
                    first.contains(
                        "event: snapshot\nid: \(Self.id(0))\ndata: {\"cursor\":\"\(Self.id(0))\","
                            + "\"sessions\":[\(Expected.session)],\"status\":{"))
                #expect(first.contains(#""workers":[{"#))
                await server.gateway.happen(
                    .session(.opened, id: "s-1", Sample.session()),
                    .worker(.suspected, Sample.worker(state: "suspect")))
                let opened = try await client.read(through: "\n\n")
                #expect(
                    opened.hasSuffix(
                        "event: session\nid: \(Self.id(1))\n"
                            + #"data: {"at":"2026-01-31T12:00:00.000Z","change":"opened","#
                            + "\"session\":\(Expected.session),\"session_id\":\"s-1\"}\n\n"))
                let suspected = try await client.read(through: "\n\n")
                #expect(suspected.contains("event: worker\nid: \(Self.id(2))\n"))
                #expect(suspected.contains(#""change":"suspected","worker":{"#))
                #expect(suspected.hasSuffix(#""worker_id":"w1"}"# + "\n\n"))
                await server.gateway.move(Self.progress(4))
                let moved = try await client.read(through: "\n\n")
                #expect(
                    moved.hasSuffix(
                        "event: progress\ndata: "
                            + Expected.progress(completed: 1, revision: 4) + "\n\n"))
            }
        }
    }

    /// A connection breaks, and things happen meanwhile: each is told when it is back, and nothing twice;
    /// whether others looked on or nobody did.
    @Test(arguments: [true, false])
    func aReaderGoesOnWhereItWas(isWatchedByOthers: Bool) async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { other in
                if isWatchedByOthers {
                    try await other.send(Self.stream.request())
                    _ = try await other.read(through: "event: snapshot")
                }
                let names = ["a", "b", "c", "d"]
                for name in names { await server.gateway.happen(Self.session(name, .opened)) }
                if isWatchedByOthers {
                    _ = try await other.read(through: Self.event("d", .opened, at: 4))
                }
                try await RawClient.connect(port: server.port) { client in
                    try await client.send(
                        Self.stream.request(headers: "Last-Event-ID: \(Self.id(2))\r\n"))
                    let first = try await client.read(through: "\n\n")
                    #expect(first.contains("event: snapshot\nid: \(Self.id(2))\n"))
                    await server.gateway.happen(Self.session("e", .opened))
                    let rest = try await client.read(through: Self.event("e", .opened, at: 5))
                    #expect(rest.eventIDs == [3, 4, 5].map(Self.id))
                    #expect(rest.contains(Self.event("c", .opened, at: 3)))
                }
            }
        }
    }

    /// A cursor of another journal, of a time that is not kept, or one that is none at all: the reader is told
    /// so, and begins anew.
    @Test(arguments: [
        "?since=aaaaaaaa-118203-1-7-0", "?since=3f9a1c22-5-1-7-0", "?since=3f9a1c22-118203-9-7-0",
        "?since=3f9a1c22-118203-0-7-0",
    ])
    func anUnknownCursorBeginsAnew(_ query: String) async throws {
        try await TestServer.run { server in
            await server.gateway.happen(Self.session("a", .opened), Self.session("a", .ended))
            await server.gateway.drop(1)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request(query: query))
                let all = try await client.read(through: "event: snapshot\nid: \(Self.id(2))")
                #expect(all.eventNames == ["reset", "snapshot"])
                #expect(all.contains("data: {\"cursor\":\"\(query.dropFirst(7))\"}"))
            }
            // What a browser brings along from elsewhere is no mistake of anybody's.
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request(headers: "Last-Event-ID: mk2x9f-4\r\n"))
                let all = try await client.read(through: "event: snapshot\nid: \(Self.id(2))")
                #expect(all.eventNames == ["reset", "snapshot"])
            }
        }
    }

    /// A program wants a line an event, and no changes.
    @Test func linesOfJSONAndProgressAlone() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    Self.stream.request(
                        query: "?events=progress", headers: "Accept: application/x-ndjson\r\n"))
                let head = try await client.read(through: "\"event\":\"snapshot\"")
                #expect(head.lowercased().contains("content-type: application/x-ndjson\r\n"))
                await server.gateway.happen(Self.session("a", .opened))
                await server.gateway.move(Self.progress(2))
                let rest = try await client.read(
                    through: "{\"event\":\"progress\",\"data\":"
                        + Expected.progress(completed: 1, revision: 2) + "}\n")
                #expect(!rest.contains("\"event\":\"session\""))
            }
        }
    }

    /// A report was on its way when a reader was shown the session further on, or saw it end: a table that takes what
    /// comes last must not go back in time.
    @Test func whatIsOlderThanWhatWasShownIsNotTold() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request())
                _ = try await client.read(through: "event: snapshot")
                // The snapshot shows revision 1 of it.
                await server.gateway.move(Self.progress(1))
                await server.gateway.happen(Self.session("b", .ended))
                let ended = try await client.read(through: Self.event("b", .ended, at: 1))
                #expect(!ended.contains("event: progress"))
                var late = Self.progress(9)
                late.sessionID = "b"
                await server.gateway.move(late, Self.progress(3))
                let rest = try await client.read(
                    through: Expected.progress(completed: 1, revision: 3))
                #expect(rest.eventNames == ["progress"])
            }
        }
    }

    /// More happens than the coordinator keeps while a reader does not read: it is told that it has missed
    /// something, and not left to believe that it has not.
    @Test func whoFallsBehindBeginsAnew() async throws {
        try await TestServer.run { server in
            for name in ["a", "b", "c"] {
                await server.gateway.happen(Self.session(name, .opened))
            }
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request(query: "?since=\(Self.id(3))"))
                _ = try await client.read(through: "event: snapshot")
                // The feed is beyond what it is asked for, and so is the coordinator.
                try await RawClient.connect(port: server.port) { second in
                    try await second.send(Self.stream.request(query: "?since=\(Self.id(1))"))
                    let told = try await second.read(through: Self.event("c", .opened, at: 3))
                    #expect(told.eventNames == ["snapshot", "session", "session"])
                }
                await server.gateway.drop(2)
                try await RawClient.connect(port: server.port) { third in
                    try await third.send(Self.stream.request(query: "?since=\(Self.id(1))"))
                    let told = try await third.read(through: "event: snapshot\nid: \(Self.id(3))")
                    #expect(told.eventNames == ["reset", "snapshot"])
                }
            }
        }
    }
}
