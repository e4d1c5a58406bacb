// A tool as its server describes it: what it takes, and which of that stands in headers as well.

import ScrivenerInterop
import ScrivenerModel

struct MCPToolDefinition: Sendable, Equatable {
    /// A parameter that is repeated in a header.
    private struct Header: Sendable, Equatable {
        /// The members that lead to it.
        var path: [String]
        var name: String
    }

    let name: String
    let inputSchema: JSONValue
    let outputSchema: JSONValue?
    private let repeated: [Header]

    /// - Throws: `AgentFailure` of class `permanent`, where the description cannot be used.
    init(_ tool: JSONValue) throws(AgentFailure) {
        guard let name = tool["name"]?.stringValue, let schema = tool["inputSchema"],
            case .object = schema
        else { throw MCPFailure.invalid("the tool's description has no name or no inputSchema") }
        self.name = name
        inputSchema = schema
        outputSchema = tool["outputSchema"].flatMap { $0 == .null ? nil : $0 }
        for schema in [schema, outputSchema].compactMap({ $0 }) {
            try Self.checkSize(schema)
            try Self.checkReferences(schema)
        }
        repeated = try Self.headers(in: schema, at: [])
    }

    private static func unusable(_ reason: String) -> AgentFailure {
        AgentFailure(
            .permanent, code: "tool_schema", message: "the tool cannot be used: \(reason)")
    }

    /// In bytes, as JSON.
    static let maximumSchemaBytes = 256 << 10

    private static func checkSize(_ schema: JSONValue) throws(AgentFailure) {
        let count = RawJSON(schema).bytes.count
        guard count <= maximumSchemaBytes else {
            throw unusable(
                "its schema has \(count) bytes; the limit is \(maximumSchemaBytes)")
        }
    }

    /// Nothing is fetched to find out what a schema means.
    private static func checkReferences(_ schema: JSONValue) throws(AgentFailure) {
        switch schema {
        case .object(let members):
            for (key, value) in members {
                if key == "$ref", let target = value.stringValue, !target.hasPrefix("#") {
                    throw unusable("its schema refers to \(target.prefix(200))")
                }
                try checkReferences(value)
            }
        case .array(let elements):
            for element in elements { try checkReferences(element) }
        default: break
        }
    }

    // MARK: Arguments

    /// What is wrong with arguments, as far as it can be told here; the server looks for itself.
    func mistakes(of arguments: JSONValue) -> [JSONSchemaMistake] {
        var validator = JSONSchemaValidator(root: inputSchema)
        return validator.mistakes(of: arguments)
    }

    func mistakes(ofOutput output: JSONValue) -> [JSONSchemaMistake] {
        guard let outputSchema else { return [] }
        var validator = JSONSchemaValidator(root: outputSchema)
        return validator.mistakes(of: output)
    }

    // MARK: Headers

    private static let headerKey = "x-mcp-header"

    /// Only what is reached by `properties` alone may be in a header.
    private static func headers(
        in schema: JSONValue, at path: [String]
    ) throws(AgentFailure) -> [Header] {
        guard case .object(let properties)? = schema["properties"] else { return [] }
        var found: [Header] = []
        for (key, property) in properties {
            if let mark = property[headerKey] {
                let type = property["type"]?.stringValue
                guard let name = mark.stringValue, isToken(name),
                    ["string", "integer", "boolean"].contains(type),
                    !found.contains(where: { $0.name.lowercased() == name.lowercased() })
                else { throw unusable("\(headerKey) of \(key.prefix(100)) is not valid") }
                found.append(Header(path: path + [key], name: name))
            }
            found += try headers(in: property, at: path + [key])
        }
        return found
    }

    /// As RFC 9110 has it (section 5.6.2).
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                    || (0x61...0x7A).contains($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
    }

    /// The headers of a call, with their values as they go into them.
    func headers(of arguments: JSONValue) -> [String: String] {
        var values: [String: String] = [:]
        for header in repeated {
            let value = header.path.reduce(arguments as JSONValue?) { $0?[$1] }
            let text: String? =
                switch value {
                case .string(let text): text
                case .integer(let number): String(number)
                case .bool(let flag): flag ? "true" : "false"
                default: nil
                }
            values[MCPHeader.parameterPrefix + header.name] = text.map(MCPHeaderValue.encoded)
        }
        return values
    }
}
