// From a question to an answer that is as it has to be: calls of tools and corrections in between, both bounded.

import Logging
import ScrivenerAgentKit
import ScrivenerModel

/// One conversation with a model, within one attempt.
struct ModelConversation {
    /// What bounds it.
    struct Limits: Sendable, Equatable {
        var corrections = 2
        var toolRounds = 8
    }

    /// Calls that one answer may ask for.
    static let maximumCallsPerRound = 16

    private let client: ModelClient
    private let toolbox: ModelToolbox
    private let limits: Limits
    private let task: AgentTask
    private let context: AgentContext
    private var messages: [ChatMessage]
    private var rounds = 0
    private var calls = 0
    private(set) var meter = ModelUsageMeter()

    init(
        _ client: ModelClient, toolbox: ModelToolbox, limits: Limits, messages: [ChatMessage],
        for task: AgentTask, _ context: AgentContext
    ) {
        self.client = client
        self.toolbox = toolbox
        self.limits = limits
        self.messages = messages
        self.task = task
        self.context = context
    }

    // MARK: Answers

    /// An answer in words.
    ///
    /// - Throws: `AgentFailure`, and `CancellationError`.
    mutating func text() async throws -> String { try await answer(nil).text }

    /// An answer that is as a schema says.
    ///
    /// - Throws: `AgentFailure` of code `invalid_output` where the model does not get it right, others, and
    ///   `CancellationError`.
    mutating func value(_ schema: JSONSchema) async throws -> JSONValue {
        var corrections = 0
        while true {
            let reply = try await answer(schema)
            let complaint: String
            do throws(JSONError) {
                let value = try ModelJSON.value(of: reply.text)
                let mistakes = schema.mistakes(of: value)
                if mistakes.isEmpty { return value }
                complaint = mistakes.map(\.described).joined(separator: "; ")
            } catch {
                complaint = "it is no JSON: \(error.reason.rawValue), at byte \(error.offset)"
            }
            guard corrections < limits.corrections else {
                throw ModelFailure.garbage(
                    "the model's answer is not as its schema says, after \(corrections) corrections: "
                        + complaint)
            }
            corrections += 1
            context.logger.info(
                "an answer goes back to the model", metadata: ["mistakes": "\(complaint)"])
            context.emit("\n[the answer is not as it has to be: \(complaint)]\n")
            messages.append(.assistant(text: reply.text, calls: []))
            messages.append(.user(Self.correction(complaint)))
        }
    }

    private static func correction(_ complaint: String) -> String {
        "That answer cannot be taken: \(complaint). Answer again with the whole JSON value, put right, "
            + "and nothing else."
    }

    // MARK: Rounds

    private mutating func answer(_ schema: JSONSchema?) async throws -> ChatReply {
        while true {
            try Task.checkCancellation()
            // After the last round there are no tools any more, so that the model has to answer.
            let tools = rounds < limits.toolRounds ? toolbox.tools.map(\.described) : []
            let said = SaidSoFar(context, expectedTokens: client.settings.maximumTokens)
            let reply = try await client.complete(
                ChatRequest(messages: messages, tools: tools, schema: schema),
                until: context.deadline
            ) { said.take($0) }
            meter.add(reply.usage, at: client.settings.prices)
            switch reply.ending {
            case .complete: break
            case .cut: throw ModelFailure.cut(atTokens: client.settings.maximumTokens)
            case .withheld(let reason): throw ModelFailure.withheld(reason)
            }
            guard !reply.calls.isEmpty else { return reply }
            try await call(reply, areAllowed: !tools.isEmpty)
        }
    }

    private mutating func call(_ reply: ChatReply, areAllowed: Bool) async throws {
        guard areAllowed else {
            throw ModelFailure.garbage(
                toolbox.tools.isEmpty
                    ? "the model calls a tool, and has none"
                    : "the model calls tools beyond the \(limits.toolRounds) rounds that it has")
        }
        guard reply.calls.count <= Self.maximumCallsPerRound else {
            throw ModelFailure.garbage(
                "the model asks for \(reply.calls.count) calls at once; "
                    + "\(Self.maximumCallsPerRound) are made")
        }
        rounds += 1
        let named = reply.calls.enumerated().map { place, call in
            var call = call
            if call.id.isEmpty { call.id = "call_\(calls + place + 1)" }
            return call
        }
        messages.append(.assistant(text: reply.text, calls: named))
        for call in named {
            calls += 1
            let shown = call.arguments.beginning(ofBytes: 200)
            context.emit("\n[calls \(call.name.beginning(ofBytes: 64)) \(shown)]\n")
            context.progress(0, "calls \(call.name)")
            let outcome = try await toolbox.outcome(
                of: call, number: calls, for: task, context)
            meter.add(outcome.usage)
            messages.append(.tool(callID: call.id, text: outcome.text))
        }
    }
}
