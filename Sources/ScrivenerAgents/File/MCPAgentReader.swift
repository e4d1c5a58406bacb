// What the fields of `mcp` have to be.

import ScrivenerAgentKit
import ScrivenerModel

enum MCPAgentReader {
    static let outputBytes = Int64(1)...(64 << 20)
    static let timeoutSeconds = 1.0...86_400.0
    static let graceSeconds = 0.0...3_600.0
    static let maximumToolBytes = 128

    private static let fields = [
        "command", "environment", "url", "api_key_file", "tool", "arguments", "inputs_argument",
        "timeout_seconds", "max_output_bytes", "termination_grace_seconds", "retry_tool_errors",
        "cancellation",
    ]

    static func read(
        _ value: JSONValue, _ identity: AgentIdentity, at path: String,
        with reader: inout FieldReader
    ) -> MCPAgentSettings? {
        guard let fields = reader.fields(of: value, at: path, Self.fields) else { return nil }
        let server = Self.server(fields, at: path, with: &reader)
        let tool = reader.text(
            fields["tool"], limit: maximumToolBytes, at: path + "/tool")
        // Read on in any case, so that all mistakes are told at once.
        var settings = MCPAgentSettings(
            identity, server ?? .program([], environment: []), tool: tool)
        if let arguments = fields["arguments"] {
            if case .object(let members) = arguments {
                settings.arguments = members
            } else {
                reader.mistake(path + "/arguments", "must be an object")
            }
        }
        settings.inputsArgument = fields["inputs_argument"].map {
            reader.text($0, limit: maximumToolBytes, at: path + "/inputs_argument")
        }
        settings.retriesToolErrors = reader.flag(
            fields["retry_tool_errors"], at: path + "/retry_tool_errors")
        settings.cancellation = reader.choice(
            fields["cancellation"], of: MCPAgentSettings.Cancellation.self,
            at: path + "/cancellation", or: settings.cancellation)
        if fields["cancellation"] != nil, fields["url"] == nil {
            reader.mistake(path + "/cancellation", "goes with url")
        }
        settings.timeout =
            reader.seconds(
                fields["timeout_seconds"], in: timeoutSeconds, at: path + "/timeout_seconds")
            ?? settings.timeout
        settings.maximumOutputBytes =
            reader.count(
                fields["max_output_bytes"], in: outputBytes, at: path + "/max_output_bytes")
            ?? settings.maximumOutputBytes
        settings.terminationGrace =
            reader.seconds(
                fields["termination_grace_seconds"], in: graceSeconds,
                at: path + "/termination_grace_seconds") ?? settings.terminationGrace
        return server == nil ? nil : settings
    }

    private static func server(
        _ fields: [String: JSONValue], at path: String, with reader: inout FieldReader
    ) -> MCPAgentSettings.Server? {
        switch (fields["command"], fields["url"]) {
        case (let command?, nil):
            if fields["api_key_file"] != nil {
                reader.mistake(path + "/api_key_file", "goes with url")
            }
            let environment =
                ExecAgentReader.variables(
                    fields["environment"], at: path + "/environment", with: &reader)
                ?? ChildCommand.defaultVariables
            return .program(
                ExecAgentReader.command(
                    command, at: path + "/command", searching: environment.contains("PATH"),
                    with: &reader), environment: environment)
        case (nil, let url?):
            if fields["environment"] != nil {
                reader.mistake(path + "/environment", "goes with command")
            }
            let key = ServiceKey.read(
                fields["api_key_file"], at: path + "/api_key_file", with: &reader)
            return HTTPAgentReader.url(url, at: path + "/url", with: &reader).map {
                MCPAgentSettings.Server.service($0, key: key)
            }
        default:
            reader.mistake(
                path, "must say in one way where the server is",
                limit: "exactly one of command, url")
            return nil
        }
    }
}
