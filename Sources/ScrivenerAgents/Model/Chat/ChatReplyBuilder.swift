// Puts an answer together from the chunks of a stream, or takes it from one document. Servers differ in small
// things, and what is met in practice is taken: calls of tools in pieces by index (OpenAI, vLLM, llama.cpp)
// or whole and all with index 0 (Ollama), the usage in a last chunk with `choices` empty, `null` or absent, errors in the
// middle of a stream, and ends with `[DONE]` or, where a choice has said why it ends, without.

import ScrivenerAgentKit
import ScrivenerModel

/// An answer that comes in pieces.
struct ChatReplyBuilder {
    static let maximumCalls = 128

    private let maximumBytes: Int
    private var text = ""
    private var refusal = ""
    private var calls: [(index: Int64, call: ChatToolCall)] = []
    private var reason: String?
    private var usage: ChatUsage?
    private var bytes = 0
    private(set) var isDone = false

    /// - Parameter maximumBytes: of text, refusal, and the arguments of calls together.
    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Whether anything was said that somebody may have seen.
    var hasBegun: Bool { !text.isEmpty }

    // MARK: Streams

    /// Takes the data of one event.
    ///
    /// - Returns: what the model says with it.
    /// - Throws: `AgentFailure` where it is an error, is no chunk, or makes the answer too large.
    mutating func take(event: [UInt8]) throws(AgentFailure) -> String {
        guard !event.starts(with: Array("[DONE]".utf8)) else {
            isDone = true
            return ""
        }
        let chunk = try Self.object(event)
        if let error = chunk["error"], error != .null {
            throw ModelFailure.inStream(ModelErrorText.message(in: chunk))
        }
        usage = ChatUsage(chunk["usage"]) ?? usage
        guard let choice = chunk["choices"]?.arrayValue?.first else { return "" }
        let said = try take(message: choice["delta"] ?? .null)
        if let reason = choice["finish_reason"]?.stringValue { self.reason = reason }
        return said
    }

    /// The answer, when the stream has ended.
    ///
    /// - Throws: `AgentFailure` where it ended before the answer did.
    func reply() throws(AgentFailure) -> ChatReply {
        guard reason != nil || isDone else { throw ModelFailure.droppedStream(afterBytes: bytes) }
        return ChatReply(
            text: text, calls: calls.map(\.call), ending: ending, usage: usage)
    }

    // MARK: Documents

    /// The answer of an endpoint that does not stream.
    static func reply(
        document: [UInt8], maximumBytes: Int
    ) throws(AgentFailure) -> ChatReply {
        let document = try object(document)
        guard let choice = document["choices"]?.arrayValue?.first else {
            throw ModelFailure.garbage("the answer has no choices")
        }
        var builder = ChatReplyBuilder(maximumBytes: maximumBytes)
        _ = try builder.take(message: choice["message"] ?? .null)
        builder.reason = choice["finish_reason"]?.stringValue
        builder.usage = ChatUsage(document["usage"])
        builder.isDone = true
        return try builder.reply()
    }

    // MARK: Pieces

    private mutating func take(message: JSONValue) throws(AgentFailure) -> String {
        let said = message["content"]?.stringValue ?? ""
        let refused = message["refusal"]?.stringValue ?? ""
        try count(said.utf8.count + refused.utf8.count)
        text += said
        refusal += refused
        for (place, call) in (message["tool_calls"]?.arrayValue ?? []).enumerated() {
            try take(call: call, place: place)
        }
        return said
    }

    private mutating func take(call: JSONValue, place: Int) throws(AgentFailure) {
        let index = call["index"]?.integerValue ?? Int64(place)
        let id = call["id"]?.stringValue ?? ""
        let name = call["function"]?["name"]?.stringValue ?? ""
        let arguments = Self.arguments(call["function"]?["arguments"])
        try count(id.utf8.count + name.utf8.count + arguments.utf8.count)
        if let known = calls.lastIndex(where: { $0.index == index }),
            id.isEmpty || calls[known].call.id.isEmpty || calls[known].call.id == id
        {
            if calls[known].call.id.isEmpty { calls[known].call.id = id }
            // In pieces come arguments only; a name that comes again is the same name.
            if calls[known].call.name.isEmpty { calls[known].call.name = name }
            calls[known].call.arguments += arguments
            return
        }
        guard calls.count < Self.maximumCalls else {
            throw ModelFailure.tooLarge("more than \(Self.maximumCalls) calls of tools")
        }
        calls.append((index, ChatToolCall(id: id, name: name, arguments: arguments)))
    }

    /// They are JSON in a text; some servers write the JSON itself.
    private static func arguments(_ json: JSONValue?) -> String {
        switch json {
        case .string(let text): text
        case nil, .null: ""
        case let value?: RawJSON(value).text
        }
    }

    private mutating func count(_ more: Int) throws(AgentFailure) {
        bytes += more
        guard bytes <= maximumBytes else {
            throw ModelFailure.tooLarge("more than \(maximumBytes) bytes")
        }
    }

    private var ending: ChatEnding {
        if !refusal.isEmpty { return .withheld(reason: String(refusal.beginning(ofBytes: 500))) }
        switch reason {
        case "length": return .cut
        case "content_filter": return .withheld(reason: "the endpoint's content filter")
        default: return .complete
        }
    }

    private static func object(_ bytes: [UInt8]) throws(AgentFailure) -> JSONValue {
        do throws(JSONError) {
            let value = try RawJSON(bytes).value()
            if case .object = value { return value }
        } catch {
            throw ModelFailure.garbage(
                "what the endpoint sends is no JSON: \(error.reason.rawValue), at byte \(error.offset)"
            )
        }
        throw ModelFailure.garbage("what the endpoint sends is no JSON object")
    }
}
