// What the fields of `model` have to be.

import ScrivenerModel
import ScrivenerOutbound

enum ModelAgentReader {
    static let tokens = Int64(1)...1_000_000
    static let bytes = Int64(1)...(64 << 20)
    static let seconds = 0.1...86_400.0
    static let maximumTools = 32
    /// `model:` stands before it in a tag, and a tag has 128 characters.
    static let maximumResearchName = 122

    private static let fields = [
        "url", "model", "api_key_file", "system", "prompt", "schema", "response_format",
        "max_corrections", "tools", "max_tool_rounds", "max_tool_bytes", "max_tokens",
        "max_tokens_field", "temperature", "seed", "stream", "stream_usage", "prices",
        "max_prompt_bytes", "max_output_bytes", "max_tries", "idle_timeout_seconds",
        "timeout_seconds", "research",
    ]

    static func read(
        _ value: JSONValue, _ identity: AgentIdentity, at path: String,
        with reader: inout FieldReader
    ) -> ModelAgentSettings? {
        guard let fields = reader.fields(of: value, at: path, Self.fields) else { return nil }
        var settings = ModelAgentSettings(identity, endpoint(fields, path, &reader))
        settings.system = template(fields["system"], path + "/system", &reader)
        settings.prompt = template(fields["prompt"], path + "/prompt", &reader)
        settings.schema = fields["schema"].flatMap { schema($0, path + "/schema", &reader) }
        settings.servesResearch = reader.flag(fields["research"], at: path + "/research")
        if fields["prompt"] == nil, !settings.servesResearch {
            reader.mistake(path + "/prompt", "must be there, unless research is true")
        }
        if settings.servesResearch { checkResearchName(identity.name, path, &reader) }
        count(fields, "max_corrections", 0...10, path, &reader) { settings.maximumCorrections = $0 }
        count(fields, "max_tool_rounds", 1...100, path, &reader) { settings.maximumToolRounds = $0 }
        count(fields, "max_tool_bytes", bytes, path, &reader) { settings.maximumToolBytes = $0 }
        settings.tools = ModelToolReader.tools(fields["tools"], at: path + "/tools", with: &reader)
        return settings
    }

    /// Plans ask for it by its name, in a parameter and in a tag.
    private static func checkResearchName(
        _ name: String, _ path: String, _ reader: inout FieldReader
    ) {
        if name.utf8.count > maximumResearchName {
            reader.mistake(
                path + "/research", "the agent's name is too long for a tag",
                limit: "\(maximumResearchName) bytes", actual: "\(name.utf8.count)")
        }
        if name == ResearchModel.noModel {
            reader.mistake(
                path + "/research", "the agent's name is the plans' word for no model", actual: name
            )
        }
    }

    // MARK: The endpoint

    private static func endpoint(
        _ fields: [String: JSONValue], _ path: String, _ reader: inout FieldReader
    ) -> ModelEndpointSettings {
        var endpoint = ModelEndpointSettings(
            url: url(fields["url"], path + "/url", &reader),
            model: reader.text(fields["model"], limit: 256, at: path + "/model"))
        endpoint.key = ServiceKey.read(
            fields["api_key_file"], at: path + "/api_key_file", with: &reader)
        endpoint.responseFormat = reader.choice(
            fields["response_format"], of: ModelResponseFormat.self,
            at: path + "/response_format", or: endpoint.responseFormat)
        endpoint.tokenLimitField = reader.choice(
            fields["max_tokens_field"], of: ModelTokenLimitField.self,
            at: path + "/max_tokens_field", or: endpoint.tokenLimitField)
        endpoint.temperature = fields["temperature"].map {
            reader.number($0.doubleValue, in: 0.0...2.0, at: path + "/temperature")
        }
        endpoint.seed = fields["seed"].map {
            reader.number($0.integerValue, in: 0...Int64(Int32.max), at: path + "/seed")
        }
        if let flag = fields["stream"] {
            endpoint.streams = reader.flag(flag, at: path + "/stream")
        }
        if let flag = fields["stream_usage"] {
            endpoint.asksForUsage = reader.flag(flag, at: path + "/stream_usage")
        }
        if let prices = fields["prices"] {
            endpoint.prices = Self.prices(prices, path + "/prices", &reader)
        }
        count(fields, "max_tokens", tokens, path, &reader) { endpoint.maximumTokens = $0 }
        count(fields, "max_prompt_bytes", bytes, path, &reader) {
            endpoint.maximumPromptBytes = $0
        }
        count(fields, "max_output_bytes", bytes, path, &reader) {
            endpoint.maximumOutputBytes = $0
        }
        count(fields, "max_tries", 1...10, path, &reader) { endpoint.maximumTries = $0 }
        duration(fields, "idle_timeout_seconds", path, &reader) { endpoint.idleTimeout = $0 }
        duration(fields, "timeout_seconds", path, &reader) { endpoint.timeout = $0 }
        return endpoint
    }

    private static func url(
        _ value: JSONValue?, _ path: String, _ reader: inout FieldReader
    ) -> String {
        let text = reader.text(value, limit: 2_000, at: path)
        guard !text.isEmpty else { return "" }
        do {
            let url = try OutboundURL(text)
            if url.shown != url.text { reader.mistake(path, "must have no query") }
            if url.path.hasSuffix("/chat/completions") {
                reader.mistake(path, "must end before /chat/completions")
            }
        } catch {
            reader.mistake(path, "\(error)")
        }
        return text
    }

    private static func prices(
        _ value: JSONValue, _ path: String, _ reader: inout FieldReader
    ) -> ModelPrices {
        let names = ["input", "cached_input", "output"]
        guard let fields = reader.fields(of: value, at: path, names) else { return ModelPrices() }
        func price(_ name: String) -> Double? {
            fields[name].map {
                reader.number($0.doubleValue, in: 0.0...1_000_000.0, at: "\(path)/\(name)")
            }
        }
        return ModelPrices(
            input: price("input") ?? 0, cachedInput: price("cached_input"),
            output: price("output") ?? 0)
    }

    // MARK: Values

    private static func template(
        _ value: JSONValue?, _ path: String, _ reader: inout FieldReader
    ) -> PromptTemplate? {
        guard let value else { return nil }
        let text = reader.text(value, limit: PromptTemplate.maximumBytes, at: path)
        do throws(PromptTemplateError) {
            return try PromptTemplate(text)
        } catch {
            reader.mistake(path, "line \(error.line): \(error.message)")
            return nil
        }
    }

    static func schema(
        _ value: JSONValue, _ path: String, _ reader: inout FieldReader
    ) -> JSONSchema? {
        do throws(JSONSchemaError) {
            return try JSONSchema(value)
        } catch {
            for mistake in error.mistakes { reader.mistake(path + mistake.path, mistake.message) }
            return nil
        }
    }

    private static func count(
        _ fields: [String: JSONValue], _ name: String, _ range: ClosedRange<Int64>,
        _ path: String, _ reader: inout FieldReader, _ take: (Int) -> Void
    ) {
        if let count = reader.count(fields[name], in: range, at: "\(path)/\(name)") { take(count) }
    }

    private static func duration(
        _ fields: [String: JSONValue], _ name: String, _ path: String,
        _ reader: inout FieldReader, _ take: (Duration) -> Void
    ) {
        if let span = reader.seconds(fields[name], in: seconds, at: "\(path)/\(name)") {
            take(span)
        }
    }
}
