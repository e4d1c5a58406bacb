// What an answer has to be, as JSON Schema (draft 2020-12) says it. The part of the language is understood that
// models are held to: what is not understood is refused when a worker starts, so that nobody takes for checked
// what is not. No part of it runs a regular expression over what a model wrote.

import ScrivenerModel

/// A schema that is understood as a whole.
struct JSONSchema: Sendable, Equatable {
    /// As it was written, for the endpoint.
    let document: JSONValue

    /// - Throws: `JSONSchemaError` with every mistake.
    init(_ document: JSONValue) throws(JSONSchemaError) {
        var checker = JSONSchemaChecker(root: document)
        checker.check(document, at: "")
        guard checker.mistakes.isEmpty else { throw JSONSchemaError(mistakes: checker.mistakes) }
        self.document = document
    }

    /// What is wrong with a value, each with its place; nothing where it is as it should be.
    func mistakes(of value: JSONValue) -> [JSONSchemaMistake] {
        var validator = JSONSchemaValidator(root: document)
        return validator.mistakes(of: value)
    }

    /// Whether the endpoint can be asked to hold to it strictly: OpenAI's rule is that every object names all of
    /// its members, requires each and allows no others.
    var isStrict: Bool { Self.isStrict(document) }

    private static func isStrict(_ schema: JSONValue) -> Bool {
        guard case .object(let members) = schema else { return false }
        if case .object(let properties)? = schema["properties"] {
            let required = schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
            guard schema["additionalProperties"] == .bool(false),
                Set(required) == Set(properties.map(\.key)),
                properties.allSatisfy({ isStrict($0.value) })
            else { return false }
        } else if JSONSchemaKind.names(in: schema["type"]).contains("object") {
            return false
        }
        return members.allSatisfy { key, value in
            switch key {
            case "items", "not": isStrict(value)
            case "anyOf", "allOf", "oneOf", "prefixItems":
                value.arrayValue?.allSatisfy(isStrict) ?? false
            case "$defs":
                if case .object(let all) = value {
                    all.allSatisfy { isStrict($0.value) }
                } else {
                    false
                }
            default: true
            }
        }
    }
}

/// Why a schema is not taken.
struct JSONSchemaError: Error, Sendable, Equatable {
    var mistakes: [JSONSchemaMistake]
}

/// Something wrong with a schema, or with a value.
struct JSONSchemaMistake: Sendable, Equatable {
    /// A JSON pointer (RFC 6901).
    var path: String
    /// A sentence for people, and for models.
    var message: String

    var described: String { (path.isEmpty ? "the value" : path) + ": " + message }
}

/// The types that JSON Schema knows.
enum JSONSchemaKind {
    static let all: Set<String> = [
        "object", "array", "string", "number", "integer", "boolean", "null",
    ]

    static func names(in type: JSONValue?) -> [String] {
        switch type {
        case .string(let name): [name]
        case .array(let names): names.compactMap(\.stringValue)
        default: []
        }
    }

    static func holds(_ name: String, of value: JSONValue) -> Bool {
        switch (name, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool),
            ("null", .null), ("number", .number), ("number", .integer), ("integer", .integer):
            true
        case ("integer", .number(let number)): number.rounded() == number
        default: false
        }
    }

    static func name(of value: JSONValue) -> String {
        switch value {
        case .object: "object"
        case .array: "array"
        case .string: "string"
        case .bool: "boolean"
        case .null: "null"
        case .integer: "integer"
        case .number: "number"
        }
    }
}
