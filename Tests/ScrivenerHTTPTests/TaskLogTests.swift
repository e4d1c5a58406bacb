// One task's attempts, and what its agent says: as text, as a stream that goes on where its reader was, and
// in the stream of the session.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TaskLogTests {
    private static func attempt(
        _ number: Int, _ outcome: ExecutionOutcome = .running
    ) -> AgentExecution {
        AgentExecution(
            attempt: number, workerID: "w\(number)", agent: "echo", outcome: outcome,
            dispatchedAt: Sample.time, endedAt: outcome == .running ? nil : Sample.time)
    }

    private static func origin(_ attempt: Int) -> OutputOrigin {
        OutputOrigin(sessionID: "s-1", taskID: "a", attempt: attempt)
    }

    private static func request(_ query: String = "?follow", headers: String = "") -> String {
        "GET /v1/sessions/s-1/tasks/a/log\(query) HTTP/1.1\r\nHost: h\r\n"
            + "Accept: application/x-ndjson\r\n\(headers)\r\n"
    }

    private static func log(_ attempt: Int, _ offset: Int, _ text: String) -> String {
        #""data":{"attempt":\#(attempt),"offset":\#(offset),"task_id":"a","text":"\#(text)"}}"#
    }

    /// The task panel asks for one task's attempts, and not for all tasks of the session.
    @Test func theAttemptsOfATask() async throws {
        try await TestServer.run { server in
            await server.gateway.setAttempts(
                [Self.attempt(1, .lost), Self.attempt(2)], status: .running)
            let answer = try await server.get("/v1/sessions/s-1/tasks/a/attempts")
            #expect(answer.status == 200)
            #expect(answer.body.hasPrefix(#"{"attempts":[{"agent":"echo","attempt":1,"#))
            #expect(answer.body.hasSuffix(#""status":"running","task_id":"a"}"#))
            let unknown = try await server.get("/v1/sessions/s-1/tasks/b/attempts")
            #expect(unknown.status == 404)
            #expect(unknown.body.contains(#""code":"task_not_found""#))
        }
    }

    /// `curl` shows what the running attempt has said, or an earlier one.
    @Test func whatIsHeldIsPlainText() async throws {
        try await TestServer.run { server in
            let path = "/v1/sessions/s-1/tasks/a/log"
            let nothing = try await server.get(path)
            #expect(nothing.status == 200 && nothing.body.isEmpty)
            #expect(nothing.headers["scrivener-attempt"] == nil)
            await server.gateway.setAttempts(
                [Self.attempt(1, .lost), Self.attempt(2)], status: .running)
            server.gateway.output.append("first\n", dropped: 0, of: Self.origin(1))
            server.gateway.output.append("<second>\n", dropped: 0, of: Self.origin(2))
            let last = try await server.get(path)
            #expect(last.body == "<second>\n")
            #expect(last.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(last.headers["scrivener-attempt"] == "2")
            #expect(last.headers["scrivener-offset"] == "0")
            #expect(try await server.get(path + "?attempt=1").body == "first\n")
            #expect(try await server.get(path + "?attempt=3").status == 404)
        }
    }

    @Test(arguments: ["attempt=0", "attempt=x", "follow=maybe", "since=7", "tail=5"])
    func aWrongQueryIsRefused(query: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/sessions/s-1/tasks/a/log?\(query)")
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request_invalid""#))
        }
    }

    /// `task logs -f`: what was said, what is said, the attempt after the lost one, and the end.
    @Test func aStreamFollowsTheTaskToItsEnd() async throws {
        try await TestServer.run { server in
            await server.gateway.setAttempts([Self.attempt(1)], status: .running)
            server.gateway.output.append("one ", dropped: 0, of: Self.origin(1))
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(
                    through: #"{"attempt":1,"task_id":"a","worker_id":"w1"}}"#)
                _ = try await client.read(through: Self.log(1, 0, "one "))
                server.gateway.output.append("two", dropped: 0, of: Self.origin(1))
                _ = try await client.read(through: Self.log(1, 4, "two"))
                server.gateway.output.append("other", dropped: 0, of: Self.origin(2))
                await server.gateway.setAttempts(
                    [Self.attempt(1, .lost), Self.attempt(2)], status: .running)
                _ = try await client.read(
                    through: #"{"attempt":2,"task_id":"a","worker_id":"w2"}}"#)
                _ = try await client.read(through: Self.log(2, 0, "other"))
                server.gateway.output.append("!", dropped: 0, of: Self.origin(2))
                await server.gateway.setAttempts(
                    [Self.attempt(1, .lost), Self.attempt(2, .completed)], status: .completed)
                let rest = try await client.readToEnd()
                #expect(rest.contains(Self.log(2, 5, "!")))
                #expect(
                    rest.contains(
                        #""data":{"attempt":2,"status":"completed","task_id":"a"}}"#))
            }
        }
    }

    /// A connection breaks, and the reader comes back with the id of the last event: it is told of nothing
    /// twice. One whose place is not held any more, or was another coordinator's, is told so.
    @Test func aStreamGoesOnWhereItsReaderWas() async throws {
        try await TestServer.run { server in
            await server.gateway.setAttempts([Self.attempt(1, .completed)], status: .completed)
            server.gateway.output.append("one two", dropped: 0, of: Self.origin(1))
            let part = server.gateway.output.part(of: Self.origin(1), from: 0, limit: 4)
            let series = try #require(part?.series)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    Self.request(headers: "Last-Event-ID: \(series)-4\r\n"))
                let all = try await client.readToEnd()
                #expect(all.contains(#""id":"\#(series)-7","# + Self.log(1, 4, "two")))
                #expect(!all.contains("one") && !all.contains("reset"))
            }
            for lost in ["\(series)-99", "abc-4"] {
                try await RawClient.connect(port: server.port) { client in
                    try await client.send(Self.request("?follow=true&since=\(lost)"))
                    let all = try await client.readToEnd()
                    #expect(all.contains(#"{"event":"reset","data":{"cursor":"\#(lost)"}}"#))
                    #expect(all.contains(Self.log(1, 0, "one two")))
                }
            }
        }
    }

    /// A reader that wants one attempt gets that, and its end.
    @Test func oneAttemptAloneIsFollowed() async throws {
        try await TestServer.run { server in
            await server.gateway.setAttempts(
                [Self.attempt(1, .failed), Self.attempt(2)], status: .running)
            server.gateway.output.append("first", dropped: 0, of: Self.origin(1))
            server.gateway.output.append("second", dropped: 0, of: Self.origin(2))
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request("?follow&attempt=1"))
                let all = try await client.readToEnd()
                #expect(all.contains(Self.log(1, 0, "first")) && !all.contains("second"))
                #expect(all.contains(#"{"attempt":1,"status":"running","task_id":"a"}"#))
            }
        }
    }

    /// A coordinator that stops says so, and leaves nobody waiting.
    @Test func aShutdownInterruptsTheStream() async throws {
        try await TestServer.run { server in
            await server.gateway.setAttempts([Self.attempt(1)], status: .running)
            try await RawClient.connect(port: server.port) { client in
                try await client.send(Self.request())
                _ = try await client.read(through: #""worker_id":"w1"}}"#)
                await server.triggerGracefulShutdown()
                #expect(try await client.readToEnd().contains(#""event":"interrupted""#))
            }
            await server.stopped()
        }
    }

    /// The dashboard sees what all agents of a session say in the stream that it reads anyway, from when it
    /// looks; whoever does not ask for it is told nothing of it.
    @Test func theSessionsStreamTellsWhatAgentsSay() async throws {
        try await TestServer.run { server in
            server.gateway.output.append("before ", dropped: 0, of: Self.origin(1))
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    "GET /v1/sessions/s-1/events?events=all,log HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try await client.read(through: "event: progress")
                server.gateway.output.append("after", dropped: 0, of: Self.origin(1))
                _ = try await client.read(
                    through: "event: log\ndata: "
                        + #"{"attempt":1,"offset":7,"task_id":"a","text":"after"}"# + "\n\n")
                await server.gateway.report(Sample.progress(status: .completed, revision: 9))
                #expect(try await client.readToEnd().contains("event: end"))
            }
            let refused = try await server.get("/v1/sessions/s-1/events?events=all,logs")
            #expect(refused.status == 400)
        }
    }
}
