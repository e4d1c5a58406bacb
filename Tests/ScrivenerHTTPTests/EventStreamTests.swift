// The stream of a session: what a dashboard sees, and where it goes on after it was cut off.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventStreamTests {
    private static let stream = StreamKind.session

    /// What positions are counted in: the sample's `submitted_at`.
    private static let series = String(1_769_860_800_000, radix: 36)

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

    private static let done = [
        TaskChange(taskID: "a", status: .completed), TaskChange(taskID: "b", status: .failed),
    ]
    private static let last = Sample.progress(status: .completed, completed: 2, revision: 9)

    /// A dashboard opens late and stays until the end: it sees where things are, what changes, and
    /// that it is over, and then the connection ends by itself.
    @Test func snapshotThenChangesThenEnd() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request())
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
                    Self.stream.request(headers: "Last-Event-ID: \(Self.series)-1\r\n"))
                let all = try await client.readToEnd()
                #expect(all.eventNames == ["snapshot", "task", "progress", "end"])
                #expect(all.contains(Self.task("b", .failed, at: 2)))
            }
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream.request(query: "?since=\(Self.series)-2"))
                #expect(
                    try await client.readToEnd().eventNames == ["snapshot", "progress", "end"])
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
                try await client.send(Self.stream.request(query: query, headers: headers))
                let all = try await client.readToEnd()
                #expect(
                    all.eventNames
                        == ["reset", "snapshot", "task", "task", "progress", "end"])
            }
        }
    }

    /// A script wants a line an event and no parser for it.
    @Test func linesOfJSON() async throws {
        try await TestServer.run { server in
            await server.gateway.report(Self.last, ends: Self.done)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    Self.stream.request(headers: "Accept: application/x-ndjson\r\n"))
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
                try await client.send(Self.stream.request(query: "?events=progress"))
                #expect(
                    try await client.readToEnd().eventNames == ["snapshot", "progress", "end"])
            }
        }
    }
}
