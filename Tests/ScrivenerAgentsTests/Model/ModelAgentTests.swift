// An agent that is a model: what it asks, what it makes of the answers, and what it cost.

import ScrivenerAgentKit
import ScrivenerModel
import TestSupport
import Testing

@testable import ScrivenerAgents

@Suite struct ModelAgentTests {
    private static let task = AgentTask(
        sessionID: "s", query: "why?", taskID: "t", taskType: "ask",
        parameters: RawJSON(#"{"text":"hello"}"#),
        inputs: [AgentInput(taskID: "t0", taskType: "search", payload: RawJSON(#""found""#))])

    /// Runs the task against scripted answers.
    private func run(
        _ answers: [ScriptedAnswer], tools: [ModelTool] = [], heard: Heard = Heard(),
        deadline: ContinuousClock.Instant? = nil,
        _ change: (inout ModelAgentSettings) throws -> Void = { _ in }
    ) async throws -> (result: AgentResult, requests: [JSONValue]) {
        try await ModelEndpoint.run(answers) { server, endpoint in
            var settings = ModelAgentSettings(AgentIdentity(name: "model"), endpoint)
            settings.prompt = try PromptTemplate("{{query}} {{parameters.text}}")
            try change(&settings)
            let client = try ModelClient(settings.endpoint)
            let agent = ModelAgent(settings: settings, client: client, tools: tools)
            let result = try await agent.execute(
                Self.task, context: heard.context(deadline: deadline))
            await agent.shutdown()
            return (result, try server.requests.map { try RawJSON($0.body).value() })
        }
    }

    @Test func `A question, its answer, and what it took`() async throws {
        let heard = Heard()
        let (result, requests) = try await run([.words("Because.")], heard: heard) {
            $0.system = try PromptTemplate("Answer on {{results.t0}}.")
            $0.endpoint.temperature = 0.5
        }
        #expect(result.payload == RawJSON(#""Because.""#))
        #expect(
            result.usage == Usage(inputTokens: 10, outputTokens: 5, costMicros: 10 + 2 * 5))
        #expect(heard.text == "Because.")
        let request = try #require(requests.first)
        #expect(
            request["messages"]
                == .array([
                    ChatMessage.system("Answer on found.").json,
                    ChatMessage.user("why? hello").json,
                ]))
        #expect(request["stream"] == .bool(true))
        #expect(request["stream_options"]?["include_usage"] == .bool(true))
        #expect(request["max_tokens"] == .integer(4_096))
        #expect(request["temperature"] == .number(0.5))
        #expect(requests.count == 1)
    }

    /// Small models need to be told; what they get wrong is paid for, and bounded.
    @Test func `An answer that is not as its schema says goes back`() async throws {
        let schema = try JSONSchema(
            try RawJSON(
                #"{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}"#
            )
            .value())
        let (result, requests) = try await run([
            .words("well"), .words(#"{"n": "1"}"#), .words(#"{"n": 1}"#),
        ]) { $0.schema = schema }
        #expect(result.payload == RawJSON(#"{"n":1}"#))
        #expect(result.usage.inputTokens == 30)
        #expect(requests.count == 3)
        let last = try #require(requests.last?["messages"]?.arrayValue)
        #expect(
            last.compactMap { $0["role"]?.stringValue } == [
                "user", "assistant", "user", "assistant", "user",
            ])
        let complaint = last.last?["content"]?.stringValue
        #expect(complaint?.contains("/n: must be of type integer, not string") == true)
        #expect(requests[0]["response_format"]?["json_schema"]?["strict"] == .bool(false))

        let (given, asked) = try await run([.words("never")]) {
            $0.schema = schema
            $0.maximumCorrections = 1
            $0.endpoint.responseFormat = .none
        }
        #expect(given.failure?.code == "invalid_output")
        #expect(given.failure?.failureClass == .permanent)
        #expect(given.usage.outputTokens == 10)
        #expect(asked.count == 2)
        #expect(asked[0]["response_format"] == nil)
        let rules = asked[0]["messages"]?.arrayValue?.first?["content"]?.stringValue
        #expect(rules?.contains(#""required":["n"]"#) == true)
    }

    // MARK: Tools

    private func tool() throws -> ModelTool {
        ModelTool(
            settings: ModelToolSettings(
                agent: "echo", taskType: nil, name: "adder", description: "Hands back.",
                parameters: try JSONSchema(
                    try RawJSON(#"{"type":"object","properties":{"fail":{"type":"string"}}}"#)
                        .value())),
            agent: EchoAgent())
    }

    private func toolResults(_ request: JSONValue?) -> [String] {
        (request?["messages"]?.arrayValue ?? []).filter {
            $0["role"] == .string("tool")
        }.compactMap { $0["content"]?.stringValue }
    }

    /// Whatever a model calls, it gets an answer: that is how it finds out what it may.
    @Test func `Only tools of the list are called, with arguments that they take`() async throws {
        let calls = [
            ChatToolCall(id: "1", name: "adder", arguments: #"{"x":[1]}"#),
            ChatToolCall(id: "2", name: "shell", arguments: "{}"),
            ChatToolCall(id: "3", name: "adder", arguments: "{"),
            ChatToolCall(id: "4", name: "adder", arguments: #"{"fail":5}"#),
            ChatToolCall(id: "5", name: "adder", arguments: #"{"fail":"permanent"}"#),
        ]
        let heard = Heard()
        let (result, requests) = try await run(
            [.calls(calls), .words("done")], tools: [try tool()], heard: heard)
        #expect(result.payload == RawJSON(#""done""#))
        let results = toolResults(requests.last)
        #expect(results.first == #"{"x":[1]}"#)
        let codes = try results.dropFirst().map {
            try RawJSON($0).value()["error"]?["code"]?.stringValue
        }
        #expect(
            codes == ["no_such_tool", "invalid_arguments", "invalid_arguments", "asked_for"])
        let offered = requests.first?["tools"]?.arrayValue?.compactMap {
            $0["function"]?["name"]?.stringValue
        }
        #expect(offered == ["adder"])
        #expect(heard.text.contains(#"[calls adder {"x":[1]}]"#))
        #expect(result.usage.inputTokens == 20)
    }

    /// A model that goes in circles must not do so at somebody's expense.
    @Test func `Rounds of calls are bounded`() async throws {
        let call = ChatToolCall(id: "", name: "adder", arguments: "")
        let (result, requests) = try await run([.calls([call])], tools: [try tool()]) {
            $0.maximumToolRounds = 2
        }
        #expect(result.failure?.code == "invalid_output")
        #expect(requests.count == 3)
        #expect(requests[1]["tools"] != nil)
        #expect(requests[2]["tools"] == nil)
        let ids = requests[2]["messages"]?.arrayValue?.compactMap {
            $0["tool_call_id"]?.stringValue
        }
        #expect(ids == ["call_1", "call_2"])
    }

    @Test func `What a tool returns is bounded`() async throws {
        let long = String(repeating: "x", count: 200)
        let call = ChatToolCall(id: "1", name: "adder", arguments: #"{"x":"\#(long)"}"#)
        let (_, requests) = try await run(
            [.calls([call]), .words("done")], tools: [try tool()]
        ) { $0.maximumToolBytes = 100 }
        #expect(toolResults(requests.last).first?.contains("result_too_large") == true)
    }

    // MARK: What goes wrong

    @Test(arguments: [
        (401, FailureClass.permanent), (404, .permanent), (400, .invalidInput),
        (429, .transient), (503, .transient),
    ])
    func `Whose fault a refusal is`(status: Int, failureClass: FailureClass) async throws {
        let (result, requests) = try await run([
            .status(status, #"{"error":{"message":"no such luck"}}"#)
        ]) { $0.endpoint.maximumTries = 1 }
        #expect(result.failure?.failureClass == failureClass)
        #expect(result.failure?.code == "answer_\(status)")
        #expect(result.failure?.message.contains("no such luck") == true)
        #expect(requests.count == 1)
    }

    @Test func `What may be better the next time is asked for again`() async throws {
        let heard = Heard()
        let (result, requests) = try await run(
            [
                .status(429, headers: ["retry-after": "0"]), .brokenOff("half an "),
                .words("whole"),
            ], heard: heard)
        #expect(result.payload == RawJSON(#""whole""#))
        #expect(requests.count == 3)
        #expect(
            heard.text == "half an \n[the answer broke off and is asked for again]\nwhole")
    }

    /// A pause that the attempt does not have is the pool's to make.
    @Test func `Nobody waits longer than the attempt lasts`() async throws {
        let soon = ContinuousClock.now.advanced(by: .seconds(20))
        let cases: [(String, ContinuousClock.Instant?)] = [("3600", nil), ("30", soon)]
        for (pause, deadline) in cases {
            let (result, requests) = try await run(
                [.status(429, headers: ["retry-after": pause])], deadline: deadline)
            #expect(result.failure?.failureClass == .transient)
            #expect(requests.count == 1)
        }
    }

    @Test func `An endpoint that nobody serves is tried elsewhere`() async throws {
        var settings = ModelAgentSettings(
            AgentIdentity(name: "model"),
            ModelEndpointSettings(url: "http://127.0.0.1:1/v1", model: "m"))
        settings.endpoint.maximumTries = 1
        settings.prompt = try PromptTemplate("hello")
        let agent = try #require(try settings.agent() as? ModelAgent)
        let result = try await agent.execute(Self.task, context: Heard().context())
        #expect(result.failure?.failureClass == .transient)
        #expect(result.failure?.code == "service_unreachable")
        let condition = await agent.healthCheck()
        guard case .unhealthy = condition else {
            Issue.record("\(condition)")
            return
        }
        await agent.shutdown()
    }

    @Test func `Answers without an end`() async throws {
        let endless = String(repeating: "word ", count: 100)
        let (result, _) = try await run([.words(endless)]) { $0.endpoint.maximumOutputBytes = 99 }
        #expect(result.failure?.code == "output_too_large")
        #expect(result.failure?.failureClass == .permanent)
    }

    /// Cancelled is a proof: when the attempt has ended nobody generates words for it any more.
    @Test func `A cancelled attempt ends in the middle of an answer`() async throws {
        let heard = Heard()
        let attempt = Task { try await run([.hanging("a word")], heard: heard).result }
        for await _ in heard.pieces { break }
        attempt.cancel()
        await #expect(throws: CancellationError.self) { try await attempt.value }
    }

    /// Keys of others' services must not end up in a session's results.
    @Test func `A key is in the request and in no failure`() async throws {
        let (result, requests) = try await run([
            .status(401, #"{"error":{"message":"Incorrect API key provided: sk-secret-1."}}"#)
        ]) { $0.endpoint.key = ServiceKey("sk-secret-1") }
        #expect(result.failure?.message.contains("sk-secret-1") == false)
        #expect(result.failure?.message.contains("[the key]") == true)
        #expect(requests.count == 1)
    }

    /// Where a long message is cut nothing of a key is left either.
    @Test func `A key that stands where a message is cut is in no failure`() async throws {
        // Of what an endpoint says 300 bytes are told.
        let message = String(repeating: "x", count: 295) + "sk-secret-1"
        let (result, _) = try await run([
            .status(401, #"{"error":{"message":"\#(message)"}}"#)
        ]) { $0.endpoint.key = ServiceKey("sk-secret-1") }
        let said = try #require(result.failure?.message)
        #expect(said.contains("xxx") && !said.contains("sk-"))
    }

    /// A tool that says of itself what it likes must not end the worker.
    @Test func `No sum of what was used overflows`() {
        var meter = ModelUsageMeter()
        meter.add(Usage(inputTokens: .max, outputTokens: .max, costMicros: .max))
        meter.add(
            ChatUsage(inputTokens: 1, outputTokens: 1), at: ModelPrices(input: 1, output: 1))
        #expect(
            meter.usage == Usage(inputTokens: .max, outputTokens: .max, costMicros: .max))
    }

    /// A tool that fails, and says what it used.
    private struct CostlyFailure: BaseAgent {
        let name = "costly"
        let capabilities = ["fail"]

        func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
            AgentResult(
                usage: Usage(costMicros: 70),
                failure: AgentFailure(.permanent, code: "no", message: "no"))
        }
    }

    @Test func `What a tool used that failed has cost as well`() async throws {
        let tool = ModelTool(
            settings: ModelToolSettings(
                agent: "costly", taskType: nil, name: "costly", description: "Fails.",
                parameters: try JSONSchema(.bool(true))),
            agent: CostlyFailure())
        let call = ChatToolCall(id: "1", name: "costly", arguments: "{}")
        let (result, requests) = try await run([.calls([call]), .words("done")], tools: [tool])
        #expect(toolResults(requests.last) == [#"{"error":{"code":"no","message":"no"}}"#])
        #expect(result.usage.costMicros == 2 * (10 + 2 * 5) + 70)
    }
}
