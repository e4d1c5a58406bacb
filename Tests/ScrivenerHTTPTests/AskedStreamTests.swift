// Streams that answer a POST of another protocol: what becomes of them when their reader or the coordinator goes. Their
// request has been read to its end by then, unlike that of the streams of `EveryEventStreamTests`.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AskedStreamTests {
    enum Kind: CaseIterable {
        case a2a, mcp

        var request: String {
            let body =
                switch self {
                case .a2a:
                    #"{"jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": {"id": "s-1"}}"#
                case .mcp:
                    #"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "results", "#
                        + #""arguments": {"session_id": "s-1", "wait_seconds": 60}}}"#
                }
            let head =
                switch self {
                case .a2a: "POST /a2a HTTP/1.1\r\nA2A-Version: 1.0\r\n"
                case .mcp: "POST /mcp HTTP/1.1\r\nAccept: application/json, text/event-stream\r\n"
                }
            return head + "Host: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        }
    }

    /// What comes first in a stream where nothing happens.
    private static let sign = ": keep-alive\n\n"

    /// In peace and again: others go on being served.
    @Test(arguments: Kind.allCases)
    func `A client that goes away frees the stream, and nothing else ends`(_ kind: Kind)
        async throws
    {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            var released = server.gateway.released.makeAsyncIterator()
            for _ in 0..<3 {
                try await RawClient.connect(port: server.port) { client in
                    try await client.send(kind.request)
                    _ = try await client.read(through: Self.sign)
                }
                await released.next()
                #expect(try await server.get("/healthz").status == 200)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `A client that has said all may go on reading`(_ kind: Kind) async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(kind.request)
                _ = try await client.read(through: Self.sign)
                await server.gateway.report(
                    Sample.progress(status: .completed, completed: 2, revision: 9))
                let rest = try await client.readToEnd()
                #expect(rest.contains(#""jsonrpc":"2.0""#))
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `A coordinator that stops ends the stream`(_ kind: Kind) async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(kind.request)
                _ = try await client.read(through: Self.sign)
                await server.triggerGracefulShutdown()
                let rest = try await client.readToEnd()
                #expect(rest.eventNames.last == "interrupted")
                await server.stopped()
            }
        }
    }
}
