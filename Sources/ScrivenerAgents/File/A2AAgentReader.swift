// What the fields of `a2a` have to be.

import ScrivenerInterop
import ScrivenerModel
import ScrivenerOutbound

enum A2AAgentReader {
    static let outputBytes = Int64(1)...(64 << 20)
    static let timeoutSeconds = 1.0...604_800.0
    static let pollSeconds = 0.1...60.0
    static let graceSeconds = 0.0...3_600.0

    private static let fields = [
        "url", "endpoint", "api_key_file", "api_key_header", "inputs", "timeout_seconds",
        "poll_seconds", "max_output_bytes", "termination_grace_seconds",
    ]

    static func read(
        _ value: JSONValue, _ identity: AgentIdentity, at path: String,
        with reader: inout FieldReader
    ) -> A2AAgentSettings? {
        guard let fields = reader.fields(of: value, at: path, Self.fields) else { return nil }
        let card = Self.card(fields["url"], at: path + "/url", with: &reader)
        let endpoint =
            fields["endpoint"] == nil
            ? nil : HTTPAgentReader.url(fields["endpoint"], at: path + "/endpoint", with: &reader)
        let key = ServiceKey.read(
            fields["api_key_file"], at: path + "/api_key_file", with: &reader)
        let header = HTTPAgentReader.header(
            fields["api_key_header"], at: path + "/api_key_header", with: &reader)
        let sendsInputs = fields["inputs"].map { reader.flag($0, at: path + "/inputs") }
        let bytes = reader.count(
            fields["max_output_bytes"], in: outputBytes, at: path + "/max_output_bytes")
        let timeout = reader.seconds(
            fields["timeout_seconds"], in: timeoutSeconds, at: path + "/timeout_seconds")
        let pollInterval = reader.seconds(
            fields["poll_seconds"], in: pollSeconds, at: path + "/poll_seconds")
        let grace = reader.seconds(
            fields["termination_grace_seconds"], in: graceSeconds,
            at: path + "/termination_grace_seconds")
        // Only now, so that all mistakes are told at once.
        guard let card else { return nil }
        var settings = A2AAgentSettings(identity, card: card)
        settings.endpoint = endpoint
        settings.key = key
        settings.keyHeader = header ?? settings.keyHeader
        settings.sendsInputs = sendsInputs ?? settings.sendsInputs
        settings.maximumOutputBytes = bytes ?? settings.maximumOutputBytes
        settings.timeout = timeout ?? settings.timeout
        settings.pollInterval = pollInterval ?? settings.pollInterval
        settings.terminationGrace = grace ?? settings.terminationGrace
        return settings
    }

    /// Of an agent that is named by its address alone, the card is at the place that the protocol gives it.
    private static func card(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> OutboundURL? {
        guard let url = HTTPAgentReader.url(value, at: path, with: &reader) else { return nil }
        guard url.path == "/" else { return url }
        return try? url.resolving(A2AProtocol.cardPath)
    }
}
