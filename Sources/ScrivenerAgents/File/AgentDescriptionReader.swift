// What the entries of a file of agents have in common, and which reader the rest of each is for.

import ScrivenerModel

/// Reads a file's entries.
enum AgentDescriptionReader {
    static let maximumAgents = 64
    static let maximumNames = 63
    static let slots = Int64(1)...10_000
    static let maximumVersionBytes = 128

    static func agents(
        in document: JSONValue, with reader: inout FieldReader
    ) -> [AgentDescription] {
        guard let root = reader.fields(of: document, at: "", ["agents"]) else { return [] }
        guard let agents = root["agents"]?.arrayValue, !agents.isEmpty,
            agents.count <= maximumAgents
        else {
            reader.mistake("/agents", "must be a list of agents", limit: "1…\(maximumAgents)")
            return []
        }
        var names: Set<String> = []
        return agents.enumerated().compactMap { index, agent in
            let path = "/agents/\(index)"
            let description = description(of: agent, at: path, with: &reader)
            if let name = name(of: agent), !names.insert(name).inserted {
                reader.mistake(path + "/name", "another agent has it", actual: name)
            }
            return description
        }
    }

    private static func name(of agent: JSONValue) -> String? {
        agent["name"]?.stringValue.flatMap { PlanName.isValid($0) ? $0 : nil }
    }

    // MARK: One agent

    private static let commonFields = ["name", "capabilities", "tags", "slots", "version"]
    /// Each is the field that makes an agent one of its kind.
    private static let kinds = ["command", "http", "model", "mcp", "a2a"]

    private static func description(
        of agent: JSONValue, at path: String, with reader: inout FieldReader
    ) -> AgentDescription? {
        let given = kinds.filter { agent[$0] != nil }
        let known =
            given.count == 1 && given.first != "command"
            ? commonFields + given : commonFields + kinds + ExecAgentReader.fields
        guard let fields = reader.fields(of: agent, at: path, known) else { return nil }
        let identity = identity(fields, at: path, with: &reader)
        guard let kind = given.first, given.count == 1, let value = fields[kind] else {
            reader.mistake(
                path, "must say in one way what the agent is",
                limit: "exactly one of " + kinds.joined(separator: ", "),
                actual: given.isEmpty ? nil : given.joined(separator: ", "))
            return nil
        }
        let place = path + "/" + kind
        switch kind {
        case "http":
            return HTTPAgentReader.read(value, identity, at: place, with: &reader)
                .map(AgentDescription.http)
        case "model":
            return ModelAgentReader.read(value, identity, at: place, with: &reader)
                .map(AgentDescription.model)
        case "mcp":
            return MCPAgentReader.read(value, identity, at: place, with: &reader)
                .map(AgentDescription.mcp)
        case "a2a":
            return A2AAgentReader.read(value, identity, at: place, with: &reader)
                .map(AgentDescription.a2a)
        default:
            return .exec(ExecAgentReader.read(fields, identity, at: path, with: &reader))
        }
    }

    private static func identity(
        _ fields: [String: JSONValue], at path: String, with reader: inout FieldReader
    ) -> AgentIdentity {
        AgentIdentity(
            name: reader.name(fields["name"], at: path + "/name"),
            capabilities: reader.names(
                fields["capabilities"], limit: .max, at: path + "/capabilities"),
            tags: reader.names(fields["tags"], limit: maximumNames, at: path + "/tags"),
            slots: fields["slots"].map {
                Int32(reader.number($0.integerValue, in: slots, at: path + "/slots"))
            },
            version: fields["version"].map {
                reader.text($0, limit: maximumVersionBytes, at: path + "/version")
            } ?? "")
    }
}
