// Running a session again over HTTP: opened like a submission, or only told of.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RerunRouteTests {
    private static let json = "application/json"

    /// Without a body only what failed runs: nobody pays twice by leaving something out.
    @Test func aRerunOpensASession() async throws {
        try await TestServer.run { server in
            let plain = try await server.post("/v1/sessions/s-1/rerun", nil)
            #expect(plain.status == 201)
            #expect(plain.headers["location"] == "/v1/sessions/s-1")
            #expect(plain.body == Expected.session)
            let keyed = try await server.post(
                "/v1/sessions/s-1/rerun", #"{"only": "all"}"#, type: Self.json,
                headers: ["Idempotency-Key": "k1"])
            #expect(keyed.status == 201)
            let again = try await server.post(
                "/v1/sessions/s-1/rerun?dry_run=false", #"{"only": "all"}"#, type: Self.json,
                headers: ["Idempotency-Key": "k1"])
            #expect(again.status == 200)
            #expect(
                await server.gateway.asked == [
                    "rerun s-1 failed -", "rerun s-1 all k1", "rerun s-1 all k1",
                ])
        }
    }

    /// Whoever wants to is answered when the new session has ended.
    @Test func aRerunIsWaitedFor() async throws {
        try await TestServer.run { server in
            async let answer = server.post(
                "/v1/sessions/s-1/rerun", nil, headers: ["Prefer": "wait=5"])
            var waiting = server.gateway.awaited.makeAsyncIterator()
            await waiting.next()
            await server.gateway.end(with: Sample.session(status: .completed))
            let ended = try await answer
            #expect(ended.status == 201)
            #expect(ended.headers["preference-applied"] == "wait=5")
            #expect(ended.body.contains(#""status":"completed""#))
        }
    }

    @Test func aDryRunOpensNothing() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/sessions/s-1/rerun?dry_run=true", nil)
            #expect(answer.status == 200)
            #expect(
                answer.body
                    == #"{"only":"failed","session_id":"s-1","tasks":["#
                    + #"{"action":"run","reason":"not_completed","status":"failed","task_id":"b"},"#
                    + #"{"action":"run","reason":"not_completed","status":"skipped","task_id":"c"},"#
                    + #"{"action":"keep","reason":"completed","status":"completed","task_id":"a"}],"#
                    + #""tasks_dropped":0,"tasks_kept":1,"tasks_omitted":0,"tasks_to_run":2}"#)
            #expect(await server.gateway.asked == ["preview s-1 failed"])
        }
    }

    @Test(arguments: [
        ("", #"{"only":"some"}"#, "/only"), ("", #"{"onyl":"all"}"#, "/onyl"),
        ("", #"{"only":1}"#, "/only"), ("?dry_run=yes", "{}", "?dry_run"),
        ("?dryrun=true", "{}", "?dryrun"),
    ])
    func whatMakesNoSenseIsRefused(query: String, body: String, place: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions/s-1/rerun" + query, body, type: Self.json)
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"pointer\":\"\(place)\""))
            #expect(await server.gateway.asked == [])
        }
    }

    @Test(arguments: [ErrorCode.sessionNotEnded, .nothingToRerun])
    func refusalsSayWhy(_ code: ErrorCode) async throws {
        try await TestServer.run { server in
            await server.gateway.refuse(with: ScrivenerError(code, "no"))
            let answer = try await server.post("/v1/sessions/s-1/rerun", nil)
            #expect(answer.status == 409)
            #expect(answer.body.contains("\"code\":\"\(code.rawValue)\""))
        }
    }
}
