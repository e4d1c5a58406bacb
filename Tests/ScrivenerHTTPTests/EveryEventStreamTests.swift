// What holds for every stream of events: how it begins, what is refused, how many there may be, and what becomes of it
// when its reader or the coordinator goes.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EveryEventStreamTests {
    private static let wrongRequests = StreamKind.allCases.flatMap { stream in
        stream.wrongQueries.map { (stream, $0) }
    }

    @Test(arguments: StreamKind.allCases)
    func itsHeadSaysWhatItIs(_ stream: StreamKind) async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(stream.request())
                let head = try await client.read(through: "\r\n\r\n").lowercased()
                #expect(head.contains("http/1.1 200"))
                #expect(head.contains("content-type: text/event-stream\r\n"))
                #expect(head.contains("cache-control: no-store\r\n"))
            }
        }
    }

    @Test(arguments: wrongRequests)
    func whatIsNoCursorIsRefused(_ stream: StreamKind, _ query: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(stream.path + query)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request_invalid""#))
        }
    }

    /// A body is read by nobody: its client's going away would not be noticed behind it.
    @Test(arguments: StreamKind.allCases)
    func aBodyIsRefused(_ stream: StreamKind) async throws {
        try await TestServer.run { server in
            let answer = try await RawClient.send(
                "GET", stream.path, body: "{}", port: server.port)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""pointer":"Content-Length""#))
        }
    }

    /// A coordinator that cannot answer says so, instead of a stream that says nothing; and the place is free
    /// again.
    @Test(arguments: StreamKind.allCases)
    func whatCannotBeAnsweredIsAProblem(_ stream: StreamKind) async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 2)) { server in
            await server.gateway.refuse(
                with: ScrivenerError(.storageFull, "no room", retryAfterSeconds: 10))
            for _ in 0..<3 {
                let answer = try await server.get(stream.path)
                #expect(answer.status == 503)
                #expect(answer.body.contains(#""code":"storage_full""#))
            }
        }
    }

    /// Proxies close connections that are silent; a long task reports nothing for minutes.
    @Test(arguments: StreamKind.allCases)
    func silenceIsBrokenByComments(_ stream: StreamKind) async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .milliseconds(20))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(stream.request())
                _ = try await client.read(through: ": keep-alive\n\n")
                _ = try await client.read(through: ": keep-alive\n\n")
            }
        }
    }

    // MARK: Many readers

    /// Whoever only asks for the head has no stream: a monitor that does so must not take them all.
    @Test(arguments: StreamKind.allCases)
    func headsTakeNoPlace(_ stream: StreamKind) async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 4)) { server in
            for _ in 0..<5 {
                let head = try await RawClient.send("HEAD", stream.path, port: server.port)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.headers["content-type"] == "text/event-stream")
            }
            #expect(await server.gateway.asked == [])
            try await RawClient.connect(port: server.port) { client in
                try await client.send(stream.request())
                _ = try await client.read(through: stream.ready)
            }
        }
    }

    /// More streams than may be are refused, whatever they are of, and there is room again when others have gone.
    @Test(arguments: StreamKind.allCases)
    func allStreamsAreCountedTogether(_ refused: StreamKind) async throws {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 4)) { server in
            var released = server.gateway.released.makeAsyncIterator()
            for _ in 0..<2 {
                try await RawClient.connect(port: server.port) { first in
                    try await first.send(StreamKind.session.request())
                    _ = try await first.read(through: StreamKind.session.ready)
                    try await RawClient.connect(port: server.port) { second in
                        try await second.send(StreamKind.pool.request())
                        _ = try await second.read(through: StreamKind.pool.ready)
                        let answer = try await server.get(refused.path)
                        #expect(answer.status == 429)
                        #expect(answer.body.contains(#""code":"overloaded""#))
                    }
                }
                await released.next()
                await released.next()
            }
        }
    }

    /// Many look on: the coordinator is asked once, however many they are, and is rid of it when the last has gone.
    @Test(arguments: StreamKind.allCases)
    func manyReadersAreOneToTheCoordinator(_ stream: StreamKind) async throws {
        let count = 20
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await RawClient.connect(port: server.port) { client in
                            try await client.send(stream.request())
                            _ = try await client.read(through: stream.ready)
                            signal.yield()
                            _ = try await client.read(through: stream.news)
                        }
                    }
                }
                var arrivals = ready.makeAsyncIterator()
                for _ in 0..<count { await arrivals.next() }
                await stream.happen(in: server.gateway)
                try await group.waitForAll()
            }
            var released = server.gateway.released.makeAsyncIterator()
            await released.next()
            #expect(await server.gateway.asked == [stream.question])
        }
    }

    // MARK: Ends

    /// A browser tab is closed while nothing happens: the stream's place in the coordinator must be
    /// given up at once, not at the next change, which may be never.
    @Test(arguments: StreamKind.allCases)
    func aClientThatGoesAwayFreesTheStream(_ stream: StreamKind) async throws {
        try await TestServer.run(HTTPConfiguration(keepAlive: .seconds(3_600))) { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(stream.request())
                _ = try await client.read(through: stream.ready)
            }
            var released = server.gateway.released.makeAsyncIterator()
            await released.next()
        }
    }

    /// A coordinator that is told to stop must not wait for the dashboards that watch it; and they
    /// must not take its stopping for the session's end.
    @Test(arguments: StreamKind.allCases)
    func shutdownEndsOpenStreams(_ stream: StreamKind) async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(stream.request())
                _ = try await client.read(through: stream.ready)
                await server.triggerGracefulShutdown()
                let rest = try await client.readToEnd()
                #expect(rest.eventNames == ["interrupted"])
            }
        }
    }

    /// The same for one that has stopped reading: what it has not read fills its connection, and nothing
    /// more can be told to it.
    @Test(arguments: StreamKind.allCases)
    func shutdownDoesNotWaitForWhoDoesNotRead(_ stream: StreamKind) async throws {
        try await TestServer.run { server in
            // More than fits into any connection.
            await server.gateway.setQuery(String(repeating: "x", count: 32 << 20))
            try await RawClient.connect(port: server.port, receiveBufferBytes: 64 << 10) { client in
                try await client.send(stream.request())
                _ = try await client.read(through: "event: snapshot")
                await server.triggerGracefulShutdown()
                await server.stopped()
                // The coordinator has ended within the first event: there was no room for the rest.
                let end = try await client.readToEnd().suffix(100)
                #expect(end.allSatisfy { $0 == "x" })
            }
        }
    }
}
