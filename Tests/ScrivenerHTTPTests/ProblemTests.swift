// What goes wrong, and what the client is told.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProblemTests {
    /// Somebody fixes a plan with the list of mistakes before them; every part of it has to arrive.
    @Test func mistakesArriveWhole() async throws {
        try await TestServer.run { server in
            await server.gateway.refuse(
                with: ScrivenerError(
                    .planInvalid, "the plan has 2 mistakes",
                    mistakes: [
                        Mistake(
                            .planOutOfRange, at: "/config/max_retry_attempts", "is out of range",
                            limit: "0…100", actual: "101"),
                        Mistake(.planCycle, at: "/tasks/0", "a → b → a"),
                    ]))
            let answer = try await server.post("/v1/sessions", "{}", type: "application/json")
            #expect(answer.status == 422)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(
                answer.body == #"{"code":"plan_invalid","detail":"the plan has 2 mistakes","#
                    + #""errors":[{"actual":"101","code":"plan_out_of_range","limit":"0…100","#
                    + #""message":"is out of range","pointer":"/config/max_retry_attempts"},"#
                    + #"{"code":"plan_cycle","message":"a → b → a","pointer":"/tasks/0"}],"#
                    + #""status":422,"title":"Plan invalid","#
                    + #""type":"urn:scrivener:error:plan_invalid"}"#)
        }
    }

    /// A client that is told to come back has to be told when.
    @Test func overloadSaysWhenToComeBack() async throws {
        try await TestServer.run { server in
            await server.gateway.refuse(
                with: ScrivenerError(.overloaded, "the inbox is full", retryAfterSeconds: 3))
            let answer = try await server.get("/v1/workers")
            #expect(answer.status == 429)
            #expect(answer.headers["retry-after"] == "3")
        }
    }

    /// What breaks inside is ours: the client must not read file names or payloads out of it.
    @Test func internalErrorsLeakNothing() async throws {
        try await TestServer.run { server in
            await server.gateway.setPayload(RawJSON("{secret"))
            let answer = try await server.get("/v1/sessions/s-1/results")
            #expect(answer.status == 500)
            #expect(
                answer.body == #"{"code":"internal_error","detail":"the coordinator failed; "#
                    + #"its log says why","status":500,"title":"Internal error","#
                    + #""type":"urn:scrivener:error:internal_error"}"#)
        }
    }

    /// An unknown session under every route that takes one, also for the event stream, which could
    /// otherwise open and stay silent for ever.
    @Test(arguments: [
        "", "/progress", "/results", "/tasks", "/tasks/a/explain", "/events", "/diagnostics",
        "/callbacks",
    ])
    func unknownSession(suffix: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/sessions/nope" + suffix)
            #expect(answer.status == 404)
            #expect(
                answer.body == #"{"code":"session_not_found","detail":"there is no session "#
                    + #"`nope`","status":404,"title":"Session not found","#
                    + #""type":"urn:scrivener:error:session_not_found"}"#)
        }
    }

    /// A wrong address and a wrong method are different mistakes.
    @Test(arguments: [
        ("GET", "/nothing", 404, nil), ("GET", "/v2/sessions", 404, nil),
        ("GET", "/v1/sessions/s-1/nothing", 404, nil),
        ("DELETE", "/v1/sessions/s-1", 405, "GET, HEAD"),
        ("PUT", "/v1/sessions", 405, "GET, HEAD, POST"),
        ("GET", "/v1/sessions/s-1/cancel", 405, "POST"), ("POST", "/healthz", 405, "GET, HEAD"),
        ("PROPFIND", "/v1/workers", 405, "GET, HEAD"),
        ("GET", "/v1/sessions/s-1/pause", 405, "POST"),
        ("POST", "/v1/status", 405, "GET, HEAD"), ("GET", "/v1/workers/w1/drain", 405, "POST"),
    ])
    func nobodyServesThis(
        method: String, path: String, status: Int, allow: String?
    ) async throws {
        try await TestServer.run { server in
            let answer = try await RawClient.send(method, path, port: server.port)
            #expect(answer.status == status)
            #expect(answer.headers["allow"] == allow)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(
                answer.body.contains(
                    status == 404 ? #""code":"route_not_found""# : #""code":"method_not_allowed""#)
            )
        }
    }

    /// `curl -d` sends a form unless it is told otherwise; the answer has to name what is taken.
    @Test(arguments: [
        nil, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1",
        "application/jsonx", ";",
    ])
    func otherMediaTypes(type: String?) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/sessions", "{}", type: type)
            #expect(answer.status == 415)
            #expect(
                answer.headers["accept"]
                    == "application/json, application/yaml, application/x-yaml, text/yaml")
            #expect(answer.body.contains(#""code":"unsupported_media_type""#))
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    /// Nonsense in the query is refused with the place and the limit, instead of becoming a default
    /// that nobody asked for.
    @Test(arguments: [
        ("limit=0", "?limit"), ("limit=201", "?limit"), ("limit=-1", "?limit"),
        ("limit=99999999999999999999", "?limit"), ("limit=", "?limit"), ("limit=%FF", "?limit"),
        ("after=", "?after"), ("status=done", "?status"), ("limt=5", "?limt"),
        ("since=yesterday", "?since"), ("since=-1", "?since"), ("since=nan", "?since"),
        ("since=2026-02-30T00:00:00Z", "?since"),
    ])
    func wrongQuery(query: String, pointer: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/sessions?" + query)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request_invalid""#))
            #expect(answer.body.contains(#""pointer":"\#(pointer)""#))
            #expect(await server.gateway.pages.isEmpty)
        }
    }

    @Test(arguments: [
        ("limit=0", "?limit"), ("limit=1001", "?limit"), ("limit=1e2", "?limit"),
        ("after=", "?after"), ("status=pending", "?status"), ("agent=", "?agent"),
        ("agent=a%20b", "?agent"), ("agent=..", "?agent"), ("task=a", "?task"),
    ])
    func wrongQueryOfTasks(query: String, pointer: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/sessions/s-1/tasks?" + query)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request_invalid""#))
            #expect(answer.body.contains(#""pointer":"\#(pointer)""#))
            #expect(await server.gateway.taskPages.isEmpty)
        }
    }

    /// Keys are stored; an endless one would be, too.
    @Test(arguments: ["a b", String(repeating: "k", count: 256)])
    func wrongIdempotencyKey(key: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions", "{}", type: "application/json", headers: ["Idempotency-Key": key])
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""pointer":"Idempotency-Key""#))
        }
    }

    /// A plan that does not fit is refused by its stated length, before a byte of it is kept; one
    /// that states no length is refused as soon as it has grown too large.
    @Test func tooLarge() async throws {
        try await TestServer.run(HTTPConfiguration(maximumPlanBytes: 16)) { server in
            let stated = try await server.post(
                "/v1/sessions", String(repeating: " ", count: 17), type: "application/json")
            #expect(stated.status == 413)
            #expect(
                stated.body == #"{"code":"request_too_large","detail":"the plan is larger than "#
                    + #"the coordinator takes","errors":[{"actual":"17 bytes","#
                    + #""code":"request_too_large","limit":"16 bytes","#
                    + #""message":"the body is too large","pointer":""}],"status":413,"#
                    + #""title":"Request too large","#
                    + #""type":"urn:scrivener:error:request_too_large"}"#
            )
            let chunks = String(repeating: "8\r\n        \r\n", count: 3) + "0\r\n\r\n"
            let request =
                "POST /v1/sessions HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
            let unstated = try await RawClient.connect(port: server.port) { connection in
                try await connection.send(request)
                return try RawClient.response(from: try await connection.readToEnd())
            }
            #expect(unstated.status == 413)
            let fits = try await server.post(
                "/v1/sessions", String(repeating: " ", count: 16), type: "application/json")
            #expect(fits.status == 201)
        }
    }

    /// Many large plans at once would be kept in memory together: beyond the budget they are
    /// refused, and the budget comes back when the others are done or broken off.
    @Test func plansInFlightAreBounded() async throws {
        let configuration = HTTPConfiguration(
            maximumPlanBytes: 100, maximumPlanBytesInFlight: 150)
        let head =
            "POST /v1/sessions HTTP/1.1\r\nHost: h\r\n"
            + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        let full = String(repeating: " ", count: 100)
        try await TestServer.run(configuration) { server in
            try await RawClient.connect(port: server.port) { first in
                try await first.send(head)
                try await first.send(String(repeating: " ", count: 50))
                // The first is known to be held once another one is refused.
                var answer = RawResponse(status: 0, headers: [:], body: "")
                repeat {
                    answer = try await server.post("/v1/sessions", full, type: "application/json")
                } while answer.status == 201
                #expect(answer.status == 429)
                #expect(answer.headers["retry-after"] == "1")
                try await first.send(String(repeating: " ", count: 50))
                #expect(try await first.read(through: "\r\n\r\n").contains(" 201 "))
            }
            let after = try await server.post("/v1/sessions", full, type: "application/json")
            #expect(after.status == 201)
        }
    }

    /// A connection that breaks off in the middle of a YAML plan leaves something that is YAML:
    /// half of the tasks must not be run.
    @Test func halfAPlanIsNoPlan() async throws {
        try await TestServer.run { server in
            let head =
                "POST /v1/sessions HTTP/1.1\r\nHost: h\r\nContent-Type: text/yaml\r\n"
                + "Content-Length: 100\r\n\r\nquery: q\n"
            _ = try await RawClient.connect(port: server.port) { connection in
                try await connection.send(head)
                connection.finishSending()
                return try await connection.readToEnd()
            }
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    /// A YAML mistake is reported like any other: where it is, and what.
    @Test func yamlMistakesAreProblems() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions", "query: q\nquery: r\n", type: "text/yaml")
            #expect(answer.status == 422)
            #expect(
                answer.body == #"{"code":"plan_syntax","detail":"the plan is not a YAML document "#
                    + #"that can be read as JSON","errors":[{"code":"plan_duplicate_field","#
                    + #""message":"line 1, column 1: the key `query` is given twice","#
                    + #""pointer":""}],"status":422,"title":"Plan syntax","#
                    + #""type":"urn:scrivener:error:plan_syntax"}"#)
        }
    }
}
