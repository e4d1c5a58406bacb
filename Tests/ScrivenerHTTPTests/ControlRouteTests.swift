// Routes that steer sessions and the pool, and those that look at the pool as a whole.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ControlRouteTests {
    private static let json = "application/json"

    /// Without a body the agents that run finish: nobody loses work by leaving something out.
    @Test func pauseAndResume() async throws {
        try await TestServer.run { server in
            let paused = try await server.post("/v1/sessions/s-1/pause", nil)
            #expect(paused.status == 200)
            #expect(paused.body.contains(#""session_state":"paused""#))
            for body in [#"{"mode": "now"}"#, #"{"mode":"finish"}"#, "{}"] {
                let answer = try await server.post(
                    "/v1/sessions/s-1/pause", body, type: Self.json)
                #expect(answer.status == 200)
            }
            let resumed = try await server.post("/v1/sessions/s-1/resume", nil)
            #expect(resumed.status == 200)
            #expect(resumed.body == Expected.session)
            #expect(
                await server.gateway.asked == [
                    "pause s-1 finish", "pause s-1 now", "pause s-1 finish", "pause s-1 finish",
                    "resume s-1",
                ])
        }
    }

    /// One task without a plan: the answer is what it came to, and a task that takes long is not waited for
    /// for ever.
    @Test func oneExecution() async throws {
        try await TestServer.run { server in
            async let answer = server.post(
                "/v1/agents/echo/execute", #"{"parameters": {"a": [1]}, "timeout_seconds": 5}"#,
                type: Self.json, headers: ["Idempotency-Key": "k1"])
            var waiting = server.gateway.awaited.makeAsyncIterator()
            await waiting.next()
            await server.gateway.end(with: Sample.session(status: .completed))
            #expect(try await answer.status == 200)
            #expect(try await answer.headers["location"] == "/v1/sessions/s-1")
            #expect(try await answer.body.contains(#""payload":{"words""#))
            let submission = try #require(await server.gateway.submissions.first)
            #expect(submission.key == "k1")
            #expect(submission.plan.contains(#""assigned_agent":"echo""#))
            #expect(submission.plan.contains(#""timeout_seconds":5"#))
            async let late = server.post(
                "/v1/agents/echo/execute", "{}", type: Self.json, headers: ["Prefer": "wait=1"])
            await waiting.next()
            await server.gateway.end(with: Sample.session())
            #expect(try await late.status == 202)
        }
    }

    @Test(arguments: [
        (#"{"parameters": [1]}"#, "/parameters"), (#"{"query": 1}"#, "/query"),
        (#"{"timeout_seconds": "1"}"#, "/timeout_seconds"), (#"{"params": {}}"#, "/params"),
    ])
    func executionsThatMakeNoSense(_ body: String, _ pointer: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/agents/echo/execute", body, type: Self.json)
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"pointer\":\"\(pointer)\""))
        }
    }

    /// The two routes differ in what they change: a whole session must not be meant for one task.
    @Test func prioritiesOfSessionsAndTasks() async throws {
        try await TestServer.run { server in
            let whole = try await server.post(
                "/v1/sessions/s-1/priority", #"{"priority": 10}"#, type: Self.json)
            #expect(whole.status == 200)
            #expect(whole.body == Expected.session)
            let one = try await server.post(
                "/v1/sessions/s-1/tasks/a%2Fb/priority", #"{"priority": 1.0}"#, type: Self.json)
            #expect(one.status == 200)
            #expect(
                await server.gateway.asked == ["prioritize s-1 - 10", "prioritize s-1 a/b 1"])
        }
    }

    /// What is wrong with a body is said with its place; nothing is done by halves or by default.
    @Test(arguments: [
        ("pause", #"{"mode":"later"}"#, "/mode"), ("pause", #"{"mode":null}"#, "/mode"),
        ("pause", #"{"mood":"now"}"#, "/mood"), ("pause", #"{"a/b~":1}"#, "/a~1b~0"),
        ("pause", #"{"mode":"now","mode":"finish"}"#, "/mode"), ("pause", "[]", ""),
        ("pause", "{", ""), ("pause", "{} x", ""), ("resume", #"{"mode":"now"}"#, "/mode"),
        ("priority", "{}", "/priority"), ("priority", #"{"priority":0}"#, "/priority"),
        ("priority", #"{"priority":11}"#, "/priority"),
        ("priority", #"{"priority":5.5}"#, "/priority"),
        ("priority", #"{"priority":"5"}"#, "/priority"),
        ("priority", #"{"priority":1e300}"#, "/priority"),
        ("tasks/a/priority", #"{"priority":-1}"#, "/priority"),
    ])
    func wrongBodies(verb: String, body: String, pointer: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/sessions/s-1/" + verb, body, type: Self.json)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""code":"request_invalid""#))
            #expect(answer.body.contains(#""pointer":"\#(pointer)""#))
            #expect(await server.gateway.asked.isEmpty)
        }
    }

    /// A priority without its body would be a guess; and a form is no JSON, whatever is in it.
    @Test func bodiesAreJSONAndSmall() async throws {
        try await TestServer.run { server in
            let path = "/v1/sessions/s-1/priority"
            let none = try await server.post(path, nil)
            #expect(none.status == 400)
            #expect(none.body.contains(#""pointer":"/priority""#))
            for type in [nil, "application/x-www-form-urlencoded", "application/yaml"] {
                let answer = try await server.post(path, #"{"priority":5}"#, type: type)
                #expect(answer.status == 415)
                #expect(answer.headers["accept"] == "application/json")
            }
            let large = String(repeating: " ", count: 4_097)
            let answer = try await server.post(path, large, type: Self.json)
            #expect(answer.status == 413)
            #expect(answer.body.contains(#""limit":"4096 bytes""#))
            #expect(await server.gateway.asked.isEmpty)
        }
    }

    /// An unknown session is not found by any of the routes that change one.
    @Test(arguments: [
        ("pause", nil), ("resume", nil), ("priority", #"{"priority":5}"#),
        ("tasks/a/priority", #"{"priority":5}"#), ("cancel", nil),
    ])
    func unknownSession(verb: String, body: String?) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions/nope/" + verb, body, type: body == nil ? nil : Self.json)
            #expect(answer.status == 404)
            #expect(answer.body.contains(#""code":"session_not_found""#))
        }
    }

    /// Draining takes time: 202, and the worker as it is now. A replica's id has a slash, which is escaped.
    @Test func drain() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/workers/research%2Fr-1/drain", nil)
            #expect(answer.status == 202)
            #expect(answer.body.contains(#""state":"draining""#))
            #expect(await server.gateway.asked == ["drain research/r-1"])
        }
    }

    @Test func backup() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/journal/backups", nil)
            #expect(answer.status == 201)
            #expect(answer.body.contains(#""path":"/data/backups/journal-1.sqlite""#))
        }
    }

    /// A graph that ignored its parameters would show another time than its axis says.
    @Test func metricsPassTheirParametersOn() async throws {
        try await TestServer.run { server in
            for query in [
                "", "?since=2026-01-31T12:00:00Z&step=3600", "?since=2026-01-31T12:00:00.250Z",
                "?since=900&step=1.5", "?since=0",
            ] {
                let answer = try await server.get("/v1/agents/web%20search/metrics" + query)
                #expect(answer.status == 200)
            }
            #expect(
                await server.gateway.asked == [
                    "metrics web search - 60.0",
                    "metrics web search 2026-01-31T12:00:00.000Z 3600.0",
                    "metrics web search 2026-01-31T12:00:00.250Z 60.0",
                    "metrics web search 900.0 s ago 1.5", "metrics web search 0.0 s ago 60.0",
                ])
        }
    }

    /// Times that no calendar has, and steps of nothing, of which there would be no end.
    @Test(arguments: [
        ("since=yesterday", "?since"), ("since=2026-02-30T12:00:00Z", "?since"),
        ("since=-1", "?since"), ("since=nan", "?since"), ("since=1e99", "?since"),
        ("since=", "?since"), ("step=0", "?step"), ("step=86401", "?step"),
        ("step=inf", "?step"), ("step=1m", "?step"), ("steps=5", "?steps"),
    ])
    func wrongMetricsQueries(query: String, pointer: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/agents/search/metrics?" + query)
            #expect(answer.status == 400)
            #expect(answer.body.contains(#""pointer":"\#(pointer)""#))
            #expect(await server.gateway.asked.isEmpty)
        }
    }

    /// The documents that the command line and a dashboard read, byte for byte.
    @Test(arguments: [
        (
            "/v1/agents",
            #"{"agents":[{"agent":"search","capabilities":["web_search"],"#
                + #""instances":[\#(Expected.instance)]}]}"#
        ),
        (
            "/v1/agents/search/metrics",
            #"{"agent":"search","history":[{"busy_time":4.5,"completed":2,"failed":1,"#
                + #""from":"2026-01-31T12:00:00.000Z","lost":0,"seconds":60}],"instances":[]}"#
        ),
        (
            "/v1/status",
            #"{"active_sessions":1,"counters":{"dispatched_attempts":0,"expired_leases":0,"#
                + #""hedged_attempts":0,"refused_results":0,"superseded_attempts":0,"#
                + #""unroutable_messages":0,"worker_deaths":0},"load_balancing":{"active_executions":1,"#
                + #""agent_metrics":{},"available_slots":3,"queue_size":2},"#
                + #""session_states":{"s-1":{"open_tasks":3,"progress_percentage":12.5,"#
                + #""running_tasks":1,"session_state":"paused","status":"in_progress","#
                + #""total_tasks":4}}}"#
        ),
        (
            "/v1/registry",
            #"{"agent_types":{"search":{"available_instances":0,"capabilities":["web_search"],"#
                + #""healthy_instances":1,"total_instances":2}},"available_instances":0,"#
                + #""healthy_instances":1,"started":true,"total_agent_types":1,"#
                + #""total_instances":2}"#
        ),
    ])
    func documents(path: String, body: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.body == body)
        }
    }

    /// What stands in a way is there for programs as well as for people.
    @Test func diagnostics() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/sessions/s-1/diagnostics")
            #expect(answer.status == 200)
            #expect(
                answer.body.contains(
                    #""issues":[{"count":1,"kind":"unplaceable","message":"no worker offers it","#
                        + #""severity":"error","tasks":["a"]}]"#))
            #expect(answer.body.contains(#""tasks_by_status":{"ready":1}"#))
        }
    }
}

extension Expected {
    static let instance =
        #"{"agent":"search","average_execution_time":1.5,"capabilities":["web_search"],"#
        + #""circuit":"closed","current_executions":1,"error_rate":0.5,"failed_executions":1,"#
        + #""host":"h","last_error":"no route","last_error_at":"2026-01-31T12:00:00.000Z","#
        + #""lost_executions":0,"max_concurrent_executions":4,"p50_execution_time":1,"#
        + #""registered_at":"2026-01-31T12:00:00.000Z","state":"busy","success_rate":0.5,"#
        + #""successful_executions":2,"tags":["gpu"],"total_executions":3,"version":"1","#
        + #""worker_id":"w1"}"#
}
