// The stream of the whole pool: what somebody sees who keeps an eye on all of it, where the stream goes on after it was
// cut off, and what becomes of it when nobody looks.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PoolStreamTests {
    private static func request(query: String = "", headers: String = "") -> String {
        "GET /v1/events\(query) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n"
    }

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

    private static func names(_ stream: String) -> [String] {
        stream.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("event: ") }
            .map { String($0.dropFirst(7)) }
    }

    private static func ids(_ stream: String) -> [String] {
        stream.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("id: ") }
            .map { String($0.dropFirst(4)) }
    }

    private static func progress(_ revision: Int64) -> ProgressReport {
        Sample.progress(completed: 1, revision: revision)
    }

    /// Somebody watches all day: sees the pool as it is, and then each thing that happens.
    @Test func snapshotThenChanges() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                let head = try await client.read(through: "\r\n\r\n").lowercased()
                #expect(head.contains("http/1.1 200"))
                #expect(head.contains("content-type: text/event-stream\r\n"))
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
                    try await other.send(Self.request())
                    _ = try await other.read(through: "event: snapshot")
                }
                let names = ["a", "b", "c", "d"]
                for name in names { await server.gateway.happen(Self.session(name, .opened)) }
                if isWatchedByOthers {
                    _ = try await other.read(through: Self.event("d", .opened, at: 4))
                }
                try await RawClient.connect(port: server.port) { client in
                    try await client.send(Self.request(headers: "Last-Event-ID: \(Self.id(2))\r\n"))
                    let first = try await client.read(through: "\n\n")
                    #expect(first.contains("event: snapshot\nid: \(Self.id(2))\n"))
                    await server.gateway.happen(Self.session("e", .opened))
                    let rest = try await client.read(through: Self.event("e", .opened, at: 5))
                    #expect(Self.ids(rest) == [3, 4, 5].map(Self.id))
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
                try await client.send(Self.request(query: query))
                let all = try await client.read(through: "event: snapshot\nid: \(Self.id(2))")
                #expect(Self.names(all) == ["reset", "snapshot"])
                #expect(all.contains("data: {\"cursor\":\"\(query.dropFirst(7))\"}"))
            }
            // What a browser brings along from elsewhere is no mistake of anybody's.
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request(headers: "Last-Event-ID: mk2x9f-4\r\n"))
                let all = try await client.read(through: "event: snapshot\nid: \(Self.id(2))")
                #expect(Self.names(all) == ["reset", "snapshot"])
            }
        }
    }

    @Test(arguments: [
        "?since=17", "?since=mk2x9f-4", "?since=3f9a1c22-1-2-3-a", "?since=3f9a1c22-1-2-3--4",
        "?events=task", "?status=open",
    ])
    func whatIsNoCursorIsRefused(_ query: String) async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    Self.request(query: query, headers: "Connection: close\r\n"))
                let answer = try await client.readToEnd()
                #expect(answer.contains("HTTP/1.1 400"))
                #expect(answer.contains(#""code":"request_invalid""#))
            }
        }
    }

    /// A program wants a line an event, and no changes.
    @Test func linesOfJSONAndProgressAlone() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    Self.request(
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
                try await client.send(Self.request())
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
                #expect(Self.names(rest) == ["progress"])
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
                try await client.send(Self.request(query: "?since=\(Self.id(3))"))
                _ = try await client.read(through: "event: snapshot")
                // The feed is beyond what it is asked for, and so is the coordinator.
                try await RawClient.connect(port: server.port) { second in
                    try await second.send(Self.request(query: "?since=\(Self.id(1))"))
                    let told = try await second.read(through: Self.event("c", .opened, at: 3))
                    #expect(Self.names(told) == ["snapshot", "session", "session"])
                }
                await server.gateway.drop(2)
                try await RawClient.connect(port: server.port) { third in
                    try await third.send(Self.request(query: "?since=\(Self.id(1))"))
                    let told = try await third.read(through: "event: snapshot\nid: \(Self.id(3))")
                    #expect(Self.names(told) == ["reset", "snapshot"])
                }
            }
        }
    }

    /// Many look on: the coordinator is asked once, and is rid of it when the last has gone.
    @Test func manyReadersAreOneToTheCoordinator() async throws {
        let count = 20
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await RawClient.connect(port: server.port) { client in
                            try await client.send(Self.request())
                            _ = try await client.read(through: "event: snapshot")
                            signal.yield()
                            _ = try await client.read(through: Self.event("a", .opened, at: 1))
                        }
                    }
                }
                var arrivals = ready.makeAsyncIterator()
                for _ in 0..<count { await arrivals.next() }
                await server.gateway.happen(Self.session("a", .opened))
                try await group.waitForAll()
            }
            var released = server.gateway.released.makeAsyncIterator()
            await released.next()
            #expect(await server.gateway.asked == ["follow the pool"])
        }
    }

    /// Streams of the pool and of sessions are counted together, and heads are none.
    @Test func streamsAreCounted() async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 4)) { server in
            for _ in 0..<5 {
                let head = try await RawClient.send("HEAD", "/v1/events", port: server.port)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.headers["content-type"] == "text/event-stream")
            }
            #expect(await server.gateway.asked == [])
            try await RawClient.connect(port: server.port) { first in
                try await first.send(Self.request())
                _ = try await first.read(through: "event: snapshot")
                try await RawClient.connect(port: server.port) { second in
                    try await second.send(Self.request())
                    _ = try await second.read(through: "event: snapshot")
                    let refused = try await server.get("/v1/events")
                    #expect(refused.status == 429)
                    #expect(refused.body.contains(#""code":"overloaded""#))
                }
            }
        }
    }

    /// A coordinator that cannot answer says so, instead of a stream that says nothing; and the place is free
    /// again.
    @Test func whatCannotBeAnsweredIsAProblem() async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 2)) { server in
            await server.gateway.refuse(
                with: ScrivenerError(.storageFull, "no room", retryAfterSeconds: 10))
            for _ in 0..<3 {
                let answer = try await server.get("/v1/events")
                #expect(answer.status == 503)
                #expect(answer.body.contains(#""code":"storage_full""#))
            }
        }
    }

    @Test func silenceIsBrokenByComments() async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: ": keep-alive\n\n")
                _ = try await client.read(through: ": keep-alive\n\n")
            }
        }
    }

    /// The coordinator stops: each reader is told, and none is waited for.
    @Test func shutdownEndsOpenStreams() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: "event: snapshot")
                await server.triggerGracefulShutdown()
                #expect(try await client.readToEnd().contains("event: interrupted\n"))
            }
        }
    }

    /// The same for one that has stopped reading.
    @Test func shutdownDoesNotWaitForWhoDoesNotRead() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: "event: snapshot")
                for start in stride(from: 0, to: 100_000, by: 1_000) {
                    for number in start..<start + 1_000 {
                        await server.gateway.happen(Self.session("session-\(number)", .opened))
                    }
                }
                _ = try await client.read(through: "event: session")
                await server.triggerGracefulShutdown()
                await server.stopped()
            }
        }
    }
}
