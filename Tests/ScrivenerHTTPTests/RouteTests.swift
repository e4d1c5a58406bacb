// Each route over a real socket, against a double of the coordinator.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RouteTests {
    /// A program that submits finds its session under `Location`, and gets the session back as the
    /// coordinator has it, not as it was sent.
    @Test func submissionAnswersWithTheSession() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions", #"{"query": "q"}"#, type: "application/json")
            #expect(answer.status == 201)
            #expect(answer.headers["location"] == "/v1/sessions/s-1")
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.body == Expected.session)
            #expect(
                await server.gateway.submissions == [.init(plan: #"{"query": "q"}"#, key: nil)])
        }
    }

    /// A client that lost the answer sends again with its key; it must be able to tell that no
    /// second session was opened.
    @Test func repeatedSubmissionAnswers200() async throws {
        try await TestServer.run { server in
            let headers = ["Idempotency-Key": "k-1"]
            var statuses: [Int] = []
            for _ in 1...2 {
                let answer = try await server.post(
                    "/v1/sessions", "{}", type: "application/json; charset=utf-8",
                    headers: headers)
                statuses.append(answer.status)
                #expect(answer.headers["location"] == "/v1/sessions/s-1")
            }
            #expect(statuses == [201, 200])
            #expect(await server.gateway.submissions.map(\.key) == ["k-1", "k-1"])
        }
    }

    /// Somebody follows a request through all that serves it: the session belongs to the same trace. What is no
    /// trace costs nobody a session.
    @Test(arguments: ["/v1/sessions", "/v1/agents/echo/execute"])
    func aSubmissionBelongsToItsTrace(path: String) async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        try await TestServer.run { server in
            let requests: [(headers: [String: String], isTraced: Bool)] = [
                (["traceparent": parent, "tracestate": "a=1"], true),
                (["traceparent": parent.uppercased()], false), ([:], false),
            ]
            for (headers, isTraced) in requests {
                async let answer = server.post(
                    path, "{}", type: "application/json", headers: headers)
                if path.hasSuffix("execute") {
                    for await _ in server.gateway.awaited { break }
                    await server.gateway.end()
                }
                let told = try await answer
                #expect([201, 202].contains(told.status))
                let trace = await server.gateway.submissions.last?.trace
                #expect(trace?.traceparent == (isTraced ? parent : nil))
                #expect(trace?.tracestate == (isTraced ? "a=1" : nil))
            }
        }
    }

    /// A script that wants one small thing done asks once, and is answered when it is done.
    @Test func aSubmissionWaitsForTheEndWhereItIsAsked() async throws {
        try await TestServer.run { server in
            async let answer = server.post(
                "/v1/sessions", "{}", type: "application/json",
                headers: ["Prefer": "respond-async, wait=60"])
            for await _ in server.gateway.awaited { break }
            await server.gateway.end(with: Sample.session(status: .completed))
            let told = try await answer
            #expect(told.status == 201)
            #expect(told.headers["preference-applied"] == "wait=60")
            #expect(told.body.contains(#""session_id":"s-1""#))
            #expect(told.body.contains(#""status":"completed","status_transitions""#))
        }
    }

    /// As the RFC has it written.
    @Test(arguments: ["wait=1", "WAIT = 1; foo", #"wait="1""#])
    func aWaitMayBeAskedForInSeveralWays(preference: String) async throws {
        try await TestServer.run { server in
            async let answer = server.post(
                "/v1/sessions", "{}", type: "application/json", headers: ["Prefer": preference])
            for await _ in server.gateway.awaited { break }
            await server.gateway.end()
            let told = try await answer
            #expect(told.status == 201)
            #expect(told.headers["preference-applied"] == "wait=1")
        }
    }

    /// Who waits holds a connection: there are to be some left for others.
    @Test func onlySoManySubmissionsWait() async throws {
        var configuration = HTTPConfiguration()
        configuration.maximumConnections = 7
        try await TestServer.run(configuration) { server in
            async let first = server.post(
                "/v1/sessions", "{}", type: "application/json", headers: ["Prefer": "wait=60"])
            for await _ in server.gateway.awaited { break }
            let second = try await server.post(
                "/v1/sessions", "{}", type: "application/json", headers: ["Prefer": "wait=60"])
            #expect(second.status == 201)
            #expect(second.headers["preference-applied"] == nil)
            await server.gateway.end()
            #expect(try await first.headers["preference-applied"] == "wait=60")
        }
    }

    /// A preference that makes no sense is no reason to refuse a plan (RFC 7240).
    @Test(arguments: [
        "wait", "wait=-1", "wait=soon", "waiting=5", "", ";", ",;=,", "respond-async,;",
    ])
    func aPreferenceThatMakesNoSenseIsPassedOver(preference: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/v1/sessions", "{}", type: "application/json", headers: ["Prefer": preference])
            #expect(answer.status == 201)
            #expect(answer.headers["preference-applied"] == nil)
        }
    }

    /// Plans are written by hand in YAML; each media type that is in use for it has to be taken,
    /// and the coordinator has to see the same JSON.
    @Test(arguments: ["application/yaml", "application/x-yaml", "Text/YAML ; charset=UTF-8"])
    func yamlPlansArriveAsJSON(type: String) async throws {
        try await TestServer.run { server in
            let plan = "query: why\ntasks:\n  - task_id: a\n    parameters: {n: 1}\n"
            let answer = try await server.post("/v1/sessions", plan, type: type)
            #expect(answer.status == 201)
            #expect(
                await server.gateway.submissions.map(\.plan) == [
                    #"{"query":"why","tasks":[{"task_id":"a","parameters":{"n":1}}]}"#
                ])
        }
    }

    /// A list that ignored its parameters would page for ever.
    @Test func listPassesItsParametersOn() async throws {
        try await TestServer.run { server in
            let first = try await server.get("/v1/sessions")
            #expect(first.status == 200)
            #expect(first.body == #"{"next":"c2","sessions":[\#(Expected.session)]}"#)
            _ = try await server.get("/v1/sessions?limit=200&after=c%202&status=completed")
            _ = try await server.get("/v1/sessions?since=2026-01-31T12:00:00Z")
            _ = try await server.get("/v1/sessions?since=90")
            #expect(
                await server.gateway.pages == [
                    SessionFilter(limit: 50),
                    SessionFilter(limit: 200, after: "c 2", status: .completed),
                    SessionFilter(limit: 50, since: .at(Sample.time)),
                    SessionFilter(limit: 50, since: .ago(90)),
                ])
        }
    }

    /// A session of a hundred thousand tasks is looked at in parts; who asks for no part gets all.
    @Test func tasksAreListedInParts() async throws {
        try await TestServer.run { server in
            let all = try await server.get("/v1/sessions/s-1/tasks")
            #expect(all.body == #"{"tasks":[\#(Expected.task)]}"#)
            let page = try await server.get(
                "/v1/sessions/s-1/tasks?status=backing_off&agent=web_search&limit=1&after=7")
            #expect(page.body == #"{"next":"0","tasks":[\#(Expected.task)]}"#)
            #expect(
                await server.gateway.taskPages == [
                    TaskFilter(),
                    TaskFilter(status: .backingOff, agent: "web_search", limit: 1, after: "7"),
                ])
        }
    }

    /// A program that is made from the description gets the one that belongs to this coordinator.
    @Test func theDescriptionIsServed() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/openapi.yaml")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/yaml")
            let document = try Repository.text("docs/openapi.yaml")
            #expect(answer.body == document)
        }
    }

    /// The documents that a dashboard and the command line read, byte for byte.
    @Test(arguments: [
        ("/v1/sessions/s-1", 200, Expected.session),
        ("/v1/sessions/s-1/progress", 200, Expected.progress()),
        ("/v1/sessions/s-1/tasks", 200, #"{"tasks":[\#(Expected.task)]}"#),
        (
            "/v1/sessions/s-1/tasks/a%2Fb/explain", 200,
            #"{"message":"no worker offers it","reason":"unplaceable","status":"ready","#
                + #""task_id":"a/b","wakes":"a worker registers"}"#
        ),
        (
            "/v1/workers", 200,
            #"{"workers":[{"host":"h","instances":[],"pid":7,"seconds_since_heartbeat":0.5,"#
                + #""software_version":"1","state":"connected","worker_id":"w1"}]}"#
        ),
        ("/healthz", 200, #"{"status":"ok"}"#),
        ("/readyz", 200, #"{"status":"ready"}"#),
    ])
    func documents(path: String, status: Int, body: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.body == body)
        }
    }

    /// A payload is JSON inside the results, not a string of JSON: otherwise every reader would
    /// have to parse twice.
    @Test func resultsEmbedPayloads() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/v1/sessions/s-1/results")
            #expect(answer.status == 200)
            #expect(
                answer.body.hasSuffix(
                    #""tasks":[{"payload":{"words":[1,2.5,null]},"task":\#(Expected.task)}]}"#))
        }
    }

    /// Cancelling is asked for, not done: 202, and the state is `cancelling`.
    @Test func cancelIsAccepted() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/v1/sessions/s-1/cancel", nil)
            #expect(answer.status == 202)
            #expect(answer.body.contains(#""status":"cancelling""#))
            #expect(await server.gateway.cancelled == ["s-1"])
        }
    }

    /// A load balancer must not send work to a coordinator that is still reading its journal, and
    /// must not kill it either.
    @Test func notReadyIsNotUnhealthy() async throws {
        try await TestServer.run { server in
            await server.gateway.setReady(false)
            let ready = try await server.get("/readyz")
            #expect(ready.status == 503)
            #expect(ready.headers["retry-after"] == "1")
            #expect(ready.body == #"{"status":"starting"}"#)
            #expect(try await server.get("/healthz").status == 200)
        }
    }
}

/// The JSON of `Sample`.
enum Expected {
    static let task =
        #"{"dependencies":[],"executions":[],"priority":5,"status":"ready","task_id":"a","#
        + #""task_type":"web_search"}"#

    static let session =
        #"{"progress":\#(progress()),"query":"why/what?","session_id":"s-1","#
        + #""session_state":"researching","#
        + #""state_transitions":[{"at":"2026-01-31T12:00:00.000Z","to":"researching"}],"#
        + #""status":"in_progress","#
        + #""status_transitions":[{"at":"2026-01-31T12:00:00.000Z","to":"in_progress"}],"#
        + #""submitted_at":"2026-01-31T12:00:00.000Z"}"#

    static func progress(
        status: SessionStatus = .inProgress, completed: Int = 0, revision: Int = 1
    ) -> String {
        let state = status.isTerminal ? "completed" : "researching"
        return #"{"completed_tasks":\#(completed),"current_state":"\#(state)","#
            + #""current_tasks":[],"has_final_document":false,"insights_generated":0,"#
            + #""progress_percentage":\#(completed * 50),"revision":\#(revision),"#
            + #""session_id":"s-1","sources_found":0,"status":"\#(status.rawValue)","#
            + #""tasks_by_status":{"completed":\#(completed),"ready":\#(2 - completed)},"#
            + #""total_tasks":2}"#
    }
}
