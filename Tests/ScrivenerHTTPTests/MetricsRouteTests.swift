// `/metrics`, as Prometheus reads it.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MetricsRouteTests {
    /// A scraper looks at the media type to know which format it reads, and no cache may answer
    /// for us.
    @Test func theExpositionHasItsMediaType() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/metrics")
            #expect(answer.status == 200)
            #expect(
                answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.body == "streams 0\n")
        }
    }

    private static let stream = "GET /v1/sessions/s-1/events HTTP/1.1\r\nHost: h\r\n\r\n"

    /// Dashboards that are left open hold connections: they are counted while they are, and no
    /// longer, whichever side ends them.
    @Test func eventStreamsAreCountedWhileTheyAreOpen() async throws {
        try await TestServer.run { server in
            var counts = server.metrics.counts.makeAsyncIterator()
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream)
                _ = try await client.read(through: "\n\n")
                #expect(await counts.next() == 1)
                #expect(try await server.get("/metrics").body == "streams 1\n")
            }
            #expect(await counts.next() == 0)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.stream)
                _ = try await client.read(through: "\n\n")
                #expect(await counts.next() == 1)
                await server.gateway.report(
                    Sample.progress(status: .completed, completed: 2, revision: 9))
                _ = try await client.readToEnd()
            }
            #expect(await counts.next() == 0)
        }
    }
}
