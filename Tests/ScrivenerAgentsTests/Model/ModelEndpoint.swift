// An endpoint whose models say what a test wants, for agents and for research with a model.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Synchronization
import TestSupport

@testable import ScrivenerAgents

/// What an endpoint answers, one request after the other; the last for ever.
enum ScriptedAnswer: Sendable {
    case words(String)
    case calls([ChatToolCall])
    case status(Int, headers: [String: String] = [:], String = "{}")
    /// Some events, and then the end of the connection.
    case brokenOff(String)
    /// Nothing more after its first words, until the client has left.
    case hanging(String)
}

enum ModelEndpoint {
    /// Serves answers while `body` runs.
    static func run<Value: Sendable>(
        _ answers: [ScriptedAnswer],
        _ body: (LocalServer, ModelEndpointSettings) async throws -> Value
    ) async throws -> Value {
        let left = AnswersLeft(answers)
        return try await serve({ _ in left.next() }, body)
    }

    /// Serves what `script` says to each request while `body` runs.
    static func serve<Value: Sendable>(
        _ script: @escaping @Sendable (JSONValue) throws -> ScriptedAnswer,
        _ body: (LocalServer, ModelEndpointSettings) async throws -> Value
    ) async throws -> Value {
        try await LocalServer.run(
            answering: { request, connection in
                try await send(try script(try RawJSON(request.body).value()), to: connection)
            }
        ) { server in
            var settings = ModelEndpointSettings(url: server.url("/v1"), model: "m")
            settings.prices = ModelPrices(input: 1, output: 2)
            return try await body(server, settings)
        }
    }

    private static func send(
        _ answer: ScriptedAnswer, to connection: LocalConnection
    ) async throws {
        switch answer {
        case .status(let status, let headers, let body):
            try await connection.answer(status, headers: headers, body)
        case .words(let text):
            try await connection.beginEvents()
            try await connection.send(chunk(delta: [("content", .string(text))]))
            try await end(connection, reason: "stop")
            throw HangUp()
        case .calls(let calls):
            try await connection.beginEvents()
            let listed = calls.enumerated().map { place, call in
                guard case .object(let members) = call.json else { return JSONValue.null }
                return .object([(key: "index", value: .integer(Int64(place)))] + members)
            }
            try await connection.send(chunk(delta: [("tool_calls", .array(listed))]))
            try await end(connection, reason: "tool_calls")
            throw HangUp()
        case .brokenOff(let text):
            try await connection.beginEvents()
            try await connection.send(chunk(delta: [("content", .string(text))]))
            throw HangUp()
        case .hanging(let text):
            try await connection.beginEvents()
            try await connection.send(chunk(delta: [("content", .string(text))]))
            try await Task.sleep(for: .seconds(600))
        }
    }

    private static func end(_ connection: LocalConnection, reason: String) async throws {
        try await connection.send(chunk(delta: [], reason: .string(reason)))
        try await connection.send(
            #"data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}"# + "\n\n"
                + "data: [DONE]\n\n")
    }

    private static func chunk(
        delta: [(key: String, value: JSONValue)], reason: JSONValue = .null
    ) -> String {
        let choice = JSONValue.object([
            ("index", .integer(0)), ("delta", .object(delta)), ("finish_reason", reason),
        ])
        return "data: " + RawJSON(.object([("choices", .array([choice]))])).text + "\n\n"
    }
}

private final class AnswersLeft: Sendable {
    private let left: Mutex<[ScriptedAnswer]>

    init(_ answers: [ScriptedAnswer]) { left = Mutex(answers) }

    func next() -> ScriptedAnswer {
        left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }
}

/// What an attempt says while it runs.
final class Heard: Sendable {
    private let said = Mutex("")
    /// One element a piece.
    let pieces: AsyncStream<String>
    private let piece: AsyncStream<String>.Continuation

    init() { (pieces, piece) = AsyncStream.makeStream() }

    var text: String { said.withLock { $0 } }

    func context(deadline: ContinuousClock.Instant? = nil) -> AgentContext {
        AgentContext(
            attempt: 1, idempotencyKey: "s/t", deadline: deadline, logger: Logger(label: "test"),
            emit: { text in
                self.said.withLock { $0 += text }
                self.piece.yield(text)
            }
        ) { _ in }
    }
}
