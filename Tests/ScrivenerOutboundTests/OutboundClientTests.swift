// Servers that mean no good, or no longer mean anything, and what a request comes to that meets them.

import NIOHTTP1
import ScrivenerModel
import ScrivenerOutbound
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct OutboundClientTests {
    @Test func whatIsAskedArrivesAndTheAnswerComesBack() async throws {
        try await LocalServer.run { request, connection in
            try await connection.answer(
                201, headers: ["retry-after": "7"], "\(request.method) \(request.text)")
        } _: { server in
            let response = try await withClient { client in
                try await client.send(
                    OutboundRequest(
                        .POST, try OutboundURL(server.url("/a?b=c")), headers: ["x-a": "1"],
                        body: Array("hello".utf8)))
            }
            #expect(response.head.status == 201)
            #expect(String(decoding: response.body, as: UTF8.self) == "POST hello")
            #expect(response.head.retryAfter == .seconds(7))
            #expect(response.head.mediaType == "application/json")
            let request = try #require(server.requests.first)
            #expect(request.path == "/a?b=c")
            #expect(request.headers["x-a"] == "1")
            #expect(request.headers["host"] == "127.0.0.1:\(server.port)")
            #expect(request.headers["user-agent"]?.hasPrefix("agent-scrivener/") == true)
        }
    }

    // MARK: Limits

    @Test func aBodyThatIsTooLargeIsNotRead() async throws {
        try await LocalServer.run { _, connection in
            try await connection.answer(200, String(repeating: "x", count: 2_000))
        } _: { server in
            await #expect(throws: OutboundError.tooLarge(.body, limit: 1_000)) {
                try await withClient {
                    $0.maximumBodyBytes = 1_000
                } _: {
                    try await $0.send(try get(server.url()))
                }
            }
        }
    }

    @Test func aHeadThatIsTooLargeIsRefused() async throws {
        try await LocalServer.run { _, connection in
            try await connection.answer(
                200, headers: ["x-long": String(repeating: "x", count: 2_000)])
        } _: { server in
            await #expect(throws: OutboundError.tooLarge(.head, limit: 1_000)) {
                try await withClient {
                    $0.maximumHeadBytes = 1_000
                } _: {
                    try await $0.send(try get(server.url()))
                }
            }
        }
    }

    /// A server that says something now and then, for ever.
    @Test func aBodyWithoutEndEndsWithTheTime() async throws {
        try await LocalServer.run { _, connection in
            try await connection.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
            while true {
                try await connection.send(".")
                try await Task.sleep(for: .milliseconds(20))
            }
        } _: { server in
            await #expect(throws: OutboundError.timedOut(limit: .seconds(0.5))) {
                try await withClient {
                    $0.timeout = .seconds(0.5)
                } _: {
                    try await $0.send(try get(server.url()))
                }
            }
        }
    }

    @Test func aServerThatIsSilentIsGivenUp() async throws {
        try await LocalServer.run { _, connection in
            try await connection.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe")
            try await untilCancelled()
        } _: { server in
            await #expect(throws: OutboundError.timedOut(limit: .seconds(0.3))) {
                try await withClient {
                    $0.idleTimeout = .seconds(0.3)
                } _: {
                    try await $0.send(try get(server.url()))
                }
            }
        }
    }

    @Test func whoeverIsCancelledIsNotLeftWaiting() async throws {
        try await LocalServer.run { _, _ in
            try await untilCancelled()
        } _: { server in
            try await withClient { client in
                let request = try get(server.url())
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await client.send(request) }
                    while server.requests.isEmpty { try? await Task.sleep(for: .milliseconds(5)) }
                    group.cancelAll()
                    let ended = await group.nextResult()
                    #expect(throws: CancellationError.self) { try ended?.get() }
                }
            }
        }
    }

    @Test(arguments: ["nonsense\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n"])
    func whatIsNotHTTPIsAnError(answer: String) async throws {
        try await LocalServer.run { _, connection in
            try await connection.send(answer)
            throw HangUp()
        } _: { server in
            await #expect(throws: OutboundError.self) {
                try await withClient { try await $0.send(try get(server.url())) }
            }
        }
    }

    // MARK: Events

    @Test func eventsComeAsTheyAreSent() async throws {
        try await LocalServer.run { _, connection in
            try await connection.beginEvents()
            for index in 1...3 { try await connection.event("tick", "\(index)", id: "\(index)") }
            throw HangUp()
        } _: { server in
            let events = try await withClient { client in
                try await client.exchange(try get(server.url())) { stream in
                    var events: [ServerEvent] = []
                    while let event = try await stream.nextEvent() { events.append(event) }
                    return events
                }
            }
            #expect(
                events == (1...3).map { ServerEvent(name: "tick", data: "\($0)", id: "\($0)") })
        }
    }

    @Test func anEventThatIsTooLargeIsRefused() async throws {
        try await LocalServer.run { _, connection in
            try await connection.beginEvents()
            try await connection.event("large", String(repeating: "x", count: 2_000))
        } _: { server in
            await #expect(throws: OutboundError.tooLarge(.event, limit: 1_000)) {
                try await withClient {
                    $0.maximumEventBytes = 1_000
                } _: { client in
                    try await client.exchange(try get(server.url())) { stream in
                        try await stream.nextEvent()
                    }
                }
            }
        }
    }

    /// What the agent that asked had better do.
    @Test(arguments: [
        (400, "invalid_input"), (401, "permanent"), (404, "permanent"), (408, "transient"),
        (422, "invalid_input"), (429, "transient"), (500, "transient"), (503, "transient"),
    ])
    func refusalsHaveAClass(status: Int, name: String) throws {
        let head = OutboundHead(
            status: status, headers: ["retry-after": "3"],
            url: try OutboundURL("http://example.com/a?token=hidden"))
        let failure = try #require(head.agentFailure(detail: "why"))
        #expect(failure.failureClass.name == name)
        #expect(failure.code == "answer_\(status)")
        #expect(failure.message.contains("why") && !failure.message.contains("hidden"))
    }
}
