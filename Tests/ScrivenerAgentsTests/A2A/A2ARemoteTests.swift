// What other agents say of themselves and of their tasks, with the examples of the protocol's documents.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import Testing

@testable import ScrivenerAgents

@Suite struct A2ARemoteTests {
    // MARK: Cards

    private static let card = #"""
        {"name": "GeoSpatial Route Planner Agent", "description": "Plans routes.", "version": "1.2.0",
         "supportedInterfaces": [
          {"url": "https://georoute-agent.example.com/a2a/grpc", "protocolBinding": "GRPC",
           "protocolVersion": "1.0"},
          {"url": "https://georoute-agent.example.com/a2a/v1", "protocolBinding": "JSONRPC",
           "protocolVersion": "1.0", "tenant": "roads"}],
         "capabilities": {"streaming": true, "pushNotifications": true},
         "defaultInputModes": ["application/json"], "defaultOutputModes": ["application/json"],
         "skills": []}
        """#

    private func card(
        _ text: String, at url: String, endpoint: String? = nil
    ) throws -> A2ARemoteCard {
        try A2ARemoteCard(
            RawJSON(text).value(), at: OutboundURL(url),
            endpoint: endpoint.map { try OutboundURL($0) })
    }

    private static let place = "https://georoute-agent.example.com/.well-known/agent-card.json"

    @Test func `A card says where messages go`() throws {
        let card = try card(Self.card, at: Self.place)
        #expect(card.endpoint.text == "https://georoute-agent.example.com/a2a/v1")
        #expect(card.tenant == "roads")
        #expect(card.isStreaming)
    }

    /// A card that could send messages anywhere could send them, and the key, into the worker's own network.
    @Test func `A card sends nobody to another server, unless its operator does`() throws {
        let elsewhere = "https://cards.example.com/georoute.json"
        let failure = #expect(throws: AgentFailure.self) { try card(Self.card, at: elsewhere) }
        #expect(failure?.code == "a2a_card")
        let told = try card(
            Self.card, at: elsewhere, endpoint: "https://georoute-agent.example.com/a2a/v1")
        #expect(told.endpoint.host == "georoute-agent.example.com")
    }

    @Test(arguments: [
        "[]", #"{"name": "a"}"#,
        #"{"supportedInterfaces": [{"url": "https://a.b/", "protocolBinding": "GRPC", "protocolVersion": "1.0"}]}"#,
        #"{"supportedInterfaces": [{"url": "https://a.b/", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"}]}"#,
        #"{"url": "https://a.b/", "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC"}"#,
    ])
    func `A card of no use says why`(text: String) {
        let failure = #expect(throws: AgentFailure.self) { try card(text, at: "https://a.b/c") }
        #expect(failure?.failureClass == .permanent)
        #expect(failure?.code == "a2a_card")
    }

    // MARK: Tasks

    private func task(_ responses: String...) throws -> A2ARemoteTask {
        var task = A2ARemoteTask()
        for response in responses { try task.take(RawJSON(response).value()) }
        return task
    }

    private static let begun = #"""
        {"task": {"id": "task-uuid", "contextId": "context-uuid",
                  "status": {"state": "TASK_STATE_WORKING"}}}
        """#

    private static func ended(_ state: String, _ words: String = "") -> String {
        #"""
        {"statusUpdate": {"taskId": "task-uuid", "contextId": "context-uuid", "status":
         {"state": "\#(state)", "message": {"role": "ROLE_AGENT", "messageId": "m",
          "parts": [{"text": "\#(words)"}]}}}}
        """#
    }

    @Test func `A task that is answered at once`() throws {
        let task = try task(
            #"""
            {"task": {"id": "task-uuid", "contextId": "context-uuid",
             "status": {"state": "TASK_STATE_COMPLETED"}, "artifacts": [{"artifactId": "artifact-uuid",
              "name": "Weather Report", "parts": [
               {"text": "Today will be sunny with a high of 75°F"}, {"data": {"high": 75}}]}]}}
            """#)
        #expect(task.id == "task-uuid" && task.isOver)
        let payload = try task.result(maximumBytes: 4_096).payload.value()
        #expect(payload["text"] == .string("Today will be sunny with a high of 75°F"))
        #expect(payload["data"]?.arrayValue == [.object([("high", .integer(75))])])
        #expect(payload["artifacts"]?.arrayValue?.first?["name"] == .string("Weather Report"))
    }

    @Test func `An artifact that comes in pieces is one`() throws {
        let piece = { (text: String, append: Bool) in
            #"""
            {"artifactUpdate": {"taskId": "task-uuid", "contextId": "context-uuid", "append": \#(append),
             "artifact": {"artifactId": "a", "parts": [{"text": "\#(text)"}]}}}
            """#
        }
        let task = try task(
            Self.begun, piece("# Climate ", false), piece("Change", true), piece(" Report", true),
            Self.ended("TASK_STATE_COMPLETED"))
        let payload = try task.result(maximumBytes: 4_096).payload.value()
        #expect(payload["text"] == .string("# Climate Change Report"))
    }

    @Test func `A message by itself is an answer`() throws {
        let task = try task(
            #"{"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "hello"}]}}"#)
        #expect(task.isOver && task.id == nil)
        let payload = try task.result(maximumBytes: 4_096).payload.value()
        #expect(payload["text"] == .string("hello"))
    }

    @Test(arguments: [
        ("TASK_STATE_FAILED", FailureClass.transient, "a2a_failed"),
        ("TASK_STATE_REJECTED", .permanent, "a2a_rejected"),
        ("TASK_STATE_CANCELED", .transient, "a2a_cancelled"),
        ("TASK_STATE_INPUT_REQUIRED", .permanent, "a2a_input_required"),
        ("TASK_STATE_AUTH_REQUIRED", .permanent, "a2a_auth_required"),
    ])
    func `A task that does not complete says why`(
        state: String, expected: FailureClass, code: String
    ) throws {
        let task = try task(Self.begun, Self.ended(state, "no fuel"))
        #expect(task.isOver)
        let failure = #expect(throws: AgentFailure.self) { try task.result(maximumBytes: 99) }
        #expect(failure?.failureClass == expected)
        #expect(failure?.code == code)
        #expect(failure?.message.hasSuffix(": no fuel") == true)
    }

    @Test func `What is too large is not kept`() throws {
        let task = try task(
            #"{"message": {"parts": [{"text": "\#(String(repeating: "x", count: 200))"}]}}"#)
        let failure = #expect(throws: AgentFailure.self) { try task.result(maximumBytes: 200) }
        #expect(failure?.code == "answer_too_large")
    }

    /// Many small events would be as much as a large one.
    @Test func `Pieces count together`() throws {
        let text = String(repeating: "x", count: 100)
        let piece = try RawJSON(
            #"""
            {"artifactUpdate": {"taskId": "t", "append": true,
             "artifact": {"artifactId": "a", "parts": [{"text": "\#(text)"}]}}}
            """#
        ).value()
        var task = A2ARemoteTask()
        try task.take(piece, maximumBytes: 400)
        try task.take(piece, maximumBytes: 400)
        let full = task
        let failure = #expect(throws: AgentFailure.self) {
            var next = full
            try next.take(piece, maximumBytes: 400)
        }
        #expect(failure?.code == "answer_too_large")
    }

    @Test(arguments: [
        "{}", #"{"task": {}}"#, #"{"task": {"id": "t", "status": {"state": "working"}}}"#,
        #"{"message": {}}"#, #"{"artifactUpdate": {"artifact": {}}}"#, "7",
    ])
    func `Garbage is no answer`(text: String) {
        let failure = #expect(throws: AgentFailure.self) { try task(text) }
        #expect(failure?.code == "invalid_output")
        #expect(failure?.failureClass == .permanent)
    }

    // MARK: Messages

    private func message(_ parameters: String, inputs: Bool = true) throws -> JSONValue {
        let context = AgentContext(
            attempt: 2, idempotencyKey: "s1/t1", deadline: nil, logger: Logger(label: "test")
        ) { _ in }
        let task = AgentTask(
            sessionID: "s1", query: "why?", taskID: "t1", taskType: "route",
            parameters: RawJSON(parameters),
            inputs: [AgentInput(taskID: "t0", taskType: "search", payload: RawJSON("[1]"))])
        return try A2AOutgoingMessage.message(task, context, withInputs: inputs)
    }

    /// Each attempt is a message of its own; all of a task's are known by its key.
    @Test func `A task becomes a message`() throws {
        let message = try message(#"{"text": "From A to B", "avoid": ["tolls"]}"#)
        #expect(
            RawJSON(message).text
                == #"{"messageId":"s1/t1.2","role":"ROLE_USER","parts":[{"text":"From A to B"},"#
                + #"{"data":{"avoid":["tolls"]},"mediaType":"application/json"},"#
                + #"{"data":{"task_id":"t0","task_type":"search","payload":[1]},"#
                + #""mediaType":"application/json"}],"metadata":{"idempotency_key":"s1/t1","#
                + #""attempt":2,"task_type":"route"}}"#)
    }

    @Test func `Without a text the question is asked`() throws {
        let parts = try message("{}", inputs: false)["parts"]?.arrayValue
        #expect(parts == [.object([("text", .string("why?"))])])
    }

    @Test(arguments: ["[]", #"{"text": 5}"#])
    func `Parameters that say nothing are the task's fault`(parameters: String) {
        let failure = #expect(throws: AgentFailure.self) { try message(parameters) }
        #expect(failure?.failureClass == .invalidInput)
    }
}
