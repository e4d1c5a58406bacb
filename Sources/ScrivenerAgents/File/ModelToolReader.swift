// What the tools of a model have to be: the list of all that it may call.

import ScrivenerModel

enum ModelToolReader {
    private static let fields = ["agent", "task_type", "name", "description", "parameters"]
    private static let maximumNameBytes = 64

    static func tools(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> [ModelToolSettings] {
        guard let value else { return [] }
        guard let list = value.arrayValue, list.count <= ModelAgentReader.maximumTools else {
            reader.mistake(
                path, "must be a list of tools", limit: "0…\(ModelAgentReader.maximumTools)")
            return []
        }
        var tools: [ModelToolSettings] = []
        for (place, each) in list.enumerated() {
            guard let tool = tool(each, "\(path)/\(place)", &reader) else { continue }
            if tools.contains(where: { $0.name == tool.name }) {
                reader.mistake("\(path)/\(place)/name", "another tool has it", actual: tool.name)
            }
            tools.append(tool)
        }
        return tools
    }

    private static func tool(
        _ value: JSONValue, _ path: String, _ reader: inout FieldReader
    ) -> ModelToolSettings? {
        guard let fields = reader.fields(of: value, at: path, Self.fields) else { return nil }
        let agent = reader.name(fields["agent"], at: path + "/agent")
        let type = fields["task_type"].map { reader.name($0, at: path + "/task_type") }
        let name = fields["name"]?.stringValue ?? agent
        // What OpenAI takes, and so everybody.
        let isName =
            (1...maximumNameBytes).contains(name.utf8.count)
            && name.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")
            }
        if !isName {
            reader.mistake(
                path + "/name", "must be 1…\(maximumNameBytes) characters of a–z A–Z 0–9 _ -",
                actual: name)
        }
        let description = reader.text(
            fields["description"], limit: 4_000, at: path + "/description")
        let parameters = ModelAgentReader.schema(
            fields["parameters"] ?? .object([("type", .string("object"))]),
            path + "/parameters", &reader)
        guard let parameters else { return nil }
        return ModelToolSettings(
            agent: agent, taskType: type, name: name, description: description,
            parameters: parameters)
    }
}
