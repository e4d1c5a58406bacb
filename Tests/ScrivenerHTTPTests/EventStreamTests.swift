// Streams of events: what a dashboard sees, where it goes on after it was cut off, and what becomes of the
// stream when it stops looking.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventStreamTests {
    /// What positions are counted in: the sample's `submitted_at`.
    private static let series = String(1_769_860_800_000, radix: 36)

    private static func request(query: String = "", headers: String = "") -> String {
        "GET /v1/sessions/s-1/events\(query) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n"
    }

    private static func progress(
        status: SessionStatus = .inProgress, completed: Int, revision: Int
    ) -> String {
        let data = Expected.progress(status: status, completed: completed, revision: revision)
        return "event: progress\ndata: \(data)\n\n"
    }

    private static func task(_ id: String, _ status: TaskStatus, at position: Int? = nil) -> String
    {
        let line = position.map { "id: \(series)-\($0)\n" } ?? ""
        return
            "event: task\n\(line)data: {\"status\":\"\(status.rawValue)\",\"task_id\":\"\(id)\"}\n\n"
    }

    private static func end(_ position: Int) -> String {
        "event: end\nid: \(series)-\(position)\ndata: "
            + #"{"session_id":"s-1","status":"completed"}"# + "\n\n"
    }

    private static func names(_ stream: String) -> [String] {
        stream.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("event: ") }
            .map { String($0.dropFirst(7)) }
    }

    private static let done = [
        TaskChange(taskID: "a", status: .completed), TaskChange(taskID: "b", status: .failed),
    ]
    private static let last = Sample.progress(status: .completed, completed: 2, revision: 9)

    /// A dashboard opens late and stays until the end: it sees where things are, what changes, and
    /// that it is over, and then the connection ends by itself.
    @Test func snapshotThenChangesThenEnd() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                let head = try await client.read(through: "\r\n\r\n").lowercased()
                #expect(head.contains("http/1.1 200"))
                #expect(head.contains("content-type: text/event-stream\r\n"))
                #expect(head.contains("cache-control: no-store\r\n"))
                let first = try await client.read(through: "\n\n")
                #expect(
                    first.hasSuffix(
                        "event: snapshot\nid: \(Self.series)-0\ndata: {\"cursor\":\"\(Self.series)-0\","
                            + "\"session\":\(Expected.session)}\n\n"))
                #expect(
                    try await client.read(through: "\n\n").hasSuffix(
                        Self.progress(completed: 0, revision: 1)))
                await server.gateway.report(
                    Sample.progress(completed: 1, revision: 4), ends: [Self.done[0]],
                    running: [TaskChange(taskID: "b", status: .running)])
                #expect(
                    try await client.read(through: "\n\n").hasSuffix(
                        Self.task("a", .completed, at: 1)))
                #expect(
                    try await client.read(through: Self.progress(completed: 1, revision: 4))
                        .contains(Self.task("b", .running)))
                await server.gateway.report(Self.last, ends: [Self.done[1]])
                let rest = try await client.readToEnd()
                #expect(rest.contains(Self.task("b", .failed, at: 2)))
                #expect(
                    rest.contains(
                        Self.progress(status: .completed, completed: 2, revision: 9)
                            + Self.end(2)))
            }
        }
    }

    /// A browser's connection breaks and comes back with the id of the last event that it saw: it is told of
    /// the rest, and of nothing twice, also when the session has ended meanwhile.
    @Test func aReaderGoesOnWhereItWas() async throws {
        try await TestServer.run { server in
            await server.gateway.report(Self.last, ends: Self.done)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    Self.request(headers: "Last-Event-ID: \(Self.series)-1\r\n"))
                let all = try await client.readToEnd()
                #expect(Self.names(all) == ["snapshot", "task", "progress", "end"])
                #expect(all.contains(Self.task("b", .failed, at: 2)))
            }
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request(query: "?since=\(Self.series)-2"))
                #expect(
                    Self.names(try await client.readToEnd()) == ["snapshot", "progress", "end"])
            }
        }
    }

    /// A cursor of another journal's session, or one that a backup has never heard of: what the reader has is
    /// not what is here, and it is told so before anything else.
    @Test(arguments: [
        ("?since=aaaaaa-1", ""), ("?since=\(series)-3", ""), ("", "Last-Event-ID: 17\r\n"),
    ])
    func anUnknownCursorBeginsAnew(_ query: String, _ headers: String) async throws {
        try await TestServer.run { server in
            await server.gateway.report(Self.last, ends: Self.done)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request(query: query, headers: headers))
                let all = try await client.readToEnd()
                #expect(
                    Self.names(all)
                        == ["reset", "snapshot", "task", "task", "progress", "end"])
            }
        }
    }

    @Test(arguments: [
        "?since=17", "?since=A-1", "?since=a-+1", "?since=a-99999999999999999999", "?events=some",
        "?from=1",
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

    /// A script wants a line an event and no parser for it.
    @Test func linesOfJSON() async throws {
        try await TestServer.run { server in
            await server.gateway.report(Self.last, ends: Self.done)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request(headers: "Accept: application/x-ndjson\r\n"))
                let all = try await client.readToEnd()
                #expect(all.lowercased().contains("content-type: application/x-ndjson\r\n"))
                #expect(
                    all.contains(
                        "{\"event\":\"task\",\"id\":\"\(Self.series)-2\",\"data\":"
                            + #"{"status":"failed","task_id":"b"}}"# + "\n"))
            }
        }
    }

    /// A command that shows a bar has no use for fifty thousand tasks.
    @Test func progressAlone() async throws {
        try await TestServer.run { server in
            await server.gateway.report(Self.last, ends: Self.done)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request(query: "?events=progress"))
                #expect(
                    Self.names(try await client.readToEnd()) == ["snapshot", "progress", "end"])
            }
        }
    }

    /// Proxies close connections that are silent; a long task reports nothing for minutes.
    @Test func silenceIsBrokenByComments() async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: ": keep-alive\n\n")
                _ = try await client.read(through: ": keep-alive\n\n")
                await server.gateway.report(Self.last)
                #expect(try await client.readToEnd().contains("event: end\n"))
            }
        }
    }

    /// A browser tab is closed while nothing happens: the stream's place in the coordinator must be
    /// given up at once, not at the next change, which may be never.
    @Test func aClientThatGoesAwayFreesTheStream() async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .seconds(3_600))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: "event: progress")
            }
            var released = server.gateway.released.makeAsyncIterator()
            await released.next()
        }
    }

    /// Whoever only asks for the head has no stream: a monitor that does so must not take them all.
    @Test func headsTakeNoPlace() async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 4)) { server in
            for _ in 0..<5 {
                let head = try await RawClient.send(
                    "HEAD", "/v1/sessions/s-1/events", port: server.port)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.headers["content-type"] == "text/event-stream")
            }
            #expect(await server.gateway.asked == [])
            await server.gateway.report(Self.last, ends: Self.done)
            let stream = try await server.get("/v1/sessions/s-1/events")
            #expect(Self.names(stream.body).last == "end")
        }
    }

    /// More streams than may be are refused, and there is room again when one has ended.
    @Test func streamsAreCounted() async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 4)) { server in
            try await RawClient.connect(port: server.port) { first in
                try await first.send(Self.request())
                _ = try await first.read(through: "event: progress")
                try await RawClient.connect(port: server.port) { second in
                    try await second.send(Self.request())
                    _ = try await second.read(through: "event: progress")
                    let refused = try await server.get("/v1/sessions/s-1/events")
                    #expect(refused.status == 429)
                    #expect(refused.body.contains(#""code":"overloaded""#))
                    await server.gateway.report(Self.last, ends: Self.done)
                    _ = try await second.readToEnd()
                }
                _ = try await first.readToEnd()
            }
            let again = try await server.get("/v1/sessions/s-1/events")
            #expect(again.status == 200)
        }
    }

    /// A body is read by nobody: its client's going away would not be noticed behind it.
    @Test func aBodyIsRefused() async throws {
        try await TestServer.run { server in
            let answer = try await RawClient.send(
                "GET", "/v1/sessions/s-1/events", body: "{}", port: server.port)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""pointer":"Content-Length""#))
        }
    }

    /// Many look at one session: the coordinator is asked once, however many they are.
    @Test func manyReadersAreOneToTheCoordinator() async throws {
        let count = 20
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await RawClient.connect(port: server.port) { client in
                            try await client.send(Self.request())
                            _ = try await client.read(through: "event: progress")
                            signal.yield()
                            let rest = try await client.readToEnd()
                            #expect(rest.contains(Self.task("b", .failed, at: 2)))
                        }
                    }
                }
                var arrivals = ready.makeAsyncIterator()
                for _ in 0..<count { await arrivals.next() }
                await server.gateway.report(Self.last, ends: Self.done)
                try await group.waitForAll()
            }
            #expect(await server.gateway.asked == ["follow s-1"])
        }
    }

    /// A coordinator that is told to stop must not wait for the dashboards that watch it; and they
    /// must not take its stopping for the session's end.
    @Test func shutdownEndsOpenStreams() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: "event: progress")
                await server.triggerGracefulShutdown()
                let rest = try await client.readToEnd()
                #expect(rest.contains("event: interrupted\n"))
                #expect(!rest.contains("event: end"))
            }
        }
    }

    /// The same for one that has stopped reading: what it has not read fills its connection, and nothing
    /// more can be told to it.
    @Test func shutdownDoesNotWaitForWhoDoesNotRead() async throws {
        try await TestServer.run { server in
            let many = (0..<200_000).map { TaskChange(taskID: "task-\($0)", status: .completed) }
            await server.gateway.report(Sample.progress(completed: 2, revision: 4), ends: many)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: "event: task")
                await server.triggerGracefulShutdown()
                await server.stopped()
            }
        }
    }
}
