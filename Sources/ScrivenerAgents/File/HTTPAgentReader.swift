// What the fields of `http` have to be.

import ScrivenerModel
import ScrivenerOutbound

enum HTTPAgentReader {
    static let outputBytes = Int64(1)...(64 << 20)
    static let silenceSeconds = 1.0...86_400.0
    static let pollSeconds = 0.1...60.0
    static let graceSeconds = 0.0...3_600.0

    private static let fields = [
        "url", "health_url", "api_key_file", "api_key_header", "max_output_bytes",
        "silence_seconds", "poll_seconds", "termination_grace_seconds",
    ]

    /// They have a meaning of their own.
    private static let ownHeaders: Set<String> = [
        "a2a-version", "accept", "connection", "content-length", "content-type", "host",
        "idempotency-key", "last-event-id", "scrivener-attempt", "scrivener-deadline",
        "traceparent", "tracestate", "transfer-encoding", "user-agent",
    ]

    static func read(
        _ value: JSONValue, _ identity: AgentIdentity, at path: String,
        with reader: inout FieldReader
    ) -> HTTPAgentSettings? {
        guard let fields = reader.fields(of: value, at: path, Self.fields) else { return nil }
        let url = Self.url(fields["url"], at: path + "/url", with: &reader)
        let healthURL =
            fields["health_url"] == nil
            ? nil : Self.url(fields["health_url"], at: path + "/health_url", with: &reader)
        let key = ServiceKey.read(
            fields["api_key_file"], at: path + "/api_key_file", with: &reader)
        let header = Self.header(
            fields["api_key_header"], at: path + "/api_key_header", with: &reader)
        let bytes = reader.count(
            fields["max_output_bytes"], in: outputBytes, at: path + "/max_output_bytes")
        let silence = reader.seconds(
            fields["silence_seconds"], in: silenceSeconds, at: path + "/silence_seconds")
        let pollInterval = reader.seconds(
            fields["poll_seconds"], in: pollSeconds, at: path + "/poll_seconds")
        let grace = reader.seconds(
            fields["termination_grace_seconds"], in: graceSeconds,
            at: path + "/termination_grace_seconds")
        // Only now, so that all mistakes are told at once.
        guard let url else { return nil }
        var settings = HTTPAgentSettings(identity, url: url)
        settings.healthURL = healthURL
        settings.key = key
        settings.keyHeader = header ?? settings.keyHeader
        settings.maximumOutputBytes = bytes ?? settings.maximumOutputBytes
        settings.silence = silence ?? settings.silence
        settings.pollInterval = pollInterval ?? settings.pollInterval
        settings.terminationGrace = grace ?? settings.terminationGrace
        return settings
    }

    /// The name of the header that carries a key; `nil` where nothing is said, and where it is wrong.
    static func header(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> String? {
        guard let value else { return nil }
        let name = reader.text(value, limit: 64, at: path).lowercased()
        let isName = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isName, !ownHeaders.contains(name) else {
            reader.mistake(
                path, "must be the name of a header (a–z 0–9 -) that is not in use", actual: name)
            return nil
        }
        return name
    }

    /// An `http` or `https` URL. What is wrong is told without it: it may hold a secret.
    static func url(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> OutboundURL? {
        guard let text = value?.stringValue else {
            reader.mistake(path, value == nil ? "is missing" : "must be an http or https URL")
            return nil
        }
        do {
            return try OutboundURL(text)
        } catch {
            reader.mistake(path, "\(error)")
            return nil
        }
    }
}
