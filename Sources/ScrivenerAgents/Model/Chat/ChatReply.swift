// What a model has answered, whichever way it came.

import ScrivenerModel

/// An answer as a whole.
struct ChatReply: Sendable, Equatable {
    var text: String
    var calls: [ChatToolCall]
    var ending: ChatEnding
    /// `nil` where the endpoint did not say.
    var usage: ChatUsage?
}

/// Why an answer ends where it does.
enum ChatEnding: Sendable, Equatable {
    case complete
    /// It was longer than it may be.
    case cut
    /// The endpoint withheld it, or the model did.
    case withheld(reason: String)
}

/// The tokens of one answer.
struct ChatUsage: Sendable, Equatable {
    /// Those from a cache among them.
    var inputTokens: Int
    var cachedInputTokens: Int
    var outputTokens: Int

    /// - Parameter json: the member `usage`, whose numbers are from outside.
    init?(_ json: JSONValue?) {
        guard case .object? = json, let json else { return nil }
        let cached =
            json["prompt_tokens_details"]?["cached_tokens"] ?? json["prompt_cache_hit_tokens"]
        inputTokens = Self.count(json["prompt_tokens"])
        cachedInputTokens = min(Self.count(cached), inputTokens)
        outputTokens = Self.count(json["completion_tokens"])
    }

    init(inputTokens: Int, cachedInputTokens: Int = 0, outputTokens: Int) {
        self.inputTokens = inputTokens
        self.cachedInputTokens = cachedInputTokens
        self.outputTokens = outputTokens
    }

    /// No answer of one request has a billion tokens, so that sums stay far from any limit.
    private static let maximum: Int64 = 1_000_000_000

    private static func count(_ json: JSONValue?) -> Int {
        Int(min(max(json?.integerValue ?? 0, 0), maximum))
    }
}
