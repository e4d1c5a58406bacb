// The pool as an agent of the Agent2Agent protocol, with the requests of its documents.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct A2ARouteTests {
    private static let json = "application/json"

    private func ask(
        _ method: String, _ params: String, _ server: TestServer,
        headers: [String: String] = ["A2A-Version": "1.0"]
    ) async throws -> RawResponse {
        try await server.post(
            "/a2a", #"{"jsonrpc": "2.0", "id": 1, "method": "\#(method)", "params": \#(params)}"#,
            type: Self.json, headers: headers)
    }

    private func value(_ response: RawResponse) throws -> JSONValue {
        try RawJSON(response.body).value()
    }

    static func message(_ parts: String, _ more: String = "") -> String {
        #"""
        {"message": {"role": "ROLE_USER", "messageId": "msg-uuid", "parts": \#(parts)\#(more)},
         "configuration": {"returnImmediately": true}}
        """#
    }

    private static let question = message(#"[{"text": "What is the weather today?"}]"#)

    // MARK: The card

    @Test func `The card shows what the agents can do`() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/.well-known/agent-card.json")
            #expect(answer.status == 200)
            #expect(answer.headers["cache-control"] == "private, max-age=60")
            let card = try value(answer)
            let interface = card["supportedInterfaces"]?.arrayValue?.first
            #expect(interface?["protocolBinding"] == .string("JSONRPC"))
            #expect(interface?["protocolVersion"] == .string("1.0"))
            #expect(interface?["url"]?.stringValue?.hasSuffix("/a2a") == true)
            #expect(card["capabilities"]?["streaming"] == .bool(true))
            #expect(card["securitySchemes"] == nil)
            let skills = card["skills"]?.arrayValue ?? []
            #expect(
                skills.compactMap { $0["id"]?.stringValue } == Sample.agent.capabilities.sorted())
            for field in ["name", "description", "tags"] {
                #expect(skills.allSatisfy { $0[field] != nil })
            }
        }
    }

    @Test func `A coordinator with tokens says so`() async throws {
        let folder = try TokenFolder()
        try await TestServer.run(security: try folder.security()) { server in
            let path = "/.well-known/agent-card.json"
            #expect(try await server.get(path).status == 401)
            let card = try value(await server.get(path, headers: folder.header("read")))
            let scheme = card["securitySchemes"]?["token"]?["httpAuthSecurityScheme"]
            #expect(scheme?["scheme"] == .string("Bearer"))
            #expect(card["securityRequirements"]?.arrayValue?.count == 1)
            let refused = try await ask(
                "SendMessage", Self.question, server,
                headers: ["A2A-Version": "1.0"].merging(folder.header("read")) { $1 })
            #expect(refused.status == 403)
            let read = try await ask(
                "GetTask", #"{"id": "s-1"}"#, server,
                headers: ["A2A-Version": "1.0"].merging(folder.header("read")) { $1 })
            #expect(read.status == 200)
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    // MARK: Messages

    @Test func `A question opens a session`() async throws {
        try await TestServer.run { server in
            let params = Self.message(
                #"[{"text": "What is the weather today?"}]"#,
                #", "metadata": {"skill": "web_search"}"#)
            let answer = try value(await ask("SendMessage", params, server))
            let task = try #require(answer["result"]?["task"])
            #expect(task["id"] == .string("s-1"))
            #expect(task["contextId"] == .string("s-1"))
            #expect(task["status"]?["state"] == .string("TASK_STATE_WORKING"))
            let submission = try #require(await server.gateway.submissions.first)
            #expect(submission.key?.hasPrefix("a2a:") == true)
            let plan = try RawJSON(submission.plan).value()
            #expect(plan["query"] == .string("What is the weather today?"))
            let first = plan["tasks"]?.arrayValue?.first
            #expect(first?["task_type"] == .string("web_search"))
        }
    }

    /// A client whose connection broke sends its message again: perhaps to a coordinator whose workers are not back
    /// yet. Another message is another, by whatever id.
    @Test func `The same message again is the same session, and no other is`() async throws {
        try await TestServer.run { server in
            for text in ["why?", "why?", "how?"] {
                let answer = try value(
                    await ask(
                        "SendMessage",
                        Self.message(
                            #"[{"text": "\#(text)"}]"#, #", "metadata": {"skill": "b"}"#), server))
                #expect(answer["result"]?["task"] != nil)
            }
            let keys = await server.gateway.submissions.map(\.key)
            #expect(keys.count == 2)
            #expect(Set(keys).count == 2)
        }
    }

    @Test func `Data is a plan, or a task`() async throws {
        try await TestServer.run { server in
            let whole =
                #"[{"text": "why?"}, {"data": {"tasks": [{"task_id": "a", "task_type": "b"}]}}]"#
            let single =
                #"[{"data": {"task_type": "b", "agent": "c", "parameters": {"x": 1.5}}}]"#
            for parts in [whole, single] {
                _ = try await ask("SendMessage", Self.message(parts), server)
            }
            let plans = try await server.gateway.submissions.map {
                try RawJSON($0.plan).value()
            }
            try #require(plans.count == 2)
            #expect(plans[0]["query"] == .string("why?"))
            #expect(plans[0]["tasks"]?.arrayValue?.first?["task_id"] == .string("a"))
            let task = plans[1]["tasks"]?.arrayValue?.first
            #expect(task?["assigned_agent"] == .string("c"))
            #expect(task?["parameters"]?["x"] == .number(1.5))
        }
    }

    @Test(arguments: [
        (#"{}"#, -32602), (A2ARouteTests.message("[]"), -32602),
        (A2ARouteTests.message(#"[{"url": "https://a.b/c"}]"#), -32005),
        (A2ARouteTests.message(#"[{"data": {"nonsense": 1}}]"#), -32602),
        (A2ARouteTests.message(#"[{"text": "a", "data": {"task_type": "b"}}]"#), -32602),
        (A2ARouteTests.message(#"[{"text": "a", "url": "https://a.b/c"}]"#), -32602),
        (
            A2ARouteTests.message(
                #"[{"data": {"session_id": "s", "tasks": [{"task_id": "a", "task_type": "b"}]}}]"#),
            -32602
        ),
        (A2ARouteTests.message(#"[{"data": {"task_type": 5}}]"#), -32602),
        (A2ARouteTests.message(#"[{"data": {"task_type": "b", "agent": ["c"]}}]"#), -32602),
        (A2ARouteTests.message(#"[{"data": {"task_type": "b", "timeout_seconds": "9"}}]"#), -32602),
        (A2ARouteTests.message(#"[{"text": "a"}]"#, #", "contextId": "c""#), -32602),
        (A2ARouteTests.message(#"[{"text": "a"}]"#, #", "taskId": "s-1""#), -32004),
        (A2ARouteTests.message(#"[{"text": "a"}]"#, #", "taskId": 5"#), -32004),
        (
            #"{"message": {"role": "ROLE_AGENT", "messageId": "m", "parts": [{"text": "a"}]}}"#,
            -32602
        ),
    ])
    func `A message that cannot be taken says why`(params: String, code: Int) async throws {
        try await TestServer.run { server in
            let answer = try value(await ask("SendMessage", params, server))
            #expect(answer["error"]?["code"] == .integer(Int64(code)))
            #expect(answer["error"]?["data"]?.arrayValue?.first?["@type"] != nil)
            #expect(await server.gateway.submissions.isEmpty)
        }
    }

    // MARK: Tasks

    @Test func `A session that has ended is a task with what came of it`() async throws {
        try await TestServer.run { server in
            await server.gateway.report(
                Sample.progress(status: .completed, completed: 2, revision: 9))
            let task = try value(await ask("GetTask", #"{"id": "s-1"}"#, server))["result"]
            #expect(task?["status"]?["state"] == .string("TASK_STATE_COMPLETED"))
            let artifact = task?["artifacts"]?.arrayValue?.first
            #expect(artifact?["artifactId"] == .string("a"))
            #expect(artifact?["parts"]?.arrayValue?.first?["data"]?["words"] != nil)
            let subscribed = try value(await ask("SubscribeToTask", #"{"id": "s-1"}"#, server))
            #expect(subscribed["error"]?["code"] == .integer(-32004))
        }
    }

    @Test(arguments: [
        ("GetTask", #"{"id": "nobody"}"#, -32001), ("GetTask", "{}", -32602),
        ("CancelTask", #"{"id": "nobody"}"#, -32001), ("ListTasks", "{}", -32004),
        ("GetExtendedAgentCard", "{}", -32004),
        ("CreateTaskPushNotificationConfig", "{}", -32003), ("message/send", "{}", -32601),
    ])
    func `What is not there, or not offered, says so`(
        method: String, params: String, code: Int
    ) async throws {
        try await TestServer.run { server in
            let answer = try value(await ask(method, params, server))
            #expect(answer["error"]?["code"] == .integer(Int64(code)))
        }
    }

    @Test(arguments: [[:], ["A2A-Version": "0.3"]])
    func `Another revision is refused`(headers: [String: String]) async throws {
        try await TestServer.run { server in
            let answer = try value(
                await ask("GetTask", #"{"id": "s-1"}"#, server, headers: headers))
            #expect(answer["error"]?["code"] == .integer(-32009))
        }
    }

    /// Streaming follows the session: the task, how it goes, what came of it, its end.
    @Test func `A stream follows the session`() async throws {
        try await TestServer.run { server in
            let params = Self.message(
                #"[{"text": "why?"}]"#, #", "metadata": {"skill": "web_search"}"#)
            async let answer = ask("SendStreamingMessage", params, server)
            while await !server.gateway.asked.contains("follow s-1") {
                try await Task.sleep(for: .milliseconds(5))
            }
            await server.gateway.report(Sample.progress(completed: 1, revision: 4))
            try await Task.sleep(for: .milliseconds(50))
            await server.gateway.report(
                Sample.progress(status: .completed, completed: 2, revision: 9))
            let events = try await answer.body.split(separator: "\n")
                .filter { $0.hasPrefix("data: ") }
                .map { try RawJSON(String($0.dropFirst(6))).value() }
            #expect(events.allSatisfy { $0["id"] == .integer(1) })
            let results = events.compactMap { $0["result"] }
            #expect(results.first?["task"]?["id"] == .string("s-1"))
            #expect(results.contains { $0["artifactUpdate"]?["artifact"] != nil })
            let last = results.last?["statusUpdate"]?["status"]
            #expect(last?["state"] == .string("TASK_STATE_COMPLETED"))
        }
    }

    /// Refused is refused before anything has been accepted (P8); a cancellation needs no room.
    @Test func `Without room to wait nothing is opened, and what is cancelled is cancelled`()
        async throws
    {
        try await TestServer.run(HTTPConfiguration(maximumConnections: 2)) { server in
            let params =
                #"{"message": {"role": "ROLE_USER", "messageId": "m", "parts": [{"data": {"task_type": "b"}}]}}"#
            let refused = try await ask("SendMessage", params, server)
            #expect(refused.status == ErrorCode.overloaded.httpStatus)
            #expect(await server.gateway.submissions.isEmpty)
            let cancelled = try await ask("CancelTask", #"{"id": "s-1"}"#, server)
            #expect(cancelled.status == 200)
            #expect(await server.gateway.cancelled == ["s-1"])
        }
    }

    /// Cancelled is what has been seen to stop; until then there is work.
    @Test func `A cancellation is answered when it is proven`() async throws {
        try await TestServer.run { server in
            async let answer = ask("CancelTask", #"{"id": "s-1"}"#, server)
            while await !server.gateway.asked.contains("follow s-1") {
                try await Task.sleep(for: .milliseconds(5))
            }
            await server.gateway.report(
                Sample.progress(status: .cancelled, completed: 0, revision: 9))
            let task = try value(await answer)["result"]
            #expect(task?["status"]?["state"] == .string("TASK_STATE_CANCELED"))
            #expect(await server.gateway.cancelled == ["s-1"])
        }
    }
}
