// Whether a schema is one that is understood.

import ScrivenerModel

struct JSONSchemaChecker {
    static let maximumDepth = 32
    static let maximumBytes = 64 << 10

    private let root: JSONValue
    private(set) var mistakes: [JSONSchemaMistake] = []

    init(root: JSONValue) {
        self.root = root
        if RawJSON(root).bytes.count > Self.maximumBytes {
            mistakes.append(
                JSONSchemaMistake(path: "", message: "has more than \(Self.maximumBytes) bytes"))
        }
    }

    mutating func check(_ schema: JSONValue, at path: String, depth: Int = 0) {
        if case .bool = schema { return }
        guard case .object(let members) = schema else {
            return mistake(path, "a schema is an object, or true or false")
        }
        guard depth < Self.maximumDepth else { return mistake(path, "is nested too deeply") }
        for (key, value) in members { check(key, value, at: "\(path)/\(key)", depth: depth) }
    }

    private mutating func check(_ key: String, _ value: JSONValue, at path: String, depth: Int) {
        switch key {
        case "title", "description", "default", "examples", "$schema", "$comment", "$id", "format",
            "deprecated", "readOnly", "writeOnly", "const":
            break
        case "type": checkTypes(value, path)
        case "enum": if value.arrayValue?.isEmpty != false { mistake(path, "must be a list") }
        case "required":
            let names = value.arrayValue
            if names == nil || names?.contains(where: { $0.stringValue == nil }) == true {
                mistake(path, "must be a list of names")
            }
        case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
            if (value.integerValue ?? -1) < 0 { mistake(path, "must be a whole number from 0") }
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
            if value.doubleValue == nil { mistake(path, "must be a number") }
        case "uniqueItems": if value.boolValue == nil { mistake(path, "must be true or false") }
        case "properties", "$defs": checkNamed(value, path, depth)
        case "items", "additionalProperties", "not": check(value, at: path, depth: depth + 1)
        case "anyOf", "allOf", "oneOf", "prefixItems": checkList(value, path, depth)
        case "$ref": checkReference(value, path)
        default:
            mistake(
                path,
                "is a keyword that is not checked here; docs/agents/model.md lists those that are")
        }
    }

    private mutating func checkTypes(_ value: JSONValue, _ path: String) {
        let names = JSONSchemaKind.names(in: value)
        let isWhole = value.arrayValue.map { $0.count == names.count } ?? true
        if names.isEmpty || !isWhole || !names.allSatisfy(JSONSchemaKind.all.contains) {
            mistake(
                path,
                "must be one or several of " + JSONSchemaKind.all.sorted().joined(separator: ", "))
        }
    }

    private mutating func checkNamed(_ value: JSONValue, _ path: String, _ depth: Int) {
        guard case .object(let members) = value else {
            return mistake(path, "must be an object of schemas")
        }
        for (name, schema) in members { check(schema, at: "\(path)/\(name)", depth: depth + 1) }
    }

    private mutating func checkList(_ value: JSONValue, _ path: String, _ depth: Int) {
        guard let schemas = value.arrayValue, !schemas.isEmpty else {
            return mistake(path, "must be a list of schemas")
        }
        for (place, schema) in schemas.enumerated() {
            check(schema, at: "\(path)/\(place)", depth: depth + 1)
        }
    }

    private mutating func checkReference(_ value: JSONValue, _ path: String) {
        guard let target = value.stringValue,
            JSONSchemaReference.schema(target, in: root) != nil
        else { return mistake(path, "must be #, or #/$defs/ and a name that is there") }
    }

    private mutating func mistake(_ path: String, _ message: String) {
        mistakes.append(JSONSchemaMistake(path: path, message: message))
    }
}

/// References within one document.
enum JSONSchemaReference {
    private static let prefix = "#/$defs/"

    static func schema(_ target: String, in root: JSONValue) -> JSONValue? {
        if target == "#" { return root }
        guard target.hasPrefix(prefix) else { return nil }
        return root["$defs"]?[String(target.dropFirst(prefix.count))]
    }
}
