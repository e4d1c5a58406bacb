// Server-sent events: what a dashboard sees, and what becomes of the stream when it stops looking.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventStreamTests {
    private static let request = "GET /v1/sessions/s-1/events HTTP/1.1\r\nHost: h\r\n\r\n"

    private static func progress(
        status: SessionStatus = .inProgress, completed: Int, revision: Int
    ) -> String {
        let data = Expected.progress(status: status, completed: completed, revision: revision)
        return "event: progress\nid: \(revision)\ndata: \(data)\n\n"
    }

    /// A dashboard opens late and stays until the end: it sees where things are, what changes, and
    /// that it is over, and then the connection ends by itself.
    @Test func snapshotThenChangesThenEnd() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request)
                let head = try await client.read(through: "\r\n\r\n").lowercased()
                #expect(head.contains("http/1.1 200"))
                #expect(head.contains("content-type: text/event-stream\r\n"))
                #expect(head.contains("cache-control: no-store\r\n"))
                let first = try await client.read(through: "\n\n")
                #expect(first.hasSuffix(Self.progress(completed: 0, revision: 1)))
                await server.gateway.report(Sample.progress(completed: 1, revision: 4))
                let second = try await client.read(through: "\n\n")
                #expect(second.hasSuffix(Self.progress(completed: 1, revision: 4)))
                await server.gateway.report(
                    Sample.progress(status: .completed, completed: 2, revision: 9))
                let last = try await client.readToEnd()
                #expect(
                    last.contains(
                        Self.progress(status: .completed, completed: 2, revision: 9)
                            + "event: end\nid: 9\n"
                            + #"data: {"session_id":"s-1","status":"completed"}"# + "\n\n"))
            }
        }
    }

    /// Proxies close connections that are silent; a long task reports nothing for minutes.
    @Test func silenceIsBrokenByComments() async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request)
                _ = try await client.read(through: ": keep-alive\n\n")
                _ = try await client.read(through: ": keep-alive\n\n")
                await server.gateway.report(
                    Sample.progress(status: .failed, completed: 1, revision: 2))
                #expect(try await client.readToEnd().contains("event: end\n"))
            }
        }
    }

    /// A browser tab is closed while nothing happens: the stream's place in the coordinator must be
    /// given up at once, not at the next change, which may be never.
    @Test func aClientThatGoesAwayFreesTheStream() async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .seconds(3_600))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request)
                _ = try await client.read(through: "\n\n")
            }
            var released = server.gateway.released.makeAsyncIterator()
            await released.next()
        }
    }

    /// A coordinator that is told to stop must not wait for the dashboards that watch it; and they
    /// must not take its stopping for the session's end.
    @Test func shutdownEndsOpenStreams() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request)
                _ = try await client.read(through: "\n\n")
                await server.triggerGracefulShutdown()
                #expect(try await !client.readToEnd().contains("event: end"))
            }
        }
        #expect(clock.now - start < .seconds(10))
    }
}
