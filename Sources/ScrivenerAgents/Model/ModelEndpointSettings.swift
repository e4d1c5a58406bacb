// A place where a model is served, and what may be asked of it. `docs/agents/model.md` lists the fields.

/// An endpoint that is compatible with OpenAI's, and one model there.
public struct ModelEndpointSettings: Sendable, Equatable {
    /// What `/chat/completions` is appended to, such as `http://127.0.0.1:11434/v1`.
    var url: String
    /// As the endpoint calls it.
    var model: String
    /// Without one none is sent.
    var key: ServiceKey?
    /// Of one answer.
    var maximumTokens = 4_096
    var tokenLimitField = ModelTokenLimitField.maxTokens
    var temperature: Double?
    var seed: Int64?
    /// Whether answers come word by word.
    var streams = true
    /// Whether a stream is asked for the tokens that it took: a few servers refuse the question.
    var asksForUsage = true
    var responseFormat = ModelResponseFormat.jsonSchema
    var prices = ModelPrices()
    var maximumPromptBytes = 256 << 10
    /// Of the text of one answer.
    var maximumOutputBytes = 1 << 20
    /// How often one answer is asked for within an attempt.
    var maximumTries = 3
    /// How long the endpoint may be silent: before the first word it may load the model.
    var idleTimeout = Duration.seconds(120)
    /// Of one answer.
    var timeout = Duration.seconds(600)

    init(url: String, model: String) {
        self.url = url
        self.model = model
    }
}

/// What tokens cost: for a million of them, in the currency unit that the pool accounts in.
struct ModelPrices: Sendable, Equatable {
    var input = 0.0
    /// Of input that the endpoint has in a cache; the price of input when `nil`.
    var cachedInput: Double?
    var output = 0.0

    /// In millionths of the unit, rounded up: a price for a million is that of one in millionths.
    func micros(_ usage: ChatUsage) -> Int {
        let fresh = Double(usage.inputTokens - usage.cachedInputTokens) * input
        let cached = Double(usage.cachedInputTokens) * (cachedInput ?? input)
        let sum = fresh + cached + Double(usage.outputTokens) * output
        return Int(min(sum.rounded(.up), 1e15))
    }
}
